"""What the name of a mailbox tells: names, a year of birth, and the same mailbox at another provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cdp_pipeline.link.nameless import attach_nameless
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse, groups
from cdp_pipeline_tests.unit.link.link_workspace import Workspace, open_records

KNOWN = (
    ("Anna", "Schmidt"),
    ("Peter", "Schmidt"),
    ("Jürgen", "Müller"),
    ("Ruth", "Müller"),
    ("Zyxa", "Schmidt"),  # no name that the seed knows, but two families have it
    ("Zyxa", "Müller"),
    ("Wuxo", "Müller"),  # once only: a misspelling, for all that shows
    ("Anna", "Solitar"),  # a family of one
    ("Anna", "Engel"),
    ("Ruth", "Engel"),
    ("Martin", "Thomas"),
    ("Ruth", "Thomas"),
    ("Thomas", "Martin"),
    ("Ruth", "Martin"),
    ("Al", "Schmidt"),
)
"""Names of the data, each of a record without an e-mail."""

READ = {
    "anna.schmidt@a.example": ("anna", "schmidt"),
    "schmidtanna84@b.example": ("anna", "schmidt"),
    "anna_schmidt+news@c.example": ("anna", "schmidt"),
    "juergen.mueller@d.example": ("jurgen", "muller"),
    "mullerjurgen@e.example": ("jurgen", "muller"),
    "zyxa-schmidt@f.example": ("zyxa", "schmidt"),
    "wuxo.mueller@g.example": None,
    "anna.solitar@h.example": None,
    "martin.thomas@i.example": None,  # which one is the family?
    "al.schmidt@j.example": None,  # two letters begin many words
    "zyxa.engel@o.example": ("zyxa", "engel"),  # where the two meet stands no umlaut
    "blumenfee@k.example": None,
    "anna@l.example": None,
    "dr.anna.schmidt@m.example": None,
}
"""What is read off the e-mail of a record that tells no name."""

NAMES: list[tuple[str, str | None]] = [("fits", "Schmidt"), ("other", "Müller"), ("untold", None)]
"""Records with a family name, of which one mailbox is anna.schmidt@."""


@pytest.fixture(scope="module")
def signed_up() -> Iterator[Workspace]:
    warehouse = Warehouse(threads=1)
    records = [
        *(SourceRecord(f"k{n}", given, family) for n, (given, family) in enumerate(KNOWN)),
        *(SourceRecord(email, email=email, source="news") for email in READ),
        *(SourceRecord(name, None, family, email="anna.schmidt@z.example") for name, family in NAMES),
    ]
    with warehouse.engine, open_records(warehouse, *records) as workspace:
        yield workspace


@pytest.mark.parametrize(("email", "names"), READ.items())
def test_names_are_read_off_a_mailbox_where_only_one_reading_is_possible(
    signed_up: Workspace, email: str, names: tuple[str, str] | None
) -> None:
    rows = signed_up.engine.fetch_all(
        "select given_name_key, family_name_key, is_named, is_named_by_mailbox from record"
        " where source_record_id = ?",
        [email],
    )
    given, family = names or (None, None)
    assert rows == [(given, family, False, names is not None)]


def test_a_family_name_of_the_records_own_outranks_its_mailbox(signed_up: Workspace) -> None:
    rows = signed_up.engine.fetch_all(
        "select source_record_id, given_name_key, family_name_key from record"
        " where source_record_id in ('fits', 'other', 'untold')"
    )
    assert set(rows) == {
        ("fits", "anna", "schmidt"),
        ("other", None, "muller"),
        ("untold", "anna", "schmidt"),
    }


def test_a_name_read_off_a_mailbox_speaks_against_nobody(signed_up: Workspace) -> None:
    named = signed_up.engine.fetch_column(
        "select source_record_id from trait join record using (record) where trait_kind = 'name'"
    )
    assert set(named) == {f"k{n}" for n in range(len(KNOWN))}


def test_two_mailboxes_of_one_record_must_name_one_person(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        *(SourceRecord(f"k{n}", given, family) for n, (given, family) in enumerate(KNOWN)),
        SourceRecord("one", email="anna.schmidt@a.example", second_email="annaschmidt1@b.example"),
        SourceRecord("two", email="anna.schmidt@c.example", second_email="peter.schmidt@d.example"),
    ) as workspace:
        assert workspace.engine.fetch_all(
            "select source_record_id, given_name_key from record where is_named_by_mailbox"
        ) == [("one", "anna")]


MAILBOXES = [
    ("evchen.84@a.example", "evchen84"),
    ("eva.klein@b.example", None),  # says no more than the name
    ("eklein@c.example", None),
    ("eva.klein84@d.example", "evaklein84"),  # a number of her own
    ("eva.klein8@e.example", None),  # a single digit, as many Evas have
    ("sonne+shop@f.example", "sonne"),
    ("eva@g.example", None),  # too short
    ("info@h.example", None),  # of four given names, below
    ("trio@i.example", "trio"),  # of three
    ("anna.lang@aa.example", None),  # a name, although not her own
    ("ruth84@ab.example", None),  # every Ruth of that year has one
]
"""E-mails of an Eva Klein, and what of the mailbox is sought at other providers."""


@pytest.fixture(scope="module")
def written() -> Iterator[Workspace]:
    warehouse = Warehouse(threads=1)
    records = [
        *(SourceRecord(email, "Eva", "Klein", email=email) for email, _ in MAILBOXES),
        *(SourceRecord(name, name, "Lang", email=f"info@{name}.example") for name in ("Anna", "Otto", "Ida")),
        *(SourceRecord(f"{name}2", name, "Lang", email=f"trio@{name}.example") for name in ("Anna", "Otto")),
        SourceRecord("umlaut", "Ruth", "Müller", email="ruth.mueller@j.example"),
        SourceRecord("border", "Maria", "Eder", email="maria.eder@k.example"),
        SourceRecord("nameless", email="ruth.klein@k.example"),
        *(SourceRecord(f"y{n}", "Eva", "Klein", email=email) for n, (email, _) in enumerate(YEARS)),
        SourceRecord("born", "Eva", "Klein", date(1984, 2, 3), email="eva90@l.example"),
    ]
    with warehouse.engine, open_records(warehouse, *records) as workspace:
        yield workspace


YEARS = [
    ("eva84@m.example", "84"),
    ("eva1984@n.example", "84"),
    ("84.eva@o.example", "84"),
    ("eva_2001@p.example", "01"),
    ("eva.84b@q.example", "84"),
    ("eva7@r.example", None),
    ("eva123@s.example", None),
    ("eva3084@t.example", None),  # no century of ours
    ("eva19845@u.example", None),
    ("eva+84@v.example", None),  # of the plus-address, not of the mailbox
    ("eva@1984.example", None),
]
"""E-mails, and the year of birth that they hold."""


@pytest.mark.parametrize(("email", "key"), MAILBOXES)
def test_a_mailbox_is_sought_at_other_providers_where_it_says_more_than_the_name(
    written: Workspace, email: str, key: str | None
) -> None:
    assert written.keys("mailbox").get(email) == key


def test_a_mailbox_is_known_by_the_given_name_in_it(written: Workspace) -> None:
    named = written.keys("named_mailbox")
    assert {email: named[email] for email, _ in MAILBOXES if email in named} == {
        "eva.klein@b.example": "evaklein",
        "eva.klein84@d.example": "evaklein84",
        "eva.klein8@e.example": "evaklein8",
        "eva@g.example": "eva",
    }


def test_an_umlaut_written_out_says_no_more_than_the_name(written: Workspace) -> None:
    assert "umlaut" not in written.keys("mailbox")


def test_where_given_and_family_name_meet_stands_no_umlaut(written: Workspace) -> None:
    assert "border" not in written.keys("mailbox")


def test_the_mailbox_of_a_record_without_a_name_is_all_that_it_tells(written: Workspace) -> None:
    assert written.keys("mailbox")["nameless"] == "ruthklein"


@pytest.mark.parametrize(("number", "hint"), [(n, hint) for n, (_, hint) in enumerate(YEARS)])
def test_a_mailbox_hints_at_a_year_of_birth(written: Workspace, number: int, hint: str | None) -> None:
    assert _hints(written, f"y{number}") == ({hint} if hint else set())


def test_a_birth_date_hints_at_its_year_beside_the_mailboxs(written: Workspace) -> None:
    assert _hints(written, "born") == {"84", "90"}


def _hints(workspace: Workspace, record_id: str) -> set[str]:
    return set(
        workspace.engine.fetch_column(
            "select year_hint from year_hint join record using (record) where source_record_id = ?",
            [record_id],
        )
    )


def test_one_mailbox_at_two_providers_brings_two_records_together(warehouse: Warehouse) -> None:
    with open_records(
        warehouse,
        SourceRecord("a", "Eva", "Klein", email="sunnygirl84@a.example"),
        SourceRecord("b", "Ewa", "Lang", email="sunnygirl84@b.example"),
        SourceRecord("c", "Ida", "Horn", email="sunnygirl85@b.example"),
    ) as workspace:
        workspace.create_nodes()
        names = [rule.name for rule in warehouse.project.linkage.blocking_rules]
        assert {pair: names[int(key)] for pair, key in workspace.candidates().items()} == {
            ("a", "b"): "same_mailbox_name"
        }


def test_a_sign_up_joins_by_no_mailbox_whose_first_word_several_people_read(warehouse: Warehouse) -> None:
    mailboxes = {
        "own": "wuxo.klein@a.example",
        "family": "familie.klein@b.example",
        "office": "info2@c.example",
        "longer": "familienmensch@d.example",
    }
    owners = [SourceRecord(name, f"Given{name}", f"Of{name}", email=e) for name, e in mailboxes.items()]
    sign_ups = [SourceRecord(f"{name}_news", email=e, source="news") for name, e in mailboxes.items()]
    with open_records(warehouse, *owners, *sign_ups) as workspace:
        workspace.join_by_rules()
        attach_nameless(workspace.engine, warehouse.project.linkage)
        assert workspace.people() == groups(
            "own own_news", "longer longer_news", "family", "family_news", "office", "office_news"
        )

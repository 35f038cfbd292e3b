"""What linking a file writes: every row once, the same for the same people, nothing left behind."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet
import pytest
from rich.console import Console

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import CdpError, LandingFileError
from cdp_pipeline.link_file_screen import show_linked_file
from cdp_pipeline.nightly.link_file import LinkedFile, LinkOptions, ModelChoice, link_file
from cdp_pipeline.nightly.link_file.findings import FileFacts
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn
from cdp_pipeline.nightly.link_file.unread import Fate, UnusedValues
from cdp_pipeline_tests.command import cdp

HEADER = "nr,vorname,nachname,geburtsdatum,mail,beruf"
ROWS = [
    "1,Anna,Berger,03.02.1980,anna@mail.example,Bäckerin",
    "2,Otto,Lang,07.06.1975,otto@mail.example,Koch",
    "3,Anna,Berger,03.02.1980,,Bäckerin",
    "4,Otto,Lang,31.02.1975,OTTO@mail.example,Koch",
    "5,Eva,Klein,01.01.1990,eva@mail.example,Lehrerin",
    "6,Anna,Berger,09.11.1961,,Lehrerin",
]
PEOPLE = {frozenset("13"), frozenset("24"), frozenset("5"), frozenset("6")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(tmp_path_factory.mktemp("any"))


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def link(project: Project, target: Path, *sources: Path, **options: object) -> LinkedFile:
    return link_file(project, sources, target, LinkOptions(**options), lambda *_: None)  # type: ignore[arg-type]


def shown(linked: LinkedFile) -> str:
    text = io.StringIO()
    show_linked_file(linked, Path("out.csv"), Console(file=text, width=200))
    return text.getvalue()


def groups(path: Path) -> set[frozenset[str]]:
    rows = pyarrow.parquet.read_table(path).to_pylist()
    by_cluster: dict[int, set[str]] = {}
    for row in rows:
        by_cluster.setdefault(row["cluster_id"], set()).add(row["source_record_id"])
    return {frozenset(members) for members in by_cluster.values()}


def test_the_same_people_are_found_whatever_the_order_of_the_rows(project: Project, tmp_path: Path) -> None:
    straight, turned = tmp_path / "straight.parquet", tmp_path / "turned.parquet"
    linked = link(project, straight, write(tmp_path / "people.csv", HEADER, *ROWS))
    assert groups(straight) == PEOPLE
    assert (linked.records, linked.clusters) == (6, 4)
    assert linked.unused == [UnusedValues(0, "birth_date", Fate.UNREADABLE, 1, (5,))]
    by_name = {rule.name: rule for rule in linked.rules}
    assert by_name["same_loyalty_number"].lacks == ("loyalty_number",)
    assert by_name["same_email_and_given_name"].lacks == ()
    assert by_name["same_email_and_given_name"].edges == 1
    link(project, turned, write(tmp_path / "people.csv", HEADER, *reversed(ROWS)))
    assert groups(turned) == PEOPLE
    again = tmp_path / "again.parquet"
    link(project, again, write(tmp_path / "people.csv", HEADER, *ROWS))
    assert again.read_bytes() == straight.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {
        "people.csv", "straight.parquet", "turned.parquet", "again.parquet",
    }  # fmt: skip


CONTACTS = [
    "nr,Donor,phone,mail,dob",
    "1,Anna Berger,0731 123456,anna@mail.example,1980-02-03",
    "2,Otto Lang,12,anna@,1900-01-01",
    "3,Eva Klein,000000000,test@test.com,1990-01-01",
    "4,Max Huber,n/a?,max@mail.example,1990-30-01",
]


def test_values_without_effect_are_counted_and_found_by_their_lines(project: Project, tmp_path: Path) -> None:
    linked = link(project, tmp_path / "out.csv", write(tmp_path / "people.csv", *CONTACTS))
    assert [(used.kind, str(used.fate), used.values, used.lines) for used in linked.unused] == [
        ("birth_date", "placeholder", 1, (3,)),
        ("email", "placeholder", 1, (4,)),
        ("phone", "placeholder", 1, (4,)),
        ("birth_date", "unreadable", 1, (5,)),
        ("email", "unreadable", 1, (3,)),
        ("phone", "unreadable", 2, (3, 5)),
    ]
    screen = shown(linked)
    assert (
        "cannot be read, and counts as empty: 1 birth date value (line 5), 1 email value (line 3), "
        "2 phone values (lines 3, 5). Phones of another country than DE? Say which: --country CODE."
    ) in screen
    assert "'Donor' is taken as the full name by its values. Wrong? --column Donor=attribute." in screen
    assert (
        "Placeholders, and so without effect: 1 birth date value (line 3), 1 email value (line 4)" in screen
    )
    assert not [value for value in ("Anna", "test@test", "0731", "n/a?") if value in screen]


GIVEN_NAMES = "Anna Otto Eva Max Lena Karl Ida Paul Mia Emil Lea Finn Ute Jan Rosa"


def test_shared_values_titles_and_repeated_headers_are_told(project: Project, tmp_path: Path) -> None:
    rows = [
        f"{n},{name},Berg{name.lower()},{n}@mail.example,0731 123456,a,b"
        for n, name in enumerate(GIVEN_NAMES.split())
    ]
    lines = ["Our members", "nr,first name,last name,mail,phone,Room,Room", *rows]
    linked = link(project, tmp_path / "out.csv", write(tmp_path / "people.csv", *lines))
    assert linked.unused == [UnusedValues(0, "phone", Fate.SHARED, 1, (3,))]
    screen = shown(linked)
    assert "Shared by too many, and so without effect: 1 phone value (line 3)" in screen
    assert "the header is taken from row 2. Wrong? Say where it stands: --header-row N." in screen
    assert "more than one column is headed 'Room'; all of these are left out." in screen


def test_two_files_are_two_systems_and_their_rows_meet(project: Project, tmp_path: Path) -> None:
    shop = write(tmp_path / "shop.csv", HEADER, *ROWS[:2])
    till = write(
        tmp_path / "till.txt",
        "Full name|E-mail|DOB",
        "Berger, Anna|ANNA@mail.example|1980-02-03",
        "Otto Lang||1975-06-07",
        "Eva Klein|eva@mail.example|",
    )
    target, edges = tmp_path / "clusters.csv", tmp_path / "edges.csv"
    linked = link(project, target, shop, till, edges=edges)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source_system"], row["source_record_id"]) for row in rows] == [
        ("shop", "1"), ("shop", "2"), ("till", "2"), ("till", "3"), ("till", "4"),
    ]  # fmt: skip
    anna, otto, anna_again, otto_again, eva = (row["cluster_id"] for row in rows)
    assert (anna, otto) == (anna_again, otto_again)
    assert len({anna, otto, eva}) == 3
    assert any("till.txt: no column tells all records apart" in warning for warning in linked.warnings)
    with edges.open(encoding="utf-8", newline="") as file:
        joined = {
            (row["left_source_record_id"], row["right_source_record_id"]) for row in csv.DictReader(file)
        }
    assert joined == {("1", "2"), ("2", "3")}


def test_names_alone_are_linked_with_a_warning(project: Project, tmp_path: Path) -> None:
    source = write(tmp_path / "people.csv", "first,last", "Anna,Berger", "Otto,Lang")
    linked = link(project, tmp_path / "out.parquet", source)
    assert linked.records == 2
    assert any(warning.startswith("Low confidence") for warning in linked.warnings)


def people(count: int, *, is_one: bool = False, has_moved: bool = False) -> list[str]:
    """Rows of so many records: all of one person, of people who delivered twice, or all of somebody else."""
    rows = []
    for n in range(count):
        p = n // 2 if has_moved else n
        family = "Berger" if is_one else f"B{chr(97 + p % 26)}{chr(97 + p // 26)}ing"
        birth_date = "1980-02-03" if is_one else f"19{30 + p % 60}-0{1 + p % 9}-1{p % 7}"
        street = f"{'Long Road' if n % 2 else 'Mill Lane'} {n}"
        rows.append(f"{n},Anna,{family},{birth_date},p{p}@mail.example,{street},{1000 + n}")
    return rows


ADDRESSES = "nr,first name,last name,dob,email,street,postcode"


@pytest.mark.parametrize(
    ("rows", "clusters"),
    [
        (["1,Anna,Berger,1980-02-03,,,", "2,Ana,Berger,1980-02-03,,,"], 1),
        ([f"{n},Anna,Berger,1980-02-03,a@mail.example,Ring 1,10115" for n in range(30)], 1),
        # Large enough to learn from, though rules join nobody, or all.
        (people(210), 210),
        (people(210, is_one=True), 1),
    ],
    ids=["two", "equal", "strangers", "one person"],
)
def test_few_and_uniform_records_are_linked(
    project: Project, tmp_path: Path, rows: list[str], clusters: int
) -> None:
    linked = link(project, tmp_path / "out.csv", write(tmp_path / "people.csv", ADDRESSES, *rows))
    assert (linked.records, linked.clusters) == (len(rows), clusters)
    assert linked.warnings == []
    assert "adapted to this file" in linked.model or len(rows) < 200


def test_a_model_made_for_other_data_is_told_with_the_remedy(project: Project, tmp_path: Path) -> None:
    source = write(tmp_path / "people.csv", ADDRESSES, *people(240, has_moved=True))
    linked = link(project, tmp_path / "out.csv", source, model=ModelChoice(train=False))
    [doubt] = linked.warnings
    assert doubt.startswith("The linkage model fits these records badly: address")
    assert doubt.endswith("Let it learn from the file: leave out --no-train and --model.")
    assert linked.confidence is not None
    assert linked.confidence.uncertain_pairs < 50


@pytest.mark.parametrize(
    ("lines", "remedy"),
    [
        (["email", "a@mail.example", "b@mail.example"], "Give a file that also holds, say, names"),
        (["name,email", ",", ","], "Give a file that also holds, say, names"),
        (["email,shoe", "a@mail.example,7", "b@mail.example,7"], "for example --column shoe=full_name"),
    ],
)
def test_too_little_to_link_by_is_refused_with_what_would_help(
    project: Project, tmp_path: Path, lines: list[str], remedy: str
) -> None:
    with pytest.raises(LandingFileError, match=f"too few columns say who a record is.*{remedy}"):
        link(project, tmp_path / "out.csv", write(tmp_path / "people.csv", *lines))


@pytest.mark.parametrize(
    ("names", "target", "options", "message"),
    [
        (["a.csv"], "out.xlsx", {}, "the output is Parquet or CSV"),
        (["a.csv", "sub/a.csv"], "out.csv", {}, "another input is named a, too"),
        (["a.csv"], "out.csv", {"columns": ["shoe=email"]}, "no such header in"),
        (["a.csv"], "out.csv", {"edges": Path("/nowhere/edges.csv")}, "its folder is missing"),
        (["a.csv"], "out.csv", {"model": ModelChoice(train=False, save_model=Path("m.json"))}, "Leave out"),
        (
            ["a.csv"],
            "out.csv",
            {"model": ModelChoice(model=Path("m.json"))},
            "m.json: there is no such file. --model takes what --save-model kept",
        ),
        (["a.csv"], "out.csv", {"model": ModelChoice(train=True)}, "training needs at least"),
    ],
)
def test_what_cannot_work_is_refused_and_leaves_nothing(
    project: Project, tmp_path: Path, names: list[str], target: str, options: dict[str, object], message: str
) -> None:
    (tmp_path / "sub").mkdir()
    sources = [write(tmp_path / name, HEADER, *ROWS) for name in names]
    with pytest.raises(CdpError, match=message):
        link(project, tmp_path / target, *sources, **options)
    assert {path.name for path in tmp_path.iterdir()} == {"sub", "a.csv"}


@pytest.mark.parametrize(
    ("target", "edges"),
    [("b.csv", None), ("out.csv", "a.csv"), ("notes.csv", None), ("notes.parquet", None)],
    ids=["forgotten output", "edges over an input", "a file of somebody", "no Parquet at all"],
)
def test_nothing_is_overwritten_but_earlier_results(
    project: Project, tmp_path: Path, target: str, edges: str | None
) -> None:
    sources = [write(tmp_path / name, HEADER, *ROWS) for name in ("a.csv", "b.csv")]
    for name in ("notes.csv", "notes.parquet"):
        (tmp_path / name).write_text("call Anna\n")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(LandingFileError, match=r"stands among the inputs|no linkage wrote it"):
        link(project, tmp_path / target, *sources, edges=tmp_path / edges if edges else None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_earlier_result_is_replaced(project: Project, tmp_path: Path, suffix: str) -> None:
    source, target = write(tmp_path / "a.csv", HEADER, *ROWS), tmp_path / f"out.{suffix}"
    edges = tmp_path / f"edges.{suffix}"
    for _ in range(2):
        link(project, target, source, edges=edges)
    assert target.exists()
    assert edges.exists()


def test_an_unreadable_file_is_named(project: Project, tmp_path: Path) -> None:
    with pytest.raises(LandingFileError, match="the file does not exist"):
        link(project, tmp_path / "out.csv", tmp_path / "nothing.csv")


def test_one_file_alone_lacks_the_output(tmp_path: Path) -> None:
    answer = cdp("link", write(tmp_path / "a.csv", HEADER, *ROWS))
    assert answer.status == 2
    assert "OUTPUT is missing. Name the file to link, then the file to write" in answer.output
    assert "INPUT...'" not in answer.output
    wrong = cdp("link", tmp_path / "a.csv", tmp_path / "out.csv", "--header-row", "x")
    assert "--header-row" in wrong.output, "other faults are told as ever"


def test_a_header_without_records_is_told_and_gives_no_other_advice(project: Project, tmp_path: Path) -> None:
    linked = link(project, tmp_path / "out.csv", write(tmp_path / "empty.csv", "nr,email,phone"))
    assert (linked.records, linked.clusters) == (0, 0)
    [warning] = linked.warnings
    assert warning.endswith("empty.csv: holds no records, only a header, so the output is empty.")
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (("phone", Role.PHONE), "Phones that name no country are read as of GB."),
        (("town", Role.CITY), "Addresses that name no country are read as of GB."),
        (("mail", Role.EMAIL), None),
    ],
)
def test_the_country_is_told_where_values_are_read_by_it(header: tuple[str, Role], told: str | None) -> None:
    column = TakenColumn(0, header[0], header[0], header[1], "header", filled=1)
    facts = FileFacts("a.csv", "", 1, [column], has_record_ids=True, country="GB")
    screen = shown(LinkedFile(files=[facts], records=1, clusters=1, edges={}, rules=[], model="m"))
    assert [line for line in screen.splitlines() if "--country" in line] == (
        [f"{told} Wrong? Say it: --country CODE"] if told else []
    )

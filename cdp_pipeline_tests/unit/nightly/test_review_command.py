"""`cdp link review` at the terminal: one pair at a time, decided, skipped, or left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cdp_pipeline import cli
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.control.match_decisions import decide_match, list_matches
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.nightly.review.sides import part_records
from cdp_pipeline_tests.unit.nightly.reviewed_night import BRIDGE, NEAR_MISS, REFUSED, publish


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return publish(tmp_path)


def review(project: Project, *words: str, typed: str = "") -> str:
    command = ["link", "review", *words, "--project", str(project.root), "--reviewer", "ann"]
    result = CliRunner().invoke(cli.app, command, input=typed, env={"COLUMNS": "120"})
    assert result.exit_code == 0, result.output
    return result.output


def decided(project: Project) -> list[tuple[str, tuple[str, str], str, str]]:
    return [
        (one.decision, ("/".join(one.left), "/".join(one.right)), one.decided_by, one.reason)
        for one in reversed(list_matches(project))
    ]


def listed(output: str) -> list[tuple[str, str, str]]:
    """The queue as it is listed: why, and both records."""
    found = re.findall(r"\d  ([a-z ]+, (?:joined|apart)) +(\S+/\S+) .*\n +(\S+/\S+)", output)
    return [(why, left, right) for why, left, right in found]


QUEUE = [("close call, apart", *NEAR_MISS), ("refused, apart", *REFUSED), ("bridge, joined", *BRIDGE)]


def test_the_queue_is_listed_without_what_the_records_hold(project: Project) -> None:
    output = review(project, "--list")
    assert listed(output) == QUEUE
    assert "1,234" in output
    assert not re.search(r"Kim|Berger|Zwilling|\+49", output)
    assert listed(review(project, "--list", "--limit", "1")) == QUEUE[:1]


def test_pairs_are_decided_with_a_reason_or_skipped_and_do_not_come_again(project: Project) -> None:
    output = review(project, typed="d\nfather and daughter\n\nsame\n\n")
    assert decided(project) == [
        ("never_link", NEAR_MISS, "ann", "father and daughter"),
        ("must_link", BRIDGE, "ann", "looked at both records and the evidence"),
    ]
    assert "2 pairs decided. Decisions take effect with the next night" in output
    assert listed(review(project, "--list")) == [QUEUE[1]]
    review(project, typed="s\nher maiden name\n")
    assert review(project) == "Nothing is left to review.\n"


@pytest.mark.parametrize("typed", ["q\n", "", "s\n"], ids=["quit", "end", "no reason"])
def test_whoever_leaves_decides_nothing(project: Project, typed: str) -> None:
    assert "Nothing was decided." in review(project, typed=typed)
    assert decided(project) == []


def test_an_answer_that_is_none_is_asked_for_again(project: Project) -> None:
    review(project, typed="maybe\nd\n\nq\n")
    assert [pair for _, pair, *_ in decided(project)] == [NEAR_MISS]


def test_the_opposite_of_what_somebody_else_decided_meanwhile_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdp_pipeline.nightly import review as reviewing

    pairs = reviewing.read_queue(project, 1)
    monkeypatch.setattr(reviewing, "read_queue", lambda *_: pairs)
    left, right = pairs[0].left.record, pairs[0].right.record
    decide_match(project, "never_link", left, right, "bob", "two people")
    output = review(project, typed="s\nsure\nq\n")
    assert "Not decided: match decision 1, which stands, says never_link" in " ".join(output.split())
    assert len(decided(project)) == 1


def test_both_records_stand_side_by_side_with_the_evidence_in_words(project: Project) -> None:
    near_miss, bridge = re.split(r"[23] of 3", review(project, typed="\n\n\n"))[::2]
    assert "Joined: this pair alone holds 2 records and 2 records together" in bridge
    assert re.search(r"name +Anna Berger +A\. Berger *\n +Anna Berger-Lang +Andreas Berger", bridge)
    assert "Kept apart, though it is a close call: the model holds them for one person at 67 %." in near_miss
    assert "2 records, revenue 1,234.50 EUR" in near_miss
    assert re.search(r"record +crm/contact/k1 +shop/customer/k2", near_miss)
    assert re.search(r"birth date +1980-05-03 +1980-05-03", near_miss)
    assert re.search(r"address +Ring 3, 10115 Berlin", near_miss)
    assert re.search(r"same given name +\+8\.5", near_miss)
    assert re.search(r"different e-mail addresses +-1\.0", near_miss)
    assert "Not compared: phone" in near_miss


@pytest.mark.parametrize(
    ("edges", "sides"),
    [
        (["ab", "bc", "cd"], (["a", "b"], ["c", "d"])),
        (["ab", "bc", "cd", "ad"], (["b"], ["c"])),
        ([], (["b"], ["c"])),
    ],
    ids=["a bridge parts all records", "others hold both together", "no edge"],
)
def test_a_side_of_a_joined_pair_is_what_falls_apart_without_it(
    edges: list[str], sides: tuple[list[str], list[str]]
) -> None:
    keys = {name: RecordKey("crm", "contact", name) for name in "abcd"}
    parted = part_records([(keys[left], keys[right]) for left, right in edges], keys["b"], keys["c"])
    assert tuple([key.source_record_id for key in side] for side in parted) == sides


def test_a_refused_pair_says_what_spoke_for_it_and_what_against(project: Project) -> None:
    output = " ".join(review(project, "--limit", "2", typed="\n\n").split("2 of 2")[1].split())
    assert (
        "though they have the same phone number and given name: their given names cannot be one person's"
        in output
    )
    assert "Match weight 25.0, declared for the rule same_phone_and_given_name" in output
    assert "loyalty number LC-1" in output


@pytest.mark.parametrize(
    ("column", "value", "trait"),
    [
        ("birth_date", "1911-11-11", "birth dates"),
        ("name_suffix", "junior", "suffixes (such as senior and junior)"),
        ("given_name", "Moritz", "given names"),
    ],
)
@pytest.mark.parametrize("file", ["", "queue.csv"])
def test_a_pair_refused_along_a_chain_names_the_trait(
    project: Project, column: str, value: str, trait: str, file: str
) -> None:
    with Engine.open(project.published / "current" / "identified.duckdb") as engine:
        engine.execute("update link.edge set vetoed_by = 'contradiction' where vetoed_by = 'name'")
        engine.execute("update standardise.customer_record set name_suffix = 'senior'")
        engine.execute(
            f"update standardise.customer_record set {column} = ? where source_record_id = 't2'", [value]
        )
    if file:
        review(project, "--export", str(project.root / file))
        output = (project.root / file).read_text(encoding="utf-8-sig")
    else:
        output = " ".join(review(project, typed="\n\n\n").split())
    assert f"as one customer they would have {trait} that cannot be one person's." in output


def test_delivered_control_characters_do_not_reach_the_terminal(project: Project) -> None:
    output = review(project, typed="\n\n\n")
    assert "=1+1 Kim\N{REPLACEMENT CHARACTER}[31m" in output
    assert "\x1b" not in output


def test_without_a_published_night_the_remedy_is_told(tmp_path: Path) -> None:
    (tmp_path / "data" / "landing").mkdir(parents=True)
    command = ["link", "review", "--project", str(load_project(tmp_path).root)]
    result = CliRunner().invoke(cli.app, command)
    assert result.exit_code == 1
    assert "no night is published yet. Run one first: cdp run --project" in " ".join(result.output.split())


def test_the_queue_goes_out_as_a_file_and_comes_back_filled_in(project: Project) -> None:
    file = project.root / "queue[1].csv"
    said = " ".join(review(project, "--export", str(file)).split())
    assert said.startswith(f"3 pairs written to {file}, with personal data.")
    header, first, *others = file.read_text(encoding="utf-8-sig").split("\n,,,")
    file.write_text("\n,,,".join([f"{header}\nsame,,,{first}", *others]), encoding="utf-8")
    assert review(project, "--import", str(file)).startswith(
        "1 new decision; 0 known before. Decisions take effect"
    )
    assert decided(project) == [("must_link", NEAR_MISS, "ann", "looked at both records and the evidence")]


def test_list_export_and_import_exclude_each_other(project: Project) -> None:
    command = ["link", "review", "--list", "--export", "x.csv", "--project", str(project.root)]
    assert CliRunner().invoke(cli.app, command).exit_code == 2

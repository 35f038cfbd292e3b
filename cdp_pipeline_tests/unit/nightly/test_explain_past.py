"""How a customer looked on a day that has gone, told from a published night of hand-written histories."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.errors import NightError
from cdp_pipeline.explain_screen import as_json, show_past
from cdp_pipeline.nightly.explain import explain_past
from cdp_pipeline.nightly.explain.history import changed_values, records_over_time, values_over_time
from cdp_pipeline.nightly.find_customer import UnknownCustomerError
from cdp_pipeline.publish.databases import write_databases
from cdp_pipeline.publish.manifest import MANIFEST_NAME, Manifest
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline_tests.command import cdp
from cdp_pipeline_tests.sql.golden.test_histories import MAY, Nights

LAST = MAY[9]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Nights in which c_b is merged into c_a, c_d parts from c_c, and c_e leaves."""
    nights = Nights()
    c, e = {"r4": ("c_c", "Trier"), "r5": ("c_c", "Trier")}, {"r6": ("c_e", "Fulda")}
    mints = [("mint", customer) for customer in ("c_a", "c_b", "c_c", "c_e")]
    nights.run(2, {"r1": ("c_a", "Bonn"), "r2": ("c_b", "Ulm"), **c, **e}, *mints)
    nights.run(4, {"r1": ("c_a", "Aachen"), "r2": ("c_b", "Ulm"), **c, **e})
    merged = {"r1": ("c_a", "Aachen"), "r2": ("c_a", "Ulm"), "r4": ("c_c", "Trier"), "r5": ("c_d", "Trier")}
    events = [("merge", "c_b"), ("split", "c_d"), ("retire", "c_e")]
    nights.run(6, merged, *events, merged={"c_b": "c_a"})
    root = tmp_path_factory.mktemp("past")
    folder = root / "data" / "published" / f"{LAST}-test"
    folder.mkdir(parents=True)
    warehouse = nights.warehouse
    warehouse.build("customer_contact")
    built = [model for model in warehouse.graph.tables if warehouse.engine.table_exists(model.full_name)]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CDP_PROJECT_KEY", "key-of-a-hand-written-night")
        write_databases(warehouse.night, built, folder)
        manifest = Manifest(
            project="by_hand", business_date=LAST, run_id="test", published_at=datetime.now(UTC),
            project_fingerprint="", inputs=[], files=[],
        )  # fmt: skip
        (folder / MANIFEST_NAME).write_text(manifest.model_dump_json(), encoding="utf-8")
        point_current_to(folder)
        yield load_project(root)


def told(project: Project, customer: str, on: date) -> tuple[list[tuple[str, str, list[str]]], str]:
    """Return customer, city and records of each customer of the day, and what is said of it."""
    past = explain_past(project, customer, on)
    rows = [
        (
            row["customer_id"],
            row["profile"]["city"],
            [record["source_record_id"] for record in row["records"]],
        )
        for row in past.customers
    ]
    return rows, " ".join(past.summary)


def test_a_day_before_the_merge_shows_both_who_are_one_today(project: Project) -> None:
    rows, said = told(project, "c_a", MAY[3])
    assert rows == [("c_a", "Bonn", ["r1"]), ("c_b", "Ulm", ["r2"])]
    assert said == "On 2026-05-03 it was c_a of 1 record and c_b of 1 record: what became one customer since."
    assert told(project, "c_b", MAY[3])[0] == rows, "the old id leads there too"


def test_each_day_shows_the_values_of_that_day(project: Project) -> None:
    assert told(project, "c_a", MAY[4])[0][0] == ("c_a", "Aachen", ["r1"])
    assert told(project, "c_a", MAY[6])[0] == [("c_a", "Aachen", ["r1", "r2"])]
    assert told(project, "c_a", LAST)[1] == "On 2026-05-09 it was c_a of 2 records."


def test_a_customer_who_was_not_there_yet_is_told_by_its_records(project: Project) -> None:
    rows, said = told(project, "c_d", MAY[5])
    assert rows == [("c_c", "Trier", ["r4", "r5"])]
    assert said == "On 2026-05-05 there was no c_d yet: its records of today were c_c of 2 records."


def test_who_has_left_is_remembered(project: Project) -> None:
    past = explain_past(project, "c_e", MAY[3])
    assert past.way == "none of its records is left in the sources"
    assert told(project, "c_e", MAY[3])[0] == [("c_e", "Fulda", ["r6"])]
    with pytest.raises(UnknownCustomerError, match="On 2026-05-07 there was no customer c_e"):
        explain_past(project, "c_e", MAY[7])


def test_a_day_that_nobody_recorded_is_refused_with_what_is_known(project: Project) -> None:
    with pytest.raises(UnknownCustomerError, match="the history of profiles begins on 2026-05-02"):
        explain_past(project, "c_a", MAY[1])
    with pytest.raises(
        NightError, match=r"published night is of 2026-05-09: it does not know 2026-05-10 yet"
    ):
        explain_past(project, "c_a", MAY[10])


def test_the_screen_and_the_json_show_the_day(project: Project) -> None:
    past = explain_past(project, "c_a", MAY[3])
    console = Console(file=io.StringIO(), width=120, color_system=None)
    show_past(past, console)
    assert isinstance(console.file, io.StringIO)
    screen = console.file.getvalue()
    assert "Customer c_a on 2026-05-03" in screen
    assert re.search(
        r"Profile of c_b\n\s+city\s+Ulm\s+Unchanged from 2026-05-02 to 2026-05-06, then merged into c_a",
        screen,
    )
    document = json.loads(as_json(past))
    assert document["on"] == "2026-05-03"
    assert [row["records"][0]["valid_from"] for row in document["customers"]] == ["2026-05-02", "2026-05-02"]


def test_the_command_takes_a_day_and_refuses_a_page_of_it(project: Project) -> None:
    answer = cdp("explain", "c_b", "--on", "2026-05-03", "--project", project.root)
    assert answer.status == 0
    assert "Profile of c_b" in answer.output
    refused = cdp("explain", "c_b", "--on", "2026-05-03", "--html", "x.html", "--project", project.root)
    assert refused.status == 2
    assert "the page is of today" in refused.output


def interval(city: str, since: int, until: int | None) -> dict[str, object]:
    return {"valid_from": MAY[since], "valid_to": until and MAY[until], "city": city, "language": "de"}


def test_a_value_stands_from_its_first_interval_to_its_last() -> None:
    intervals = [
        interval("Bonn", 2, 3),
        interval("Ulm", 3, 5),
        interval("Ulm", 5, 6),
        interval("Ulm", 8, None),
    ]
    rows = values_over_time(intervals)
    assert [tuple(row.values()) for row in changed_values(rows) if row["column_name"] == "city"] == [
        ("city", "Bonn", MAY[2], MAY[3]),
        ("city", "Ulm", MAY[3], MAY[6]),
        ("city", "Ulm", MAY[8], None),
    ]
    assert [
        row["valid_to"] for row in values_over_time(intervals[:3]) if row["column_name"] == "language"
    ] == [MAY[6]]
    assert values_over_time([]) == []


def test_records_say_why_they_came_and_went() -> None:
    key = {"source_system": "crm", "record_kind": "contact", "source_record_id": "r1"}
    row = {**key, "valid_from": MAY[2], "valid_to": None, "begun_by": "merged", "ended_by": None}
    [told_row] = records_over_time([row], {("crm", "contact", "r1"): "R1"})
    assert (told_row["label"], told_row["begun_words"], told_row["ended_words"]) == (
        "R1",
        "came with a customer merged in",
        None,
    )

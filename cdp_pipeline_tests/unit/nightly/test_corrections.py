"""`cdp privacy correct`: typed, checked, on record without values in the audit trail, and read by each night."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.control.audit import list_events
from cdp_pipeline.control.corrections import correct_profile, corrections_in_force, undo_correction
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.privacy_requests import list_requests
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ControlError, NightError
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.corrected_values import checked_values, read_settings
from cdp_pipeline.nightly.corrections import read_manual_corrections
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests.command import Answer, cdp
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.warehouse import BUSINESS_DATE, shipped_project

KEY = RecordKey("crm", "contact", "1")


@pytest.fixture
def root(nights: PublishedNights, tmp_path: Path) -> Path:
    """A project of its own around the published night, which nothing here changes."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "published").symlink_to(nights.root / "data" / "published")
    return tmp_path


def privacy(root: Path, *words: str) -> Answer:
    return cdp("privacy", *words, "--project", root)


def somebody(root: Path) -> tuple[str, str, str]:
    """Customer id, street and postcode of somebody with a full address."""
    with Engine.open(root / "data/published/current/identified.duckdb", read_only=True) as engine:
        [row] = engine.fetch_all(
            "select customer_id, street, postcode from golden.golden_profile"
            " where street is not null and postcode is not null and record_count > 1 order by all limit 1"
        )
    return row


def test_correction_is_entered_listed_and_taken_back(root: Path) -> None:
    customer_id, *_ = somebody(root)
    answer = privacy(
        root, "correct", customer_id, "--set", "birth_date=04.05.1980", "--reason", "passport seen"
    )
    assert "Correction 1 of birth_date entered; privacy request 1 is done" in answer.output
    project = load_project(root)
    values, records = corrections_in_force(project)
    assert values.select(["column_name", "value"]).to_pylist() == [
        {"column_name": "birth_date", "value": "1980-05-04"}
    ]
    assert records.num_rows > 1
    assert [one.kind for one in list_requests(project)] == ["rectification"]
    listed = privacy(root, "corrections").output
    assert f"of customer {customer_id}: not in the published night" in listed
    assert "passport seen" in listed
    assert "1980" not in listed
    assert "1980" not in " ".join(event.subject for event in list_events(project))
    assert privacy(root, "undo-correction", "1").status == 0
    assert corrections_in_force(project)[0].num_rows == 0
    assert "taken back on" in privacy(root, "corrections").output
    assert "was taken back before" in privacy(root, "undo-correction", "1").output


def test_columns_that_survive_together_are_corrected_together(root: Path) -> None:
    customer_id, street, postcode = somebody(root)
    answer = privacy(root, "correct", customer_id, "--set", "street=Neuer Weg 1", "--reason", "letter")
    assert "What belongs with it stays as it is, too: postcode, city, region, country." in answer.output
    assert postcode not in answer.output
    values = {
        row["column_name"]: row["value"] for row in corrections_in_force(load_project(root))[0].to_pylist()
    }
    assert (values["street"], values["postcode"]) == ("Neuer Weg 1", postcode)
    assert street != "Neuer Weg 1"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--set", "birthdate=1980-05-04", "--reason", "x"], "Did you mean `birth_date`"),
        (["--set", "customer_id=c_1", "--reason", "x"], "no column 'customer_id' can be corrected"),
        (["--set", "birth_date", "--reason", "x"], "write column=value"),
        (["--set", "gender=male", "--set", "gender=female", "--reason", "x"], "gender stands twice"),
        (["--reason", "x"], "say what is right"),
        (["--set", "gender=male"], "--reason: say why"),
    ],
)
def test_wrong_command_is_refused_and_nothing_is_on_record(root: Path, words: list[str], fault: str) -> None:
    answer = privacy(root, "correct", somebody(root)[0], *words)
    assert (answer.status, fault in " ".join(answer.output.split())) == (1, True)
    assert corrections_in_force(load_project(root))[0].num_rows == 0
    assert list_requests(load_project(root)) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("birth_date=04.05.1980", "1980-05-04"),
        ("birth_date=", None),
        ("email=Ann@Example.ORG", "ann@example.org"),
        ("phone=089 / 123 45 67", "+49891234567"),
        ("phone=+43 664 1234504", "+436641234504"),
        ("country=at", "AT"),
        ("language=DE", "de"),
        ("gender=Female", "female"),
        ("salutation=ms", "ms"),
        ("city=  Bad   Ischl ", "Bad Ischl"),
    ],
)
def test_value_is_written_as_the_profile_writes_it(setting: str, value: str | None) -> None:
    column = setting.partition("=")[0]
    said = read_settings([setting], [column])
    assert checked_values(shipped_project(), said, "DE") == {column: value}


@pytest.mark.parametrize(
    "setting",
    [
        "birth_date=31.02.1980",
        "birth_date=2999-01-01",
        "birth_date=1899-01-01",
        "email=ann@",
        "phone=33",
        "country=Germany",
        "language=german",
        "gender=woman",
        "salutation=Frau",
        "street=Ring\x1b[2J 1",
        f"street={'x' * 500}",
    ],
)
def test_value_that_does_not_fit_is_refused_without_being_repeated(setting: str) -> None:
    column, _, value = setting.partition("=")
    with pytest.raises(ControlError, match=f"^{column}: ") as refused:
        checked_values(shipped_project(), {column: value}, "DE")
    assert value not in str(refused.value)


def test_night_goes_by_the_control_database_and_stops_when_it_is_lost(tmp_path: Path) -> None:
    project = load_project(tmp_path)
    number = correct_profile(project, "c1", [KEY], {"family_name": "Hueber"}, "letter")
    with Engine.open() as engine:
        engine.create_schemas(list(Stage))
        engine.execute("create table link.customer_id_alias (old_customer_id varchar, customer_id varchar)")
        engine.execute("create table link.customer_id_event (customer_id varchar)")
        engine.execute(
            "create table link.customer_source_record as select 'crm' as source_system, 'contact' as record_kind,"
            " '1' as source_record_id, 'c2' as customer_id"
        )
        night = Night(engine, project, BUSINESS_DATE, "run")
        standing = "select customer_id, column_name, value, correction_id from golden.manual_correction"
        read_manual_corrections(night)
        assert engine.fetch_all(standing) == [("c2", "family_name", "Hueber", number)]
        undo_correction(project, number)
        read_manual_corrections(night)
        assert engine.fetch_all(standing) == []
        correct_profile(project, "c9", [RecordKey("crm", "contact", "9")], {"city": "Wien"}, "waits")
        read_manual_corrections(night)
        (tmp_path / "data" / "control.sqlite").unlink()
        with pytest.raises(NightError, match="does not know correction 2, by which the last night went"):
            read_manual_corrections(night)

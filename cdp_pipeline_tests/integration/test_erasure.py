"""An erasure over the sample's published nights: nothing of the people is left, and nothing comes in again."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, open_working_file
from cdp_pipeline.engine.working_file import read_working_file
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.erasure import working_file
from cdp_pipeline.nightly.erasure.erase import Erased, erase, plan_erasure, resume_erasures
from cdp_pipeline.nightly.erasure.journal import ErasureJournal, unfinished_erasures
from cdp_pipeline.nightly.erasure.people import ErasureRequestError
from cdp_pipeline.nightly.models import build_and_judge, load_graph, refuse_broken
from cdp_pipeline.privacy.find_handles import find_handles
from cdp_pipeline.privacy.forgetting import condition_of, count_rows, tables_of
from cdp_pipeline.privacy.handles import Handles
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.conservation import lost_records
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.sample_project import SAMPLES, open_project, table_hashes

THIRD_NIGHT = date(2026, 5, 6)

LEDGERS = {"extract.erased_record", "link.customer_id_alias", "link.customer_id_event"}
"""What knows an erased person by id or place, and nothing else."""

KNOWN_EVERYWHERE = """
    select customer_id from golden.golden_profile
    inner join link.customer_source_record using (customer_id)
    semi join golden.customer_web_event using (customer_id)
    semi join golden.customer_purchase using (customer_id)
    semi join golden.customer_email_event using (customer_id)
    group by customer_id order by count(distinct source_system) desc, count(*) desc, customer_id limit 1
"""

ONLY_IN_EVENTS = """
    select email from standardise.email_event
    where email not in (select contact_value from standardise.contact_point where contact_value is not null)
    order by email limit 1
"""


@dataclass(frozen=True)
class AfterErasure:
    """A project in which one customer and one mere address were erased."""

    project: Project
    customer_id: str
    address: str
    handles: Handles
    done: Erased
    ids_before: set[tuple[str, ...]]


def copied(nights: PublishedNights, root: Path) -> Project:
    """Copy the project with its landing folder: an erasure writes delivered files anew."""
    shutil.copytree(nights.root, root, symlinks=True)
    shutil.copytree(SAMPLES / "night_2", root / "landing")
    return open_project(root, landing=root / "landing")


@pytest.fixture(scope="module")
def erased(nights: PublishedNights, tmp_path_factory: pytest.TempPathFactory) -> AfterErasure:
    project = copied(nights, tmp_path_factory.mktemp("erased") / "project")
    with read_working_file(project, "test") as engine:
        customer_id, address = engine.fetch_value(KNOWN_EVERYWHERE), engine.fetch_value(ONLY_IN_EVENTS)
        ids = set(engine.fetch_all("from link.customer_source_record"))
    plan = plan_erasure(project, [customer_id[:12], f" {address.upper()}"])
    own = {one for one in ids if one[-1] == customer_id}
    assert len({one[0] for one in own}) >= 3, "the sample has nobody whom several systems know"
    return AfterErasure(
        project, customer_id, address, plan.handles, erase(project, plan, "me", "letter"), ids - own
    )


@pytest.fixture(scope="module")
def redelivered(
    erased: AfterErasure, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Project]]:
    """The next night, on which every system delivers everything again, in files of other content."""
    root = tmp_path_factory.mktemp("redelivered") / "project"
    shutil.copytree(erased.project.root, root, symlinks=True)
    landing = root / "landing"
    shutil.rmtree(landing)
    for night in (1, 2, 3):
        shutil.copytree(SAMPLES / f"night_{night}", landing, dirs_exist_ok=True)
    for file in sorted(landing.rglob("*.csv")):
        file.write_bytes(file.read_bytes() + b"\n")  # another content: a blank line at the end
    project = dataclasses.replace(erased.project, root=root, landing_override=landing)
    graph = load_graph(project)
    with open_working_file(project) as engine:
        night = Night(engine, project, THIRD_NIGHT, "third")
        for table in graph.tables:
            refuse_broken(table, build_and_judge(night, graph, table))
        yield engine, project


def test_nothing_of_the_people_is_left_in_any_table(erased: AfterErasure) -> None:
    assert erased.done.left == {}
    with read_working_file(erased.project, "test") as engine:
        assert set(count_rows(engine, erased.handles)) <= LEDGERS
        again = find_handles(
            engine, [erased.customer_id], [("email", erased.address)], layouts=erased.project.layouts
        )
        assert {handle.kind for handle in again.rows} == {
            "customer",
            "contact",
            "identity",
        }  # what was asked for


def test_everyone_else_keeps_records_and_ids(erased: AfterErasure) -> None:
    with read_working_file(erased.project, "test") as engine:
        assert set(engine.fetch_all("from link.customer_source_record")) == erased.ids_before


def test_the_id_leads_to_erased_and_the_ledger_says_when(erased: AfterErasure) -> None:
    with read_working_file(erased.project, "test") as engine:
        [(leads_to,)] = engine.fetch_all(
            "select customer_id from link.customer_id_alias where old_customer_id = $1", [erased.customer_id]
        )
        events = engine.fetch_all(
            "select event, anchor_source_record_id from link.customer_id_event where customer_id = $1"
            " order by event_number",
            [erased.customer_id],
        )
    assert leads_to == "erased"
    assert events[-1] == ("erase", None)
    assert {anchor for _, anchor in events} == {None}


def test_no_byte_of_an_address_is_left_in_the_file(erased: AfterErasure, nights: PublishedNights) -> None:
    values = [handle.value.encode() for handle in erased.handles.of_kind("contact")]
    found = [value for value in values if value in nights.project.working_file.read_bytes()]
    assert found, "no address stands in the file as it is: the test would prove nothing"
    left = erased.project.working_file.read_bytes()
    assert not [value for value in found if value in left]
    assert [path.name for path in erased.project.warehouse.glob("work.duckdb*")] == ["work.duckdb"]


def test_the_request_is_closed_and_the_journal_gone(erased: AfterErasure) -> None:
    assert len(erased.done.request_ids) == 2
    assert not list(unfinished_erasures(erased.project))
    assert erased.done.counts["working file"]["golden.golden_profile"] == 1


def test_what_is_delivered_again_stays_out(erased: AfterErasure, redelivered: tuple[Engine, Project]) -> None:
    engine, project = redelivered
    assert set(count_rows(engine, erased.handles)) <= LEDGERS
    again = find_handles(engine, [erased.customer_id], [("email", erased.address)], layouts=project.layouts)
    assert {handle.kind for handle in again.rows} == {"customer", "contact", "identity"}  # what was asked for
    kept_out = engine.fetch_value(
        "select count(*) from extract.erased_record inner join extract.file using (file_id) where first_seen_on = $1",
        [THIRD_NIGHT],
    )
    assert kept_out >= len(erased.handles.of_kind("line"))
    assert lost_records(engine) == []
    assert (
        engine.fetch_value(
            "select count(*) from golden.golden_profile where customer_id = $1", [erased.customer_id]
        )
        == 0
    )
    assert erased.customer_id not in engine.fetch_column(
        "select customer_id from link.customer_source_record"
    )


def test_the_next_night_standardises_what_a_full_one_would(
    redelivered: tuple[Engine, Project], tmp_path: Path
) -> None:
    engine, project = redelivered
    engine.execute("checkpoint")
    whole = tmp_path / "whole.duckdb"
    shutil.copy(project.working_file, whole)
    with Engine.open(whole) as copy:
        night = Night(copy, project, THIRD_NIGHT, "whole", rebuilds_everything=True)
        for model in load_graph(project, with_decisions=False):
            if model.stage is Stage.STANDARDISE:
                build_model(night, model)
    by_change = shutil.copy(project.working_file, tmp_path / "by_change.duckdb")
    standardised = {
        name: rows for name, rows in table_hashes(whole).items() if name.startswith("standardise.")
    }
    changed = table_hashes(Path(by_change))
    assert {name: changed[name] for name in standardised} == standardised


def test_an_erasure_that_was_cut_off_is_finished_by_the_next(
    nights: PublishedNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(nights, tmp_path / "project")
    with read_working_file(project, "test") as engine:
        address = engine.fetch_value(ONLY_IN_EVENTS)
    plan = plan_erasure(project, [address])

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    for module, step in ((working_file, "rewrite_database"), (ErasureJournal, "remove")):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, cut_off)
            with pytest.raises(KeyboardInterrupt):
                resume_erasures(project) or erase(project, plan, "me", "")
        assert [journal.erasure_id for journal in unfinished_erasures(project)] == [1]
    [done] = resume_erasures(project)
    assert done.erasure_id == 1
    assert done.left == {}
    assert resume_erasures(project) == []


def test_a_question_that_fits_several_or_nobody_is_refused(erased: AfterErasure) -> None:
    with pytest.raises(ErasureRequestError, match=r"request 2: .*[Nn]o customer") as error:
        plan_erasure(erased.project, ["new@nowhere.example", "c_000000000000"])
    assert "Nothing was erased" in str(error.value)


def test_every_table_with_personal_data_is_covered(erased: AfterErasure) -> None:
    """One that no column, no rule of its own and no rebuilding covers would keep people for ever."""
    models = {model.full_name: model for model in load_graph(erased.project)}
    with read_working_file(erased.project, "test") as engine:
        uncovered = [
            table
            for table, columns in tables_of(engine).items()
            if not condition_of(table, columns)
            and table not in working_file.OWN_RULES
            and not (table in models and working_file.says_nothing_or_is_rebuilt(models[table]))
            and (table in models or table not in HARMLESS)
            and not table.startswith(("build_state.", "link_state."))
        ]
    assert uncovered == []


HARMLESS = {
    "extract.landing",
    "extract.left_member",
    "golden.standing_correction",
    "golden.standing_restriction",
    "main.key_check",
    "validate.blocked_source",
    "validate.broken_whole",
    "validate.counting_list",
    "validate.file_reading",
    "validate.held_list",
    "validate.judged_file",
    "validate.let_in_file",
    "validate.quarantined_share",
    "validate.taken_back",
    "validate.unaccounted_file",
    "validate.waiting_file",
    "validate.withdrawn_file",
}
"""Tables of no contract that know files, counts and rules, and nobody."""

"""Forgetting people in the working file: what was delivered, what was made of it, and what nights remember."""

from __future__ import annotations

from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.rewriting import rewrite_database
from cdp_pipeline.engine.working_file import open_working_file
from cdp_pipeline.extract.erased import note_erased
from cdp_pipeline.link.erased_records import erase_ids, forget_mailboxes, forget_names, forget_regions
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.privacy.forgetting import RULES, ForgetTable, forget, tables_of
from cdp_pipeline.privacy.handles import Handles, handles_in, values_of
from cdp_pipeline.privacy.histories import MEMBERSHIPS, forget_memberships
from cdp_pipeline.sql_project import Model, ModelGraph, build_model
from cdp_pipeline.sql_project.build import built_tables
from cdp_pipeline.sql_project.increments import forget_absent_keys
from cdp_pipeline.standardise.phone_number import forget_numbers
from cdp_pipeline.validate.erased_records import forget_history, forget_quarantined, lessen_judged_counts

LINES = "select name, value::bigint from temp.erased_handle where kind = 'line'"
RECORDS = "select source_system, name, value from temp.erased_handle where kind = 'record'"
EMAILS = "select value from temp.erased_handle where kind = 'contact' and name = 'email'"


def keep(_: Engine, __: str) -> int:
    """Delete nothing: the table is a ledger, which says nothing of the person once the erasure is done."""
    return 0


OWN_RULES: dict[str, ForgetTable] = {
    "extract.erased_record": keep,
    "link.customer_id_event": keep,
    "link.customer_id_alias": keep,
    "link.issued_household_id": keep,
    MEMBERSHIPS: forget_memberships,
}
"""Ledgers: a delivered record stays accounted for by file and line, and an id, never given out twice, leads nowhere."""


def erase_from_working_file(project: Project, handles: Handles) -> dict[str, int]:
    """Forget the people, and write the file anew so that no byte of them remains; returns rows deleted by table.

    The caller holds the writer's lock. Does nothing twice, and can be begun again after a kill at any point. Whether
    anything is left is for `nightly.erasure.sweep` to see, which knows nothing of how it went.
    """
    if not project.working_file.exists():
        return {}
    with open_working_file(project) as engine:
        deleted = forget_in_working_file(project, engine, handles)
        engine.execute("checkpoint")
    rewrite_database(project.working_file)
    return deleted


def forget_in_working_file(project: Project, engine: Engine, handles: Handles) -> dict[str, int]:
    """Delete the people's rows from all tables, and bring those up to date that hold values without a person."""
    countries = {name: source.country for name, source in project.sources.items()}
    night = _last_night(project, engine)
    with engine.transaction():
        with handles_in(engine, handles):
            lessen_judged_counts(engine, LINES)
            note_erased(engine, LINES)
            known = values_of("identity")
            deleted = {
                "validate.record_history": forget_history(engine, project.layouts, countries, known),
                "validate.quarantine": forget_quarantined(engine, project.layouts, countries, known),
                **forget_regions(engine, RECORDS),
                "link_state.common_mailbox": forget_mailboxes(engine, EMAILS),
            }
            erase_ids(engine, values_of("customer"), RECORDS, night.business_date)
        deleted = _sum(deleted, forget(engine, handles, own_rules=OWN_RULES))
        deleted = _sum(deleted, forget_names(engine))
    _bring_up_to_date(night, load_graph(project))
    deleted = _sum(deleted, {"standardise.phone_number": forget_numbers(engine)})
    return {table: rows for table, rows in deleted.items() if rows}


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {table: one.get(table, 0) + other.get(table, 0) for table in {**one, **other}}


def _last_night(project: Project, engine: Engine) -> Night:
    """Return the night that the tables are of, so that they stay tables of one night."""
    rows = (
        engine.fetch_all("select business_date, run_id from extract.night")
        if "extract.night" in tables_of(engine)
        else []
    )
    business_date, run_id = rows[0] if rows else (date.today(), "erasure")  # noqa: DTZ011 - no night, no zone
    return Night(engine, project, business_date, run_id)


def _bring_up_to_date(night: Night, graph: ModelGraph) -> None:
    """Build tables of values anew, and forget keys of input that is gone.

    A table of values whose definition has changed since the last night is dropped, and with it those that read it: what
    they read may not fit yet, and the next night builds them from the beginning.
    """
    built = built_tables(night.engine)
    for model in graph.tables:
        if not night.engine.table_exists(model.full_name):
            continue
        readers = [model, *graph.views_of(model)]
        is_as_built = all(
            one.full_name in built and built[one.full_name].fingerprint == one.fingerprint for one in readers
        ) and all(night.engine.table_exists(name) for name in graph.tables_read(model))
        if is_of_values(model) and is_as_built:
            build_model(night, model)
        elif is_of_values(model):
            night.engine.execute(f"drop table {model.full_name}")
        elif model.increment and is_as_built:
            forget_absent_keys(night.engine, model, model.increment)


def is_of_values(model: Model) -> bool:
    """Tell whether plain SQL makes a table of people's values in which at most a contact says whose they are.

    Such a table is built anew from what is left: an address that two people share may stay, but not what one of them
    said with it.
    """
    names = set(model.contract.column_names)
    by_person = [
        needed for needed in RULES if needed != ("contact_kind", "contact_value") and names.issuperset(needed)
    ]
    is_sensitive = any(
        column.sensitivity in (Sensitivity.DIRECT, Sensitivity.QUASI) for column in model.contract.columns
    )
    return bool(model.sql) and not model.is_view and is_sensitive and not by_person


def says_nothing_or_is_rebuilt(model: Model) -> bool:
    """Tell whether a table in which no column says whose its rows are needs no rule of its own."""
    is_sensitive = any(column.sensitivity is not Sensitivity.NONE for column in model.contract.columns)
    return not is_sensitive or is_of_values(model) or model.full_name in WITH_THEIR_INPUT


WITH_THEIR_INPUT = frozenset({"standardise.phone_number", "extract.tombstone"})
"""What goes with what it is made of, and hashes that are to stay."""

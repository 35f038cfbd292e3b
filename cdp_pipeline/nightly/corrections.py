"""Corrections of profiles: entered for a customer of the published night, copied by the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.corrections import (
    check_reason,
    correct_profile,
    corrections_in_force,
    known_corrections,
)
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.person_reference import customer_reference
from cdp_pipeline.control.privacy_requests import RequestKind, close_request, take_up_request
from cdp_pipeline.engine import Engine
from cdp_pipeline.golden.manual_correction import WENT_BY, create_manual_correction, write_manual_correction
from cdp_pipeline.golden.survivorship import FACTS
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.corrected_values import checked_values, read_settings
from cdp_pipeline.nightly.find_customer import find_customer
from cdp_pipeline.nightly.lost_decisions import refuse_lost
from cdp_pipeline.nightly.published import require_published
from cdp_pipeline.publish.night_folder import current_night


@dataclass(frozen=True)
class Corrected:
    """What became of a correction.

    Attributes:
        columns: those that were named.
        kept_along: columns that survive together with them, kept as the profile has them.
    """

    correction_id: int
    request_id: int
    columns: list[str]
    kept_along: list[str]


def correct_customer(
    project: Project, question: str, settings: Sequence[str], reason: str, request_id: int = 0
) -> Corrected:
    """Correct columns of a customer's profile from the next night on, until it is taken back.

    Columns that survive together are corrected together: a corrected street must not meet the postcode of an address
    that comes later. Those not named stay as the published profile has them.

    Args:
        question: what `find_customer` understands.
        settings: `column=value`; an empty value empties the column.
        reason: without personal data.
        request_id: the request that asks for it; else one is entered.

    Raises:
        NightError: no night is published.
        UnknownCustomerError: the question leads to no customer, or to several.
        ControlError: a value does not fit its column, or the correction cannot be put on record.
    """
    check_reason(reason)
    profile_contract = find_table_contract(project.sql_folders, "golden", "golden_profile")
    said = read_settings(settings, [name for name in profile_contract.column_names if name not in FACTS])
    folder = require_published(project)
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        customer_id = find_customer(engine, question).customer_id
        [profile] = engine.fetch_arrow(PROFILE, [customer_id]).to_pylist()
        records = [RecordKey(*row) for row in engine.fetch_all(RECORDS_OF, [customer_id])]
    values = checked_values(project, said, profile["country"])
    kept = {column: _as_text(profile[column]) for column in _kept_along(project, set(said))}
    request = take_up_request(
        project, RequestKind.RECTIFICATION, customer_reference(customer_id), request_id=request_id
    )
    number = correct_profile(project, customer_id, records, {**values, **kept}, reason, request)
    close_request(project, request)
    return Corrected(number, request, list(said), list(kept))


def read_manual_corrections(night: Night) -> None:
    """Copy the corrections that stand into `golden.manual_correction`.

    Raises:
        NightError: the control database does not know one by which the night before went: without it the person's
            profile would be wrong again.
    """
    create_manual_correction(night)
    with night.engine.arrow_view(known_corrections(night.project)) as known:
        lost = night.engine.fetch_column(LOST.format(known=known))
    refuse_lost(
        night,
        [f"correction {number}" for number in lost],
        "What people had corrected must not be wrong again for that.",
        "golden.manual_correction",
    )
    write_manual_correction(night, *corrections_in_force(night.project))


def published_corrections(project: Project) -> set[int]:
    """Return the numbers of the corrections that stand in a profile of the published night."""
    folder = current_night(project.published)
    if folder is None:
        return set()
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        if not engine.table_exists("golden.manual_correction"):
            return set()
        return set(engine.fetch_column("select distinct correction_id from golden.manual_correction"))


def _kept_along(project: Project, named: set[str]) -> list[str]:
    groups = [group.columns for group in project.survivorship.groups if named & set(group.columns)]
    return [column for columns in groups for column in columns if column not in named]


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


PROFILE = "select * from golden.golden_profile where customer_id = $1"

RECORDS_OF = f"""
with anchor as (
    select
        anchor_source_system as source_system,
        anchor_record_kind as record_kind,
        anchor_source_record_id as source_record_id,
        max(event_number) as event_number
    from link.customer_id_event
    where customer_id = $1 and anchor_source_record_id is not null
    group by all
)
select {", ".join(RecordKey._fields)}
from link.customer_source_record
left join anchor using ({", ".join(RecordKey._fields)})
where customer_id = $1
order by anchor.event_number desc nulls last, {", ".join(RecordKey._fields)}
"""
"""The customer's records, that first with which the id stays after a split."""

LOST = f"select correction_id from {WENT_BY} anti join {{known}} using (correction_id) order by correction_id"

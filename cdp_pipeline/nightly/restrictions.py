"""Restrictions and objections: entered for a customer of the published night, copied by the next ones."""

from __future__ import annotations

from collections.abc import Collection

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.purposes import require_purposes
from cdp_pipeline.control.match_statement import RecordKey
from cdp_pipeline.control.person_reference import customer_reference
from cdp_pipeline.control.privacy_requests import RequestKind, close_request, take_up_request
from cdp_pipeline.control.restrictions import (
    RestrictionKind,
    known_restrictions,
    restrict_processing,
    restrictions_in_force,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.golden.processing_restriction import (
    WENT_BY,
    create_processing_restriction,
    write_processing_restriction,
)
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.find_customer import find_customer
from cdp_pipeline.nightly.lost_decisions import refuse_lost
from cdp_pipeline.nightly.published import require_published


def restrict_customer(
    project: Project,
    kind: RestrictionKind,
    question: str,
    purposes: Collection[str] = (),
    request_id: int = 0,
) -> tuple[list[int], int]:
    """Restrict what the customer's data is used for, and return the restrictions' numbers and the request's.

    Args:
        question: what `find_customer` understands.
        purposes: for what it must not be used; none of a restriction means for anything.
        request_id: the request that asks for it; else one is entered.

    Raises:
        NightError: no night is published.
        UnknownCustomerError: the question leads to no customer, or to several.
        ConfigError: the project has no such purpose.
    """
    require_purposes(purposes, project.purposes, origin="cdp privacy", key="--purpose")
    folder = require_published(project)
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        customer_id = find_customer(engine, question).customer_id
        records = [RecordKey(*row) for row in engine.fetch_all(RECORDS_OF, [customer_id])]
    request = take_up_request(
        project, RequestKind(kind.value), customer_reference(customer_id), request_id=request_id
    )
    for_what: list[str | None] = [*dict.fromkeys(purposes)] or [None]
    numbers = [
        restrict_processing(project, kind, customer_id, records, request, purpose) for purpose in for_what
    ]
    close_request(project, request)
    return numbers, request


RECORDS_OF = f"""
select {", ".join(RecordKey._fields)} from link.customer_source_record where customer_id = $1 order by all
"""


def read_processing_restrictions(night: Night) -> None:
    """Copy the restrictions and objections that stand into `golden.processing_restriction`.

    Raises:
        NightError: the control database does not know one by which the night before went: without it the person's
            data would be used again.
    """
    create_processing_restriction(night)
    with night.engine.arrow_view(known_restrictions(night.project)) as known:
        lost = night.engine.fetch_column(LOST.format(known=known))
    refuse_lost(
        night,
        [f"restriction {number}" for number in lost],
        "What people objected to must not begin anew for that.",
        "golden.processing_restriction",
    )
    write_processing_restriction(night, *restrictions_in_force(night.project))


LOST = (
    f"select restriction_id from {WENT_BY} anti join {{known}} using (restriction_id) order by restriction_id"
)

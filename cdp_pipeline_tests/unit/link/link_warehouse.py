"""Hand-written records, and the link stage run on them."""

from __future__ import annotations

import dataclasses
from datetime import date

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.settings import EngineSettings
from cdp_pipeline.night import Night
from cdp_pipeline.stages import Stage
from cdp_pipeline_tests import warehouse
from cdp_pipeline_tests.warehouse import BUSINESS_DATE as FIRST_NIGHT
from cdp_pipeline_tests.warehouse import Row

__all__ = ["FIRST_NIGHT", "SourceRecord", "Warehouse", "groups"]

CANONICAL = ("customer_record", "contact_point", "postal_address", "external_id")


@dataclasses.dataclass(frozen=True)
class SourceRecord:
    """A record as standardise would leave it; `id` is unique over all sources here."""

    id: str
    given: str | None = None
    family: str | None = None
    born: date | None = None
    suffix: str | None = None
    email: str | None = None
    second_email: str | None = None
    phone: str | None = None
    street: str | None = None
    postcode: str | None = "10115"
    city: str = "Berlin"
    loyalty: str | None = None
    merged_into: str | None = None
    source: str = "crm"
    kind: str = "contact"

    @property
    def key(self) -> dict[str, str]:
        return {"source_system": self.source, "record_kind": self.kind, "source_record_id": self.id}

    def rows(self) -> dict[str, list[dict[str, object]]]:
        contacts = [("email", self.email), ("email", self.second_email), ("phone", self.phone)]
        ids = {"loyalty_number": self.loyalty, "crm_master": self.merged_into}
        return {
            "customer_record": [
                self.key
                | {
                    "given_name": self.given,
                    "family_name": self.family,
                    "name_suffix": self.suffix,
                    "birth_date": self.born,
                }
            ],
            "contact_point": [
                self.key | {"contact_kind": kind, "contact_value": value, "is_valid": True}
                for kind, value in contacts
                if value
            ],
            "postal_address": [
                self.key
                | {
                    "address_label": "home",
                    "street": self.street,
                    "postcode": self.postcode,
                    "city": self.city,
                }
            ]
            if self.street
            else [],
            "external_id": [
                self.key | {"id_kind": kind, "id_value": value.upper()}
                for kind, value in ids.items()
                if value
            ],
        }


class Warehouse:
    """A warehouse on which nights of linkage can be run."""

    def __init__(self, threads: int = 1) -> None:
        self._tables = warehouse.Warehouse(first_built=Stage.LINK)
        settings = self._tables.night.project.settings
        settings = settings.model_copy(update={"engine": EngineSettings(threads=threads)})
        self._tables.on(FIRST_NIGHT, settings=settings)
        self.engine = self._tables.engine

    @property
    def project(self) -> Project:
        return self._tables.night.project

    def deliver(self, *records: SourceRecord) -> None:
        """Replace the canonical tables."""
        for name in CANONICAL:
            self._tables.given(name, *(row for record in records for row in record.rows()[name]))

    def given(self, table: str, *rows: Row) -> None:
        """Replace another table that linkage reads, such as `web_event`."""
        self._tables.given(table, *rows)

    def night(self, business_date: date = FIRST_NIGHT) -> Night:
        return self._tables.on(business_date)

    def link(self, *records: SourceRecord, business_date: date = FIRST_NIGHT) -> set[frozenset[str]]:
        """Deliver the records, run the whole stage, and return who is grouped with whom."""
        self.deliver(*records)
        self._tables.on(business_date)
        self._tables.build("link")
        return self.people()

    def change_linkage(self, **changes: object) -> None:
        """Change parts of linkage.yml for the nights to come."""
        self._tables.on(FIRST_NIGHT, linkage=self.project.linkage.model_copy(update=changes))

    def build(self, *names: str) -> None:
        self._tables.build(*names)

    def people(self) -> set[frozenset[str]]:
        rows = self.engine.fetch_column(
            "select list(source_record_id) from link.customer_source_record group by customer_id"
        )
        return {frozenset(members) for members in rows}

    def id_of(self, record_id: str) -> str:
        return str(
            self.engine.fetch_value(
                "select customer_id from link.customer_source_record where source_record_id = ?", [record_id]
            )
        )

    def edges(self, columns: str, where: str = "true") -> set[tuple[object, ...]]:
        return set(self.engine.fetch_all(f"select {columns} from link.edge where {where}"))


def groups(*people: str) -> set[frozenset[str]]:
    """`groups("a b", "c")` reads: a and b are one person, c is another."""
    return {frozenset(person.split()) for person in people}

"""A warehouse that holds a few hand-written records, and the link stage run on it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pyarrow as pa

from cdp_pipeline.contracts.project import EngineSettings, Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import ModelGraph, build_model
from cdp_pipeline.stages import Stage

FIRST_NIGHT = date(2026, 5, 4)

KEY = {"source_system": pa.string(), "record_kind": pa.string(), "source_record_id": pa.string()}
TABLES = {
    "customer_record": KEY
    | {
        "given_name": pa.string(),
        "family_name": pa.string(),
        "name_suffix": pa.string(),
        "birth_date": pa.date32(),
        "gender": pa.string(),
    },
    "contact_point": KEY
    | {"contact_kind": pa.string(), "contact_value": pa.string(), "is_valid": pa.bool_()},
    "postal_address": KEY
    | {
        "address_label": pa.string(),
        "street": pa.string(),
        "postcode": pa.string(),
        "city": pa.string(),
    },
    "external_id": KEY | {"id_kind": pa.string(), "id_value": pa.string()},
}
"""The columns of the canonical tables that linkage reads."""


@dataclasses.dataclass(frozen=True)
class SourceRecord:
    """A record as standardise would leave it; `id` is unique over all sources here."""

    id: str
    given: str | None = None
    family: str | None = None
    born: date | None = None
    suffix: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    postcode: str | None = "10115"
    loyalty: str | None = None
    merged_into: str | None = None
    source: str = "crm"
    kind: str = "contact"

    @property
    def key(self) -> dict[str, str]:
        return {"source_system": self.source, "record_kind": self.kind, "source_record_id": self.id}

    def rows(self) -> dict[str, list[dict[str, object]]]:
        contacts = {"email": self.email, "phone": self.phone}
        ids = {"loyalty_number": self.loyalty, "crm_master": self.merged_into}
        return {
            "customer_record": [
                self.key
                | {
                    "given_name": self.given,
                    "family_name": self.family,
                    "name_suffix": self.suffix,
                    "birth_date": self.born,
                    "gender": None,
                }
            ],
            "contact_point": [
                self.key | {"contact_kind": kind, "contact_value": value, "is_valid": True}
                for kind, value in contacts.items()
                if value
            ],
            "postal_address": [
                self.key
                | {
                    "address_label": "home",
                    "street": self.street,
                    "postcode": self.postcode,
                    "city": "Berlin",
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
    """An in-memory warehouse on which nights of linkage can be run."""

    def __init__(self, project: Project, graph: ModelGraph, threads: int = 2) -> None:
        settings = project.settings.model_copy(update={"engine": EngineSettings(threads=threads)})
        self.project = dataclasses.replace(project, settings=settings)
        self.engine = Engine.open()
        self.engine.create_schemas(["standardise", "link"])
        self._graph = graph

    def deliver(self, *records: SourceRecord) -> None:
        """Replace the canonical tables."""
        for name, columns in TABLES.items():
            rows = [row for record in records for row in record.rows()[name]]
            table = pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))
            with self.engine.arrow_view(table) as view:
                self.engine.replace_table(f"standardise.{name}", f"from {view}")

    def night(self, business_date: date = FIRST_NIGHT) -> Night:
        return Night(self.engine, self.project, business_date, "run")

    def link(self, *records: SourceRecord, business_date: date = FIRST_NIGHT) -> set[frozenset[str]]:
        """Deliver the records, run the whole stage, and return who is grouped with whom."""
        self.deliver(*records)
        for model in self._graph:
            if model.stage is Stage.LINK:
                build_model(self.night(business_date), model)
        return self.people()

    def build(self, *names: str) -> None:
        for name in names:
            build_model(self.night(), self._graph[f"link.{name}"])

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

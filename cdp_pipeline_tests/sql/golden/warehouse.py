"""A warehouse in memory whose upstream tables hold the rows that a test names, and nothing else.

Models up to `link` are known by their contracts alone, so that these tests speak of golden, segment and
activate only.
"""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from cdp_pipeline.contracts.base import read_contract
from cdp_pipeline.contracts.project import SHIPPED_SQL, Project, load_project
from cdp_pipeline.contracts.table import ColumnContract, TableContract
from cdp_pipeline.engine import Engine
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import Model, ModelGraph, build_model, load_models
from cdp_pipeline.stages import Stage

GIVEN_STAGES = ("extract", "standardise", "link")
BUILT_STAGES = ("golden", "segment", "activate")
ADDRESS = ("street", "postcode", "city", "region", "country")
GENERATED = {
    "extract.night": {"business_date": "DATE", "run_id": "VARCHAR"},
    "link.customer_source_record": {
        "source_system": "VARCHAR",
        "record_kind": "VARCHAR",
        "source_record_id": "VARCHAR",
        "customer_id": "VARCHAR",
    },
    "link.customer_id_alias": {"old_customer_id": "VARCHAR", "customer_id": "VARCHAR"},
}


class DownstreamProject(Project):
    """A project whose SQL is that of golden, segment and activate."""

    @cached_property
    def sql_folders(self) -> list[Path]:
        return [downstream_sql()]


@cache
def downstream_sql() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="downstream_sql_"))
    for stage in BUILT_STAGES:
        shutil.copytree(SHIPPED_SQL / stage, folder / stage)
    for macros in (SHIPPED_SQL / "macros").rglob("activate.sql"):
        target = folder / macros.relative_to(SHIPPED_SQL)
        target.parent.mkdir(parents=True)
        shutil.copy(macros, target)
    return folder


@cache
def shipped_project() -> Project:
    """The shipped configuration."""
    return DownstreamProject(**vars(load_project(Path(tempfile.mkdtemp(prefix="project_")))))


@cache
def downstream_graph() -> ModelGraph:
    return load_models(shipped_project(), given_models())


def given_models() -> Iterator[Model]:
    """Every table that golden, segment and activate may read, by its contract."""
    contracts = {table: generated_contract(table) for table in GENERATED}
    for stage in GIVEN_STAGES:
        for path in sorted((SHIPPED_SQL / stage).rglob("*.yml")):
            contracts[f"{stage}.{path.stem}"] = read_contract(path, TableContract)
    for table, contract in contracts.items():
        yield Model(Stage(table.partition(".")[0]), contract, (), Path(table), "given")


def generated_contract(table: str) -> TableContract:
    columns = [ColumnContract(name=n, type=t, description="-") for n, t in GENERATED[table].items()]
    return TableContract(
        model=table.partition(".")[2], description="-", grain="-", owner="team:test", columns=columns
    )


class Warehouse:
    """Given rows go in, models are built, rows come out."""

    def __init__(self, project: Project | None = None, business_date: date = date(2026, 5, 4)) -> None:
        project = project or shipped_project()
        self.graph = downstream_graph()
        self.engine = Engine.open()
        self.engine.create_schemas([stage.value for stage in Stage])
        self.night = Night(self.engine, project, business_date, "test")
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for model in self.graph:
            if model.stage in GIVEN_STAGES:
                self.given(model.full_name)
        self.on(business_date)

    def on(self, business_date: date, **changes: Any) -> None:
        """Go to another night, perhaps with parts of the configuration changed."""
        project = dataclasses.replace(self.night.project, **changes)
        self.night = dataclasses.replace(self.night, business_date=business_date, project=project)
        self.given("extract.night", {"business_date": business_date, "run_id": "test"})

    def given(self, table: str, *rows: dict[str, Any]) -> None:
        """Fill a table; columns that a row leaves out are null."""
        columns = {column.name: column.type for column in self.graph[table].contract.columns}
        unknown = {name for row in rows for name in row} - set(columns)
        assert not unknown, f"{table} has no column {unknown}"
        texts = pa.table(
            {name: pa.array([_as_text(row.get(name)) for row in rows], pa.string()) for name in columns}
        )
        casts = ", ".join(f'cast("{name}" as {type_}) as "{name}"' for name, type_ in columns.items())
        with self.engine.arrow_view(texts) as view:
            self.engine.replace_table(table, f"select {casts} from {view}")

    def add(self, table: str, *rows: dict[str, Any]) -> None:
        """Add rows to a given table."""
        self._rows.setdefault(table, []).extend(rows)
        self.given(table, *self._rows[table])

    def add_record(self, customer_id: str, record: str, **values: Any) -> None:
        """Add a source record, named `source/kind/id`, with its e-mail, phone and address if it has them.

        `email` and `phone` become valid contact points, `invalid_email` one that is malformed.
        """
        key = dict(zip(("source_system", "record_kind", "source_record_id"), record.split("/"), strict=True))
        address = {name: values.pop(name) for name in ADDRESS if name in values}
        contacts = {name: values.pop(name) for name in ("email", "phone", "invalid_email") if name in values}
        self.add("link.customer_source_record", {**key, "customer_id": customer_id})
        self.add("standardise.customer_record", {"updated_at": "2026-01-01", **key, **values})
        if address:
            self.add("standardise.postal_address", {"address_label": "home", **key, **address})
        for kind, value in contacts.items():
            is_valid = not kind.startswith("invalid")
            point = {
                "contact_kind": kind.removeprefix("invalid_"),
                "delivered_value": value,
                "is_valid": is_valid,
            }
            self.add(
                "standardise.contact_point", {**key, **point, "contact_value": value if is_valid else None}
            )

    def add_purchase(
        self, record: str | None, purchase_id: str, occurred_at: str, amount: str, **values: Any
    ) -> None:
        """Add a paid purchase in euros of the record, or of nobody."""
        source, kind, record_id = record.split("/") if record else ("till", None, None)
        purchase = {"source_system": source, "record_kind": kind, "source_record_id": record_id}
        money = {"currency": "EUR", "gross_amount": amount, "refunded_amount": 0, "net_amount": amount}
        fixed = {"purchase_id": purchase_id, "occurred_at": occurred_at, "channel": "shop", "status": "paid"}
        self.add("standardise.purchase", {**purchase, **money, **fixed, **values})

    def add_consent(self, contact: str, purpose: str, status: str, at: str, **values: Any) -> None:
        """Add a decision about an e-mail address (or a phone number, which begins with +)."""
        kind = "phone" if contact.startswith("+") else "email"
        decision = {"contact_kind": kind, "contact_value": contact, "purpose": purpose, "status": status}
        fixed = {"source_system": "consent", "channel": "any", "occurred_at": at}
        self.add("standardise.consent_event", {**decision, **fixed, **values})

    def add_email_event(self, email: str, event: str, at: str) -> None:
        """Add what happened to a campaign's message."""
        fixed = {"source_system": "email", "email_event_id": f"{email}-{event}-{at}"}
        self.add("standardise.email_event", {**fixed, "email": email, "event": event, "occurred_at": at})

    def build(self, *names: str) -> None:
        """Build models by name or stage; without names, everything after link."""
        for model in self.graph:
            if model.stage in BUILT_STAGES and (not names or {model.name, model.stage} & set(names)):
                build_model(self.night, model)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.fetch_all(sql)


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)

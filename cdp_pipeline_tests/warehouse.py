"""Given rows go in, models are built by the night's own code, rows come out: SQL against a real engine.

A `Warehouse` holds every table of the stages before the one that is under test, as given or empty, and
builds the models from there on as the night would. `rows_of` is the shortest form: rows of layouts or
models in, rows of one model out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from cdp_pipeline.contracts.project import SHIPPED_SQL, Project, load_project
from cdp_pipeline.contracts.source import Source, SourceFile
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import Model, ModelGraph, build_model, load_models
from cdp_pipeline.sql_project.rendering import Catalogue, Renderer
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.uncommented_engine import ONE_THREAD, UncommentedEngine

Row = Mapping[str, object]
Given = Mapping[str, Sequence[Row]]

BUSINESS_DATE = date(2026, 5, 4)
NOT_SHIPPED = {
    "records": ["link_input"],
    "older_shop": ["shopify_customers_older"],
    "woo_shop": ["woocommerce_customers", "woocommerce_orders"],
    "newsletter": ["klaviyo_profiles"],
    "sales": ["hubspot_contacts", "salesforce_account"],
    "do_not_contact": ["suppressions"],
}
"""Sources, and their layouts, that the example retailer has not."""
MADE_FROM_THE_PROJECT = {"extract.source_system", "standardise.purpose", "standardise.purpose_channel"}
ADDRESS = ("street", "postcode", "city", "region", "country", "address_label")


@cache
def shipped_project() -> Project:
    """Return the project as committed, with more sources, so that every layout is delivered."""
    project = load_project(Path(mkdtemp(prefix="project_")))
    more = {name: _source(name, layouts) for name, layouts in NOT_SHIPPED.items()}
    return dataclasses.replace(project, sources={**project.sources, **more})


def _source(name: str, layouts: Sequence[str]) -> Source:
    files = [SourceFile(layout=layout, path=f"{name}/{layout}*.csv") for layout in layouts]
    where = {"zone": "UTC" if name == "records" else "Europe/Berlin", "country": "DE", "currency": "EUR"}
    return Source(source=name, title=name, files=files, **where)


@cache
def shipped_models(dialect: str = "duckdb") -> ModelGraph:
    """Return all models of the project."""
    project = shipped_project()
    return load_models(project, [*extract_models(project), *validate_models(project)], dialect)


@cache
def models_needed(
    given: frozenset[str], names: frozenset[str], filled: frozenset[str] | None = None
) -> tuple[Model, ...]:
    """Models by name or stage and what they are built from, in building order; given tables need nothing.

    Args:
        filled: if named, parts that read none of these tables, nor their own layout there, are without rows,
            as if no source delivered their layout.
    """
    models = tuple(
        model if filled is None or may_have_rows(model, filled) else without_rows(model)
        for model in shipped_models()
    )
    graph = ModelGraph(
        tuple(
            dataclasses.replace(model, upstream=()) if model.full_name in given else model for model in models
        )
    )
    targets = [model.full_name for model in graph if {model.name, model.full_name, model.stage} & names]
    needed = {model.full_name for target in targets for model in graph.needed_for(target)}
    return tuple(model for model in models if model.full_name in needed)


def may_have_rows(model: Model, filled: frozenset[str]) -> bool:
    """Tell whether a model is no part, or reads a filled table or maps a filled layout."""
    layout, is_part, _ = model.name.partition("__")
    return not is_part or bool(filled & {f"{Stage.VALIDATE}.{layout}", *model.upstream})


def without_rows(part: Model) -> Model:
    """Return a part that reads nothing and has no rows."""
    columns = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in part.contract.columns)
    return dataclasses.replace(part, sql=f"select {columns} where false", upstream=())


class Warehouse:
    """A warehouse in memory.

    Args:
        first_built: the first stage whose models are built; tables of earlier stages are given.
    """

    def __init__(self, first_built: Stage = Stage.GOLDEN, business_date: date = BUSINESS_DATE) -> None:
        self.graph = shipped_models()
        self.engine = UncommentedEngine.open(options=ONE_THREAD)
        self.engine.create_schemas(list(Stage))
        self.night = Night(self.engine, shipped_project(), business_date, "test")
        self._given: dict[str, list[Row]] = {}
        for model in self.graph:
            if first_built.is_after(model.stage) and model.full_name not in MADE_FROM_THE_PROJECT:
                self._given[model.full_name] = []
                columns = ", ".join(f'"{column.name}" {column.type}' for column in model.contract.columns)
                self.engine.execute(f"create table {model.full_name} ({columns})")
        self.on(business_date)

    def on(self, business_date: date, **changes: Any) -> Night:
        """Go to another night, perhaps with parts of the configuration changed."""
        project = dataclasses.replace(self.night.project, **changes)
        self.night = dataclasses.replace(self.night, business_date=business_date, project=project)
        self.given("extract.night", {"business_date": business_date, "run_id": "test"})
        return self.night

    def model(self, name: str) -> Model:
        """Find a model by its name, with or without schema."""
        return next(model for model in self.graph if name in {model.name, model.full_name})

    def given(self, table: str, *rows: Row) -> None:
        """Fill a table; columns that a row leaves out are null."""
        model = self.model(table)
        self._given[model.full_name] = list(rows)
        columns = {column.name: column.type for column in model.contract.columns}
        unknown = {name for row in rows for name in row} - set(columns)
        assert not unknown, f"{model.full_name} has no column {unknown}"
        rows = tuple(delivered(model, rows))
        texts = pa.table(
            {name: pa.array([_as_text(row.get(name)) for row in rows], pa.string()) for name in columns}
        )
        casts = ", ".join(f'cast("{name}" as {type_}) as "{name}"' for name, type_ in columns.items())
        with self.engine.arrow_view(texts) as view:
            self.engine.replace_table(model.full_name, f"select {casts} from {view}")

    def add(self, table: str, *rows: Row) -> None:
        """Add rows to a given table."""
        self.given(table, *self._given[self.model(table).full_name], *rows)

    def needed_for(self, *names: str) -> tuple[Model, ...]:
        """Models by name or stage and what they are built from; see `models_needed`."""
        return models_needed(frozenset(self._given), frozenset(names))

    def build(self, *names: str) -> None:
        """Build models by name or stage with all that they need; without names, everything."""
        for model in self.needed_for(*(names or Stage)):
            if model.full_name not in self._given:
                build_model(self.night, model)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.fetch_all(sql)

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
            point = {"contact_kind": kind.removeprefix("invalid_"), "delivered_value": value}
            state = {"is_valid": is_valid, "contact_value": value if is_valid else None}
            self.add("standardise.contact_point", {**key, **point, **state})

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


class LentWarehouse(Warehouse):
    """A warehouse from standardise on that is emptied after use instead of being made anew.

    What was built from empty tables alone stays: it would be built again to the same rows.
    """

    def __init__(self, business_date: date) -> None:
        self._filled = set[str]()
        super().__init__(Stage.STANDARDISE, business_date)
        self._filled.clear()
        self._empty, self._built = dict(self._given), dict[str, Model]()

    def given(self, table: str, *rows: Row) -> None:
        """Fill a table, perhaps with no rows."""
        super().given(table, *rows)
        self._filled.add(self.model(table).full_name)

    def needed_for(self, *names: str) -> tuple[Model, ...]:
        """Models by name or stage and what they are built from, parts of what was given alone."""
        return models_needed(frozenset(self._given), frozenset(names), frozenset(self._filled))

    def build(self, *names: str) -> None:
        """Build what is needed, unless it is there and nothing that it reads has changed."""
        changed = {*self._filled}
        for model in self.needed_for(*names):
            name = model.full_name
            if name in self._given or (self._built.get(name) == model and not changed & {*model.upstream}):
                continue
            self._built[name] = model
            changed.add(name)
            build_model(self.night, model)

    def empty(self) -> None:
        """Empty the tables that were given, and drop those that were made from them."""
        changed = {*self._filled}
        for model in self.graph:
            if changed & {*model.upstream}:
                changed.add(model.full_name)
        for table in self.graph.tables:
            if table.full_name in changed and table.full_name not in self._empty:
                self._built.pop(table.full_name, None)
                self.engine.execute(f"drop table if exists {table.full_name}")
        self._given = {**self._empty}
        for name in sorted(self._filled & {*self._empty}):
            self.given(name, *self._empty[name])
        self._filled.clear()


kept_warehouse = cache(LentWarehouse)


@contextmanager
def lent_warehouse(business_date: date) -> Iterator[LentWarehouse]:
    """Lend the warehouse of a night to one caller at a time, empty."""
    warehouse = kept_warehouse(business_date)
    try:
        yield warehouse
    finally:
        warehouse.empty()


def run_model(model: str, *, given: Given, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Build a model on given rows and return its rows as mappings; see `rows_of`."""
    return [dict(zip(columns, row, strict=True)) for row in rows_of(model, given=given, columns=columns)]


def rows_of(
    model: str, *, given: Given, columns: Sequence[str], business_date: date = BUSINESS_DATE
) -> list[tuple[Any, ...]]:
    """Build a model on given rows and return its rows; times are text, such as 2026-05-01 08:00:00.

    Args:
        model: name without schema.
        given: rows by name of a layout or model; a missing column is null. Rows of a layout get a source that
            delivers it, file, line and date of delivery unless they say otherwise.
        columns: what to return of the model's columns; rows are sorted by them.
    """
    with lent_warehouse(business_date) as warehouse:
        for name, rows in given.items():
            warehouse.given(name, *rows)
        unused = set(given) - {needed.name for needed in warehouse.needed_for(model)}
        assert not unused, f"{model} does not read {sorted(unused)}"
        warehouse.build(model)
        table = warehouse.model(model).full_name
        rows = warehouse.rows(f"select {', '.join(columns)} from {table} order by all")
    return [tuple(str(value) if isinstance(value, datetime) else value for value in row) for row in rows]


def as_purchases(customer_purchases: Iterable[Row]) -> Given:
    """Turn purchases of customers into those of their records, so that their worth in euros is worked out."""
    purchases, owners = [], {}
    for row in customer_purchases:
        fact = {**row}
        record = {name: fact.pop(name) for name in ("source_system", "customer_id")}
        key = {"record_kind": "order", "source_record_id": record["customer_id"]}
        at = {"occurred_at": fact.pop("purchased_on")}
        purchases.append({"source_system": record["source_system"], **key, **at, **fact})
        owners[(record["source_system"], record["customer_id"])] = {**record, **key}
    return {"purchase": purchases, "customer_source_record": [*owners.values()]}


def evaluate(call: str, value: str) -> str | None:
    """Return the value of a macro's call over a column named `name` that holds `value`, as models get it."""
    model = Path(mkdtemp(prefix="macro_")) / "under_test.sql"
    model.write_text(f"select {{{{ {call} }}}} from (select cast(? as varchar) as name)", encoding="utf-8")
    sql, _ = Renderer([SHIPPED_SQL], Catalogue({}, frozenset(), {}, {})).render(model, model.stem)
    with Engine.open() as engine:
        return engine.fetch_value(sql, [value])


def delivered(model: Model, rows: Iterable[Row]) -> Iterable[Row]:
    """Add to rows of a layout what the pipeline adds to every delivered row."""
    sources = shipped_project().sources.values()
    deliverers = [s.source for s in sources if model.name in {file.layout for file in s.files}]
    if model.stage is not Stage.VALIDATE or not deliverers:
        return rows
    added = {"source_system": deliverers[0], "file_id": "file_1", "delivered_on": BUSINESS_DATE}
    return [{**added, "line": number, **row} for number, row in enumerate(rows, start=2)]


def _as_text(value: object) -> str | None:
    return json.dumps(value) if isinstance(value, list) else None if value is None else str(value)

"""A published night written by hand, with three pairs to review: one of each kind."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.engine import Engine
from cdp_pipeline.publish.night_folder import point_current_to
from cdp_pipeline_tests.warehouse import Row, shipped_models

KEY = ("source_system", "record_kind", "source_record_id")
EVIDENCE = [
    {"comparison": "prior", "comparison_level": "two records drawn at random", "match_weight": -14.0},
    {"comparison": "given_name", "comparison_level": "Exact match on given_name", "match_weight": 8.5},
    {"comparison": "family_name", "comparison_level": "Exact match on family_name", "match_weight": 7.5},
    {"comparison": "email", "comparison_level": "differs", "match_weight": -1.0},
    {"comparison": "phone", "comparison_level": "not compared", "match_weight": 0.0},
]
NEAR_MISS, BRIDGE, REFUSED = ("crm/contact/k1", "shop/customer/k2"), ("crm/contact/b2", "crm/contact/b3"), (
    "crm/contact/t1", "crm/contact/t2")  # fmt: skip
CUSTOMERS = {
    "crm/contact/k1": "c_kim_1",
    "shop/customer/k2": "c_kim_2",
    **{f"crm/contact/b{n}": "c_berger" for n in range(1, 5)},
    "crm/contact/t1": "c_max",
    "crm/contact/t2": "c_moritz",
}
NAMES = {
    "crm/contact/k1": ("=1+1", "Kim\x1b[31m"),
    "shop/customer/k2": ("Kim", "Lang"),
    "crm/contact/b1": ("Anna", "Berger-Lang"),
    "crm/contact/b2": ("Anna", "Berger"),
    "crm/contact/b3": ("A.", "Berger"),
    "crm/contact/b4": ("Andreas", "Berger"),
    "crm/contact/t1": ("Max", "Zwilling"),
    "crm/contact/t2": ("Moritz", "Zwilling"),
}
PHONES = {"crm/contact/k1": "+49301", "crm/contact/t1": "+49302", "crm/contact/t2": "+49302"}


def key(record: str, prefix: str = "") -> dict[str, object]:
    return dict(zip((f"{prefix}{name}" for name in KEY), record.split("/"), strict=True))


def edge(pair: tuple[str, str], kind: str, name: str, weight: float, **values: object) -> Row:
    left, right = pair
    return key(left, "left_") | key(right, "right_") | {
        "edge_kind": kind, "edge_name": name, "match_weight": weight, **values,
    }  # fmt: skip


TABLES: dict[str, list[Row]] = {
    "link.customer_source_record": [key(record) | {"customer_id": id_} for record, id_ in CUSTOMERS.items()],
    "link.edge": [
        edge(NEAR_MISS, "near_miss", "same_full_name", 1.0, comparison_weights=EVIDENCE),
        edge(("crm/contact/b1", "crm/contact/b2"), "rule", "same_email_and_given_name", 30),
        edge(BRIDGE, "splink", "same_address", 6.0, comparison_weights=EVIDENCE),
        edge(("crm/contact/b3", "crm/contact/b4"), "rule", "same_email_and_given_name", 30),
        edge(REFUSED, "vetoed", "same_phone_and_given_name", 25, vetoed_by="name"),
    ],
    "standardise.customer_record": [
        key(record) | {"given_name": given, "family_name": family, "birth_date": "1980-05-03"}
        for record, (given, family) in NAMES.items()
    ],
    "standardise.contact_point": [
        key(record) | {"contact_kind": "phone", "contact_value": phone} for record, phone in PHONES.items()
    ],
    "standardise.postal_address": [
        key("crm/contact/k1") | {"street": "Ring 3", "postcode": "10115", "city": "Berlin"}
    ],
    "standardise.external_id": [key("crm/contact/t1") | {"id_kind": "loyalty_number", "id_value": "LC-1"}],
    "segment.purchase_in_euros": [{"customer_id": "c_kim_1", "revenue_eur": "1234.50"}],
}


def publish(root: Path) -> Project:
    """Write the night into a project's folder and make it the current one."""
    folder = root / "data" / "published" / "2026-05-04-test"
    folder.mkdir(parents=True)
    shutil.copy(_identified(), folder / "identified.duckdb")
    point_current_to(folder)
    return load_project(root)


@cache
def _identified() -> Path:
    """Write the night's database once for all tests."""
    file = Path(mkdtemp(prefix="reviewed_")) / "identified.duckdb"
    with Engine.open(file) as engine:
        engine.create_schemas(sorted({table.split(".")[0] for table in TABLES}))
        for table, rows in TABLES.items():
            _write(engine, table, rows)
    return file


def _write(engine: Engine, table: str, rows: list[Row]) -> None:
    columns = {column.name: column.type for column in shipped_models()[table].contract.columns}
    engine.execute(
        f"create table {table} ({', '.join(f'{name} {type_}' for name, type_ in columns.items())})"
    )
    for row in rows:
        texts = [json.dumps(value) if isinstance(value, list) else value for value in row.values()]
        casts = ", ".join(
            f"cast(cast(? as json) as {columns[name]})" if isinstance(row[name], list) else "?"
            for name in row
        )
        engine.execute(f"insert into {table} ({', '.join(row)}) select {casts}", texts)

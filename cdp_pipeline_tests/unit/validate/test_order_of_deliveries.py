"""The order in which files come does not matter: any order, one a night or all at once, gives the same tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.project import Project, load_project
from cdp_pipeline.contracts.source import Delivery, Source, SourceFile
from cdp_pipeline.engine import Engine
from cdp_pipeline.extract.tables import extract_models
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.tables import validate_models
from cdp_pipeline_tests.unit.validate.landing_nights import members_layout, orders_layout

MEMBERS, ORDERS = "no,city,updated\n", "order,item\n"

ORIGINAL, DUPLICATE, LATE, CORRECTED, RENAMED = DELIVERIES = (
    "export_2026-05-02.csv",
    "export_2026-05-02 (1).csv",
    "export_2026-05-01.csv",
    "export_2026-05-02_corrected.csv",
    "export-2026-05-01-renamed.csv",
)

# versioned: the newest `updated` wins, wherever it stands. dated and list: the newest export wins. lines: an order is
# taken whole from the newest export. What stands in one file alone stays in all of them but in the list.
CONTENTS = {
    "versioned": {
        ORIGINAL: MEMBERS + "1,Aachen,2026-04-03\n2,Bonn,2026-04-01\n3,Celle,\n4,düren,2026-04-02\n",
        LATE: MEMBERS + "1,Ahlen,2026-04-01\n2,Berlin,2026-04-09\n4,Dresden,2026-04-01\n",
        CORRECTED: MEMBERS + "1,Augsburg,2026-04-03\n2,Bremen,2026-04-01\n5,essen,\n6\n",
    },
    "dated": {
        ORIGINAL: MEMBERS + "1,Aachen,\n2,Bonn,\n3,Celle,\n",
        LATE: MEMBERS + "1,Ahlen,\n2,Berlin,\n4,Dresden,\n",
        CORRECTED: MEMBERS + "1,Augsburg,\n2,Bremen,\n",
    },
    "lines": {
        ORIGINAL: ORDERS + "#1,cup\n#1,fork\n#2,vase\n#3,bowl\n",
        LATE: ORDERS + "#1,cup\n#1,fork\n#1,knife\n#4,jug\n",
        CORRECTED: ORDERS + "#1,cup\n#2,vase\n#2,vase\n",
    },
    "list": {
        ORIGINAL: MEMBERS + "1,Aachen,\n2,Bonn,\n5,essen,\n",
        LATE: MEMBERS + "1,Ahlen,\n2,Berlin,\n4,Dresden,\n5,Emden,\n",
        CORRECTED: MEMBERS + "1,Augsburg,\n2,Bremen,\n5,essen,\n",
    },
}
SAME_AS = {DUPLICATE: ORIGINAL, RENAMED: LATE}

EXPECTED = {
    "versioned": [("1", "Augsburg"), ("2", "Berlin"), ("3", "Celle"), ("4", "Dresden")],
    "dated": [("1", "Augsburg"), ("2", "Bremen"), ("3", "Celle"), ("4", "Dresden")],
    "lines": [("#1", "cup"), ("#2", "vase"), ("#2", "vase"), ("#3", "bowl"), ("#4", "jug")],
    "list": [("1", "Augsburg"), ("2", "Bremen"), ("5", "Emden")],  # as it was, its newest is in quarantine
}

QUARANTINE = """
select layout, file_id, line, rule, why, raw_record
from validate.quarantine semi join (from extract.file where superseded_on is null) using (file_id)
order by all
"""

ALL_AT_ONCE = [DELIVERIES]
ORDERS_OF_DELIVERY = [tuple((name,) for name in order) for order in permutations(DELIVERIES)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Engine]]:
    root = tmp_path_factory.mktemp("orders")
    (root / "landing").mkdir()
    with Engine.open() as engine:
        yield project_of_all_kinds(root), engine


def project_of_all_kinds(root: Path) -> Project:
    """One source with four layouts: the ways in which a record can be the newest."""
    unversioned: dict[str, Any] = {"version_column": None, "expectations": []}
    layouts: list[Layout] = [
        members_layout(layout="versioned"),
        members_layout(layout="dated", **unversioned),
        orders_layout().model_copy(update={"layout": "lines"}),
        members_layout(layout="list", keeps_history=True, version_column=None),
    ]
    files = [
        SourceFile(
            layout=layout.layout,
            path=f"{layout.layout}/*.csv",
            delivery=Delivery.SNAPSHOT if layout.layout == "list" else Delivery.INCREMENT,
        )
        for layout in layouts
    ]
    source = Source(source="club", title="Club", zone="UTC", country="DE", currency="EUR", files=files)
    return dataclasses.replace(
        load_project(root, landing=root / "landing"),
        layouts={layout.layout: layout for layout in layouts},
        sources={"club": source},
    )


def tables_after(
    shared: tuple[Project, Engine], nights: Iterable[tuple[str, ...]]
) -> dict[str, list[tuple[Any, ...]]]:
    """Deliver the named files night by night into an empty project.

    Returns:
        The accepted tables whole, and under `quarantine` what the files that count left there.
    """
    project, engine = shared
    for stage in (Stage.EXTRACT, Stage.VALIDATE):
        engine.execute(f"drop schema if exists {stage} cascade")
    engine.create_schemas([Stage.EXTRACT, Stage.VALIDATE])
    for file in sorted(project.landing.glob("*/*")):
        file.unlink()
    for day, names in enumerate(nights, start=3):
        for kind, contents in CONTENTS.items():
            for name in names:
                path = project.landing / kind / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(contents[SAME_AS.get(name, name)], encoding="utf-8")
        night = Night(engine, project, date(2026, 5, day), f"run{day}")
        for model in [*extract_models(project), *validate_models(project)]:
            build_model(night, model)
    accepted = {kind: engine.fetch_all(f"from validate.{kind} order by all") for kind in CONTENTS}
    return {**accepted, "quarantine": engine.fetch_all(QUARANTINE)}


def current(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[str, str]]]:
    """Key and first value of each accepted record: source, file, line and date come before them."""
    return {kind: sorted((row[4], row[5]) for row in tables[kind]) for kind in CONTENTS}


@pytest.fixture(scope="module")
def at_once(shared: tuple[Project, Engine]) -> dict[str, list[tuple[Any, ...]]]:
    return tables_after(shared, ALL_AT_ONCE)


def test_the_newest_of_each_kind_is_what_its_rule_says(at_once: dict[str, list[tuple[Any, ...]]]) -> None:
    assert current(at_once) == EXPECTED
    assert [row[0] for row in at_once["quarantine"]] == [
        "list",
        "list",
        "versioned",
        "versioned",
        "versioned",
    ]


@pytest.mark.parametrize("position", [119, 43], ids=["backwards", "mixed"])
def test_some_orders_give_the_same_tables_as_all_at_once(
    shared: tuple[Project, Engine], at_once: dict[str, list[tuple[Any, ...]]], position: int
) -> None:
    assert tables_after(shared, ORDERS_OF_DELIVERY[position]) == at_once


@pytest.mark.long
def test_every_order_gives_the_same_tables_as_all_at_once(
    shared: tuple[Project, Engine], at_once: dict[str, list[tuple[Any, ...]]]
) -> None:
    different = [order for order in ORDERS_OF_DELIVERY if tables_after(shared, order) != at_once]
    assert len(ORDERS_OF_DELIVERY) == 120
    assert not different

"""An export that stops is noticed, also where the others of its source go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from cdp_pipeline.contracts.source import SourceFile
from cdp_pipeline_tests.unit.validate.landing_nights import LandingNights, members_layout, orders_layout


def test_a_layout_that_is_silent_alone_warns(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout(), "m*.csv")
    [source] = nights.project.sources.values()
    files = [*source.files, SourceFile(layout="orders", path="o*.csv")]
    nights.project = dataclasses.replace(
        nights.project,
        layouts={**nights.project.layouts, "orders": orders_layout()},
        sources={source.source: source.model_copy(update={"files": files})},
    )
    for day in (4, 6, 7):
        nights.deliver(f"m{day}.csv", f"no,city,updated\n{day},Berlin,\n")
        nights.run(day)
        if day == 4:
            nights.deliver("o.csv", "order,item\n#1,cup\n")
            nights.run(day)
    assert nights.rows("select reasons from validate.source_night order by business_date") == [
        (None,),
        (None,),
        ("orders: nothing new has come for 3 days, since 2026-05-04. Check its export.",),
    ]


def test_a_layout_that_never_came_is_told(new_nights: Callable[..., LandingNights]) -> None:
    nights = new_nights(members_layout(), "m*.csv")
    [source] = nights.project.sources.values()
    files = [*source.files, SourceFile(layout="orders", path="wrong*.csv")]
    nights.project = dataclasses.replace(
        nights.project,
        layouts={**nights.project.layouts, "orders": orders_layout()},
        sources={source.source: source.model_copy(update={"files": files})},
    )
    nights.deliver("m.csv", "no,city,updated\n1,Berlin,\n")
    nights.run(day=4)
    assert nights.rows("select state, reasons from validate.source_night") == [
        ("warned", "orders: nothing was ever delivered. Check its `path` in config/sources/club.yml.")
    ]

"""Sources of which nothing new has come for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cdp_pipeline.contracts.source import Source
from cdp_pipeline.night import Night
from cdp_pipeline.plural import counted
from cdp_pipeline.validate.blocking import Reason, of_layout


def silent(night: Night) -> Iterator[Reason]:
    """Yield sources that are silent, and single layouts of others: an export may stop alone.

    A table that was read tells that it is there; that it has no new rows says nothing.
    """
    came = {(source, layout): on for source, layout, on in night.engine.fetch_all(NEWEST_DELIVERY)}
    for source in night.project.sources.values():
        newest = {file.layout: came.get((source.source, file.layout)) for file in source.files}
        last = max((day for day in newest.values() if day), default=None)
        if last is None:
            yield Reason(
                source.source, "Nothing was ever delivered. Check the patterns in its config/sources file."
            )
        elif _is_long_ago(night, source, last):
            yield Reason(source.source, f"Nothing new has come {_since(night, last)}. Check its export.")
        else:
            yield from _silent_layouts(night, source, newest)


def _silent_layouts(night: Night, source: Source, newest: dict[str, date | None]) -> Iterator[Reason]:
    name = source.source
    for layout in dict.fromkeys(file.layout for file in source.files if not file.database):
        last = newest[layout]
        if last is None:
            yield Reason(
                name,
                f"{of_layout(name, layout)}nothing was ever delivered. Check its `path` in config/sources/{name}.yml.",
            )
        elif _is_long_ago(night, source, last):
            yield Reason(
                name,
                f"{of_layout(name, layout)}nothing new has come {_since(night, last)}. Check its export.",
            )


def _is_long_ago(night: Night, source: Source, day: date) -> bool:
    return (night.business_date - day).days > night.project.thresholds_of(source.source).silent_days_warns


def _since(night: Night, day: date) -> str:
    return f"for {counted((night.business_date - day).days, 'day')}, since {day}"


NEWEST_DELIVERY = """
select source_system, layout, max(first_seen_on) as first_seen_on
from extract.delivery
group by source_system, layout
order by source_system, layout
"""

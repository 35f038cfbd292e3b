"""Figures of a table that an operator wants to see where the table is: counts only, never a person's data.

Numbers are plotted over the nights by the UI; tables show the newest night.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from cdp_pipeline.night import Night
from cdp_pipeline.orchestration.charts import segment_sizes
from cdp_pipeline.sql_project import Model
from cdp_pipeline.stages import Stage

Figures = Mapping[str, dg.MetadataValue[Any] | int | float]
SHOWN_ROWS = 30

FILLED_BY_LATER_STEPS = ("extract.unparsed_record", "validate.result")
"""Tables that loading and judging append to. Their own asset only creates them; their rows are counted at the end."""


def figures_of(night: Night, model: Model) -> Figures:
    """Return the figures of a table that was just built: its rows, and for some tables what is in them."""
    if model.full_name in FILLED_BY_LATER_STEPS:
        return {}
    return {"dagster/row_count": night.engine.row_count(model.full_name), **_special_figures(night, model)}


def _special_figures(night: Night, model: Model) -> Figures:
    if model.stage is Stage.VALIDATE and model.name in night.project.used_layouts:
        return _layout_figures(night, model.name)
    make = BY_TABLE.get(model.full_name)
    return make(night) if make else {}


def _layout_figures(night: Night, layout: str) -> Figures:
    """Records that came this night, so that a source that dries up or breaks is seen in the plot."""
    [(delivered, quarantined)] = night.engine.fetch_all(
        "select (select coalesce(sum(physical_records), 0)::bigint from extract.file"
        "        where layout = $1 and first_seen_on = $2),"
        "       (select count(*) from validate.quarantine where layout = $1 and business_date = $2)",
        [layout, night.business_date],
    )
    return {"records_delivered": delivered, "records_quarantined": quarantined}


def _conservation(night: Night) -> Figures:
    rows = _table(
        night,
        "select source_system as source, layout, sum(physical_records)::bigint as delivered,"
        " sum(loaded_records)::bigint as loaded, sum(quarantined_records)::bigint as quarantined,"
        " sum(blank_records)::bigint as blank, count(*) as files,"
        " (sum(physical_records) filter (where first_seen_on = $1))::bigint as delivered_this_night"
        " from validate.conservation group by all order by source, layout",
        [night.business_date],
    )
    return {"records_by_source": rows}


def _quarantine(night: Night) -> Figures:
    rows = _table(
        night,
        "select rule, source_system as source, layout, count(*) as records,"
        " count(*) filter (where business_date = $1) as new_this_night"
        f" from validate.quarantine group by all order by records desc, rule, source, layout limit {SHOWN_ROWS}",
        [night.business_date],
    )
    new = night.engine.fetch_value(
        "select count(*) from validate.quarantine where business_date = ?", [night.business_date]
    )
    return {"records_by_rule": rows, "records_quarantined": new}


def _source_night(night: Night) -> Figures:
    """How each source stands; a blocked one is first."""
    rows = _table(
        night,
        "select source_system as source, state, coalesce(reasons, '') as reasons, new_files, new_records,"
        " quarantined_records, coalesce(last_good_on::varchar, '') as last_good_on"
        " from validate.source_night where business_date = $1"
        " order by state = 'ok', state, source",
        [night.business_date],
    )
    blocked = night.engine.fetch_value(
        "select count(*) from validate.source_night where business_date = ? and state = 'blocked'",
        [night.business_date],
    )
    return {"sources": rows, "blocked_sources": blocked}


def _edge(night: Night) -> Figures:
    rows = _table(
        night,
        "select edge_kind as kind, count(*) as edges, edge_name as name, round(min(match_weight), 1) as"
        " weakest_match_weight, round(max(match_weight), 1) as strongest_match_weight"
        f" from link.edge group by all order by kind, edges desc, name limit {SHOWN_ROWS}",
    )
    return {"edges_by_name": rows}


def _cluster(night: Night) -> Figures:
    engine = night.engine
    engine.execute(
        "create or replace temporary view cluster_size as"
        " select count(*) as records from link.cluster group by cluster_id"
    )
    rows = _table(
        night,
        "select case when records > 10 then 'more than 10' else records::varchar end as records_in_cluster,"
        " count(*) as clusters, sum(records)::bigint as records"
        " from cluster_size group by 1 order by min(cluster_size.records)",
    )
    [(clusters, largest)] = engine.fetch_all("select count(*), coalesce(max(records), 0) from cluster_size")
    return {"cluster_sizes": rows, "clusters": clusters, "records_in_largest_cluster": largest}


def _golden_profile(night: Night) -> Figures:
    """How full the profile's columns are, and how many profiles can be reached."""
    names = list(night.engine.describe("from golden.golden_profile"))
    counts = ", ".join(f"count({name})" for name in names)
    [filled] = night.engine.fetch_all(f"select count(*), {counts} from golden.golden_profile")
    profiles = max(filled[0], 1)
    records = [
        {"column": name, "profiles": known, "percent": round(100 * known / profiles, 1)}
        for name, known in zip(names, filled[1:], strict=True)
    ]
    return {"filled_columns": dg.MetadataValue.table([dg.TableRecord(record) for record in records])}


def _segment_size(night: Night) -> Figures:
    rows = _table(
        night,
        "select segment, member_count as members, entered_count as entered, left_count as left,"
        " non_member_count as not_members, unknown_count as unknown"
        " from segment.segment_size where business_date = ? order by segment",
        [night.business_date],
    )
    sizes = night.engine.fetch_all(
        "select segment, business_date::varchar, member_count from segment.segment_size"
        f" qualify dense_rank() over (order by business_date desc) <= {SHOWN_ROWS} order by 1, 2"
    )
    chart = segment_sizes(night.project, sizes)
    return {"segments": rows, **({"segment_sizes_chart": chart} if chart else {})}


def _audience_exclusion(night: Night) -> Figures:
    rows = _table(
        night,
        "select count(*) as customers, reason, activation from activate.audience_exclusion"
        f" group by all order by customers desc, activation, reason limit {SHOWN_ROWS}",
    )
    return {"left_out_by_reason": rows}


def _unrecognised_file(night: Night) -> Figures:
    rows = _table(
        night, f"select path, size_bytes from extract.unrecognised_file order by path limit {SHOWN_ROWS}"
    )
    return {"files_that_no_source_takes": rows}


BY_TABLE: dict[str, Callable[[Night], Figures]] = {
    "extract.unrecognised_file": _unrecognised_file,
    "validate.conservation": _conservation,
    "validate.quarantine": _quarantine,
    "validate.source_night": _source_night,
    "link.edge": _edge,
    "link.cluster": _cluster,
    "golden.golden_profile": _golden_profile,
    "segment.segment_size": _segment_size,
    "activate.audience_exclusion": _audience_exclusion,
}


def _table(night: Night, query: str, parameters: list[object] | None = None) -> dg.TableMetadataValue:
    """Make a table of a query's few rows; numbers without a value are 0."""
    rows = night.engine.fetch_arrow(query, parameters or [])
    schema = dg.TableSchema([dg.TableColumn(field.name, str(field.type)) for field in rows.schema])
    records = [
        dg.TableRecord({name: 0 if value is None else value for name, value in row.items()})
        for row in rows.to_pylist()
    ]
    return dg.MetadataValue.table(records, schema)

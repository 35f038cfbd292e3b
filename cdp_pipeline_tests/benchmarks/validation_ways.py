"""One way of validating, in a process of its own: `python -m … WAY FOLDER ROWS`.

`load` comes first and leaves the database that the others read, all of them through the same view.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdp_pipeline_tests.benchmarks.measure import Stopwatch, stopwatch

if TYPE_CHECKING:
    import pyarrow as pa

    from cdp_pipeline.engine import Engine
    from cdp_pipeline_tests.benchmarks.validation_rules import Rule

MEMORY_LIMIT = "1GB"
BATCH_ROWS = 100_000
KEY = ["file_id", "line"]
VIEW, TABLE = "clean_contacts", "waiting_contacts"
IMPORT, READ, JUDGE = "import", "read", "judge"

Failing = dict[str, int]
"""Failing rows by the place of the rule in the list."""


def open_database(folder: Path) -> Engine:
    """Open the working file as a night would, in bounded memory."""
    from cdp_pipeline.engine import Engine, EngineOptions

    options = EngineOptions(memory_limit=MEMORY_LIMIT, temp_directory=folder / "spill")
    return Engine.open(folder / "work.duckdb", options)


def load(watch: Stopwatch, folder: Path, rows: int) -> Failing:
    """Write the export, then parse and load it as extraction does; no rule is judged."""
    from cdp_pipeline.engine import Engine
    from cdp_pipeline.extract.readers import open_reading
    from cdp_pipeline_tests.benchmarks.validation_rules import RECORDS, contacts_layout

    file, layout = folder / "contacts.csv", contacts_layout()
    with Engine.open() as engine:
        engine.write_csv(file, RECORDS.replace("?", str(rows)))
    columns = ", ".join(layout.columns)
    with open_database(folder) as engine:
        engine.create_schemas(["extract"])
        engine.execute(
            "create table extract.raw_contacts (source_system varchar, file_id varchar, line bigint, "
            + ", ".join(f"{name} varchar" for name in layout.columns)
            + ")"
        )
        watch.report("load")
        with engine.transaction():
            for batch in open_reading(file, layout, file.name).batches():
                with engine.arrow_view(batch.records) as view:
                    engine.execute(
                        "insert into extract.raw_contacts"
                        f" select 'crm', 'file_1', line, {columns} from {view}"
                    )
        watch.report("close")
        assert engine.row_count("extract.raw_contacts") == rows
        _create_view(engine)
    return {}


def _create_view(engine: Engine) -> None:
    """Give the delivered text in its cleaned form, as the first gate sees it."""
    from cdp_pipeline.validate.cleaned import cleaned_from
    from cdp_pipeline_tests.benchmarks.validation_rules import contacts_layout

    clean = cleaned_from("extract.raw_contacts", contacts_layout(), kept=KEY)
    engine.execute(f"create or replace view {VIEW} as {clean}")


def _store_clean_rows(engine: Engine) -> None:
    """Clean once, as the first gate does, since several statements read the rows."""
    engine.execute(f"create temporary table {TABLE} as from {VIEW}")


def duckdb_engine(watch: Stopwatch, folder: Path, rows: int) -> Failing:
    """Great Expectations with our execution engine: what a night does."""
    watch.report(IMPORT)
    from cdp_pipeline.validate.expectations import validate_table
    from cdp_pipeline.validate.expectations.gx_import import import_suite
    from cdp_pipeline_tests.benchmarks.validation_rules import RULES

    import_suite()
    with open_database(folder) as engine:
        watch.report(JUDGE)
        specs = [rule.expectation for rule in RULES]
        _store_clean_rows(engine)
        verdicts = validate_table(engine, TABLE, specs, KEY, with_failing_keys=True)
        watch.report("close")
    assert verdicts[0].evaluated_rows == rows
    return {str(place): verdict.failing_rows for place, verdict in enumerate(verdicts)}


def whole_frame(watch: Stopwatch, folder: Path, rows: int) -> Failing:
    """Great Expectations on one pandas frame of all rows and columns."""
    watch.report(IMPORT)
    judge = _pandas_judge()
    from cdp_pipeline_tests.benchmarks.validation_rules import RULES

    with open_database(folder) as engine:
        watch.report(READ)
        frame = engine.fetch_arrow(f"from {VIEW}").to_pandas()
        watch.report(JUDGE)
        counts = judge(frame, RULES)
        watch.report("close")
    assert len(frame) == rows
    return {str(place): count for place, count in enumerate(counts)}


def narrow_frames(watch: Stopwatch, folder: Path, _rows: int) -> Failing:
    """Great Expectations on frames of the columns that a rule needs, batch by batch where rows stand alone."""
    watch.report(IMPORT)
    judge = _pandas_judge()
    from cdp_pipeline_tests.benchmarks.validation_rules import RULES

    failing: dict[str, int] = defaultdict(int)
    with open_database(folder) as engine:
        for columns, places in _by_columns(RULES).items():
            rules = [RULES[place] for place in places]
            watch.report(READ)
            for part in _parts(engine, columns, rules):
                frame = part.to_pandas()
                watch.report(JUDGE)
                for place, count in zip(places, judge(frame, rules), strict=True):
                    failing[str(place)] += count
                watch.report(READ)
        watch.report("close")
    return dict(failing)


def plain_sql(watch: Stopwatch, folder: Path, rows: int) -> Failing:
    """The same rules as hand-written SQL: counts in one statement, keys of failing rows in a second."""
    watch.report(IMPORT)
    from cdp_pipeline_tests.benchmarks.validation_rules import RULES

    conditions = {str(place): rule.fails for place, rule in enumerate(RULES) if rule.fails}
    with open_database(folder) as engine:
        watch.report(JUDGE)
        _store_clean_rows(engine)
        counts = ", ".join(f"count(*) filter (where {fails})" for fails in conditions.values())
        [[total, countries, *found]] = engine.fetch_all(
            f"select count(*), count(distinct country), {counts} from {TABLE}"
        )
        failing = {place: count for place, count in zip(conditions, found, strict=True) if count}
        flags = ", ".join(f"({conditions[place]}) as flag_{place}" for place in failing)
        any_flag = " or ".join(f"flag_{place}" for place in failing)
        keys = engine.fetch_arrow(
            f"select {', '.join(KEY)}, {flags} from {TABLE} where {any_flag} order by all"
        )
        watch.report("close")
    assert (total, countries) == (rows, 4)
    assert keys.num_rows >= max(failing.values())
    return {str(place): failing.get(str(place), 0) for place in range(len(RULES))}


WAYS: dict[str, Callable[[Stopwatch, Path, int], Failing]] = {
    "load": load,
    "duckdb_engine": duckdb_engine,
    "whole_frame": whole_frame,
    "narrow_frames": narrow_frames,
    "plain_sql": plain_sql,
}


def _pandas_judge() -> Callable[[Any, list[Rule]], list[int]]:
    """Make the public interface of Great Expectations ready; it judges a frame, and yields failing counts."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    result_format = {"result_format": "COMPLETE", "unexpected_index_column_names": KEY}

    def judge(frame: Any, rules: list[Rule]) -> list[int]:
        suite = gx.ExpectationSuite("suite")
        for place, rule in enumerate(rules):
            suite.add_expectation(get_expectation_impl(rule.type)(**rule.kwargs, meta={"place": place}))
        results = (
            definition.get_batch({"dataframe": frame}).validate(suite, result_format=result_format).results
        )
        results.sort(key=_place)
        assert not any(result.exception_info.get("raised_exception") for result in results)
        return [int(result.result.get("unexpected_count", 0)) for result in results]

    return judge


def _place(result: Any) -> int:
    place: int = result.expectation_config.meta["place"]
    return place


def _by_columns(rules: list[Rule]) -> dict[tuple[str, ...], list[int]]:
    """Group the places of the rules by the columns that they read, the key in front."""
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, rule in enumerate(rules):
        given = rule.kwargs
        named = [given[name] for name in ("column", "column_A", "column_B") if name in given]
        named += given.get("column_list", []) or given.get("column_set", [])
        groups[tuple(dict.fromkeys([*KEY, *named]))].append(place)
    return groups


def _parts(
    engine: Engine, columns: tuple[str, ...], rules: list[Rule]
) -> Iterator[pa.RecordBatch | pa.Table]:
    """Stream the columns in parts; whole for a rule that compares rows, empty for one about names of columns."""
    sql = f"select {', '.join(columns)} from {VIEW}"
    if any("column_set" in rule.kwargs for rule in rules):
        yield engine.fetch_arrow(f"{sql} limit 0")
    elif any("unique" in rule.type for rule in rules):
        yield engine.fetch_arrow(sql)
    else:
        yield from engine.connection.sql(sql).to_arrow_reader(BATCH_ROWS)


def main(way: str, folder: Path, rows: int) -> None:
    """Validate in one way and print what it took."""
    with stopwatch() as watch:
        failing = WAYS[way](watch, folder, rows)
        watch.print_result(failing=failing)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))

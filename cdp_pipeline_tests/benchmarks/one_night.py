"""One whole night as `cdp run` does it, measured stage by stage: `python -m … PROJECT LANDING DATE`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from cdp_pipeline_tests.benchmarks.measure import stopwatch


def main(root: Path, landing: Path, business_date: date) -> None:
    """Run the night, Dagster's share included, and print seconds and peak memory per stage."""
    with stopwatch() as watch:
        from cdp_pipeline.contracts.project import load_project
        from cdp_pipeline.engine import Engine
        from cdp_pipeline.orchestration.run import run_night

        root.mkdir(parents=True)
        folder = run_night(load_project(root, landing=landing), business_date, report=watch.report)
        watch.report("count")
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            delivered = engine.fetch_value("select sum(physical_records)::bigint from extract.file")
            records = engine.row_count("link.customer_source_record")
            customers = engine.row_count("golden.golden_profile")
        watch.print_result(delivered=delivered, records=records, customers=customers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))

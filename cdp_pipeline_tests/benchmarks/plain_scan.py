"""One plain DuckDB scan of all delivered files, every column parsed: the floor that no night can go below."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from cdp_pipeline_tests.benchmarks.measure import stopwatch

COUNT_ALL = """
select count(columns(*)) from read_csv(?, all_varchar = true, header = true, delim = ',', quote = '"',
    strict_mode = false, ignore_errors = true, parallel = true)
"""


def main(landing: Path) -> None:
    """Unpack the archives, then count the values of every column of every file."""
    with stopwatch() as watch, tempfile.TemporaryDirectory() as folder:
        from cdp_pipeline.engine import Engine

        files = sorted(landing.rglob("*.csv"))
        for archive in sorted(landing.rglob("*.zip")):
            target = Path(folder) / archive.stem
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(target)
            files += sorted(target.rglob("*.csv"))
        with Engine.open() as engine:
            watch.report("scan")
            for path in files:
                engine.fetch_all(COUNT_ALL, [str(path)])
        size = sum(path.stat().st_size for path in files)
        watch.print_result(files=len(files), size_bytes=size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

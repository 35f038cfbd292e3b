"""Generating one world, measured: `python -m … PEOPLE SEED FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from cdp_pipeline_tests.benchmarks.measure import stopwatch


def main(people: int, seed: int, out: Path) -> None:
    """Generate the first night of a world."""
    with stopwatch() as watch:
        from cdp_pipeline.sample import generate_sample

        watch.report("generate")
        generate_sample(people, seed, 1, out)
        watch.print_result()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))

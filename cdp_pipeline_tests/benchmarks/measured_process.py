"""Running a command in a process of its own, and what that took: seconds, processor seconds, peak memory.

This file is also the small process in between, which starts the command: a child's peak memory, as the system tells
it, counts what its parent held when it was started, and the parent of a benchmark holds a lot.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_SECONDS = 3600
LAST_LINES = 4


class ProcessFailedError(Exception):
    """The command failed or took longer than the limit; the message is the end of what it said."""


@dataclass(frozen=True)
class Cost:
    """What a process took, from its start to its end."""

    seconds: float
    cpu_seconds: float
    peak_mb: int


def run_measured(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command in a folder and measure it.

    Args:
        environment: all its variables; those of this process if not given.

    Raises:
        ProcessFailedError: it failed, or ran for more than MOST_SECONDS.
    """
    with tempfile.TemporaryDirectory(prefix="cdp_measured_") as kept:
        cost = Path(kept) / "cost.json"
        finished = subprocess.run(
            [sys.executable, "-I", __file__, str(cost), *map(str, command)],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if finished.returncode:
            said = finished.stdout.strip().split("\n")[-LAST_LINES:]
            raise ProcessFailedError(" ".join(line.strip() for line in said) or "no word")
        return Cost(**json.loads(cost.read_text(encoding="utf-8")))


def _run_between(cost: Path, command: list[str]) -> int:
    """Run the command from this small process and write what it took; return its exit code."""
    since = time.perf_counter()
    code = subprocess.run(command, timeout=MOST_SECONDS, check=False).returncode
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = Cost(
        seconds=round(time.perf_counter() - since, 1),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 1),
        peak_mb=usage.ru_maxrss * 1024 // 10**6,
    )
    cost.write_text(json.dumps(vars(taken)), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(_run_between(Path(sys.argv[1]), sys.argv[2:]))

"""Seconds and peak memory per step of this process, and of a child process that measures itself.

Processor seconds stand beside those of the clock: on a busy machine only they tell the work.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SAMPLED_EVERY_SECONDS = 0.02
RESULT_MARK = "measured: "


@dataclass
class Stopwatch:
    """Seconds by the clock, processor seconds and peak resident memory (MB) of each step of this process."""

    step: str = "start"
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)
    _since: float = field(default_factory=lambda: _age_of_process())
    _cpu_since: float = 0.0

    def report(self, step: str, _subject: str = "") -> None:
        """Begin a step; steps may come again, their seconds add up."""
        now, cpu_now = time.perf_counter(), time.process_time()
        self.seconds[self.step] = self.seconds.get(self.step, 0.0) + now - self._since
        self.cpu_seconds[self.step] = self.cpu_seconds.get(self.step, 0.0) + cpu_now - self._cpu_since
        self.step, self._since, self._cpu_since = step, now, cpu_now

    def print_result(self, **facts: object) -> None:
        """End the last step and print all as one line of JSON, for `run_child` to read."""
        self.report("end")
        measured = {"seconds": _rounded(self.seconds), "cpu_seconds": _rounded(self.cpu_seconds)}
        print(RESULT_MARK + json.dumps({**measured, "peak_mb": self.peak_mb, **facts}))  # noqa: T201

    def _remember(self, resident_bytes: int) -> None:
        self.peak_mb[self.step] = max(self.peak_mb.get(self.step, 0), resident_bytes // 10**6)


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {step: round(spent, 3) for step, spent in seconds.items()}


def _age_of_process() -> float:
    """Return when this process began, on the clock of time.perf_counter."""
    return time.perf_counter() - (time.time() - psutil.Process().create_time())


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Watch time and memory while the context lasts."""
    watch, done = Stopwatch(), threading.Event()
    process = psutil.Process()

    def sample() -> None:
        while not done.wait(SAMPLED_EVERY_SECONDS):
            watch._remember(process.memory_info().rss)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()


def run_child(module: str, *arguments: str | Path) -> dict[str, dict[str, float]]:
    """Run a module of this package in a process of its own and return what it measured.

    Raises:
        RuntimeError: it failed; the message is what it printed.
    """
    command = [sys.executable, "-m", f"cdp_pipeline_tests.benchmarks.{module}", *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in reversed(finished.stdout.splitlines()):
        with suppress(json.JSONDecodeError):
            if line.startswith(RESULT_MARK):
                result: dict[str, dict[str, float]] = json.loads(line.removeprefix(RESULT_MARK))
                return result
    raise RuntimeError(f"{module} failed:\n{finished.stdout}\n{finished.stderr}")

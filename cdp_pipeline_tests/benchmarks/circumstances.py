"""What a measurement depends on: the machine, the versions, the generator that made the world."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

import cdp_pipeline.sample
from cdp_pipeline.sql_project.model import fingerprint_of

GENERATOR = Path(cdp_pipeline.sample.__file__).parent


def circumstances(seed: int) -> dict[str, object]:
    """Return what to know about this machine and its software before comparing its figures with others."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 10**6,
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "cdp_pipeline": version("cdp_pipeline"),
        "generator": generator_fingerprint(),
    }


def generator_fingerprint() -> str:
    """Return what changes with any file of the generator, its pools included: 12 hexadecimal digits."""
    files = sorted(path for path in GENERATOR.rglob("*") if path.is_file() and path.suffix != ".pyc")
    parts = [
        text
        for path in files
        for text in (path.relative_to(GENERATOR).as_posix(), path.read_text(encoding="utf-8"))
    ]
    return fingerprint_of(*parts)[:12]

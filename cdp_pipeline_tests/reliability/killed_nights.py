"""Second nights of the sample that end by their own SIGKILL, each in a process forked from one with warm imports."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import splink.internals.linker  # noqa: F401  # imported once, for all processes

from cdp_pipeline.engine import Engine
from cdp_pipeline.publish import night_folder
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.expectations.gx_import import import_suite
from cdp_pipeline_tests.sample_project import open_project, run_night

import_suite()


def start_and_wait(night: Callable[..., None], *arguments: Any) -> int | None:
    """Run one of the nights below in a process of its own and return its exit status."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=night, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def die(*_: object) -> NoReturn:
    """End this process as the operating system would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives that")


def at_a_boundary(root: Path, stage: str, subject: str) -> None:
    """Die when the night reports a step."""

    def report(*step: str) -> None:
        if step == (stage, subject):
            die()

    run_night(open_project(root, 2), 2, run_id="killed", report=report)


def inside_a_transaction(root: Path, since: Stage, building: str, statement: str) -> None:
    """Die after a statement while a table is being built: it has written, and has not committed."""
    reported, execute = [""], Engine.fetch_all

    def fetch_all_and_die(engine: Engine, sql: str, parameters: object = ()) -> object:
        rows = execute(engine, sql, parameters)
        if reported[-1] == building and " ".join(sql.split()).startswith(statement):
            die()
        return rows

    Engine.fetch_all = fetch_all_and_die
    project = open_project(root, 2)
    run_night(project, 2, run_id="killed", since=since, report=lambda *step: reported.append(".".join(step)))


def between_rename_and_swap(root: Path, since: Stage) -> None:
    """Die when the night's folder is whole and `current` still names the one before."""
    night_folder.point_current_to = die
    run_night(open_project(root, 2), 2, run_id="killed", since=since)

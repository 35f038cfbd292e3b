"""Measuring linkage: the last night or a linked file against a truth, or against what people decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdp_pipeline.control.match_decisions import decided_pairs
from cdp_pipeline.engine import EngineOptions, Say, say_nothing
from cdp_pipeline.link.edges import MODEL_FILE
from cdp_pipeline.link.evaluation import Evaluation, evaluate_clusters, evaluate_night
from cdp_pipeline.link.evaluation_decisions import DecidedEvaluation, evaluate_decisions
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline.nightly.labelled_file import read_clusters, read_truth
from cdp_pipeline.nightly.last_night import open_last_night
from cdp_pipeline.report.evaluation_page import render_decided_page, render_evaluation_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cdp_pipeline.contracts.project import Project
    from cdp_pipeline.engine import Engine

PAGE_NAME, FIGURES_NAME = "evaluation.html", "evaluation.json"


def evaluate_last_night(
    project: Project, truth: Path, thresholds: Sequence[float], say: Say = say_nothing
) -> Evaluation:
    """Measure the clusters that the last night left in the working file.

    Args:
        thresholds: match weights to measure besides the usual ones.
        say: told when it waits for a night to end.

    Raises:
        NightError: no night has linked yet.
        CdpError: the truth cannot serve; the message says why.
    """
    labels = read_truth(truth)
    with _open_linked(project, say) as engine:
        return evaluate_night(engine, project.linkage, labels, str(truth), _options(project), thresholds)


def evaluate_by_decisions(
    project: Project, thresholds: Sequence[float], say: Say = say_nothing
) -> DecidedEvaluation:
    """Compare what people decided with what linkage makes of the last night's records without being told.

    Args:
        thresholds: match weights to measure besides the usual ones.
        say: told when it waits for a night to end.

    Raises:
        NightError: no night has linked yet.
        TruthError: nothing is decided that could be measured by.
    """
    decided = decided_pairs(project)
    folders = project.config_folders
    model = read_model(next(folder / MODEL_FILE for folder in folders if (folder / MODEL_FILE).exists()))
    with _open_linked(project, say) as engine:
        return evaluate_decisions(engine, project.linkage, model, decided, _options(project), thresholds)


def _open_linked(project: Project, say: Say) -> AbstractContextManager[Engine]:
    return open_last_night(project, "link.cluster", "cdp link evaluate", say)


def evaluate_file(project: Project, clusters: Path, truth: Path) -> Evaluation:
    """Measure clusters as `cdp link INPUT OUTPUT` writes them.

    Raises:
        CdpError: a file cannot be read, or the truth cannot serve.
    """
    return evaluate_clusters(
        read_clusters(clusters), str(clusters), read_truth(truth), str(truth), _options(project)
    )


def write_evaluation(evaluation: Evaluation | DecidedEvaluation, folder: Path) -> Path:
    """Write `evaluation.html`, one page that needs nothing else, and `evaluation.json`, the same figures.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = evaluation.as_document()
    render = render_evaluation_page if isinstance(evaluation, Evaluation) else render_decided_page
    figures = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (folder / FIGURES_NAME).write_text(figures, encoding="utf-8")
    page = folder / PAGE_NAME
    page.write_text(render(document), encoding="utf-8")
    return page


def _options(project: Project) -> EngineOptions:
    settings = project.settings.engine
    return EngineOptions(threads=settings.threads, memory_limit=settings.memory_limit)

"""Training the linkage model on the records that the last night left in the working file, with a report."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.match_decisions import decided_pairs
from cdp_pipeline.engine import Say, say_nothing
from cdp_pipeline.link.decided_labels import DecidedLabels
from cdp_pipeline.link.edges import MODEL_FILE
from cdp_pipeline.link.evidence import RELATIVES
from cdp_pipeline.link.splink_model import PRIOR
from cdp_pipeline.link.training import TrainedModel, save_model, train_model
from cdp_pipeline.nightly.last_night import open_last_night
from cdp_pipeline.plural import counted
from cdp_pipeline.report.evaluation_page import render_model_page

REPORT_FOLDER, PAGE_NAME = Path("data", "linkage"), "model.html"

PLAIN_LABELS = {"Exact match": "equal", "Jaro-Winkler": "mistyped", "All other comparisons": "differs"}
"""What Splink calls levels that it made itself, by the beginning, in words of the page."""


@dataclass(frozen=True)
class Training:
    """What was learned, and where it was written."""

    model: TrainedModel
    model_file: Path
    page: Path


def train_on_last_night(
    project: Project, seed: int | None, out: Path | None = None, say: Say = say_nothing
) -> Training:
    """Train, save `config/linkage/model.json` of the project, and write what it holds as a page.

    People's decisions about pairs teach, too.

    Args:
        seed: by default the configured one.
        out: folder of the page; by default `data/linkage` of the project.
        say: told when it waits for a night to end.

    Raises:
        NightError: no night has run yet.
        CdpError: too few records to learn from.
    """
    used_seed = project.linkage.training.seed if seed is None else seed
    with open_last_night(project, "link.linkage_record", "cdp link train", say) as engine:
        trained = train_model(engine, project.linkage, used_seed, decided=decided_pairs(project))
    model_file = project.root / "config" / MODEL_FILE
    model_file.parent.mkdir(parents=True, exist_ok=True)
    save_model(trained, model_file)
    page = write_model_page(trained, used_seed, out or project.root / REPORT_FOLDER)
    return Training(trained, model_file, page)


def decisions_in_words(decided: DecidedLabels) -> list[str]:
    """Say how many decisions taught, and why others did not; nothing where nobody decided anything."""
    said = []
    if decided.used:
        said.append(
            f"Learned from {counted(decided.used, 'decision')}, too: {decided.matches} of one person, "
            f"{decided.relatives} of two people of one home."
        )
    if decided.strangers:
        said.append(
            f"{counted(decided.strangers, 'decision')} on two strangers taught nothing: how strangers agree is counted "
            "on random pairs."
        )
    if decided.left_out:
        said.append(
            f"{counted(decided.left_out, 'decision')} taught nothing: a record is not there or has no name, both are "
            "equal, or decisions contradict each other."
        )
    return said


def write_model_page(trained: TrainedModel, seed: int, folder: Path) -> Path:
    """Write `model.html`, one page that needs nothing else. Equal models give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / PAGE_NAME
    page.write_text(render_model_page(_document(trained, seed)), encoding="utf-8")
    return page


def _document(trained: TrainedModel, seed: int) -> dict[str, Any]:
    prior = trained.settings[PRIOR]
    return {
        "trained_nodes": trained.nodes,
        "seed": seed,
        "prior": prior,
        "prior_weight": log2(prior / (1 - prior)),
        "levels": [
            _level(comparison["output_column_name"], level, trained.unseen_levels)
            for comparison in trained.settings["comparisons"]
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        ],
    }


def _level(comparison: str, level: dict[str, Any], unseen: list[str]) -> dict[str, Any]:
    label, m, u = level["label_for_charts"], level["m_probability"], level["u_probability"]
    relatives = level.get(RELATIVES)
    return {
        "comparison": comparison,
        "level": next((words for start, words in PLAIN_LABELS.items() if label.startswith(start)), label),
        "m_probability": m,
        "u_probability": u,
        "relatives_probability": relatives,
        "match_weight": log2(m / u),
        "relatives_weight": log2(m / relatives) if relatives else None,
        "is_unseen": f"{comparison}: {label}" in unseen,
    }

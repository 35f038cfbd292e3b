"""Training the linkage model on the records that the last night left in the working file."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import open_working_file
from cdp_pipeline.errors import NightError
from cdp_pipeline.link.edges import MODEL_FILE
from cdp_pipeline.link.training import TrainedModel, save_model, train_model


def train_on_last_night(project: Project, seed: int | None) -> tuple[Path, TrainedModel]:
    """Train with a seed (by default the configured one) and save `config/linkage/model.json`.

    Returns:
        The file written, and what was learned.

    Raises:
        NightError: no night has run yet.
        CdpError: too few records to learn from.
    """
    with open_working_file(project) as engine:
        if not engine.table_exists("link.linkage_record"):
            raise NightError(f"{project.working_file}: no night has run yet. Run one first: cdp run.")
        trained = train_model(
            engine, project.linkage, project.linkage.training.seed if seed is None else seed
        )
    path = project.root / "config" / MODEL_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(trained, path)
    return path, trained

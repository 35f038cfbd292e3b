"""Which Splink model compares the records of a file: the committed one, one from a file, or one trained on it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import ConfigError, LandingFileError
from cdp_pipeline.link.edges import MODEL_FILE, model_path
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline.link.training import TooFewRecordsError, save_model, train_model

MAX_PAIRS_FOR_U = 2_000_000
"""Random pairs among which strangers are seen to agree: a fifth of what the committed model saw, in seconds."""


@dataclass(frozen=True)
class ModelChoice:
    """What the user wants of the model.

    Attributes:
        train: learn from the file itself; None does where it holds enough records.
        model: a saved model to use instead of the committed one.
        save_model: where to keep the one that was trained.
    """

    train: bool | None = None
    model: Path | None = None
    save_model: Path | None = None


def check_choice(choice: ModelChoice) -> None:
    """Look at the options before any work is done.

    Raises:
        LandingFileError: they contradict each other, a folder is missing, or the model cannot be read.
    """
    if choice.train and choice.model:
        raise LandingFileError("--train makes a model and --model takes one: give one of the two.")
    if choice.save_model and (choice.model or choice.train is False):
        raise LandingFileError(
            "--save-model keeps what is learned from the file. Leave out --model and --no-train."
        )
    if choice.save_model and not choice.save_model.parent.is_dir():
        raise LandingFileError(f"{choice.save_model}: its folder is missing. Make it first.")
    if choice.model:
        _refuse_no_model(choice.model)


def _refuse_no_model(path: Path) -> None:
    remedy = (
        "--model takes what --save-model kept of another run. Leave it out to begin with the committed model."
    )
    if not path.is_file():
        raise LandingFileError(f"--model {path}: there is no such file. {remedy}")
    try:
        read_model(path)
    except ConfigError:
        raise LandingFileError(f"--model {path}: holds no trained model. {remedy}") from None


@contextmanager
def project_with_model(project: Project, choice: ModelChoice) -> Iterator[Project]:
    """Yield the project with a folder for another model in place of its own; the folder goes again."""
    if choice.train is False and not choice.model:
        yield project
        return
    with tempfile.TemporaryDirectory(prefix="cdp-model-") as folder:
        root = Path(folder)
        (root / "config" / MODEL_FILE).parent.mkdir(parents=True)
        if choice.model:
            (root / "config" / MODEL_FILE).write_bytes(choice.model.read_bytes())
        yield replace(project, root=root)


def train_on_file(engine: Engine, project: Project, choice: ModelChoice) -> tuple[str, bool]:
    """Train on the records of the file, beginning with the committed model, and use it for this run.

    Returns:
        Which model is used, in words, and whether it learned from the file.

    Raises:
        CdpError: too few records to learn from, and the user asked for it.
    """
    committed = read_model(model_path(project))
    linkage = project.linkage
    seen = linkage.training.model_copy(update={"max_pairs_for_u": MAX_PAIRS_FOR_U})
    try:
        trained = train_model(
            engine, linkage.model_copy(update={"training": seen}), linkage.training.seed, known=committed
        )
    except TooFewRecordsError:
        if choice.train or choice.save_model:
            raise
        return "the committed one, since the file holds too few records to learn from", False
    save_model(trained, project.root / "config" / MODEL_FILE)
    if choice.save_model:
        save_model(trained, choice.save_model)
    return f"the committed one, adapted to this file ({trained.nodes:,} different records)", True


def name_of_model(choice: ModelChoice) -> str:
    """Name a model that was not trained in this run."""
    return str(choice.model) if choice.model else "the committed one"

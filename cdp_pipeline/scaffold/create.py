"""Writing a project's folder from the templates, whole or not at all.

`templates/` mirrors the folder. A name that begins with `dot_` stands for one that begins with a dot, and a
file that ends in `.jinja` is rendered; every other file is copied as it is, SQL with its own `{{ }}` among them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.settings import ProjectSettings
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.errors import ConfigError

TEMPLATES = Path(__file__).resolve().parent / "templates"
RENDERED = ".jinja"
DOT = "dot_"
MARK = "config"
"""The entry that makes a folder a project; it comes last."""


@dataclass(frozen=True)
class ProjectFacts:
    """What the templates are told.

    Attributes:
        zone: IANA time zone of the schedule and of the first source.
        country: ISO 3166-1 code, for phone numbers and addresses that name none.
        currency: ISO 4217 code.
    """

    name: str
    zone: str
    country: str
    currency: str
    key_env: str = "CDP_PROJECT_KEY"

    @property
    def title(self) -> str:
        """The name as people would write it."""
        return self.name.replace("_", " ").capitalize()


def name_from_folder(folder: Path) -> str:
    """Make a project's name from its folder's name: lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")


def create_project(folder: Path, facts: ProjectFacts) -> list[str]:
    """Make a project in `folder`, which is new or empty; hidden files that we do not write may be there.

    Returns:
        The files written, relative to the folder, in order.

    Raises:
        ConfigError: a fact is malformed, something is in the way, or the place cannot be written; nothing has
            been written then.
    """
    _check_facts(facts)
    target = folder.resolve()
    _check_place(target)
    try:
        with _staged(target, facts) as staging:
            written = [path.relative_to(staging).as_posix() for path in staging.rglob("*") if path.is_file()]
            if target.exists():
                _move_into(staging, target)
            else:
                staging.rename(target)
    except OSError as error:
        raise ConfigError(
            f"{target}: cannot be written: {error.strerror}. Nothing was left behind. Name a folder that can be."
        ) from None
    return sorted(written)


def _check_facts(facts: ProjectFacts) -> None:
    """Hold the facts to the contracts that will read them."""
    settings = {"name": facts.name, "title": facts.title, "schedule": {"zone": facts.zone}}
    parse_contract(settings, ProjectSettings, origin="cdp init")
    source = {"source": "shop", "title": "shop", "files": [{"layout": "exports", "path": "*.csv"}]}
    place = {"zone": facts.zone, "country": facts.country, "currency": facts.currency}
    parse_contract(source | place, Source, origin="cdp init")


def _check_place(target: Path) -> None:
    """Refuse a place where anything could be overwritten.

    Raises:
        ConfigError: names what is in the way.
    """
    if not target.parent.is_dir():
        raise ConfigError(f"{target.parent}: the folder does not exist. Create it, or correct the path.")
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise ConfigError(f"{target}: a file of this name is in the way. Name another folder.")
    if (target / "config" / "project.yml").exists():
        raise ConfigError(f"{target}: is a project already, so nothing was written. Check it: cdp check.")
    ours = {name for name, _ in _top_level()}
    in_the_way = sorted(
        path.name for path in target.iterdir() if path.name in ours or not path.name.startswith(".")
    )
    if in_the_way:
        shown = ", ".join(in_the_way[:5]) + (" …" if len(in_the_way) > 5 else "")
        raise ConfigError(
            f"{target}: is not empty: {shown}. Nothing was written. Name a new or an empty folder, or move them away."
        )


@contextmanager
def _staged(target: Path, facts: ProjectFacts) -> Iterator[Path]:
    """Write the project beside its place, on the same file system; whatever is left of it goes."""
    private = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    staging = (
        private / "project"
    )  # in the private folder: the project is an ordinary one, as the umask has it
    try:
        staging.mkdir()
        _write_templates(staging, facts)
        yield staging
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _write_templates(folder: Path, facts: ProjectFacts) -> None:
    # Nothing is escaped: the templates are YAML and Markdown, and the facts have been checked.
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    values = {**asdict(facts), "title": facts.title}
    for template in sorted(TEMPLATES.rglob("*")):
        path = folder.joinpath(*map(_real_name, template.relative_to(TEMPLATES).parts))
        if template.is_dir():
            path.mkdir()
        elif template.suffix == RENDERED:
            text = jinja.from_string(template.read_text(encoding="utf-8")).render(values)
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            path.write_bytes(template.read_bytes())


def _real_name(name: str) -> str:
    shown = name.removesuffix(RENDERED)
    return f".{shown.removeprefix(DOT)}" if shown.startswith(DOT) else shown


def _top_level() -> Iterator[tuple[str, Path]]:
    """Yield the entries of the project's folder, the one that makes it a project last."""
    entries = {_real_name(path.name): path for path in TEMPLATES.iterdir()}
    yield from sorted(entries.items(), key=lambda entry: (entry[0] == MARK, entry[0]))


def _move_into(staging: Path, target: Path) -> None:
    """Move the entries into an existing folder, which may be the current one; undo it if one cannot be moved."""
    moved: list[Path] = []
    try:
        for name, _ in _top_level():
            (staging / name).rename(target / name)
            moved.append(target / name)
    except OSError:
        for path in moved:
            path.rename(staging / path.name)
        raise

"""Jinja rendering of SQL models: `ref()`, `source()`, `parts()` declare; macros hide engine differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes

from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.errors import ModelError
from cdp_pipeline.stages import Stage

MACRO_FOLDER = "macros"
PORTABLE_MACROS = "common"


@dataclass
class Declarations:
    """What a model declared while it was rendered."""

    tables: list[str] = field(default_factory=list)

    def add(self, table: str) -> str:
        """Note a table and return its name for the SQL."""
        if table not in self.tables:
            self.tables.append(table)
        return table


@dataclass(frozen=True)
class Catalogue:
    """What models may refer to.

    Attributes:
        stage_of: stage of every model by name.
        layouts: names of the layouts that sources of the project deliver.
        parts_of: for each canonical table the names of its parts.
        contracts: contracts by model name.
    """

    stage_of: dict[str, Stage]
    layouts: frozenset[str]
    parts_of: dict[str, list[str]]
    contracts: dict[str, TableContract]


class Renderer:
    """Renders models for one engine's dialect."""

    def __init__(self, folders: Iterable[Path], catalogue: Catalogue, dialect: str = "duckdb") -> None:
        self._catalogue = catalogue
        self._environment = _new_environment()
        self._environment.globals.update(self._macros(folders, dialect))

    def render(self, path: Path, name: str, written_as: Callable[[str], str] = str) -> tuple[str, list[str]]:
        """Render one model.

        Args:
            written_as: says what stands in the SQL for a table, given its full name.

        Returns:
            The SQL and the full names of the tables that it declared, in order of first mention.

        Raises:
            ModelError: unknown macro, model or layout, or broken template syntax.
        """
        declared = Declarations()
        try:
            sql = self._template(path.read_text(encoding="utf-8")).render(
                self._functions(path, declared, written_as)
            )
        except TemplateError as error:
            raise ModelError(f"{path}: model {name} cannot be rendered: {error}.") from None
        return sql.strip().rstrip(";"), declared.tables

    def _functions(
        self, path: Path, declared: Declarations, written_as: Callable[[str], str]
    ) -> dict[str, Callable[..., str]]:
        def ref(model: str) -> str:
            return written_as(declared.add(f"{self._stage_of(model, path)}.{model}"))

        def source(layout: str) -> str:
            if layout not in self._catalogue.layouts:
                raise ModelError(
                    f"{path}: source({layout!r}) names a layout that no source of the project delivers. "
                    "Correct the name, or add a source with this layout."
                )
            return written_as(declared.add(f"{Stage.VALIDATE}.{layout}"))

        def parts(table: str) -> str:
            takes = self._catalogue.contracts[table].takes
            names = self._catalogue.parts_of.get(table, [])
            if not names:
                columns = ", ".join(f"cast(null as {type_}) as {name}" for name, type_ in takes.items())
                return f"select {columns} where false"
            columns = ", ".join(takes)
            return "\nunion all\n".join(f"select {columns} from {ref(name)}" for name in names)

        return {"ref": ref, "source": source, "parts": parts}

    def _stage_of(self, model: str, path: Path) -> Stage:
        try:
            return self._catalogue.stage_of[model]
        except KeyError:
            raise ModelError(f"{path}: ref({model!r}) names no model. Correct the name, or add it.") from None

    def _macros(self, folders: Iterable[Path], dialect: str) -> dict[str, Any]:
        """Load all macros as one template, so that they may call each other in whatever file they stand."""
        files = [path for kind in (dialect, PORTABLE_MACROS) for path in macro_files(folders, kind)]
        read_macros(files)
        text = "\n".join(path.read_text(encoding="utf-8") for path in files)
        module = self._template(text).module
        return {name: value for name, value in vars(module).items() if name[0] != "_"}

    def _template(self, text: str) -> Template:
        return Template.from_code(self._environment, _compiled(text), self._environment.make_globals(None))


def _new_environment() -> Environment:
    return Environment(undefined=StrictUndefined)  # noqa: S701 - SQL, not HTML


@cache  # half of the time that loading the graph again takes, and a process may load it more than once
def _compiled(text: str) -> CodeType:
    return _new_environment().compile(text)


def macro_files(folders: Iterable[Path], kind: str) -> list[Path]:
    """List the files of macros of one engine, or the portable ones.

    Args:
        folders: the project's folders of SQL models, the overriding one first: a file of the same name
            replaces the one of a later folder.
        kind: an engine's dialect, or `common`.
    """
    chosen: dict[str, Path] = {}
    for folder in folders:
        for path in (folder / MACRO_FOLDER / kind).glob("*.sql"):
            chosen.setdefault(path.name, path)
    return [chosen[name] for name in sorted(chosen)]


def read_macros(files: Iterable[Path]) -> dict[str, list[str]]:
    """Return the parameters of each macro in some files, by the macro's name.

    Raises:
        ModelError: a file is no valid template, or a macro is defined twice: which one a model gets would
            hang on the order of the files.
    """
    parameters: dict[str, list[str]] = {}
    origins: dict[str, Path] = {}
    for path in files:
        for macro in _parse_macros(path):
            if macro.name in origins:
                raise ModelError(
                    f"{path}: macro {macro.name} is defined already, in {origins[macro.name]}. "
                    "Remove or rename one of them."
                )
            origins[macro.name] = path
            parameters[macro.name] = [argument.name for argument in macro.args]
    return parameters


def _parse_macros(path: Path) -> list[nodes.Macro]:
    try:
        template = Environment().parse(path.read_text(encoding="utf-8"))  # noqa: S701 - SQL, not HTML
    except TemplateSyntaxError as error:
        raise ModelError(f"{path}: line {error.lineno}: the macros cannot be read: {error}.") from None
    return list(template.find_all(nodes.Macro))

"""Jinja rendering of SQL models: `ref()`, `source()`, `parts()` declare; macros hide engine differences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.errors import ModelError
from cdp_pipeline.stages import Stage

MACRO_FOLDER = "macros"


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
        self._environment = Environment(  # noqa: S701 - SQL, not HTML
            loader=FileSystemLoader([str(folder) for folder in folders]),
            undefined=StrictUndefined,
            keep_trailing_newline=False,
        )
        self._environment.globals.update(self._macros(dialect))

    def render(self, path: Path, name: str) -> tuple[str, list[str]]:
        """Render one model.

        Returns:
            The SQL and the full names of the tables that it declared, in order of first mention.

        Raises:
            ModelError: unknown macro, model or layout, or broken template syntax.
        """
        declared = Declarations()
        try:
            template = self._environment.from_string(path.read_text(encoding="utf-8"))
            sql = template.render(self._functions(path, declared))
        except TemplateError as error:
            raise ModelError(f"{path}: model {name} cannot be rendered: {error}.") from None
        return sql.strip().rstrip(";"), declared.tables

    def _functions(self, path: Path, declared: Declarations) -> dict[str, Callable[..., str]]:
        def ref(model: str) -> str:
            return declared.add(f"{self._stage_of(model, path)}.{model}")

        def source(layout: str) -> str:
            if layout not in self._catalogue.layouts:
                raise ModelError(
                    f"{path}: source({layout!r}) names a layout that no source of the project delivers. "
                    "Correct the name, or add a source with this layout."
                )
            return declared.add(f"{Stage.VALIDATE}.{layout}")

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

    def _macros(self, dialect: str) -> dict[str, Any]:
        """Load the macros of the dialect first, so that the portable ones may call them."""
        macros: dict[str, Any] = {}
        for folder in (f"{MACRO_FOLDER}/{dialect}/", f"{MACRO_FOLDER}/common/"):
            for name in sorted(self._environment.list_templates()):
                if name.startswith(folder):
                    module = self._environment.get_template(name, globals=macros).module
                    macros.update({key: value for key, value in vars(module).items() if key[0] != "_"})
        return macros

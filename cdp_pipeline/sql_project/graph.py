"""From folders of models to one ordered graph.

Conventions, so that a newcomer adds a file and registers nothing:

* `<stage>/**/<name>.sql` with `<name>.yml` beside it builds table `<stage>.<name>`;
* `<stage>/**/<name>.csv` with `<name>.yml` is a seed, a small committed table;
* `<name>.yml` alone, with `python: module:function`, is built by that function, with `compiled_by` from the
  SQL that the function writes;
* `standardise/<layout>/<table>.sql` is a part: it maps a layout onto the columns that the canonical
  table `<table>` takes. It needs no `.yml` and counts only while a source delivers the layout.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from cdp_pipeline.contracts.base import read_contract
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import ColumnContract, Sensitivity, TableContract
from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.increment_plan import plan_increment, with_definitions
from cdp_pipeline.sql_project.model import BuildTable, Model, fingerprint_of
from cdp_pipeline.sql_project.proof import prove_dependencies
from cdp_pipeline.sql_project.python_models import python_written_model
from cdp_pipeline.sql_project.rendering import MACRO_FOLDER, Catalogue, Renderer
from cdp_pipeline.stages import Stage


@dataclass(frozen=True)
class ModelGraph:
    """All models of a project in an order in which they can be built."""

    models: tuple[Model, ...]

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)

    def __getitem__(self, full_name: str) -> Model:
        for model in self.models:
            if model.full_name == full_name:
                return model
        raise KeyError(full_name)

    @property
    def tables(self) -> list[Model]:
        """Models that store rows, in building order."""
        return [model for model in self.models if not model.is_view]

    def views_of(self, table: Model) -> list[Model]:
        """Views that a table reads, directly or through each other, in building order."""
        wanted: set[str] = set(table.upstream)
        for model in reversed(self.models):
            if model.is_view and model.full_name in wanted:
                wanted.update(model.upstream)
        return [model for model in self.models if model.is_view and model.full_name in wanted]

    def tables_read(self, table: Model) -> list[str]:
        """Full names of the tables that a table reads, views seen through."""
        readers = [table, *self.views_of(table)]
        views = {view.full_name for view in readers[1:]}
        return sorted({name for reader in readers for name in reader.upstream} - views)

    @property
    def leaves(self) -> list[str]:
        """Full names of the tables that no other table reads: when they are built, everything is."""
        read = {name for table in self.tables for name in self.tables_read(table)}
        return [table.full_name for table in self.tables if table.full_name not in read]

    def built_by(self, full_name: str, build: BuildTable) -> ModelGraph:
        """Return the graph with another function that builds one table."""
        changed = dataclasses.replace(self[full_name], python=build)
        return ModelGraph(tuple(changed if model.full_name == full_name else model for model in self.models))

    def needed_for(self, full_name: str) -> list[Model]:
        """Models that must be built for one table, itself last, in building order."""
        needed = {full_name}
        for model in reversed(self.models):
            if model.full_name in needed:
                needed.update(model.upstream)
        return [model for model in self.models if model.full_name in needed]


@dataclass(frozen=True)
class _Definition:
    """A model before rendering."""

    stage: Stage
    contract: TableContract
    path: Path


def load_models(project: Project, built_in: Iterable[Model] = (), dialect: str = "duckdb") -> ModelGraph:
    """Load, render, prove and order the models of a project.

    Args:
        built_in: models that stages generate from layouts, such as the raw tables.
        dialect: engine whose macros are used.

    Raises:
        ModelError: a model is broken, reads what it must not, or depends on itself.
    """
    generated = list(built_in)
    definitions = _find_definitions(project)
    catalogue = _catalogue(project, definitions, generated)
    renderer = Renderer(project.sql_folders, catalogue, dialect)
    written = [
        _with_tables_of_expectations(_complete(definition, renderer, catalogue, project.config_folders))
        for definition in definitions
    ]
    return ModelGraph(with_definitions(_in_order([*generated, *written])))


def _find_definitions(project: Project) -> list[_Definition]:
    files = _overlaid_files(project.sql_folders)
    canonical = {
        path.stem: _Definition(_stage_of(relative), read_contract(path, TableContract), path)
        for relative, path in files.items()
        if path.suffix == ".yml"
    }
    for name, definition in canonical.items():
        if definition.contract.model != name:
            raise ModelError(f"{definition.path}: `model` must be the file's name, {name}.")
    parts = [
        _part(relative, path, canonical)
        for relative, path in files.items()
        if path.suffix == ".sql"
        and relative.with_suffix(".yml") not in files
        and relative.parent.name in project.layouts
    ]
    orphans = [
        path
        for relative, path in files.items()
        if path.suffix == ".sql"
        and relative.with_suffix(".yml") not in files
        and relative.parent.name not in project.layouts
    ]
    if orphans:
        raise ModelError(
            f"{orphans[0]}: the model has no contract. Add {orphans[0].stem}.yml beside it, or, for a part, "
            "name its folder after a layout."
        )
    used = [part for part in parts if part.path.parent.name in project.used_layouts]
    return [*canonical.values(), *used]


def _part(relative: Path, path: Path, canonical: dict[str, _Definition]) -> _Definition:
    """Make the contract of a part from the columns that its canonical table takes."""
    layout, table = relative.parent.name, relative.stem
    if table not in canonical or not canonical[table].contract.takes:
        raise ModelError(f"{path}: there is no canonical table {table} that takes parts.")
    target = canonical[table].contract
    contract = TableContract(
        model=f"{layout}__{table}",
        description=f"Maps layout {layout} onto {table}.",
        grain=target.grain,
        owner=target.owner,
        kind="view",
        columns=[
            ColumnContract(name=name, type=type_, description="As delivered.", sensitivity=Sensitivity.DIRECT)
            for name, type_ in target.takes.items()
        ],
    )
    return _Definition(_stage_of(relative), contract, path)


def _overlaid_files(folders: list[Path]) -> dict[Path, Path]:
    """Map relative names to files; the first folder wins."""
    files: dict[Path, Path] = {}
    for folder in reversed(folders):
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.suffix in {".sql", ".yml", ".csv"} and relative.parts[0] != MACRO_FOLDER:
                files[relative] = path
    return files


def _stage_of(relative: Path) -> Stage:
    try:
        return Stage(relative.parts[0])
    except ValueError:
        raise ModelError(
            f"dbt_like_sql/{relative}: {relative.parts[0]!r} is no stage. Stages are {', '.join(Stage)}."
        ) from None


def _catalogue(project: Project, definitions: list[_Definition], generated: list[Model]) -> Catalogue:
    stage_of: dict[str, Stage] = {
        model.name: model.stage for model in generated if model.name not in project.layouts
    }
    parts_of: dict[str, list[str]] = {}
    for definition in definitions:
        name = definition.contract.model
        if name in stage_of:
            raise ModelError(f"{definition.path}: there is another model named {name}. Rename one.")
        stage_of[name] = definition.stage
        layout, separator, table = name.partition("__")
        if separator and layout in project.layouts:
            parts_of.setdefault(table, []).append(name)
    contracts = {definition.contract.model: definition.contract for definition in definitions}
    return Catalogue(stage_of, frozenset(project.used_layouts), parts_of, contracts)


def _complete(
    definition: _Definition, renderer: Renderer, catalogue: Catalogue, config_folders: list[Path]
) -> Model:
    """Render SQL, resolve Python, and prove what can be proved."""
    contract, path = definition.contract, definition.path
    text = contract.model_dump_json()
    sql_file, seed_file = path.with_suffix(".sql"), path.with_suffix(".csv")
    if contract.python or contract.compiled_by:
        upstream = tuple(_full_name(name, catalogue, path) for name in contract.depends_on)
        model = python_written_model(definition.stage, contract, upstream, path, config_folders)
        increment = plan_increment(contract, list(upstream), catalogue, write=lambda _: "")
        return dataclasses.replace(model, increment=increment)
    if seed_file.exists():
        fingerprint = fingerprint_of(text, seed_file.read_text(encoding="utf-8"))
        return Model(definition.stage, contract, (), path, fingerprint, seed=seed_file)
    if not sql_file.exists():
        raise ModelError(f"{path}: nothing builds the table. Add {sql_file.name}, or name a python function.")
    sql, declared = renderer.render(sql_file, contract.model)
    prove_dependencies(sql, declared, definition.stage, sql_file)
    return Model(
        definition.stage,
        contract,
        tuple(declared),
        sql_file,
        fingerprint_of(text, sql),
        sql=sql,
        increment=plan_increment(
            contract,
            declared,
            catalogue,
            write=lambda written_as: renderer.render(sql_file, contract.model, written_as)[0],
        ),
    )


def _with_tables_of_expectations(model: Model) -> Model:
    """Add the tables that the model's expectations read: they must be built before it is judged."""
    others = [spec.other_table for spec in model.contract.expectations if spec.other_table]
    for table in others:
        if table.partition(".")[0] in set(Stage) and Stage(table.partition(".")[0]).is_after(model.stage):
            raise ModelError(
                f"{model.origin}: an expectation of a {model.stage} model reads {table} of a later stage."
            )
    return dataclasses.replace(model, upstream=tuple(dict.fromkeys([*model.upstream, *others])))


def _full_name(name: str, catalogue: Catalogue, path: Path) -> str:
    if name not in catalogue.stage_of:
        raise ModelError(f"{path}: depends_on names {name}, which is no model.")
    return f"{catalogue.stage_of[name]}.{name}"


def _in_order(models: list[Model]) -> tuple[Model, ...]:
    by_name = {model.full_name: model for model in models}
    sorter = TopologicalSorter({name: sorted(model.upstream) for name, model in sorted(by_name.items())})
    try:
        order = [by_name[name] for name in sorter.static_order()]
    except CycleError as error:
        raise ModelError(f"models depend on each other in a circle: {' → '.join(error.args[1])}") from None
    except KeyError as error:
        raise ModelError(f"a model depends on {error.args[0]}, which nothing builds.") from None
    return tuple(sorted(order, key=lambda model: model.stage.position))  # stable: the order within holds

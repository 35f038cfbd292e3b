"""The table catalogue: one page per stage, made from the contracts of the shipped project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from expectation_words import in_words
from markdown_text import cell, code, codes, page, table

from cdp_pipeline.contracts.expectation import ExpectationSpec, Severity
from cdp_pipeline.contracts.project import load_project
from cdp_pipeline.contracts.table import AnalystForm, ColumnContract, Sensitivity
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import Model, ModelGraph
from cdp_pipeline.stages import Stage

FOLDER = "reference/tables"

STAGE_SAYS = {
    Stage.EXTRACT: "What was delivered, as it was delivered: every file once, every record with file and line.",
    Stage.VALIDATE: "Which delivered records count, which are set aside and why, and whether all are accounted for.",
    Stage.STANDARDISE: "The delivered records in one form, whatever system they come from.",
    Stage.LINK: "Which records are one person, and that person's lasting id.",
    Stage.GOLDEN: "One profile per customer, where each value came from, consent, and facts by customer.",
    Stage.SEGMENT: "Traits of customers, and who belongs to which segment since when.",
    Stage.ACTIVATE: "Who is sent where, on which consent; who is left out, and why.",
}

ANALYSTS_GET = {
    AnalystForm.KEEP: "as it is",
    AnalystForm.DROP: "left out",
    AnalystForm.REKEY: "other key",
    AnalystForm.DECADE: "decade",
    AnalystForm.PREFIX_2: "first 2 characters",
}


def table_pages(repository: Path) -> dict[str, str]:
    """Pages by name: an overview, and one page for each stage that has tables."""
    graph = load_graph(load_project(repository))
    stages = [stage for stage in Stage if any(model.stage is stage for model in graph.tables)]
    pages = {f"{FOLDER}/{stage}.md": _stage_page(graph, stage, repository) for stage in stages}
    return {f"{FOLDER}/index.md": _overview(graph, stages), **pages}


def _overview(graph: ModelGraph, stages: list[Stage]) -> str:
    blocks = [
        "# Tables",
        "Every table that the shipped project builds, from its contract. The stages follow one another; a table reads "
        "tables of its own stage or of earlier ones. Both published databases carry the same descriptions as "
        "comments: `select * from duckdb_columns()`.",
        "**Identified**: in `identified.duckdb`, for those who may see people. **Analyst**: in `analyst.duckdb`, "
        "pseudonymised. Neither: in the pipeline's working file only.",
    ]
    for stage in stages:
        rows = [
            [
                f"[{model.full_name}]({stage}.md#{model.name})",
                cell(model.contract.grain),
                *("✓" if reader in model.contract.publish else "" for reader in ("identified", "analyst")),
            ]
            for model in _tables_of(graph, stage)
        ]
        blocks += [f"## {stage}", STAGE_SAYS.get(stage, "")]
        blocks.append(table(["Table", "Grain", "Identified", "Analyst"], rows))
    return page(*blocks)


def _stage_page(graph: ModelGraph, stage: Stage, repository: Path) -> str:
    blocks = [f"# Tables of {stage}", STAGE_SAYS.get(stage, "")]
    for model in _tables_of(graph, stage):
        blocks += _table_section(graph, model, repository)
    return page(*blocks)


def _tables_of(graph: ModelGraph, stage: Stage) -> list[Model]:
    return sorted((model for model in graph.tables if model.stage is stage), key=lambda model: model.name)


def _table_section(graph: ModelGraph, model: Model, repository: Path) -> Iterator[str]:
    contract = model.contract
    yield f"## {model.full_name} {{ #{model.name} }}"
    yield contract.description
    facts = [
        ("Grain", cell(contract.grain)),
        ("Key", codes(contract.key)),
        ("Owner", contract.owner),
        ("Who sees it", _readers(model)),
        ("Built from", _links(graph, graph.tables_read(model), model.stage)),
        ("Mapped from layouts", _layouts(graph, model)),
        ("Read by", _links(graph, _readers_of(graph, model), model.stage)),
        ("Built by", _built_by(model, repository)),
    ]
    yield table(["", ""], [(f"**{name}**", value) for name, value in facts if value])
    yield table(
        ["Column", "Type", "Meaning", "Sensitivity", "For analysts"],
        [_column_row(column, is_published="analyst" in contract.publish) for column in contract.columns],
    )
    rules = [_rule(model, expectation) for expectation in contract.expectations]
    if rules:
        yield "What must hold:"
        yield "\n".join(f"- {rule}" for rule in rules)


def _readers(model: Model) -> str:
    files = [f"`{reader}.duckdb`" for reader in ("identified", "analyst") if reader in model.contract.publish]
    return ", ".join(files) or "nobody: it stays in the working file"


def _layouts(graph: ModelGraph, model: Model) -> str:
    parts = [view.name.partition("__")[0] for view in graph.views_of(model) if "__" in view.name]
    return ", ".join(f"[{layout}](../../layouts.md)" for layout in sorted(parts))


def _readers_of(graph: ModelGraph, model: Model) -> list[str]:
    return [other.full_name for other in graph.tables if model.full_name in graph.tables_read(other)]


def _links(graph: ModelGraph, names: list[str], stage: Stage) -> str:
    links = []
    for name in sorted(names):
        model = graph[name]
        target = "" if model.stage is stage else f"{model.stage}.md"
        links.append(f"[{name}]({target}#{model.name})")
    return ", ".join(links)


def _built_by(model: Model, repository: Path) -> str:
    if function := model.contract.python or model.contract.compiled_by:
        return code(function)
    if repository not in model.origin.parents:
        return ""
    origin = model.seed or model.origin
    return code(origin.relative_to(repository).as_posix())


def _column_row(column: ColumnContract, *, is_published: bool) -> list[str]:
    sensitivity = "" if column.sensitivity is Sensitivity.NONE else str(column.sensitivity)
    form = ANALYSTS_GET[column.analyst_form] if is_published else ""
    return [code(column.name), cell(column.type), cell(column.description), sensitivity, form]


def _rule(model: Model, expectation: ExpectationSpec) -> str:
    if expectation.severity is Severity.WARNING:
        otherwise = "reported"
    elif model.stage.is_after(Stage.VALIDATE):
        otherwise = "the night stops"
    else:
        otherwise = "the row goes to quarantine"
    why = f" {expectation.why}" if expectation.why else ""
    return f"{in_words(expectation)}; else {otherwise}.{why}"

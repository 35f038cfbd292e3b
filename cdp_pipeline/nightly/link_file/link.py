"""`cdp link INPUT… OUTPUT` from end to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from cdp_pipeline.contracts.base import parse_contract
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.readers import FileKind
from cdp_pipeline.link.fit import write_fit
from cdp_pipeline.link.training import MINIMUM_NODES_TO_ADAPT
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.link_file.findings import (
    FileFacts,
    LinkedFile,
    edge_counts,
    read_confidence,
    refuse_too_few_columns,
    rules_used,
)
from cdp_pipeline.nightly.link_file.model import (
    ModelChoice,
    check_choice,
    name_of_model,
    project_with_model,
    train_on_file,
)
from cdp_pipeline.nightly.link_file.names import load_given_names
from cdp_pipeline.nightly.link_file.output import (
    refuse_to_overwrite,
    refuse_unwritable,
    write_clusters,
    write_edges,
)
from cdp_pipeline.nightly.link_file.reading import GivenFile, read_file
from cdp_pipeline.nightly.link_file.recognition import recognise_file
from cdp_pipeline.nightly.link_file.records import (
    INPUT,
    LAYOUT,
    RecognisedFile,
    create_records,
)
from cdp_pipeline.nightly.link_file.roles import Role, parse_told, refuse_unknown_headers
from cdp_pipeline.nightly.link_file.seeds import country_code
from cdp_pipeline.nightly.link_file.unread import unused_values
from cdp_pipeline.nightly.link_file.warnings import doubts_about, warnings_about
from cdp_pipeline.nightly.models import load_graph
from cdp_pipeline.sql_project import build_model
from cdp_pipeline.stages import Stage

RESULT = "link.cluster"
CONFIDENCE = "link.linkage_confidence"  # built from the clusters, so that these are, too
TEXTS = frozenset({FileKind.DELIMITED, FileKind.JSON_LINES})
MODEL_USER = "link.edge"
NIGHT = date(2100, 1, 1)  # linking a file does not depend on the day, and nobody in it is born later


@dataclass(frozen=True)
class LinkOptions:
    """What the user may say beside the files.

    Attributes:
        country: code or name, of phones and addresses that name none; it also says which of day and month comes first
            where the values do not.
        columns: `HEADER=ROLE`, for headers that are not recognised.
        header_row: line or row of the header in every file; else titles above it are found.
        edges: file for the pairs that were joined or refused.
        model: which model is used.
    """

    country: str = "DE"
    columns: Sequence[str] = ()
    header_row: int | None = None
    edges: Path | None = None
    model: ModelChoice = field(default_factory=ModelChoice)


def link_file(
    project: Project,
    sources: Sequence[Path],
    target: Path,
    options: LinkOptions,
    report: Callable[[str, str], None],
) -> LinkedFile:
    """Link the records of one or more files of any readable kind and write one row per input row.

    Writes Parquet or CSV: source_system, source_record_id, cluster_id. Of several files each one's name, without
    suffix, is its source_system.

    Raises:
        LandingFileError: a file cannot be read, too few columns tell who a record is, or an option is wrong.
    """
    refuse_unwritable(target, options.edges)
    refuse_to_overwrite(sources, target, options.edges)
    check_choice(options.model)
    told = parse_told(options.columns)
    country = country_code(project, options.country)
    given = [_read(project, source, options.header_row, report) for source in sources]
    _refuse_equal_names(given)
    refuse_unknown_headers(told, [file.inspection for file in given])
    with Engine.open() as engine, project_with_model(project, options.model) as own_project:
        engine.create_schemas(list(Stage))
        load_given_names(engine, project)
        files = [
            recognise_file(engine, file, told, country, number=number, of_files=len(given))
            for number, file in enumerate(given)
        ]
        refuse_too_few_columns(files)
        create_records(engine, files, project.layouts[LAYOUT], NIGHT.isoformat())
        night = Night(engine, _project_of_file(own_project, country), NIGHT, INPUT, report)
        model, is_adapted = _build(night, options.model)
        # A model that learned from these very records fits them; below so many none could.
        if not is_adapted:
            write_fit(night, MINIMUM_NODES_TO_ADAPT)
        linked = _findings(engine, project, files, model)
        write_clusters(engine, target, linked.records)
        if options.edges:
            write_edges(engine, options.edges)
        return linked


def _read(
    project: Project, source: Path, header_row: int | None, report: Callable[[str, str], None]
) -> GivenFile:
    report("read", source.name)
    return read_file(project, source, header_row)


def _refuse_equal_names(files: Sequence[GivenFile]) -> None:
    stems = [file.stem for file in files]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise LandingFileError(
            f"{files[0].label}: another input is named {twice}, too. Its name tells a file's records from the others': "
            "rename one."
        )


def _project_of_file(project: Project, country: str) -> Project:
    """Stand in for a project whose only source is the input."""
    document = {
        "source": INPUT,
        "title": "Records to link",
        "zone": "UTC",
        "country": country,
        "currency": "EUR",
        "files": [{"layout": LAYOUT, "path": INPUT}],
    }
    source = parse_contract(document, Source, origin="cdp link")
    return replace(project, sources={INPUT: source})


def _build(night: Night, choice: ModelChoice) -> tuple[str, bool]:
    """Build the models up to the clusters; say which Splink model was used, and whether it learned from the file."""
    used, is_adapted = name_of_model(choice), False
    for model in load_graph(night.project, with_decisions=False).needed_for(CONFIDENCE):
        if model.full_name == MODEL_USER and choice.train is not False and not choice.model:
            night.report_progress(model.stage, "training")
            used, is_adapted = train_on_file(night.engine, night.project, choice)
        if model.stage.is_after(Stage.VALIDATE) or model.name in {"night", "source_system"}:
            build_model(night, model)
    return used, is_adapted


def _findings(engine: Engine, project: Project, files: Sequence[RecognisedFile], model: str) -> LinkedFile:
    facts = [_facts_of(file) for file in files]
    unused = unused_values(engine, files)
    return LinkedFile(
        files=facts,
        records=sum(file.records for file in facts),
        clusters=engine.fetch_value(f"select count(distinct cluster_id) from {RESULT}"),
        edges=edge_counts(engine),
        rules=rules_used(engine, project.linkage),
        model=model,
        warnings=[*warnings_about(files, facts, unused), *doubts_about(engine)],
        confidence=read_confidence(engine),
        unused=unused,
    )


def _facts_of(file: RecognisedFile) -> FileFacts:
    dialect = file.given.inspection.dialect
    return FileFacts(
        label=file.given.label,
        written=f"{dialect.encoding}, separated by {dialect.delimiter!r}" if dialect else "",
        records=file.given.records.num_rows,
        columns=file.columns,
        has_record_ids=bool(file.of_role(Role.RECORD_ID)),
        country=file.country,
        header_row=file.given.inspection.header_row,
        repeated_headers=file.given.inspection.repeated_headers,
        line_word="line" if file.given.inspection.kind in TEXTS else "row",
    )

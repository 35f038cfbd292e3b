"""What a project does with personal data, read from its contracts: purposes, sources, recipients, periods.

The record of processing (article 30) and what a person is told (article 15) are made of it, so that both change with
the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.contracts.activation import Activation
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.sql_project import Model, ModelGraph

PERSONAL = (Sensitivity.DIRECT, Sensitivity.QUASI, Sensitivity.PSEUDONYM)


@dataclass(frozen=True)
class StatedPurpose:
    """A purpose as `config/purposes.yml` states it, in one language.

    Attributes:
        legal_basis: with its article.
    """

    purpose: str
    title: str
    description: str
    legal_basis: str


@dataclass(frozen=True)
class StatedRecipient:
    """A file that goes to a platform, and who gets it.

    Attributes:
        fields: what of a person stands in it; those that are hashed are marked.
    """

    activation: str
    title: str
    purpose: str
    destination: str
    recipient: str
    country: str
    safeguard: str
    fields: list[str]


@dataclass(frozen=True)
class StatedSource:
    """Where data come from."""

    source: str
    title: str
    exports: list[str]


@dataclass(frozen=True)
class PersonalTable:
    """A table with personal data.

    Attributes:
        columns: names by sensitivity: direct, quasi, pseudonym.
        kept: for how long, in words.
    """

    table: str
    description: str
    grain: str
    columns: dict[str, list[str]]
    kept: str
    published: list[str]


def stated_purposes(project: Project, language: str = "en") -> list[StatedPurpose]:
    """Return the purposes, in the file's order."""
    return [
        StatedPurpose(
            purpose=name,
            title=getattr(one.title, language),
            description=getattr(one.description, language),
            legal_basis=one.legal_basis.article,
        )
        for name, one in project.purposes.items()
    ]


def stated_recipients(project: Project) -> list[StatedRecipient]:
    """Return every activation with who gets its file."""
    return [_recipient(project, activation) for activation in project.activations.values()]


def _recipient(project: Project, activation: Activation) -> StatedRecipient:
    destination = project.destinations[activation.destination]
    company = destination.recipient
    return StatedRecipient(
        activation=activation.activation,
        title=activation.title,
        purpose=activation.purpose,
        destination=destination.title,
        recipient=company.name if company else destination.title,
        country=company.country if company else "",
        safeguard=company.safeguard if company else "",
        fields=sorted({f"{c.field}{' (hashed)' if c.is_hashed else ''}" for c in destination.columns}),
    )


def stated_sources(project: Project) -> list[StatedSource]:
    """Return the sources with the exports that they deliver."""
    return [
        StatedSource(
            source=source.source,
            title=source.title,
            exports=sorted({project.layouts[file.layout].title for file in source.files}),
        )
        for source in project.sources.values()
    ]


def personal_tables(project: Project, graph: ModelGraph) -> Iterator[PersonalTable]:
    """Yield every table that holds personal data, in building order."""
    for model in graph.tables:
        columns = {
            str(level): [c.name for c in model.contract.columns if c.sensitivity is level]
            for level in PERSONAL
        }
        if any(columns.values()):
            yield PersonalTable(
                table=model.full_name,
                description=model.contract.description,
                grain=model.contract.grain,
                columns={level: names for level, names in columns.items() if names},
                kept=kept_for(project, model),
                published=[str(reader) for reader in model.contract.publish],
            )


def kept_for(project: Project, model: Model) -> str:
    """Say for how long a table's rows are kept, by `config/retention.yml`."""
    layout = model.name.removeprefix("raw_") if model.full_name.startswith(("extract.", "validate.")) else ""
    rule = project.retention.rule_of(model.full_name) or project.retention.rule_of(layout)
    if rule:
        return f"{rule.keep}: {rule.why}"
    if layout in project.layouts or model.full_name in DELIVERED:
        return "as long as the source is connected; no period is set"
    return "as long as the records that it is made of"


DELIVERED = ("extract.unparsed_record", "extract.file", "extract.delivery", "validate.quarantine")

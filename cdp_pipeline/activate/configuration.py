"""Activations and destinations of the configuration, checked against each other and laid out as rows."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from cdp_pipeline.contracts.activation import CONTACT_FIELDS, Activation, Destination
from cdp_pipeline.contracts.lookup import name_hint
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.night import Night

ACTIVATION_TABLE = "activate.activation"
ACTIVATION_SCHEMA = pa.schema(
    [
        ("activation", pa.string()),
        ("segment", pa.string()),
        ("destination", pa.string()),
        ("purpose", pa.string()),
        ("channel", pa.string()),
        ("legal_basis", pa.string()),
        ("requires_consent", pa.bool_()),
        ("minimum_people", pa.int64()),
    ]
)
EXCLUSION_TABLE = "activate.activation_excluded_segment"
EXCLUSION_SCHEMA = pa.schema([("activation", pa.string()), ("excluded_segment", pa.string())])
CONTACT_TABLE = "activate.activation_contact_kind"
CONTACT_SCHEMA = pa.schema(
    [
        ("activation", pa.string()),
        ("segment", pa.string()),
        ("destination", pa.string()),
        ("purpose", pa.string()),
        ("channel", pa.string()),
        ("legal_basis", pa.string()),
        ("requires_consent", pa.bool_()),
        ("contact_kind", pa.string()),
        ("normaliser", pa.string()),
        ("is_hashed", pa.bool_()),
        ("is_required", pa.bool_()),
        ("max_contacts", pa.int64()),
        ("max_characters", pa.int64()),
        ("max_bytes", pa.int64()),
    ]
)


def build_activation(night: Night) -> None:
    """Write `activate.activation`: one row per activation.

    Raises:
        ConfigError: an activation does not fit its segments or its destination.
    """
    check_activations(night.project)
    rows = [_activation_row(night.project, activation) for activation in night.project.activations.values()]
    _write(night, ACTIVATION_TABLE, rows, ACTIVATION_SCHEMA)


def build_activation_excluded_segment(night: Night) -> None:
    """Write `activate.activation_excluded_segment`: one row per activation and segment that it leaves out."""
    rows: list[dict[str, object]] = [
        {"activation": activation.activation, "excluded_segment": segment}
        for activation in night.project.activations.values()
        for segment in dict.fromkeys(activation.exclude_segments)
    ]
    _write(night, EXCLUSION_TABLE, rows, EXCLUSION_SCHEMA)


def build_activation_contact_kind(night: Night) -> None:
    """Write `activate.activation_contact_kind`: one row per activation and kind of contact point it sends.

    Raises:
        ConfigError: an activation does not fit its segments or its destination.
    """
    check_activations(night.project)
    project = night.project
    rows = [row for activation in project.activations.values() for row in _contact_rows(project, activation)]
    _write(night, CONTACT_TABLE, rows, CONTACT_SCHEMA)


def _write(night: Night, table: str, rows: list[dict[str, object]], schema: pa.Schema) -> None:
    with night.engine.arrow_view(pa.Table.from_pylist(rows, schema=schema)) as view:
        night.engine.replace_table(table, f"select * from {view}")


def check_activations(project: Project) -> None:
    """Check that each activation may use its segments and its destination, and has a file name of its own.

    Raises:
        ConfigError: names file, key and remedy.
    """
    taken: dict[tuple[str, str], str] = {}
    for activation in project.activations.values():
        origin = f"config/activations/{activation.activation}.yml"
        segment = project.segments[activation.segment]
        destination = project.destinations[activation.destination]
        _require_purpose(activation.purpose, segment.purposes, f"segments/{segment.segment}.yml", origin)
        _require_purpose(
            activation.purpose, destination.purposes, f"destinations/{destination.destination}.yml", origin
        )
        _require_sensible_exclusions(project, activation, origin)
        other = taken.setdefault((activation.segment, activation.destination), activation.activation)
        if other != activation.activation:
            raise ConfigError(
                f"{origin}: activation {other} sends segment {activation.segment} to "
                f"{activation.destination} already; their files would have one name. Remove one of them."
            )


def _require_purpose(purpose: str, allowed: Sequence[str], where: str, origin: str) -> None:
    if purpose not in allowed:
        raise ConfigError(
            f"{origin}: key `purpose`: config/{where} is not for {purpose}; its purposes are "
            f"{', '.join(allowed)}. Choose one of them, or another segment or destination."
        )


def _require_sensible_exclusions(project: Project, activation: Activation, origin: str) -> None:
    for name in activation.exclude_segments:
        if name not in project.segments:
            raise ConfigError(
                f"{origin}: key `exclude_segments`: there is no segment {name!r}. "
                f"{name_hint(name, project.segments)}"
            )
        if name == activation.segment:
            raise ConfigError(
                f"{origin}: key `exclude_segments` names {name}, the segment that is sent; nobody would be "
                "left. Remove it."
            )


def _activation_row(project: Project, activation: Activation) -> dict[str, object]:
    """What the activation's two tables say of it alike, and the smallest file that its platform takes."""
    destination, purpose = project.destinations[activation.destination], project.purposes[activation.purpose]
    return {
        "activation": activation.activation,
        "segment": activation.segment,
        "destination": activation.destination,
        "purpose": activation.purpose,
        "channel": destination.consent_channel.value,
        "legal_basis": purpose.legal_basis.value,
        "requires_consent": purpose.asks_for_consent,
        "minimum_people": destination.minimum_people,
    }


def _contact_rows(project: Project, activation: Activation) -> list[dict[str, object]]:
    destination, shared = project.destinations[activation.destination], _activation_row(project, activation)
    return [
        {**shared, **_contact_row(destination, kind.value)}
        for kind in CONTACT_FIELDS
        if destination.columns_of(kind)
    ]


def _contact_row(destination: Destination, kind: str) -> dict[str, object]:
    columns = [column for column in destination.columns if column.field == kind]
    first = columns[0]
    return {
        "contact_kind": kind,
        "normaliser": first.normaliser.value,
        "is_hashed": first.is_hashed,
        "is_required": kind in destination.required_any,
        "max_contacts": len(columns),
        "max_characters": first.max_characters,
        "max_bytes": first.max_bytes,
    }

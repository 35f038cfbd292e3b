"""Purposes of the configuration laid out as rows, and the check that models name no others."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import sqlglot
from sqlglot import exp

from cdp_pipeline.contracts.purposes import Purpose, require_purposes
from cdp_pipeline.night import Night
from cdp_pipeline.sql_project import Model

PURPOSE_TABLE = "standardise.purpose"
PURPOSE_SCHEMA = pa.schema(
    [
        ("purpose", pa.string()),
        ("title_en", pa.string()),
        ("title_de", pa.string()),
        ("description_en", pa.string()),
        ("description_de", pa.string()),
        ("legal_basis", pa.string()),
        ("article", pa.string()),
        ("requires_consent", pa.bool_()),
        ("owner", pa.string()),
        ("controller", pa.string()),
    ]
)
CHANNEL_TABLE = "standardise.purpose_channel"
CHANNEL_SCHEMA = pa.schema([("purpose", pa.string()), ("channel", pa.string())])


def build_purpose(night: Night) -> None:
    """Write `standardise.purpose`: one row per purpose of `config/purposes.yml`."""
    rows = [_purpose_row(name, purpose) for name, purpose in sorted(night.project.purposes.items())]
    _write(night, PURPOSE_TABLE, rows, PURPOSE_SCHEMA)


def build_purpose_channel(night: Night) -> None:
    """Write `standardise.purpose_channel`: one row per purpose and channel over which it reaches people."""
    rows: list[dict[str, object]] = [
        {"purpose": name, "channel": channel.value}
        for name, purpose in sorted(night.project.purposes.items())
        for channel in purpose.channels
    ]
    _write(night, CHANNEL_TABLE, rows, CHANNEL_SCHEMA)


def check_purposes_of_models(models: Iterable[Model], known: dict[str, Purpose]) -> None:
    """Check that no part of `consent_event` enters decisions for a purpose that nobody configured.

    Raises:
        ConfigError: names the model, the purpose and the nearest one.
    """
    for model in models:
        if model.name.endswith("__consent_event") and model.sql:
            require_purposes(purposes_named(model.sql), known, str(model.origin), "purpose")


def purposes_named(sql: str) -> list[str]:
    """Return the texts that a model's SQL gives to a column `purpose`, in order."""
    aliases = sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Alias)
    given = [alias.this for alias in aliases if alias.alias == "purpose"]
    return list(dict.fromkeys(value.this for value in given if isinstance(value, exp.Literal)))


def _purpose_row(name: str, purpose: Purpose) -> dict[str, object]:
    return {
        "purpose": name,
        "title_en": purpose.title.en,
        "title_de": purpose.title.de,
        "description_en": purpose.description.en,
        "description_de": purpose.description.de,
        "legal_basis": purpose.legal_basis.value,
        "article": purpose.legal_basis.article,
        "requires_consent": purpose.asks_for_consent,
        "owner": purpose.owner,
        "controller": purpose.controller,
    }


def _write(night: Night, table: str, rows: list[dict[str, object]], schema: pa.Schema) -> None:
    with night.engine.arrow_view(pa.Table.from_pylist(rows, schema=schema)) as view:
        night.engine.replace_table(table, f"select * from {view}")

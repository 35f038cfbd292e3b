"""The allow-list of segments: columns of the profile and of every trait model, with their types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cdp_pipeline.contracts.lookup import find_table_contract
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.errors import ConfigError

PROFILE = "golden_profile"
MEMBERSHIP = "segment_member"


class ValueKind(StrEnum):
    """What a column can be compared with."""

    TEXT = "text"
    NUMBER = "a number"
    DATE = "a date"
    FLAG = "true or false"


@dataclass(frozen=True)
class TraitColumn:
    """One column that segments may use."""

    table: str
    name: str
    kind: ValueKind


@dataclass(frozen=True)
class TraitCatalogue:
    """Tables of one row per customer, the profile first, and the columns that they offer."""

    tables: tuple[str, ...]
    columns: dict[str, TraitColumn]


def read_catalogue(project: Project) -> TraitCatalogue:
    """Collect the columns that segments may use.

    The trait models are those that `segment_member.yml` names in `depends_on`: a new trait is a model
    with key customer_id and one name there.

    Raises:
        ConfigError: a trait model is no table of one row per customer, or two offer the same column.
    """
    membership = find_table_contract(project.sql_folders, "segment", MEMBERSHIP)
    traits = [name for name in membership.depends_on if name not in {PROFILE, "customer_id_alias"}]
    folders = project.sql_folders
    contracts = {f"golden.{PROFILE}": find_table_contract(folders, "golden", PROFILE)}
    contracts |= {f"segment.{name}": find_table_contract(folders, "segment", name) for name in traits}
    columns: dict[str, TraitColumn] = {}
    for table, contract in contracts.items():
        _add_columns(columns, table, contract)
    return TraitCatalogue(tuple(contracts), columns)


def _add_columns(columns: dict[str, TraitColumn], table: str, contract: TableContract) -> None:
    if contract.key != ["customer_id"]:
        raise ConfigError(f"{table}: a trait model has the key [customer_id], this one has {contract.key}.")
    for column in contract.columns:
        if column.name == "customer_id":
            continue
        if column.name in columns:
            raise ConfigError(
                f"{table}: column {column.name} is offered by {columns[column.name].table} too. Rename one."
            )
        columns[column.name] = TraitColumn(table, column.name, _kind_of(column.type))


def _kind_of(type_: str) -> ValueKind:
    if type_ == "VARCHAR":
        return ValueKind.TEXT
    if type_ == "BOOLEAN":
        return ValueKind.FLAG
    return ValueKind.DATE if type_ in {"DATE", "TIMESTAMP"} else ValueKind.NUMBER

"""Finding one table's contract by name: the allow-list for what configuration may refer to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cdp_pipeline.contracts.base import read_contract
from cdp_pipeline.contracts.table import TableContract
from cdp_pipeline.errors import ConfigError


def find_table_contract(sql_folders: list[Path], stage: str, model: str) -> TableContract:
    """Read the contract of `<stage>.<model>`; the first folder that has it wins.

    Raises:
        ConfigError: no folder has it.
    """
    for folder in sql_folders:
        found = sorted((folder / stage).rglob(f"{model}.yml"))
        if found:
            return _read(found[0], found[0].stat().st_mtime_ns)
    raise ConfigError(f"dbt_like_sql/{stage}: there is no contract {model}.yml. Add it beside its model.")


@lru_cache(maxsize=128)
def _read(path: Path, _changed_at: int) -> TableContract:
    """Parse a contract once per version of its file: compilers ask for the same few again and again."""
    return read_contract(path, TableContract)


def name_hint(name: str, known: Iterable[str]) -> str:
    """Word the nearest accepted name, and all of them, for an error about an unknown one."""
    accepted = sorted(known)
    nearest = difflib.get_close_matches(name, accepted, n=1)
    hint = f"Did you mean `{nearest[0]}`? " if nearest else ""
    return f"{hint}Accepted: {', '.join(accepted)}."

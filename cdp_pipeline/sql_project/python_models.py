"""Models of functions that contracts name: of one that builds the table, or of one that writes its SQL."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdp_pipeline.errors import ModelError
from cdp_pipeline.sql_project.model import Model, fingerprint_of

if TYPE_CHECKING:
    from cdp_pipeline.contracts.table import TableContract
    from cdp_pipeline.stages import Stage


def python_written_model(
    stage: Stage, contract: TableContract, upstream: tuple[str, ...], path: Path, config_folders: list[Path]
) -> Model:
    """Make the model of a contract with `python` or `compiled_by`.

    Its fingerprint covers the function's module, the packages and the configuration that the contract names.

    Raises:
        ModelError: there is no such module.
    """
    function = str(contract.python or contract.compiled_by)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in contract.built_with]
    fingerprint = fingerprint_of(
        contract.model_dump_json(),
        _source_of(function, path),
        *versions,
        *_configuration(contract, config_folders),
    )
    model = Model(stage, contract, upstream, path, fingerprint)
    if contract.python:
        return dataclasses.replace(model, python=_resolve(function))
    return dataclasses.replace(model, compile=_resolve(function))


def _configuration(contract: TableContract, folders: list[Path]) -> Iterator[str]:
    """Yield the text of the configuration that a Python-built table depends on."""
    for name in contract.configured_by:
        for folder in folders:
            for path in sorted([folder / name, *(folder / name).rglob("*")]):
                if path.is_file():
                    yield path.read_text(encoding="utf-8")


def _source_of(dotted: str, path: Path) -> str:
    """Return the text of the module that builds a table: with it the rows may change."""
    module_name = dotted.partition(":")[0]
    spec = importlib.util.find_spec(module_name)
    if spec is None or spec.origin is None:
        raise ModelError(f"{path}: names module {module_name}, which does not exist.")
    return Path(spec.origin).read_text(encoding="utf-8")


def _resolve(dotted: str) -> Callable[..., Any]:
    """Bind a `module:function` late, so that listing models imports no heavy library."""
    module_name, _, function_name = dotted.partition(":")

    def call(*arguments: object) -> Any:
        return getattr(importlib.import_module(module_name), function_name)(*arguments)

    return call

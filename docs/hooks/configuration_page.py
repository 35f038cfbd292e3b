"""The configuration reference: keys, types, defaults and meaning, from the contracts that read the files."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import types
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from markdown_text import cell, code, codes, page, table
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cdp_pipeline.contracts.activation import Activation, Destination
from cdp_pipeline.contracts.golden import Survivorship
from cdp_pipeline.contracts.household import Households
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.contracts.purposes import Purposes
from cdp_pipeline.contracts.retention import Retention
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.contracts.settings import ProjectSettings
from cdp_pipeline.contracts.source import Source
from cdp_pipeline.contracts.table import TableContract

FILES: list[tuple[str, type[BaseModel]]] = [
    ("config/project.yml", ProjectSettings),
    ("config/sources/SOURCE.yml", Source),
    ("config/layouts/LAYOUT.yml", Layout),
    ("config/segments/SEGMENT.yml", SegmentFile),
    ("config/destinations/DESTINATION.yml", Destination),
    ("config/activations/ACTIVATION.yml", Activation),
    ("config/purposes.yml", Purposes),
    ("config/survivorship.yml", Survivorship),
    ("config/retention.yml", Retention),
    ("config/linkage/linkage.yml", Linkage),
    ("config/linkage/household.yml", Households),
    ("dbt_like_sql/STAGE/TABLE.yml", TableContract),
]

PLAIN_TYPES: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "number",
    dt.date: "date",
    Any: "any value",
}


def configuration_page() -> str:
    """One section per file, and below it one per mapping that stands inside."""
    blocks = [
        "# Configuration",
        "Each file is read strictly: an unknown key is an error that names the file and the nearest known key, and "
        "`cdp check` finds it. A file's name is the name that it declares. A project's own file replaces the shipped "
        "one of the same name.",
    ]
    described: set[type] = set()
    for name, contract in FILES:
        blocks += [f"## {name} {{ #{anchor(contract)} }}", *_section(contract)]
        for nested in _nested(contract):
            if nested not in described:
                described.add(nested)
                blocks += [f"### {title(nested)} {{ #{anchor(nested)} }}", *_section(nested)]
    return page(*blocks)


def anchor(contract: type) -> str:
    """Where a contract or a set of words is described."""
    return contract.__name__.lower()


def title(contract: type) -> str:
    """Its name for readers: `RetrySettings` is "Retry settings"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", contract.__name__).lower()
    return words.capitalize()


def meanings_of(contract: type[BaseModel]) -> dict[str, str]:
    """Meaning of each key: the docstring's `Attributes`, the field's description, or that of what it holds."""
    said = _attributes(inspect.getdoc(contract) or "")
    return {
        name: _sentence(said.get(name) or field.description or _of_nested(field))
        for name, field in contract.model_fields.items()
    }


def all_contracts() -> list[type[BaseModel]]:
    """Every contract on the page."""
    nested = [n for _, contract in FILES for n in _nested(contract) if issubclass(n, BaseModel)]
    return list(dict.fromkeys([*(contract for _, contract in FILES), *nested]))


def _sentence(text: str) -> str:
    """A capital in front, a full stop behind."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _section(contract: type) -> Iterator[str]:
    text = inspect.getdoc(contract) or ""
    yield _sentences(text)
    if issubclass(contract, StrEnum):
        said = _comments(contract)
        yield table(
            ["Value", "Meaning"], [[code(v), cell(_sentence(said.get(v.name, "")))] for v in contract]
        )
    elif issubclass(contract, BaseModel):
        yield _keys(contract)


def _keys(contract: type[BaseModel]) -> str:
    meanings = meanings_of(contract)
    rows = [
        [code(name), _type(field.annotation, field.metadata), _default(field), cell(meanings[name])]
        for name, field in contract.model_fields.items()
    ]
    return table(["Key", "Type", "Default", "Meaning"], rows)


def _sentences(docstring: str) -> str:
    """The docstring without its sections, and without the name of the file, which is the heading."""
    text = docstring.partition("\n\nAttributes:")[0]
    text = re.sub(r"^`(config|The `\.yml)[^`]*`[:.]\s*", "", text)
    return text[:1].upper() + text[1:]


def _attributes(docstring: str) -> dict[str, str]:
    """Read `Attributes:`; several names may share one meaning."""
    _, _, section = docstring.partition("Attributes:\n")
    entries = re.findall(r"^    (\w[\w, ]*): (.*(?:\n     .*)*)", section, re.MULTILINE)
    return {name.strip(): " ".join(text.split()) for names, text in entries for name in names.split(",")}


def _comments(words: type[StrEnum]) -> dict[str, str]:
    """The comment behind each value of a set of words, where it has one."""
    return dict(
        re.findall(r"^\s+([A-Z_0-9]+) = \"[^\"]*\"\s+# (.*)$", inspect.getsource(words), re.MULTILINE)
    )


def _of_nested(field: FieldInfo) -> str:
    inner = [c for c in _contracts_in(field.annotation) if issubclass(c, BaseModel)]
    return (inspect.getdoc(inner[0]) or "").partition("\n")[0] if len(inner) == 1 else ""


def _nested(contract: type[BaseModel], seen: frozenset[type] = frozenset()) -> list[type]:
    """Contracts and sets of words inside, each once, in the order of the keys."""
    found: list[type] = []
    for field in contract.model_fields.values():
        for inner in _contracts_in(field.annotation):
            if inner in seen or inner in found or inner is contract:
                continue
            found.append(inner)
            if issubclass(inner, BaseModel):
                deeper = _nested(inner, seen | {contract, *found})
                found += [other for other in deeper if other not in found]
    return found


def _contracts_in(annotation: Any) -> list[type]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | StrEnum):
        return [annotation]
    if get_origin(annotation) is Literal:
        return []
    return [found for argument in get_args(annotation) for found in _contracts_in(argument)]


def _type(annotation: Any, metadata: list[Any] | None = None) -> str:
    """A type in words."""
    if metadata and any(getattr(m, "pattern", "") == r"^[a-z][a-z0-9_]{0,62}$" for m in metadata):
        return "name"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], list(arguments[1:]))
    if origin is Literal:
        return " or ".join(_word(value) for value in arguments)
    if origin is list:
        return f"list of {_plural(_type(arguments[0]))}"
    if origin is dict:
        return f"mapping from {_type(arguments[0])} to {_type(arguments[1])}"
    if origin in (types.UnionType, Union):
        kinds = [_type(argument) for argument in arguments if argument is not type(None)]
        return " or ".join(dict.fromkeys(kinds))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel | StrEnum):
        return f"[{title(annotation).lower()}](#{anchor(annotation)})"
    return PLAIN_TYPES.get(annotation) or str(annotation)


def _plural(kind: str) -> str:
    """Several of a kind: names, texts; for given words, any of them."""
    return f"{kind}s" if kind.isalpha() else kind.replace(" or ", ", ")


def _word(value: object) -> str:
    return {"\t": "tab", "|": "vertical bar"}.get(str(value)) or code(value)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value in (None, "", [], {}) or value is PydanticUndefined or isinstance(value, BaseModel):
        return ""
    if isinstance(value, list):
        return codes(value)
    return code(str(value).lower() if isinstance(value, bool) else value)

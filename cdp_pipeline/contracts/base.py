"""The strict base of all contracts, and the reading of one YAML file into one contract."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from cdp_pipeline.errors import ConfigError

FAST_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where PyYAML was built with it: a project has a hundred files."""

RESERVED = """
all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
collate collation column concurrently constraint create cross default deferrable desc describe distinct do else end
except false fetch for foreign freeze from full glob group having ilike in initially inner intersect into is isnull
join lambda lateral leading left like limit natural not notnull null offset on only or order outer overlaps pivot
pivot_longer pivot_wider placing positional primary qualify references returning right select semi show similar
some summarize symmetric table tablesample then to trailing true union unique unpack unpivot using variadic verbose
when where window with
"""
SQL_WORDS = frozenset(RESERVED.split())


def _is_no_sql_word(name: str) -> str:
    if name in SQL_WORDS:
        raise ValueError(f"{name!r} is a word of SQL; choose another name, such as {name}_name")
    return name


Identifier = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$"), AfterValidator(_is_no_sql_word)
]
"""A name that is safe as an SQL identifier, a file name and a Dagster key."""


class Contract(BaseModel):
    """Base of every configuration model: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ContractT = TypeVar("ContractT", bound=Contract)


def read_contract(path: Path, model: type[ContractT]) -> ContractT:
    """Read one YAML file into its contract.

    Raises:
        ConfigError: the file is missing, is no YAML mapping, or breaks the contract; the message
            names file and key, what is wrong, and the nearest accepted name for an unknown key.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=FAST_SAFE_LOADER)  # noqa: S506
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file does not exist. Create it, or correct its name.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}. Correct the syntax.") from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected a mapping of keys at the top level, found {_kind_of(document)}.")
    return parse_contract(document, model, origin=str(path))


def parse_contract(document: dict[str, Any], model: type[ContractT], *, origin: str) -> ContractT:
    """Validate an already parsed mapping; `origin` names it in errors."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        lines = [f"{origin}: {_explain(detail, model)}" for detail in error.errors(include_url=False)]
        raise ConfigError("\n".join(lines)) from None


def _explain(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Put one pydantic error into words: key, fault, remedy."""
    key = ".".join(str(part) for part in detail["loc"]) or "(top level)"
    if detail["type"] == "missing":
        return f"key `{key}` is missing. Add it."
    if detail["type"] == "extra_forbidden":
        accepted = _accepted_keys(detail["loc"][:-1], model)
        nearest = difflib.get_close_matches(str(detail["loc"][-1]), accepted, n=1)
        hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
        known = f" Accepted here: {', '.join(accepted)}." if accepted else ""
        return f"key `{key}` is unknown.{hint}{known}"
    return f"key `{key}`: {detail['msg']} (found {_shorten(detail['input'])}). Correct the value."


def _accepted_keys(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """Walk a location down nested contracts and list the keys that fit there."""
    current: Any = model
    for part in location:
        fields = getattr(current, "model_fields", None)
        if fields is None or part not in fields:
            continue  # an index of a list, a key of a mapping or the tag of a union
        current = _nested_contract(fields[part].annotation)
    fields = getattr(current, "model_fields", {})
    return sorted(field.alias or name for name, field in fields.items())


def _nested_contract(annotation: Any) -> Any:
    """Find the contract inside `list[X]`, `dict[str, X]` or `X | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _nested_contract(argument)
        if found is not None:
            return found
    return None


def _kind_of(document: object) -> str:
    return "nothing" if document is None else f"a {type(document).__name__}"


def _shorten(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"

"""Nested values of typed exports as compact JSON: exact digits, and nothing that JSON does not have."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from decimal import Decimal

from cdp_pipeline.extract.readers.plain_text import plain_number


def compact_nested(value: object) -> str:
    """Write a value as JSON without blanks.

    Numbers keep their digits and have no exponent, one that is none (NaN) is null, infinity is text, times are ISO.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            if math.isnan(value):
                return "null"
            return plain_number(repr(value)) if math.isfinite(value) else f'"{value}"'
        case Decimal():
            return "null" if value.is_nan() else format(value, "f")
        case int():
            return str(value)
        case datetime() | date() | time():
            return f'"{value.isoformat()}"'
        case dict():
            return "{" + ",".join(f"{_text(key)}:{compact_nested(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(compact_nested, value)) + "]"
        case _:
            return _text(value)


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)

"""Patterns keep Python's meaning in RE2, or are refused with a reason."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cdp_pipeline.validate.expectations.regex_dialect import UntranslatableRegexError, translate_regex


@pytest.mark.filterwarnings("ignore:Possible nested set")
@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        (r"^\d+$", "٣٤"),
        (r"^\w+$", "Jörg_伟9"),
        (r"^\W$", "é"),
        (r"\s", "\x0b"),
        (r"\s", "\u2003"),
        (r"\S", "\x1c"),
        (r"end$", "end\n"),
        (r"end\Z", "end\n"),
        (r"^a{,2}$", "aa"),
        (r"^a{,2}$", "a{,2}"),
        (r"^[[:alpha:]]", "[]"),
        (r"^[]a]+$", "]a"),
        (r"^[^]a]$", "b"),
        (r"^[\s\d_-]+$", "1 _-"),
        (r"[\b]", "\x08"),
        (r"\u00e9|\U0001F469", "é"),
        (r"(?i)^ann$", "ANN"),
        (r"\$\[$", "$["),
        (r"(a$|b)", "a\n"),
    ],
)
def test_translated_pattern_finds_what_python_finds(pattern: str, subject: str) -> None:
    [found] = pc.match_substring_regex(pa.array([subject]), translate_regex(pattern)).to_pylist()

    assert found == bool(re.search(pattern, subject))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(unclosed", "not a regular expression"),
        (r"(?=ahead)", "look-around"),
        (r"(.)\1", "back-reference"),
        (r"\bword\b", "ASCII only"),
        (r"[^\W\d]", "list the characters"),
        (r"(?m)^a$", "flags"),
        (r"(?x) a", "flags"),
        (r"a$\n", "end of an alternative"),
    ],
)
def test_pattern_that_re2_cannot_express_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(UntranslatableRegexError, match=reason):
        translate_regex(pattern)

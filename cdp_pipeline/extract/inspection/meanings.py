"""What a header most likely means, from a list of words in several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cdp_pipeline.contracts.base import FAST_SAFE_LOADER, SQL_WORDS, Contract, Identifier
from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.layout import COLUMNS_OF_EVERY_TABLE
from cdp_pipeline.contracts.table import Sensitivity
from cdp_pipeline.extract.inspection.forms import WHOLE_NUMBER
from cdp_pipeline.extract.inspection.profile import ColumnProfile

MEANINGS_FILE = Path(__file__).with_name("meanings.yml")
IS_ID = re.compile(r"(^|_)(id|no|nr|number|key|uuid)$")
BY_FORM = {"e-mail address": "email", "phone number": "phone"}
SPEAKS_AGAINST = frozenset({"IP address", "web address", "nested JSON"})
"""Forms that are none of the meanings, whatever the header says: an IP address is no street address."""

YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""As a key of a mapping YAML reads them as something else than text."""

LONGEST_NAME = 60

ABOUT_AN_ANSWER = re.compile(
    r"\b(id|ip|no|nr|name|source|quelle|channel|count|score|price|plan|version|reference)$"
)
WHEN_ANSWERED = re.compile(r"\b(date|datum|at|am|on|time|ts|timestamp|since|seit|le)$")
"""How a header ends that tells more of an answer than the answer; of a refusal, though, its time says all."""

NO_ANSWERS = frozenset({"e-mail address", "phone number", "IP address", "web address", "nested JSON", "UUID"})
MOST_ANSWERS = 12
"""Different numbers, at most, that can be answers; more are counts."""


class Meaning(Contract):
    """One line of `meanings.yml`.

    Attributes:
        within: whether the words also count at the end of a longer header.
        is_answer: to whether somebody may be written to. Its words count anywhere in a header, those with a star at
            the end for whatever begins so; and every column with one has the meaning, not only the plainest.
    """

    meaning: Identifier
    sensitivity: Sensitivity
    within: bool = False
    is_answer: bool = False
    words: list[str]


@cache
def all_meanings() -> dict[str, Meaning]:
    """Read the list, by meaning."""
    import yaml

    document = yaml.load(MEANINGS_FILE.read_text(encoding="utf-8"), Loader=FAST_SAFE_LOADER)  # noqa: S506
    return {entry["meaning"]: Meaning.model_validate(entry) for entry in document}


@dataclass(frozen=True)
class NamedColumn:
    """A header with the column that a mapping would make of it.

    Attributes:
        name: as an SQL identifier, of its own within the file.
        meaning: of the list; nothing where the header says none that is known, or another column says it better.
    """

    header: str
    name: str
    meaning: str | None


def name_columns(header: Sequence[str]) -> list[NamedColumn]:
    """Give each header a name of its own within the file; what it means is another question."""
    taken: dict[str, int] = {}
    return [NamedColumn(title, _unused(identifier_of(title), taken), None) for title in header]


def find_meanings(columns: Sequence[NamedColumn], profiles: Mapping[str, ColumnProfile]) -> list[NamedColumn]:
    """Give each meaning to the column that says it best; one with values comes before an empty one.

    Where no header says it the values do: a column of nothing but addresses is the e-mail address.
    """
    answers = {c.name: found for c in columns if (found := _answer_of(c.header, profiles[c.name]))}
    by_name = answers | _distinct_meanings([c for c in columns if c.name not in answers], profiles)
    return [replace(column, meaning=by_name.get(column.name)) for column in columns]


def answer_in(words: str) -> str | None:
    """Tell whether a header, or a path, asks for consent or notes a refusal; nothing where it does neither."""
    plain = _words(words)
    if ABOUT_AN_ANSWER.search(plain):
        return None
    for meaning in all_meanings().values():
        if meaning.is_answer and _answer_pattern(meaning.meaning).search(plain):
            return None if meaning.meaning == "consent" and WHEN_ANSWERED.search(plain) else meaning.meaning
    return None


@cache
def _answer_pattern(meaning: str) -> re.Pattern[str]:
    words = all_meanings()[meaning].words
    return re.compile("|".join(rf"\b{word[:-1]}" if word.endswith("*") else rf"\b{word}\b" for word in words))


def _answer_of(header: str, profile: ColumnProfile) -> str | None:
    """Ask the header; the values only speak against it, whatever an answer looks like: yes, 1, true, J."""
    found = answer_in(header)
    types = {form.type for form in profile.forms}
    is_time = bool(types & {ColumnType.DATE, ColumnType.TIMESTAMP})
    is_count = ColumnType.INTEGER in types and profile.distinct > MOST_ANSWERS
    is_other = not NO_ANSWERS.isdisjoint(form.name for form in profile.forms)
    return None if is_count or is_other or (is_time and found == "consent") else found


def _distinct_meanings(
    columns: Sequence[NamedColumn], profiles: Mapping[str, ColumnProfile]
) -> dict[str, str]:
    """Return the meaning of columns by name, each meaning once."""
    said = {
        column.name: _meaning_of(_words(column.header))
        for column in columns
        if not SPEAKS_AGAINST.intersection(form.name for form in profiles[column.name].forms)
    }
    best: dict[str, str] = {}
    for name in sorted(said, key=lambda name: (not profiles[name].filled, said[name][1])):
        best.setdefault(said[name][0] or "", name)
    by_header = {name: meaning for meaning, name in best.items() if meaning}
    found = set(by_header.values())
    for column in columns:
        forms = [form.name for form in profiles[column.name].forms]
        shown = next((BY_FORM[form] for form in forms if form in BY_FORM), None)
        is_number = WHOLE_NUMBER.name in forms and IS_ID.search(
            column.name
        )  # a ticket's may pass for a phone's
        if shown and shown not in found and column.name not in by_header and not is_number:
            found.add(shown)
            by_header[column.name] = shown
    return by_header


def meaning_of_header(title: str) -> tuple[str | None, int]:
    """Return what a header alone means, and how far it is from saying just that; 0 is nearest."""
    return _meaning_of(_words(title))


def identifier_of(title: str) -> str:
    """Make an SQL identifier of a header: lower case, words joined by underscores."""
    name = "_".join(_words(title).split())[:LONGEST_NAME].strip("_")
    if not name or not name[0].isalpha():
        name = f"column_{name}".rstrip("_")
    return f"{name}_value" if name in SQL_WORDS | COLUMNS_OF_EVERY_TABLE | YAML_WORDS else name


def _words(title: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"#\s*$", " no", title))  # MailingCity, Attendee #
    plain = unicodedata.normalize("NFKD", parted.replace("ß", "ss").replace("ł", "l").replace("ı", "i"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters.lower()).split())


def _meaning_of(words: str) -> tuple[str | None, int]:
    """Return a meaning and how far the header is from saying just that; 0 is nearest."""
    joined = words.replace(" ", "")
    meanings = [meaning for meaning in all_meanings().values() if not meaning.is_answer]
    for meaning in meanings:
        plain = [word.replace(" ", "") for word in meaning.words]  # CUSTOMERID
        if joined in plain:
            return meaning.meaning, plain.index(joined)
    for meaning in meanings:
        endings = [word for word in meaning.words if words.endswith(f" {word}")] if meaning.within else []
        if endings:
            return meaning.meaning, 100 + len(words) - len(max(endings, key=len))
    return None, 0


def _unused(name: str, taken: dict[str, int]) -> str:
    taken[name] = taken.get(name, 0) + 1
    if taken[name] == 1:
        return name
    return _unused(f"{name}_{taken[name]}", taken)

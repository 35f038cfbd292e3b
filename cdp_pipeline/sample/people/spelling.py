"""How one text is written in several ways: umlauts, typing and hearing errors, phone styles; no rates."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints
from cdp_pipeline.sample.people.draws import Text, gather, joined, take
from cdp_pipeline.sample.pools import POOLS

_GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
_SPECIAL = {"ß": "ss", "\u0131": "i", "İ": "I", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae"}
_ACCENTED = "äöüÄÖÜßàâçéèêëîïôûùáíóúñÁÉÍÓÚÑ\u0131İşŞğĞçÇłŁśŚżŻźŹćĆńŃąęóÉÈÀÎÔÛÊÂŻ"
_KEYBOARD_NEIGHBOURS = dict(zip("abcdefghijklmnopqrstuvwxyz", "snvfrghjoklknmpowtdzibecxu", strict=True))
# What sounds alike, written in either way. The longer writing comes first.
_SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("th", "t"), ("dt", "t"), ("tt", "t"), ("ey", "ei"), ("ei", "ai"), ("ay", "ai"),
    ("y", "i"), ("tz", "z"), ("ff", "f"), ("ll", "l"), ("mm", "m"), ("nn", "n"), ("ss", "s"), ("ß", "ss"),
    ("äu", "eu"), ("ä", "e"), ("ah", "a"), ("eh", "e"), ("oh", "o"), ("ie", "i"), ("c", "k"), ("v", "f"),
    ("ch", "sch"), ("b", "p"), ("d", "t"),
)  # fmt: skip
# What a scanner takes for something else.
_SHAPES = (
    ("rn", "m"), ("m", "rn"), ("l", "1"), ("O", "0"), ("o", "0"), ("ß", "B"), ("cl", "d"), ("li", "h"),
    ("S", "5"), ("B", "8"), ("I", "l"), ("vv", "w"), ("ü", "ii"), ("ö", "6"), ("ä", "a"),
)  # fmt: skip


def _plain(character: str) -> str:
    return _SPECIAL.get(character) or unicodedata.normalize("NFD", character)[0]


_STRIP = str.maketrans({c: _plain(c) for c in _ACCENTED})
_TRANSLITERATE = str.maketrans({c: _GERMAN.get(c, _plain(c)) for c in _ACCENTED})


def transliterated(text: str) -> str:
    """Write umlauts as ae, oe, ue and ss, and drop other accents: Müller → Mueller."""
    return text.translate(_TRANSLITERATE)


def stripped(text: str) -> str:
    """Drop every accent: Müller → Muller."""
    return text.translate(_STRIP)


@lru_cache(maxsize=100_000)
def garbled(text: str) -> str:
    """Read UTF-8 as if it were Windows-1252: Müller → MÃ¼ller."""
    return text.encode("utf-8").decode("cp1252", errors="replace")


def initial(text: str) -> str:
    """Keep the first letter and a full stop: Anna → A."""
    return text[:1] + "."


def by_distinct(write: Callable[[str], str], values: Text) -> Text:
    """Write each distinct value once in another way, and use it wherever the value stands."""
    encoded = values.dictionary_encode()
    return pa.array([write(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(
        encoded.indices
    )


def one_of(rng: np.random.Generator, values: Text, options: Callable[[str], tuple[str, ...]]) -> Text:
    """Draw for each value one of its options, which are listed once per distinct value."""
    encoded = values.dictionary_encode()
    lists = [options(text) for text in encoded.dictionary.to_pylist()]
    count = np.array([len(found) for found in lists], dtype=np.int64)
    start = np.cumsum(count) - count
    code = encoded.indices.to_numpy()
    drawn = start[code] + (rng.random(len(code)) * count[code]).astype(np.int64)
    return take(pa.array([text for found in lists for text in found], pa.string()), drawn)


@cache
def _nicknames() -> dict[str, tuple[str, ...]]:
    with (POOLS / "names" / "nicknames.csv").open(encoding="utf-8") as file:
        pairs = [(row["formal"], row["nickname"]) for row in csv.DictReader(file)]
    known: dict[str, tuple[str, ...]] = {}
    for formal, nickname in pairs:
        known[formal] = (*known.get(formal, ()), nickname)
    for formal, nickname in pairs:
        known.setdefault(nickname, (formal,))
    return known


def everyday_forms(given: str) -> tuple[str, ...]:
    """List what else a given name is called, short for long and long for short; itself if nothing."""
    return _nicknames().get(given, (given,))


@lru_cache(maxsize=100_000)
def sound_alikes(text: str) -> tuple[str, ...]:
    """List how a text may be written by someone who only heard it: Meyer → Meier, Stefan → Stephan."""
    return _exchanged(text, [pair for a, b in _SOUNDS for pair in ((a, b), (b, a))])


@lru_cache(maxsize=100_000)
def look_alikes(text: str) -> tuple[str, ...]:
    """List how a scanner may misread a text: Horn → Hom, Müller → Mü1ler."""
    return _exchanged(text, list(_SHAPES))


def _exchanged(text: str, pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    """Exchange one occurrence behind the first letter, in every way there is; the text itself if in none."""
    head, rest = text[:1], text[1:]
    found = {head + rest.replace(old, new, 1) for old, new in pairs if old in rest} - {text}
    return tuple(sorted(found)) or (text,)


def mistype(rng: np.random.Generator, values: Text) -> Text:
    """Make one typing error (drop, double, swap, neighbouring key) in each value of 4 letters or more."""
    kinds, spots = rng.integers(0, 4, len(values)), rng.random(len(values))
    # Errors are rare: this loop meets a few per cent of a column's values.
    wrong = map(_mistyped, values.to_pylist(), kinds.tolist(), spots.tolist())
    return pa.array(list(wrong), pa.string())


def _mistyped(text: str, kind: int, spot: float) -> str:
    if len(text) < 4:
        return text
    at = 1 + int(spot * (len(text) - 2))
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + _KEYBOARD_NEIGHBOURS.get(text[at], "e") + text[at + 1 :]


def upper(values: Text) -> Text:
    """Write in capitals, as cashiers do; ß becomes SS."""
    return pc.utf8_upper(pc.replace_substring(values, "ß", "ss"))


# A phone is given as `+49 171 3920012`; each style says how to rewrite it.
_FOREIGN_STYLES: tuple[tuple[str, str], ...] = (
    (r"^\+\d+ (\d+) ", r"0\1 "),
    (r"^(\+\d+) (\d+) ", r"\1\2"),
    (r"^", r""),
    (r"^\+", r"00"),
    (r"^\+\d+ (\d+) ", r"0\1/"),
    (r"^(\+\d+) (\d+) ", r"\1 (0)\2 "),
)
_AMERICAN_STYLES = (
    (r"^\+1 (\d+) ", r"\1 "),
    (r"^\+1 (\d+) ", r"+1\1"),
    (r"^", r""),
    (r"^\+", r"00"),
    (r"^\+1 (\d+) ", r"\1-"),
    (r"^\+1 (\d+) ", r"+1 (\1) "),
)
PHONE_STYLES = len(_FOREIGN_STYLES)


def style_phones(phones: Text, style: Ints) -> Text:
    """Write phones, given as `+49 171 3920012`, in one of six customary styles; empty ones stay empty.

    0: 0171 3920012, 1: +491713920012, 2: +49 171 3920012, 3: 0049 171 3920012, 4: 0171/3920012,
    5: +49 (0)171 3920012. Numbers of the United States, which have no trunk zero, use 212-5550123 instead.
    """
    is_american = pc.starts_with(phones, "+1 ").to_numpy(zero_copy_only=False)
    is_empty = pc.equal(phones, "").to_numpy(zero_copy_only=False)
    kept = np.flatnonzero(is_empty)
    parts = [(kept, take(phones, kept))]
    for number in range(PHONE_STYLES):
        for styles, american in ((_FOREIGN_STYLES, False), (_AMERICAN_STYLES, True)):
            rows = np.flatnonzero((style == number) & (is_american == american) & ~is_empty)
            pattern, form = styles[number]
            parts.append((rows, pc.replace_substring_regex(take(phones, rows), pattern, form)))
    return gather(parts)


def mistype_mailboxes(rng: np.random.Generator, emails: Text) -> Text:
    """Make one typing error before the @: a mistyped domain might be somebody's."""
    local = pc.replace_substring_regex(emails, "@.*$", "")
    domain = pc.replace_substring_regex(emails, "^[^@]*", "")
    return joined(mistype(rng, local), domain)

"""How one text is written in several ways: umlauts, typing errors, phone styles, capitals; no rates."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from cdp_pipeline.sample.pools import Ints, Mask, Text, as_text

_GERMAN = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
_SPECIAL = {"ß": "ss", "\u0131": "i", "İ": "I", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae"}
_KEYBOARD_NEIGHBOURS = dict(zip("abcdefghijklmnopqrstuvwxyz", "snvfrghjoklknmpowtdzibecxu", strict=True))


def _plain(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    return unicodedata.normalize("NFD", character)[0]


_ACCENTED = "äöüÄÖÜßàâçéèêëîïôûùáíóúñÁÉÍÓÚÑ\u0131İşŞğĞçÇłŁśŚżŻźŹćĆńąęóÉÈÀ"
STRIP = str.maketrans({c: _plain(c) for c in _ACCENTED})
TRANSLITERATE = str.maketrans({c: _GERMAN.get(c, _plain(c)) for c in _ACCENTED})


def transliterate(values: Text) -> Text:
    """Write umlauts as ae, oe, ue and ss, and drop other accents: Müller → Mueller."""
    return as_text(pd.Series(values, dtype=object).str.translate(TRANSLITERATE).to_numpy(dtype=object))


def strip_accents(values: Text) -> Text:
    """Drop every accent: Müller → Muller."""
    return as_text(pd.Series(values, dtype=object).str.translate(STRIP).to_numpy(dtype=object))


def lower(values: Text) -> Text:
    """Write in small letters."""
    return as_text(pd.Series(values, dtype=object).str.lower().to_numpy(dtype=object))


def upper(values: Text) -> Text:
    """Write in capitals, as cashiers do; ß becomes SS."""
    return as_text(pd.Series(values, dtype=object).str.upper().to_numpy(dtype=object))


def initial(values: Text) -> Text:
    """Keep the first letter and a full stop: Anna → A."""
    first = pd.Series(values, dtype=object).str[:1]
    return as_text(np.where(first == "", "", first + "."))


def mistype(rng: np.random.Generator, values: Text, where: Mask) -> Text:
    """Make one typing error (drop, double, swap, neighbouring key) in marked values of 4 letters or more."""
    result = values.copy()
    chosen = np.flatnonzero(where)
    kinds, spots = rng.integers(0, 4, len(chosen)), rng.random(len(chosen))
    # Errors are rare (a few per cent), hence a plain loop over the marked values only.
    result[chosen] = [
        _mistype_one(values[i], int(k), float(s)) for i, k, s in zip(chosen, kinds, spots, strict=True)
    ]
    return result


def _mistype_one(text: str, kind: int, spot: float) -> str:
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


def style_phones(phones: Text, style: Ints) -> Text:
    """Write phones, given as `+49 171 3920012`, in one of six customary styles; empty ones stay empty.

    0: 0171 3920012, 1: +491713920012, 2: +49 171 3920012, 3: 0049 171 3920012, 4: 0171/3920012,
    5: +49 (0)171 3920012. Numbers of the United States, which have no trunk zero, use 212-5550123 instead.
    """
    code, _, rest = (as_text(part) for _, part in pd.Series(phones, dtype=object).str.partition(" ").items())
    area, _, number = (as_text(part) for _, part in pd.Series(rest, dtype=object).str.partition(" ").items())
    trunk = as_text(np.where(code == "+1", "", "0"))
    styles = [
        trunk + area + " " + number,
        code + area + number,
        code + " " + area + " " + number,
        as_text(pd.Series(code, dtype=object).str.replace("+", "00", regex=False))
        + " "
        + area
        + " "
        + number,
        trunk + area + as_text(np.where(code == "+1", "-", "/")) + number,
        as_text(np.where(code == "+1", code + " (" + area + ") ", code + " (0)" + area + " ")) + number,
    ]
    return as_text(np.where(phones == "", "", np.choose(style, styles)))

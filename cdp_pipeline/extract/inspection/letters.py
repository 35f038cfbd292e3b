"""Which encoding of one byte a letter makes text that people write: Łódź rather than £ódŸ, Lefèvre rather than Lefčvre.

The bytes beyond ASCII are weighed by how often each language uses the letters that they would be. A general detector
judges running text; a column of names holds a handful of such letters, of several languages at once.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cdp_pipeline.contracts.layout import Encoding

USUAL_FIRST: tuple[Encoding, ...] = (
    "cp1252",
    "cp1250",
    "cp1254",
    "iso-8859-2",
    "iso-8859-9",
    "iso-8859-15",
    "latin-1",
)
"""Of encodings that say the same of a text the first is its usual name."""

WESTERN: tuple[Encoding, ...] = ("cp1252", "iso-8859-15", "latin-1")
CENTRAL: tuple[Encoding, ...] = ("cp1250", "iso-8859-2")
TURKISH: tuple[Encoding, ...] = ("cp1254", "iso-8859-9")

LETTERS_OF: Mapping[str, tuple[tuple[Encoding, ...], tuple[str, ...]]] = {
    "Western European": (
        WESTERN,
        (
            "é1504 à486 è271 ê218 ç85 û60 ù58 î45 ô23 œ18 ë8 ï5 â51",  # French
            "ü995 ä578 ö443 ß307",  # German
            "ó827 í725 á502 é433 ñ311 ú168 ü12",  # Spanish
            "ã733 ô635 â562 ç530 ê450 é337 ó296 õ40 í132 á118 ú207",  # Portuguese
            "à635 è263 ù166 ì60 ò60 é60",  # Italian
            "ä1797 å1338 ö1305 é60",  # Swedish
            "å1190 ø939 æ872 é60",  # Danish, Norwegian
            "ð1200 á1799 í1570 þ600 ó994 æ867 ö777 é647 ú613 ý228",  # Icelandic
            "ë300 é300 ï100 ö60 ü60",  # Dutch
        ),
    ),
    "Polish": (CENTRAL, ("ł1746 ę1131 ą1021 ż885 ó823 ś683 ć448 ń185 ź61",)),
    "Czech or Slovak": (
        CENTRAL,
        ("í1643 ě1222 ý995 á867 ž721 š688 é633 č462 ř380 ů204 ú45 ľ40 ó24 ň20 ť20 ď15 ä8 ô8",),
    ),
    "Hungarian": (CENTRAL, ("á3440 é3500 ö820 ó1100 ő960 ü600 í500 ű300 ú200",)),
    "Croatian or Slovene": (CENTRAL, ("š800 č1000 ž600 ć700 đ300",)),
    "Romanian": (CENTRAL, ("ă2400 î1400 ţ1000 ş1000 â500",)),
    "Turkish": (TURKISH, ("ı5114 ü1854 ş1780 ç1156 ğ1125 ö777 â20",)),
}
"""By group of languages: the encodings that write them, and letters per 100,000 of running text in each language,
roughly: their order of magnitude decides."""

FOREIGN = "ü30 é30 ö20 ä15 á10 ß8 ó5 ç3 í3 š2 ž2"
"""Letters of guests: a shop in Poland has customers named Müller."""

SIGNS = frozenset("€‚„…‹›‘’“”•–—™\u00a0§©«»®°²³´·ºª¡¿£¥½¼¾±×")
GUESTS = 0.1
UNLIKELY = 1e-4
"""Share of a letter that a language does not have, or of a sign that should not be there."""

SIGN = 2e-3
HEAD_START = math.log(1000)
"""What Windows-1252 is ahead by: so much likelier must a text be in another encoding."""

MOST_DOUBTFUL = 5


@dataclass(frozen=True)
class LikelyEncoding:
    """The encoding in which a text is likeliest written.

    Attributes:
        other: the likeliest that reads some letters otherwise; nothing where none does.
        doubtful: letters of the text in the two encodings, the most frequent first.
    """

    encoding: Encoding
    other: Encoding | None
    doubtful: list[tuple[str, str]]


def likeliest_encoding(sample: bytes) -> LikelyEncoding:
    """Weigh what each encoding would make of the bytes beyond ASCII; only their counts are looked at."""
    counts = Counter(sample.translate(None, bytes(range(128))))
    texts = {name: {byte: _letter(byte, name) for byte in counts} for name in USUAL_FIRST}
    weights = {name: _weight(name, counts, texts[name]) for name in USUAL_FIRST}
    ranked = sorted(USUAL_FIRST, key=lambda name: (-weights[name], USUAL_FIRST.index(name)))
    best = next(name for name in USUAL_FIRST if texts[name] == texts[ranked[0]])
    other = next((name for name in ranked if _is_readable(texts[name]) and texts[name] != texts[best]), None)
    return LikelyEncoding(best, other, _doubtful(counts, texts[best], texts[other]) if other else [])


def _letter(byte: int, encoding: str) -> str:
    return bytes([byte]).decode(encoding, errors="replace")


def _is_readable(letters: Mapping[int, str]) -> bool:
    return all(sign.isalpha() or sign in SIGNS for sign in letters.values())


def _weight(encoding: Encoding, counts: Mapping[int, int], letters: Mapping[int, str]) -> float:
    """Return the log-likelihood of the bytes by the language of the encoding that fits them best."""
    head_start = HEAD_START if encoding == USUAL_FIRST[0] else 0.0
    return head_start + max(
        # A city's name on every line says no more than on a few: repeated letters count ever less.
        sum(math.log2(1 + uses) * math.log(_share(letters[byte], shares)) for byte, uses in counts.items())
        for encodings, shares in SHARES
        if encoding in encodings
    )


def _share(sign: str, shares: Mapping[str, float]) -> float:
    if sign in SIGNS:
        return SIGN
    return max(shares.get(sign.lower(), 0.0), UNLIKELY)


def _doubtful(
    counts: Mapping[int, int], ours: Mapping[int, str], others: Mapping[int, str]
) -> list[tuple[str, str]]:
    differing = sorted((byte for byte in counts if ours[byte] != others[byte]), key=lambda b: (-counts[b], b))
    return [(ours[byte], others[byte]) for byte in differing[:MOST_DOUBTFUL]]


def _shares_of(languages: tuple[str, ...]) -> dict[str, float]:
    """Mix languages in equal parts, with some letters of guests."""
    shares: defaultdict[str, float] = defaultdict(float)
    for listed, part in [*((text, (1 - GUESTS) / len(languages)) for text in languages), (FOREIGN, GUESTS)]:
        numbers = {entry[0]: int(entry[1:]) for entry in listed.split()}
        for letter, number in numbers.items():
            shares[letter] += part * number / sum(numbers.values())
    return dict(shares)


SHARES = [(encodings, _shares_of(languages)) for encodings, languages in LETTERS_OF.values()]

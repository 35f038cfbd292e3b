"""How a system writes names: in which form, how misspelt, with which letters."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, chance
from cdp_pipeline.sample.people import spelling
from cdp_pipeline.sample.people.draws import Text, blank, take
from cdp_pipeline.sample.people.observation import TROUBLES, Observation, Writer

_OF_NAMES = TROUBLES[TROUBLES.index("married") : TROUBLES.index("nameless")]


def write_names(seen: Observation) -> None:
    """Write names and gender, the names in one of the forms that their bearers use."""
    for field in ("given", "family", "gender"):
        seen.fields[field] = seen.true(field)
    seen.prefer("family", seen.happens("married"), seen.true("birth_family"), "married")
    for field in ("given", "family"):
        seen.prefer(field, seen.happens("double_name_cut"), seen.true(field + "_one"), "double_name_cut")
    seen.rewrite(
        "given",
        seen.happens("nickname"),
        lambda before, _: spelling.one_of(seen.rng, before, spelling.everyday_forms),
        "nickname",
    )
    seen.rewrite(
        "given",
        seen.happens("initials"),
        lambda before, _: spelling.by_distinct(spelling.initial, before),
        "initials",
    )


def misspell_names(seen: Observation) -> None:
    """Spoil the one or the other name, seldom both."""
    ways: dict[str, Writer] = {
        "typo": lambda before, _: spelling.mistype(seen.rng, before),
        "misheard": lambda before, _: spelling.one_of(seen.rng, before, spelling.sound_alikes),
        "misread": lambda before, _: spelling.one_of(seen.rng, before, spelling.look_alikes),
    }
    for trouble, write in ways.items():
        for field, share in (("given", 0.5), ("family", 1.0)):
            where = seen.happens(trouble) & chance(seen.rng, share, seen.size)
            seen.rewrite(field, where, write, trouble)


def mix_up_names(seen: Observation) -> None:
    """Put names into each other's fields, or leave them out."""
    given, family = seen.fields["given"], seen.fields["family"]
    swapped = seen.happens("swapped_names")
    seen.rewrite("given", swapped, lambda _, rows: take(family, rows), "swapped_names")
    seen.rewrite("family", swapped, lambda _, rows: take(given, rows))
    seen.rewrite("given", seen.happens("missing_given"), _erased, "missing_given", ("nickname", "initials"))
    is_nameless = seen.happens("nameless")
    for field in ("given", "family"):
        seen.rewrite(field, is_nameless, _erased, "nameless", _OF_NAMES)


def write_letters(seen: Observation) -> None:
    """Write umlauts and capitals as the system's keyboard and its users do."""
    respelled = seen.happens("umlaut")
    as_ue = chance(seen.rng, 0.7, seen.size)
    garbled = seen.happens("mojibake") & ~respelled
    is_lower, is_upper = seen.happens("lower_case"), seen.happens("capitals")

    def by_name(write: Callable[[str], str]) -> Writer:
        return lambda before, _: spelling.by_distinct(write, before)

    for field in ("given", "family"):
        seen.rewrite(field, respelled & as_ue, by_name(spelling.transliterated), "umlaut")
        seen.rewrite(field, respelled & ~as_ue, by_name(spelling.stripped), "umlaut")
        seen.rewrite(field, garbled, by_name(spelling.garbled), "mojibake")
        seen.rewrite(field, is_lower, lambda before, _: pc.utf8_lower(before), "lower_case")
        seen.rewrite(field, is_upper, lambda before, _: spelling.upper(before), "capitals")


def _erased(before: Text, _: Ints) -> Text:
    """Write nothing."""
    return blank(len(before))

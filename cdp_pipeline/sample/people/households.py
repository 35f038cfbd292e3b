"""Who exists: households and the people in them. How to reach them and what systems know lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, Mask, chance
from cdp_pipeline.sample.people.draws import Pool, Text, gather, joined, only_where, take
from cdp_pipeline.sample.people.habits import rates
from cdp_pipeline.sample.people.names import CULTURES, all_names, draw_family, draw_given

Days = npt.NDArray[np.datetime64]

COUNTRIES = tuple(rates("people")["countries"])
YOUNGEST_BIRTH_YEAR = 2009
NO_NAME = -1
_HYPHENATING = [CULTURES.index(name) for name in ("german", "austrian", "swiss", "french")]
_SPANISH = CULTURES.index("spanish")
_HEAD, _PARTNER, _CHILD = range(3)


@dataclass
class Members:
    """Some households' members in order, one entry per person of each array.

    household counts from 0; head and partner are rows (partner is the head's own where there is none);
    family_two, given_two are the second halves of double names or NO_NAME; birth_family is the name before
    marriage or NO_NAME. Names are codes of `all_names()`, country and culture positions in their lists.
    """

    household: Ints
    head: Ints
    partner: Ints
    role: Ints
    child_number: Ints
    country: Ints
    culture: Ints
    is_female: Mask
    birth_date: Days
    is_twin: Mask
    family: Ints
    family_two: Ints
    birth_family: Ints
    given: Ints
    given_two: Ints
    is_junior: Mask
    has_junior: Mask
    is_stranger: Mask

    def __len__(self) -> int:
        return len(self.household)


def draw_members(rng: np.random.Generator, size: int) -> Members:
    """Make `size` people in households of one to five; the last household may be cut short."""
    household, head, role, child_number = _places(rng, size)
    partner = np.where(np.roll(role, -1)[head] == _PARTNER, head + 1, head)
    country = _countries(rng, size)[household]
    culture = _cultures(rng, country, role, household)
    is_female = _genders(rng, role, head)
    birth_date, is_twin = _birth_dates(rng, role, household, child_number)
    no_name = np.full(size, NO_NAME)
    no = np.zeros(size, dtype=bool)
    members = Members(
        household, head, partner, role, child_number, country, culture, is_female, birth_date, is_twin,
        no_name, no_name, no_name, no_name, no_name, no, no, no,
    )  # fmt: skip
    _give_family_names(rng, members)
    _give_given_names(rng, members)
    _name_juniors(rng, members)
    _make_strangers(rng, members)
    return members


def _places(rng: np.random.Generator, size: int) -> tuple[Ints, Ints, Ints, Ints]:
    sizes = rates("people")["household_sizes"]
    drawn = rng.choice(list(sizes), size=size, p=list(sizes.values()))
    household = np.repeat(np.arange(size), drawn)[:size]
    head = np.searchsorted(household, household)
    place = np.arange(size) - head
    has_partner = chance(rng, rates("people")["has_partner"], size)[household]
    role = np.select([place == 0, (place == 1) & has_partner], [_HEAD, _PARTNER], _CHILD)
    return household, head, role, np.where(role == _CHILD, place - has_partner, 0)


def _countries(rng: np.random.Generator, size: int) -> Ints:
    return Pool.weighted(rates("people")["countries"]).codes(rng, size)


@cache
def _culture_pool(country: str) -> Pool:
    shares = rates("people")["cultures"][country]
    return Pool.weighted({name: shares.get(name, 0.0) for name in CULTURES})


def _cultures(rng: np.random.Generator, country: Ints, role: Ints, household: Ints) -> Ints:
    """Draw one culture per household; some partners come from another."""
    size = len(country)
    common, own = np.zeros((2, size), dtype=np.int64)
    for number, name in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == number)
        common[rows] = _culture_pool(name).codes(rng, size)[household[rows]]
        own[rows] = _culture_pool(name).codes(rng, len(rows))
    is_other = (role == _PARTNER) & chance(rng, rates("people")["other_culture"], size)
    return np.where(is_other, own, common)


def _genders(rng: np.random.Generator, role: Ints, head: Ints) -> Mask:
    """Draw genders; a partner mostly has the other gender than the head."""
    is_female = chance(rng, 0.5, len(role))
    is_other = chance(rng, 0.96, len(role))
    return np.where(role == _PARTNER, is_female[head] ^ is_other, is_female)


def _birth_dates(
    rng: np.random.Generator, role: Ints, household: Ints, child_number: Ints
) -> tuple[Days, Mask]:
    size = len(role)
    with_children = np.bincount(household, weights=role == _CHILD, minlength=size)[household] > 0
    late, early = rng.integers(1948, 1976, size)[household], rng.integers(1942, 2003, size)[household]
    head_year = np.where(with_children, late, early)
    partner_year = head_year + rng.integers(-5, 7, size)
    child_year = np.minimum(head_year + rng.integers(23, 36, size), YOUNGEST_BIRTH_YEAR)
    year = np.select([role == _HEAD, role == _PARTNER], [head_year, partner_year], child_year)
    days = ((year - 1970) * 365.2425).astype(np.int64) + rng.integers(0, 365, size)
    has_elder = np.r_[False, (child_number[1:] > 1) & (child_number[:-1] == child_number[1:] - 1)]
    is_twin = has_elder & chance(rng, rates("people")["twins"], size)
    is_twin &= ~np.r_[False, is_twin[:-1]]  # no triplets: the third would miss the first's date
    days = np.where(is_twin, np.roll(days, 1), days)
    return days.astype("datetime64[D]"), is_twin | np.r_[is_twin[1:], False]


def _give_family_names(rng: np.random.Generator, members: Members) -> None:
    """Give each household its name; partners take it, keep their own, or bear both."""
    size, habits = len(members), rates("people")
    own, second = draw_family(rng, members.culture), draw_family(rng, members.culture)
    is_spanish = members.culture == _SPANISH
    common = own[members.head]
    is_partner = members.role == _PARTNER
    takes = is_partner & ~is_spanish & chance(rng, habits["takes_surname"], size)
    may_join = is_partner & ~takes & np.isin(members.culture, _HYPHENATING)
    joins = may_join & chance(rng, habits["joins_surnames"] / (1 - habits["takes_surname"]), size)
    members.family = np.where(takes | joins | (members.role == _CHILD), common, own)
    members.birth_family = np.where((takes | joins) & (own != common), own, NO_NAME)
    # Spanish children bear the first names of both parents.
    mothers = np.where(members.partner != members.head, own[members.partner], second[members.head])
    spanish_second = np.where(members.role == _CHILD, mothers, second)
    is_spanish = np.where(members.role == _CHILD, is_spanish[members.head], is_spanish)
    members.family_two = np.where(is_spanish, spanish_second, np.where(joins, own, NO_NAME))


def _give_given_names(rng: np.random.Generator, members: Members) -> None:
    """Draw given names; two members of a household get different ones."""
    year = members.birth_date.astype("datetime64[Y]").astype(np.int64) + 1970
    given = draw_given(rng, members.culture, members.is_female, year)
    text = _same_given()
    for _ in range(6):
        rows = _repeated(members.household * len(text) + text[given])
        given[rows] = draw_given(rng, members.culture[rows], members.is_female[rows], year[rows])
    shares = rates("people")["double_given"]
    share = np.array([shares[name] for name in CULTURES])[members.culture]
    two = draw_given(rng, members.culture, members.is_female, year)
    is_double = chance(rng, share, len(members)) & (text[two] != text[given])
    members.given, members.given_two = given, np.where(is_double, two, NO_NAME)


@cache
def _same_given() -> Ints:
    """One number per different given name, by code: lists of several cultures share names."""
    return cast("Ints", all_names().given.dictionary_encode().indices.to_numpy().astype(np.int64))


def _repeated(keys: Ints) -> Ints:
    """Return the rows whose key stands in an earlier row."""
    _, first = np.unique(keys, return_index=True)
    is_first = np.zeros(len(keys), dtype=bool)
    is_first[first] = True
    return np.flatnonzero(~is_first)


def _name_juniors(rng: np.random.Generator, members: Members) -> None:
    """Name some first children after the head of the household: the hardest case of record linkage."""
    head = members.head
    members.is_junior = (
        (members.child_number == 1)
        & (members.is_female[head] == members.is_female)
        & ~members.is_twin
        & chance(rng, rates("people")["juniors"], len(members))
    )
    for name in ("given", "given_two"):
        own = getattr(members, name)
        setattr(members, name, np.where(members.is_junior, own[head], own))
    members.has_junior = np.zeros(len(members), dtype=bool)
    members.has_junior[head[members.is_junior]] = True


def _make_strangers(rng: np.random.Generator, members: Members) -> None:
    """Let a few people bear the name and the birth date of somebody whom they do not know."""
    size = len(members)
    count = max(1, int(size * rates("people")["strangers"] / 2))
    drawn = rng.permutation(size)[: 2 * count]
    copies, originals = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    is_plain = ~(members.is_twin | members.is_junior | members.has_junior)
    fits = is_plain[copies] & is_plain[originals]
    fits &= members.household[copies] != members.household[originals]
    copies, originals = copies[fits], originals[fits]
    for name in ("given", "given_two", "family", "family_two", "is_female", "birth_date", "culture"):
        values = getattr(members, name)
        values[copies] = values[originals]
    members.birth_family[copies] = NO_NAME
    members.is_stranger = np.zeros(size, dtype=bool)
    members.is_stranger[np.concatenate([copies, originals])] = True


def name_columns(members: Members) -> dict[str, Text]:
    """Write the names out.

    Returns:
        given, family as they are in full; given_one, family_one: half of a double name, empty of a single
        one; birth_family: before marriage, or empty.
    """
    names = all_names()
    given, given_two = take(names.given, members.given), take(names.given, np.maximum(members.given_two, 0))
    family, family_two = _family(members, members.family), _family(members, members.family_two)
    has_given, has_family = members.given_two != NO_NAME, members.family_two != NO_NAME
    # Jean-Pierre and Hans-Peter bear a hyphen, Anna Maria none.
    is_hyphened = (members.given + members.given_two) % 2 == 0
    between = pc.if_else(pa.array(is_hyphened), "-", " ")
    between_families = pc.if_else(pa.array(members.birth_family != NO_NAME), "-", " ")
    return {
        "given": pc.if_else(pa.array(has_given), joined(given, between, given_two), given),
        "given_one": only_where(has_given, given),
        "family": pc.if_else(pa.array(has_family), joined(family, between_families, family_two), family),
        "family_one": only_where(has_family, family),
        "birth_family": only_where(members.birth_family != NO_NAME, _family(members, members.birth_family)),
    }


def _family(members: Members, codes: Ints) -> Text:
    """Write family names as a woman or a man bears them."""
    names, codes = all_names(), np.maximum(codes, 0)
    female, male = np.flatnonzero(members.is_female), np.flatnonzero(~members.is_female)
    return gather([(female, take(names.feminine, codes[female])), (male, take(names.family, codes[male]))])

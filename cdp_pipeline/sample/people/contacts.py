"""How people can be reached: e-mail addresses, phones and postal addresses, own and shared by a household."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, Mask, chance
from cdp_pipeline.sample.people.draws import (
    Pool,
    Text,
    digits,
    gather,
    is_filled,
    joined,
    only_where,
    put,
    take,
)
from cdp_pipeline.sample.people.habits import rates
from cdp_pipeline.sample.people.households import COUNTRIES, NO_NAME, Members
from cdp_pipeline.sample.people.names import all_names
from cdp_pipeline.sample.people.spelling import everyday_forms, one_of, transliterated
from cdp_pipeline.sample.pools import load_yaml

_DOMAINS = Pool.weighted({
    "example.com": 0.30, "example.org": 0.16, "example.net": 0.16, "mail.example.com": 0.14,
    "web.example.net": 0.10, "post.example.org": 0.07, "gmail.com": 0.05, "gmx.de": 0.02,
})  # fmt: skip
_PATTERN_SHARES = [0.26, 0.10, 0.10, 0.09, 0.11, 0.06, 0.07, 0.05, 0.16]
_REAL_DOMAINS = pa.array(["gmail.com", "gmx.de"])
_FAMILY_MAILBOXES = Pool.weighted({"familie.": 0.6, "die.": 0.2, "family.": 0.2})
NO_SHARED, FAMILY_MAILBOX, HEADS_MAILBOX = range(3)

# Country code, area codes, digits of the number: enough for four million people and their former numbers.
_MOBILE: dict[str, tuple[str, tuple[int, ...], int]] = {
    "DE": ("+49", (160, 162, 170, 175), 7),
    "AT": ("+43", (660, 676, 699), 7),
    "CH": ("+41", (76, 77, 78), 7),
    "GB": ("+44", tuple(range(7400, 7410)), 6),
    "US": ("+1", (212, 312, 512, 303, 617, 713), 7),
    "FR": ("+33", tuple(range(612, 622)), 6),
}
# Ranges that the regulators keep for fiction come first; once they are used up, plausible numbers follow.
# Numbers ending in a double digit and 176 04069050 to 59 belong to the cast, and 171, 176, 664 and 79 to them
# alone, lest a number that follows be one of these.
_TAILS = [tail for tail in range(100) if tail % 11 and tail // 10 != 5]
_FICTION_MOBILE_DE = [f"+49 {head}{tail:02d}" for head in ("171 39200", "176 040690") for tail in _TAILS]
_FICTION_LANDLINE_DE = ("+49 30 23125", "+49 69 90009", "+49 40 66969", "+49 221 4710", "+49 89 99998")
_FORMER = 4_000_000  # what is added to a person's number to get that of the phone before
ADDRESS = ("street", "postcode", "city", "region")
_NUMBER_IN_FRONT = {"GB", "US", "FR"}


def mailbox_columns(rng: np.random.Generator, members: Members, first: int) -> dict[str, Any]:
    """Draw mailboxes, which two people may have drawn alike: `build_mailboxes` numbers them later.

    Args:
        first: the number of the first of these people.

    Returns:
        email, email_second (or empty), email_shared (the household's own family mailbox or empty), and
        shares, which of NO_SHARED, FAMILY_MAILBOX, HEADS_MAILBOX the household has in common.
    """
    size, habits = len(members), rates("people")
    person = first + np.arange(size)
    has_second = chance(rng, habits["second_email"], size)
    letters = take(all_names().family_letters, members.family[members.head])
    common = joined(_FAMILY_MAILBOXES.draw(rng, size), letters)
    is_shared = chance(rng, habits["shared_email"], size)[members.household]
    is_shared &= np.bincount(members.household, minlength=size)[members.household] > 1
    is_heads = chance(rng, habits["head_shares_email"], size)[members.household]
    shares = np.where(is_shared, np.where(is_heads, HEADS_MAILBOX, FAMILY_MAILBOX), NO_SHARED)
    family_mailbox = take(_with_domain(rng, common, person), members.head)
    return {
        "email": _with_domain(rng, _local_parts(rng, members), person),
        "email_second": only_where(has_second, _with_domain(rng, _local_parts(rng, members), person)),
        "email_shared": only_where(shares == FAMILY_MAILBOX, family_mailbox),
        "shares": shares,
    }


def _local_parts(rng: np.random.Generator, members: Members) -> Text:
    """Build what stands before the @ from names, in the patterns people use."""
    names = all_names()
    given, family = take(names.given_letters, members.given), take(names.family_letters, members.family)
    maiden = take(names.family_letters, np.maximum(members.birth_family, 0))
    # Many a mailbox is older than the marriage.
    keeps = (members.birth_family != NO_NAME) & chance(rng, 0.3, len(members))
    family = pc.if_else(pa.array(keeps), maiden, family)
    nickname = _mail_nicknames(rng).take(pa.array(members.given))
    initial = pc.utf8_slice_codeunits(given, 0, 1)
    year = pc.utf8_slice_codeunits(
        pa.array(members.birth_date.astype("datetime64[D]")).cast(pa.string()), 2, 4
    )
    handle = _handles().draw(rng, len(members))
    patterns = [
        (given, ".", family), (initial, ".", family), (given, family, year), (nickname, ".", family),
        (given, ".", family, year), (family, ".", given), (nickname, year), (initial, family), (handle, year),
    ]  # fmt: skip
    choice = rng.choice(len(patterns), size=len(members), p=_PATTERN_SHARES)
    parts = []
    for number, pattern in enumerate(patterns):
        rows = np.flatnonzero(choice == number)
        parts.append((rows, joined(*(p if isinstance(p, str) else take(p, rows) for p in pattern))))
    return gather(parts)


@cache
def _handles() -> Pool:
    return Pool.ordered(load_yaml("handles.yml")["words"], exponent=0.3)


def _mail_nicknames(rng: np.random.Generator) -> Text:
    """Draw one everyday form per given name, in letters of a mailbox."""
    drawn = one_of(rng, all_names().given, everyday_forms)
    return pa.array(["".join(filter(str.isalpha, transliterated(t).lower())) for t in drawn.to_pylist()])


def _with_domain(rng: np.random.Generator, local: Text, person: Ints) -> Text:
    """Append a domain; where it is a real provider's, the local part says that it is a sample."""
    domain = _DOMAINS.draw(rng, len(local))
    marked = joined(local, ".sample", digits(person, 7))
    return joined(pc.if_else(pc.is_in(domain, _REAL_DOMAINS), marked, local), "@", domain)


def phone_columns(rng: np.random.Generator, members: Members, first: int) -> dict[str, Any]:
    """Give everyone a mobile of the own country and most households a landline, as `+49 171 3920012`.

    Args:
        first: the number of the first of these people; numbers follow from it, so that none repeats.

    Returns:
        mobile; landline (or empty); phone_shared: what the household has in common (or empty); mobile_old: a
        number given up (or empty); is_recycled: the latter is somebody else's by now.
    """
    size, habits = len(members), rates("people")
    mobile = _mobiles(members.country, first + np.arange(size))
    if first < size:  # the first people of all get the numbers kept for fiction
        german = np.flatnonzero(members.country == COUNTRIES.index("DE"))[: len(_FICTION_MOBILE_DE)]
        mobile = put(mobile, german, pa.array(_FICTION_MOBILE_DE[: len(german)], pa.string()))
    has_landline = chance(rng, habits["landline"], size)[members.household]
    has_landline &= members.country == COUNTRIES.index("DE")
    landline = only_where(has_landline, _landlines(first + members.head))
    gives_heads = (members.head != np.arange(size)) & chance(rng, habits["shared_mobile"], size)
    shared = pc.if_else(
        pa.array(is_filled(landline)), landline, only_where(gives_heads, take(mobile, members.head))
    )
    had_other = chance(rng, habits["old_mobile"], size)
    old, is_recycled = _former_mobiles(rng, members, mobile, first)
    return {
        "mobile": mobile,
        "landline": landline,
        "phone_shared": shared,
        "mobile_old": only_where(had_other, old),
        "is_recycled": had_other & is_recycled,
    }


def _mobiles(country: Ints, serial: Ints) -> Text:
    """Number phones through; the numbers of neighbours have nothing in common, and none repeats."""
    # The factor is coprime to ten: it walks through all seven digits before it comes back.
    mixed = (serial * 7_368_787 + 2_345_671) % 10_000_000
    american = 2_000_000 + (serial * 7_368_787 + 3_550_100) % 8_000_000  # they begin with 2 to 9
    parts = []
    for position, name in enumerate(COUNTRIES):
        code, areas, width = _MOBILE[name]
        rows = np.flatnonzero(country == position)
        number = american[rows] if name == "US" else mixed[rows]
        # Where a number has six digits, the first of the seven is in the area code.
        which = number // 10**width if width < 7 else serial[rows] // 7 + serial[rows] * 5
        area = digits(np.array(areas)[which % len(areas)])
        parts.append((rows, joined(code + " ", area, " ", digits(number % 10**width, width))))
    return gather(parts)


def _landlines(head: Ints) -> Text:
    """Number households through behind prefixes that the regulator keeps for fiction."""
    # The first 100 of each block of 1,000 are the cast's and the stores'; later households get longer numbers.
    serial = head // len(_FICTION_LANDLINE_DE)
    tail = pc.if_else(pa.array(serial < 900), digits(serial + 100, 3), digits(serial + 10_000))
    area = pa.array(_FICTION_LANDLINE_DE).take(pa.array(head % len(_FICTION_LANDLINE_DE)))
    return joined(area, tail)


def _former_mobiles(
    rng: np.random.Generator, members: Members, mobile: Text, first: int
) -> tuple[Text, Mask]:
    """Draw the numbers that people gave up; half of them were given to somebody else of the country."""
    size = len(members)
    other = rng.integers(0, size, size)
    is_recycled = chance(rng, 0.5, size) & (members.country[other] == members.country)
    is_recycled &= members.household[other] != members.household
    unused = _mobiles(members.country, first + _FORMER + np.arange(size))
    return pc.if_else(pa.array(is_recycled), take(mobile, other), unused), is_recycled


def address_columns(rng: np.random.Generator, members: Members) -> dict[str, Text]:
    """Give households an address and some members one of their own.

    Returns:
        street, postcode, city, region; old_street … of those who moved, else empty.
    """
    size, habits = len(members), rates("people")
    # A building keeps its address for all households in it, as long as they live in one country.
    starts = ~chance(rng, habits["same_building"], size)
    starts[0] = True
    starts[1:] |= np.diff(_country_of_household(members)) != 0
    first_household = np.maximum.accumulate(np.where(starts, np.arange(size), 0))
    home = draw_addresses(rng, _country_of_household(members))
    building = first_household[members.household]
    elsewhere = draw_addresses(rng, members.country)
    has_left = (members.child_number > 0) & chance(rng, habits["left_home"], size)
    has_moved = ~has_left & chance(rng, habits["moved"], size)
    columns: dict[str, Text] = {}
    for name in ADDRESS:
        at_home = take(home[name], building)
        columns[name] = pc.if_else(pa.array(has_left), elsewhere[name], at_home)
        columns["old_" + name] = pc.if_else(
            pa.array(has_left), at_home, only_where(has_moved, elsewhere[name])
        )
    return columns


def _country_of_household(members: Members) -> Ints:
    """Return the country by household number; numbers beyond the last household repeat the first country."""
    country = np.full(len(members), members.country[0])
    country[members.household] = members.country
    return country


@dataclass(frozen=True)
class _Places:
    """A country's cities and streets. first and many: each city's first postcode and how many follow it."""

    city_pool: Pool
    regions: Text
    letters: Text
    first: Ints
    many: Ints
    streets: Pool


@cache
def _places(country: str) -> _Places:
    place = load_yaml("places.yml")[country]
    cities: list[dict[str, Any]] = place["cities"]
    return _Places(
        Pool.ordered([city["city"] for city in cities], exponent=1.0),
        pa.array([city["region"] for city in cities]),
        pa.array([city.get("letters", "") for city in cities]),
        np.array([city["postcodes"][0] for city in cities]),
        np.array([city["postcodes"][1] for city in cities]),
        Pool.ordered(place["streets"], exponent=0.6),
    )


def draw_addresses(rng: np.random.Generator, country: Ints) -> dict[str, Text]:
    """Draw one postal address per entry of `country`: street (with house number), postcode, city, region."""
    parts: dict[str, list[tuple[Ints, Text]]] = {name: [] for name in ADDRESS}
    for number, name in enumerate(COUNTRIES):
        rows = np.flatnonzero(country == number)
        for column, values in _addresses_in(rng, name, len(rows)).items():
            parts[column].append((rows, values))
    return {column: gather(found) for column, found in parts.items()}


def _addresses_in(rng: np.random.Generator, country: str, size: int) -> dict[str, Text]:
    places = _places(country)
    city = places.city_pool.codes(rng, size)
    code = places.first[city] + (rng.random(size) * places.many[city]).astype(np.int64)
    suffix = Pool.weighted({"": 0.88, "a": 0.07, "b": 0.05}).draw(rng, size)
    house = joined(digits(1 + rng.integers(0, 139, size)), suffix)
    street = places.streets.draw(rng, size)
    in_front = country in _NUMBER_IN_FRONT
    return {
        "street": joined(house, " ", street) if in_front else joined(street, " ", house),
        "postcode": _postcodes(country, take(places.letters, city), code),
        "city": take(places.city_pool.texts, city),
        "region": take(places.regions, city),
    }


def _postcodes(country: str, letters: Text, number: Ints) -> Text:
    if country == "GB":
        alphabet = pa.array(list("ABDEFGHJLN"))
        inward = joined(
            digits(number % 9 + 1), take(alphabet, number % 10), take(alphabet, number // 10 % 10)
        )
        return joined(letters, digits(number // 100 % 20 + 1), " ", inward)
    return digits(number, 5 if country in {"DE", "US", "FR"} else 4)

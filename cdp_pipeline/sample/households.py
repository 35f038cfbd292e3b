"""Who exists: households and the people in them. How to reach them and what systems know lies elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cdp_pipeline.sample.pools import (
    Ints,
    Mask,
    Text,
    as_text,
    chance,
    load_yaml,
    pick,
    stream,
    surnames,
    zipf_index,
)

HOUSEHOLD_SIZES = {1: 0.27, 2: 0.31, 3: 0.18, 4: 0.18, 5: 0.06}
COUNTRIES = {"DE": 0.72, "AT": 0.10, "CH": 0.06, "GB": 0.05, "US": 0.04, "FR": 0.03}
CULTURES = {
    "DE": {
        "german": 0.78,
        "turkish": 0.08,
        "polish": 0.06,
        "spanish": 0.03,
        "french": 0.02,
        "british": 0.02,
        "american": 0.01,
    },
    "AT": {"austrian": 0.82, "german": 0.10, "turkish": 0.05, "polish": 0.03},
    "CH": {"swiss": 0.78, "german": 0.12, "french": 0.08, "spanish": 0.02},
    "GB": {"british": 0.92, "polish": 0.05, "turkish": 0.03},
    "US": {"american": 0.92, "spanish": 0.08},
    "FR": {"french": 0.94, "spanish": 0.06},
}
SHARES_SURNAME = 0.88
TWIN_SHARE = 0.06
JUNIOR_SHARE = 0.08  # of the first children with a parent's gender and surname
YOUNGEST_BIRTH_YEAR = 2009


def build_households(people: int, seed: int) -> pd.DataFrame:
    """Make `people` people in households of one to five.

    Returns:
        One row per person, positions 0 .. people-1: household, role (head, partner, child), country, culture,
        gender (f, m), given, family, birth_family (empty unless the name changed at marriage), birth_date,
        is_twin, is_junior (bears a parent's full name), has_junior (is that parent).
    """
    rng = stream(seed, "households")
    frame = _members(rng, people)
    frame["country"] = _per_household(frame, pick(rng, COUNTRIES, people))
    frame["culture"] = _cultures(rng, frame)
    frame["gender"] = _genders(rng, frame)
    frame["birth_date"], frame["is_twin"] = _birth_dates(rng, frame)
    frame["family"], frame["birth_family"] = _family_names(rng, frame)
    frame["given"] = _given_names(rng, frame)
    _name_juniors(rng, frame)
    return frame


def _per_household(frame: pd.DataFrame, drawn: Text) -> Text:
    """Give each member the value drawn for the household's number."""
    return as_text(drawn[frame["household"].to_numpy()])


def _members(rng: np.random.Generator, people: int) -> pd.DataFrame:
    """Fill households in order until everyone has a place; the last one may be cut short."""
    sizes = rng.choice(list(HOUSEHOLD_SIZES), size=people, p=list(HOUSEHOLD_SIZES.values()))
    household = np.repeat(np.arange(people), sizes)[:people]
    frame = pd.DataFrame({"household": household})
    place = frame.groupby("household").cumcount().to_numpy()
    has_partner = chance(rng, 0.82, people)[household]
    role = np.where(place == 0, "head", np.where((place == 1) & has_partner, "partner", "child"))
    frame["role"] = as_text(role)
    frame["child_number"] = np.where(role == "child", place - has_partner, 0)
    return frame


def _cultures(rng: np.random.Generator, frame: pd.DataFrame) -> Text:
    culture = as_text(np.full(len(frame), ""))
    for country, weights in CULTURES.items():
        drawn = pick(rng, weights, len(frame))
        culture = np.where(frame["country"] == country, _per_household(frame, drawn), culture)
    return as_text(culture)


def _genders(rng: np.random.Generator, frame: pd.DataFrame) -> Text:
    """Draw genders; a partner mostly has the other gender than the head."""
    drawn = as_text(np.where(chance(rng, 0.5, len(frame)), "f", "m"))
    head = _first_of_household(frame, drawn)
    partner = np.where(chance(rng, 0.96, len(frame)), np.where(head == "f", "m", "f"), head)
    return as_text(np.where(frame["role"] == "partner", partner, drawn))


def _first_of_household(frame: pd.DataFrame, values: Text) -> Text:
    return as_text(pd.Series(values).groupby(frame["household"].to_numpy()).transform("first").to_numpy())


def _birth_dates(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[Text, Mask]:
    size = len(frame)
    with_children = (frame["role"] == "child").groupby(frame["household"]).transform("any").to_numpy()
    head_year = np.where(with_children, rng.integers(1948, 1976, size), rng.integers(1942, 2003, size))
    head_year = head_year[frame["household"].to_numpy()]
    partner_year = head_year + rng.integers(-5, 7, size)
    child_year = np.minimum(head_year + rng.integers(23, 36, size), YOUNGEST_BIRTH_YEAR)
    year = np.select(
        [frame["role"] == "head", frame["role"] == "partner"], [head_year, partner_year], child_year
    )
    day = rng.integers(0, 365, size)
    dates = pd.Series(np.datetime64("1970-01-01") + ((year - 1970) * 365.2425 + day).astype("timedelta64[D]"))
    number = frame["child_number"].to_numpy()
    is_twin = (number > 1) & chance(rng, TWIN_SHARE, size) & (np.roll(number, 1) == number - 1)
    dates = dates.where(~is_twin, dates.shift(1))
    return as_text(dates.dt.strftime("%Y-%m-%d").to_numpy()), is_twin | np.roll(is_twin, -1)


def _family_names(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[Text, Text]:
    """Draw the household's name and each person's own; a married partner keeps the latter as birth name."""
    size = len(frame)
    own = as_text(np.full(size, ""))
    for culture in sorted(set(frame["culture"])):
        members = (frame["culture"] == culture).to_numpy()
        own[members] = surnames(rng, culture, int(members.sum()))
    common = _first_of_household(frame, own)
    takes_it = (frame["role"] == "child").to_numpy() | chance(rng, SHARES_SURNAME, size)
    family = np.where(takes_it, common, own)
    married = (frame["role"] == "partner").to_numpy() & (family != own)
    is_female = (frame["gender"] == "f").to_numpy()
    return _gendered(as_text(family), is_female), _gendered(as_text(np.where(married, own, "")), is_female)


def _gendered(family: Text, is_female: Mask) -> Text:
    feminine = pd.Series(family, dtype=object).str.replace(r"(sk|ck|dzk)i$", r"\1a", regex=True)
    return as_text(np.where(is_female, feminine, family))


def _given_names(rng: np.random.Generator, frame: pd.DataFrame) -> Text:
    """Draw given names; two members of a household get different ones."""
    names, size = load_yaml("names.yml"), len(frame)
    position: Ints = np.zeros(size, dtype=np.int64)
    pools: dict[tuple[str, str], Text] = {}
    groups: dict[tuple[str, str], Ints] = {}
    for culture in sorted(set(frame["culture"])):
        for gender, key in (("f", "female"), ("m", "male")):
            members = np.flatnonzero((frame["culture"] == culture) & (frame["gender"] == gender))
            groups[culture, gender], pools[culture, gender] = members, as_text(names[culture][key])
            position[members] = zipf_index(rng, len(names[culture][key]), len(members))
    namesakes = pd.DataFrame({"household": frame["household"], "gender": frame["gender"], "at": position})
    position += namesakes.groupby(["household", "gender", "at"]).cumcount().to_numpy()
    given = as_text(np.full(size, ""))
    for group, members in groups.items():
        given[members] = pools[group][position[members] % len(pools[group])]
    return given


def _name_juniors(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    """Name some first children after the head of the household: the hardest case of record linkage."""
    head = frame.groupby("household")[["given", "family", "gender"]].transform("first")
    is_junior = (
        (frame["child_number"] == 1)
        & (head["gender"] == frame["gender"])
        & (head["family"] == frame["family"])
        & chance(rng, JUNIOR_SHARE, len(frame))
    )
    frame["given"] = as_text(np.where(is_junior, head["given"], frame["given"]))
    frame["is_junior"] = is_junior
    frame["has_junior"] = is_junior.groupby(frame["household"]).transform("any") & (frame["role"] == "head")

"""Who exists in a sample, and how to reach whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import phonenumbers
import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.cast import load_cast
from cdp_pipeline.sample.people.habits import rates
from cdp_pipeline.sample.population import build_population

PEOPLE = 6_000


@pytest.fixture(scope="module")
def world() -> Iterator[Engine]:
    with Engine.open() as engine:
        build_population(engine, PEOPLE, seed=5, nights=1)
        yield engine


def share(world: Engine, condition: str, among: str = "true") -> float:
    [(found,)] = world.fetch_all(f"select count(*) filter ({condition}) / count(*) from person where {among}")
    return float(found)


def test_people_are_numbered_after_the_cast(world: Engine) -> None:
    cast = load_cast().people
    assert world.fetch_column("select person from person order by person") == list(range(cast, PEOPLE))


def test_countries_have_their_shares(world: Engine) -> None:
    for country, expected in rates("people")["countries"].items():
        assert share(world, f"country = '{country}'") == pytest.approx(expected, abs=0.03)


def test_frequent_surnames_are_frequent_and_most_are_rare(world: Engine) -> None:
    german = "culture = 'german'"
    counts = world.fetch_column(f"select count(*) from person where {german} group by family order by 1 desc")
    assert 0.008 < counts[0] / sum(counts) < 0.04
    assert len(counts) > 700
    assert len([count for count in counts if count < 5]) > len(counts) / 2


@pytest.mark.parametrize(("given", "born"), [("Ursula", "< '1960'"), ("Leonie", "> '1980'")])
def test_given_names_belong_to_a_generation(world: Engine, given: str, born: str) -> None:
    assert share(world, f"birth_date {born}", f"given = '{given}'") > 0.8


def test_members_of_a_household_bear_different_given_names_but_for_juniors(world: Engine) -> None:
    repeated = world.fetch_value(
        "select count(*) from person as a join person as b using (household)"
        " where a.person < b.person and a.given = b.given and not a.is_junior and not b.is_junior"
        " and not a.is_stranger and not b.is_stranger"
    )
    assert repeated == 0


def test_a_junior_bears_the_name_of_an_elder_in_the_household(world: Engine) -> None:
    pairs = world.fetch_all(
        "select a.given = b.given, b.birth_date < a.birth_date from person as a join person as b using (household)"
        " where a.is_junior and b.has_junior"
    )
    assert len(pairs) > 10
    assert set(pairs) == {(True, True)}


def test_twins_share_birth_date_and_household(world: Engine) -> None:
    twins = Counter(world.fetch_all("select household, birth_date from person where is_twin"))
    assert len(twins) > 20
    assert all(count >= 2 for count in twins.values())


def test_strangers_share_name_and_birth_date_across_households(world: Engine) -> None:
    found = world.fetch_all(
        "select count(*), count(distinct household) from person where is_stranger"
        " group by given, family, birth_date, gender"
    )
    assert found
    assert all(people == households >= 2 for people, households in found)


def test_spanish_people_bear_two_surnames_and_children_those_of_both_parents(world: Engine) -> None:
    spanish = "culture = 'spanish' and not is_stranger"
    assert share(world, "family like '% %'", spanish) == 1.0
    families = world.fetch_column(
        """
        select list({'family': family, 'first_surname': family_one, 'born': birth_date[:4]::int} order by person)
        from person
        group by household having bool_and(culture = 'spanish' and not is_stranger) and count(*) > 2
        """
    )
    of_couples = [family for family in families if abs(family[0]["born"] - family[1]["born"]) < 10]
    assert len(of_couples) > 20
    for head, partner, *children in of_couples:
        both = f"{head['first_surname']} {partner['first_surname']}"
        assert {child["family"] for child in children} == {both}


def test_women_bear_the_feminine_form_of_polish_surnames(world: Engine) -> None:
    assert share(world, "gender = 'f'", "family like '%ska'") == 1.0
    assert share(world, "gender = 'm'", "family like '%ski'") == 1.0


def test_nobody_owns_another_persons_mailbox(world: Engine) -> None:
    owned = Counter(
        world.fetch_column(
            "select email from person union all select email_second from person where email_second != ''"
        )
    )
    assert set(owned.values()) == {1}


def test_a_household_shares_one_mailbox_of_its_own_or_of_its_head(world: Engine) -> None:
    shared = world.fetch_all(
        "select count(distinct household), count(distinct email_shared) from person where email_shared != ''"
    )
    [(households, mailboxes)] = shared
    assert households == mailboxes > 100
    borrowed = world.fetch_column(
        "select distinct a.household = b.household from person as a join person as b on a.email_shared = b.email"
    )
    assert borrowed == [True]


def test_mailboxes_lie_in_reserved_domains_or_say_that_they_are_samples(world: Engine) -> None:
    emails = world.fetch_column(
        "select email from person union select email_second from person union select email_shared from person"
    )
    for email in filter(None, emails):
        local, _, domain = email.partition("@")
        assert domain.split(".")[-2] == "example" or ".sample" in local, email


def test_mobiles_are_valid_and_nobodys_twice(world: Engine) -> None:
    numbers = world.fetch_all("select mobile, country from person")
    assert len(set(numbers)) == len(numbers)
    for number, country in numbers[:: len(numbers) // 300]:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number_for_region(parsed, country), number


def test_a_recycled_number_is_somebody_elses_now(world: Engine) -> None:
    old = world.fetch_all(
        "select a.mobile_old = b.mobile, a.household != b.household from person as a"
        " left join person as b on a.mobile_old = b.mobile where a.is_recycled"
    )
    assert len(old) > 50
    assert set(old) == {(True, True)}
    assert share(world, "is_recycled", "mobile_old != ''") == pytest.approx(0.4, abs=0.15)


def test_landlines_begin_with_what_is_kept_for_fiction(world: Engine) -> None:
    prefixes = ("+49 30 23125", "+49 69 90009", "+49 40 66969", "+49 221 4710", "+49 89 99998")
    numbers = world.fetch_column("select distinct landline from person where landline != ''")
    assert len(numbers) > 500
    assert all(number.startswith(prefixes) for number in numbers)


def test_households_live_together_but_for_those_who_left(world: Engine) -> None:
    apart = world.fetch_value(
        "select count(*) filter (a.street = b.street and a.postcode = b.postcode) / count(*)"
        " from person as a join person as b using (household) where a.person < b.person"
    )
    assert 0.85 < apart < 0.99

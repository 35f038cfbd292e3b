"""Which column holds people's full names where no header says so: `Donor`, `Mitglied`, `Patient`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.nightly.link_file.headers import OF_ANOTHER_TIME_OR_PERSON
from cdp_pipeline.nightly.link_file.roles import Role, TakenColumn
from cdp_pipeline.nightly.link_file.seeds import GIVEN_NAMES, read_seed

KNOWN_NAMES = "main.known_given_name"
BY_VALUES = "values look like names"

SHAPED_SHARE = 0.85
"""Share of the values that look like a name: the rest are initials, companies, nicknames of one word."""

KNOWN_SHARE = 0.3
"""Share of the values with a known given name from which on they are people. Of names of many origins the seed knows a
third at least; of streets (Victoria Road) and companies (Martin Ltd) far less."""

FIRST_WORDS_SHARE = 0.5
"""Where the seed knows few: different first words, for each different value. Given names repeat, as those of companies
and products do not."""

LAST_WORD_SHARE = 0.2
"""Share of the different values that end in one word at most: streets and companies often end alike."""

LEAST_NAMES = 20
"""Below so many different values neither share says anything, and only known names do."""

MOST_RECORDS_PER_NAME = 8
"""Values repeat more in a column of the doctor, the trainer or the clerk than in one of the people themselves."""

SHAPE = r"^\p{L}[\p{L}''’.-]*,?( +([\p{L}''’.-]+,?|&)){1,4}$"
CAPITALISED = r"^\p{Lu}.* \p{Lu}"


@dataclass(frozen=True)
class NameFacts:
    """What speaks for names in a column, without its values.

    Attributes:
        filled: records with a value.
        distinct: different values.
        shaped: records whose value is two to five words of letters.
        capitalised: of these, those with a capital at the first and at a later word.
        known: of these, those with a known given name.
        first_words: different first words.
        last_word: different values that end in the most frequent last word.
    """

    filled: int
    distinct: int
    shaped: int
    capitalised: int
    known: int
    first_words: int
    last_word: int

    @property
    def are_names(self) -> bool:
        """Whether the values are people's names."""
        is_of_others = self.distinct * MOST_RECORDS_PER_NAME < self.filled
        if not self.filled or is_of_others or self.shaped < SHAPED_SHARE * self.filled:
            return False
        if self.known >= KNOWN_SHARE * self.filled:
            return True
        return (
            self.distinct >= LEAST_NAMES
            and self.capitalised >= SHAPED_SHARE * self.filled
            and self.first_words <= FIRST_WORDS_SHARE * self.distinct
            and self.last_word <= LAST_WORD_SHARE * self.distinct
        )


def load_given_names(engine: Engine, project: Project) -> None:
    """Create `main.known_given_name` (name, folded), from the seed of given names."""
    with engine.arrow_view(read_seed(project, GIVEN_NAMES)) as view:
        engine.replace_table(
            KNOWN_NAMES,
            f"select distinct strip_accents(lower(unnest([given_name, formal_name]))) as name from {view}",
        )


def settle_full_name(engine: Engine, table: str, columns: Sequence[TakenColumn]) -> list[TakenColumn]:
    """Take the undecided column that holds people's names as full_name, where no other column is their name.

    Of several the one with most different values wins: the people of the file, not those who serve them.
    """
    taken = {Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME}
    if any(column.role in taken for column in columns):
        return list(columns)
    facts = {c.name: _facts(engine, table, c.name) for c in columns if _is_undecided(c)}
    names = [c for c in columns if c.name in facts and facts[c.name].are_names]
    chosen = max(names, key=lambda c: (facts[c.name].distinct, -c.position), default=None)
    return [
        replace(column, role=Role.FULL_NAME, reason=BY_VALUES) if column == chosen else column
        for column in columns
    ]


def _is_undecided(column: TakenColumn) -> bool:
    is_of_another = OF_ANOTHER_TIME_OR_PERSON.search(column.name) is not None
    return column.role is None and not column.reason and not is_of_another


def _facts(engine: Engine, table: str, name: str) -> NameFacts:
    value = f"trim({quote_identifier(name)}, ' \t\u00a0')"
    [found] = engine.fetch_all(
        f"""
        with used as (select {value} as value, count(*) as uses from {table} where {value} <> '' group by 1),
        parted as (
            select
                value,
                uses,
                regexp_matches(value, '{SHAPE}') as is_shaped,
                regexp_extract_all(strip_accents(lower(value)), '\\p{{L}}+') as words
            from used
        ),
        known as (
            select distinct value
            from (select value, unnest(words) as name from parted where is_shaped) semi join {KNOWN_NAMES} using (name)
        ),
        last_word as (select count(*) as uses from parted group by words[-1] order by 1 desc limit 1)
        select
            coalesce(sum(uses), 0),
            count(*),
            coalesce(sum(uses) filter (is_shaped), 0),
            coalesce(sum(uses) filter (is_shaped and regexp_matches(value, '{CAPITALISED}')), 0),
            coalesce(sum(uses) filter (value in (select value from known)), 0),
            count(distinct words[1]),
            coalesce((select uses from last_word), 0)
        from parted
        """
    )
    return NameFacts(*map(int, found))

"""What the name of a mailbox tells beside the address itself.

People open the same mailbox at a second provider, and write the year of their birth into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline.link.statistics import create_unless_known

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

MAX_GIVEN_NAMES = 3
"""A mailbox name with more given names than this is a word such as info, or a popular nickname."""

MINIMUM_LENGTH = 4

MINIMUM_NAME_LENGTH = 3

MINIMUM_COMPANIONS = 2
"""Words count as names when they go with several others in the data: a misspelling seldom does."""

UMLAUTS_FOLDED = """
    regexp_replace(
        regexp_replace({text}, '(^|[^aeoq])ue', '\\1u', 'g'), '(^|[^aeoq])(a|o)e', '\\1\\2', 'g'
    )
"""
"""A text with umlauts folded as in the keys of names."""

LETTERS = f"""
    regexp_replace(
        {UMLAUTS_FOLDED.format(text="split_part(split_part(email, '@', 1), '+', 1)")}, '[^\\p{{L}}]', '', 'g'
    )
"""
"""The letters of a mailbox name. Folded while the words stand apart: maria.eder@ holds no umlaut."""

YEAR_IN_MAILBOX = "(?:^|[^0-9])(?:19|20)?([0-9]{2})(?:[^0-9]|$)"


def read_names(workspace: Engine) -> None:
    """Create `mailbox_name` (record key, given_name_key, family_name_key): names that a mailbox tells.

    Of records without a given name, such as newsletter sign-ups: anna.schmidt@ and schmidtanna84@ name their
    owner when Anna is a given name and Schmidt a family name of the data. Where several readings are
    possible, or the record's own family name is another, nothing is read.
    """
    create_unless_known(
        workspace,
        "family_word",
        f"""
        select family_name_key as word from linkage_record
        where length(family_name_key) >= {MINIMUM_NAME_LENGTH}
        group by family_name_key
        having count(distinct first_given_name_key) >= {MINIMUM_COMPANIONS}
        """,
    )
    create_unless_known(
        workspace,
        "given_word",
        f"""
        select distinct given_name_key as word from given_name_root
        where length(given_name_key) >= {MINIMUM_NAME_LENGTH}
            and (is_known_name or family_name_count >= {MINIMUM_COMPANIONS})
        """,
    )
    workspace.replace_table(
        "mailbox_name",
        f"""
        with nameless as (
            select source_system, record_kind, source_record_id, identifier_value as email, family_name_key
            from identifier
            inner join linkage_record using (source_system, record_kind, source_record_id)
            where identifier_kind = 'email' and given_name_key is null
        ),
        reading as ({_readings(f"select distinct {LETTERS} as letters from nameless")}),
        only_reading as (
            select letters, min(given_name_key) as given_name_key, min(family_name_key) as family_name_key
            from reading
            group by letters
            having count(*) = 1
        )
        select
            source_system,
            record_kind,
            source_record_id,
            min(only_reading.given_name_key) as given_name_key,
            min(only_reading.family_name_key) as family_name_key
        from nameless
        inner join only_reading on {LETTERS} = letters
        where coalesce(nameless.family_name_key = only_reading.family_name_key, true)
        group by source_system, record_kind, source_record_id
        having count(distinct letters) = 1
        """,
    )


def _readings(letters: str) -> str:
    """Return a query of letters, given_name_key and family_name_key: every way to read a name off a mailbox name.

    Args:
        letters: query of the letters of mailbox names.
    """
    return f"""
        with part as (
            select
                letters,
                left(letters, position) as first_word,
                substr(letters, position + 1) as last_word
            from ({letters})
            cross join unnest(range({MINIMUM_NAME_LENGTH}, length(letters) - {MINIMUM_NAME_LENGTH - 1}))
                as cut(position)
        )
        select letters, first_word as given_name_key, last_word as family_name_key
        from part semi join given_word on first_word = given_word.word
        semi join family_word on last_word = family_word.word
        union
        select letters, last_word, first_word
        from part semi join given_word on last_word = given_word.word
        semi join family_word on first_word = family_word.word
    """


def add_mailboxes(workspace: Engine) -> None:
    """Add the mailbox names of the records to `link_key`, and create `year_hint` (record, year_hint).

    A year hint is the last two digits of a year: of the birth date, or such as a mailbox name holds. Of the
    mailbox names only those count that say more than the name of their owner: every Anna Schmidt has an
    anna.schmidt@ somewhere, whichever way the record itself spells her name, and every Kathi of 1995 a kathi95@.
    """
    workspace.replace_table(
        "mailbox",
        """
        select
            record,
            family_name_key,
            first_given_name_key,
            split_part(split_part(key_value, '@', 1), '+', 1) as local_part,
            regexp_replace(local_part, '[^\\p{L}0-9]', '', 'g') as mailbox
        from link_key
        inner join record using (record)
        where key_kind = 'email'
        """,
    )
    create_unless_known(
        workspace,
        "common_mailbox",
        f"""
        select mailbox from mailbox group by mailbox
        having count(distinct first_given_name_key) > {MAX_GIVEN_NAMES}
        """,
    )
    _add_mailbox_keys(workspace)
    workspace.replace_table(
        "year_hint",
        f"""
        select record, right(cast(year(birth_date) as varchar), 2) as year_hint
        from record where birth_date is not null
        union
        select record, regexp_extract(local_part, '{YEAR_IN_MAILBOX}', 1) as year_hint
        from mailbox where regexp_matches(local_part, '{YEAR_IN_MAILBOX}')
        """,
    )


def _add_mailbox_keys(workspace: Engine) -> None:
    """Add the mailbox names that are sought at other providers, and those that hold the given name."""
    workspace.replace_table(
        "own_mailbox",
        f"""
        select distinct
            record,
            mailbox,
            {_LETTERS_OF_MAILBOX} as letters,
            {_HAS_NUMBER} as has_number,
            family_name_key is not null and not has_number as may_be_name
        from mailbox anti join common_mailbox using (mailbox)
        where length(mailbox) >= {MINIMUM_LENGTH} and {_SAYS_MORE_THAN_THE_NAME}
        """,
    )
    workspace.execute(
        f"""
        insert into link_key
        select record, '{LinkKey.MAILBOX}', mailbox
        from own_mailbox
        anti join ({_readings("select distinct letters from own_mailbox where may_be_name")}) as read
            on own_mailbox.letters = read.letters and may_be_name
        anti join given_word on own_mailbox.letters = word and has_number
        union
        select record, '{LinkKey.NAMED_MAILBOX}', mailbox
        from mailbox
        where
            length(first_given_name_key) >= {MINIMUM_NAME_LENGTH}
            and (
                contains(mailbox, first_given_name_key)
                or contains({UMLAUTS_FOLDED.format(text="mailbox")}, first_given_name_key)
            )
        """
    )


_LETTERS_OF_MAILBOX = UMLAUTS_FOLDED.format(text="regexp_replace(mailbox, '[0-9]', '', 'g')")

_HAS_NUMBER = "regexp_matches(mailbox, '[0-9]{2}')"

_SAYS_MORE_THAN_THE_NAME = f"""(
    {_HAS_NUMBER}
    or family_name_key is null
    -- As written, too: where two words meet, mariaeder looks like an umlaut.
    or not (
        contains(mailbox, family_name_key)
        or contains({UMLAUTS_FOLDED.format(text="mailbox")}, family_name_key)
    )
)"""

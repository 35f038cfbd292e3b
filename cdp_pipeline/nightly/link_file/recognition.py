"""One file from its raw records to the role of each column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.engine import Engine, quote_identifier
from cdp_pipeline.extract.inspection.profile import ColumnProfile
from cdp_pipeline.nightly.link_file.attributes import choose_attributes
from cdp_pipeline.nightly.link_file.candidates import recognise
from cdp_pipeline.nightly.link_file.dates import settle_birth_dates
from cdp_pipeline.nightly.link_file.names import settle_full_name
from cdp_pipeline.nightly.link_file.reading import GivenFile
from cdp_pipeline.nightly.link_file.records import RecognisedFile
from cdp_pipeline.nightly.link_file.roles import Role, left_out

LEAST_IDS = 20
"""In a shorter file any number may differ from record to record: an age, a height."""


def recognise_file(
    engine: Engine,
    given: GivenFile,
    told: Mapping[str, Role],
    country: str,
    *,
    number: int,
    of_files: int,
) -> RecognisedFile:
    """Load the records as they came, and find the role of each column.

    Reads `main.known_given_name` (`load_given_names`).

    Args:
        number: of the file, from 0.
        of_files: of several files each is a system of its own, whatever a column says.
    """
    table, inspection = f"main.given_{number}", given.inspection
    with engine.arrow_view(given.records) as view:
        engine.replace_table(table, f"from {view}")
    is_only_file = of_files == 1
    columns = recognise(
        inspection,
        told,
        _teller(engine, table),
        # A number that another file may know as well ties records together: it is no id of a record.
        lambda name: is_only_file and _are_ids(engine, table, name, inspection.profiles[name]),
    )
    dates = [
        name
        for name, profile in inspection.profiles.items()
        if any(form.type is ColumnType.DATE for form in [*profile.forms, *filter(None, [profile.nearly])])
    ]
    columns = settle_birth_dates(engine, table, columns, dates, country)
    columns = settle_full_name(engine, table, columns)
    columns = choose_attributes(
        engine,
        table,
        columns,
        inspection.profiles,
        records=inspection.records,
        is_only_file=is_only_file,
    )
    system = given.stem if of_files > 1 else None
    if system:
        columns = [
            left_out(column, "the file's name is its source system")
            if column.role is Role.SOURCE_SYSTEM
            else column
            for column in columns
        ]
    return RecognisedFile(given, columns, table, country, system)


def _teller(engine: Engine, table: str) -> Callable[[str, str | None], bool]:
    def tells_apart(name: str, system: str | None) -> bool:
        """Whether every record has an id, and each its own within its system; of no records any id does."""
        beside = f"trim({quote_identifier(system)})" if system else "null"
        column = f"nullif(trim({quote_identifier(name)}), '')"
        [(rows, filled, distinct)] = engine.fetch_all(
            f"select count(*), count({column}), count(distinct row({column}, {beside})) from {table}"
        )
        return bool(rows == filled == distinct)

    return tells_apart


def _are_ids(engine: Engine, table: str, name: str, profile: ColumnProfile) -> bool:
    """Whether a column that tells records apart does so by no chance: many words with a digit in each."""
    types = {form.type for form in profile.forms}
    is_measure = ColumnType.DECIMAL in types and ColumnType.INTEGER not in types
    if profile.distinct < LEAST_IDS or is_measure or types & {ColumnType.DATE, ColumnType.TIMESTAMP}:
        return False
    column = quote_identifier(name)
    is_token = f"regexp_full_match(trim({column}), '[A-Za-z0-9_.:/-]*[0-9][A-Za-z0-9_.:/-]*')"
    return bool(engine.fetch_value(f"select count(*) = count(*) filter (where {is_token}) from {table}"))

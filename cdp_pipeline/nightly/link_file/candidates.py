"""Which column of a stranger's file is what: told by the user, by its header, else by its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from cdp_pipeline.extract.inspection import Inspection
from cdp_pipeline.extract.inspection.meanings import IS_ID, SPEAKS_AGAINST, NamedColumn
from cdp_pipeline.extract.inspection.profile import ColumnProfile
from cdp_pipeline.nightly.link_file.headers import (
    PERSONS_NUMBER,
    REASON_OF_MEANING,
    ROLE_OF_MEANING,
    is_id_by_name,
    meaning_of,
)
from cdp_pipeline.nightly.link_file.roles import MOST_PER_ROLE, Role, TakenColumn, left_out

SURE_SHARE = 0.95
"""Share of a column's values in one form from which on the form says what the column is."""

CONTENT_ROLES = {"e-mail address": Role.EMAIL, "phone number": Role.PHONE}
NEEDS_FORM = {Role.EMAIL: "e-mail address"}
NO_NAME = frozenset({"whole number", "e-mail address", "phone number", "date, ISO", "UUID", "time, ISO"})
NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME, Role.MIDDLE_NAME})
MOST_SYSTEMS = 50


def recognise(
    inspection: Inspection,
    told: Mapping[str, Role],
    tells_apart: Callable[[str, str | None], bool],
    looks_like_ids: Callable[[str], bool],
) -> list[TakenColumn]:
    """Find the role of every column; of several candidates for one the plainest header wins.

    A column that is left without a role and without a reason may still become a birth date or an attribute.

    Args:
        tells_apart: whether a column, beside the one that names the system, tells all records apart.
        looks_like_ids: whether a column whose header says nothing may hold ids, by its values.
    """
    candidates = [
        _candidate(position, column, inspection, told) for position, column in enumerate(inspection.columns)
    ]
    places: dict[Role, int] = {}
    ranked = sorted(candidates, key=lambda entry: (entry[1], entry[0].position))
    placed = [_within_places(column, places) for column, _ in ranked]
    chosen = _with_one_id(placed, tells_apart, looks_like_ids)
    return sorted(_numbers_of_streets(chosen), key=lambda column: column.position)


def _candidate(
    position: int, column: NamedColumn, inspection: Inspection, told: Mapping[str, Role]
) -> tuple[TakenColumn, int]:
    """Return the column with the role that it asks for, and its rank among those that ask for the same."""
    profile = inspection.profiles[column.name]
    role, reason, rank = _asked_role(column, profile, told)
    if inspection.records and not profile.filled:
        role, reason = None, "empty"
    elif role is Role.IGNORE:
        role = None
    return TakenColumn(position, column.header, column.name, role, reason, profile.filled), rank


def _asked_role(
    column: NamedColumn, profile: ColumnProfile, told: Mapping[str, Role]
) -> tuple[Role | None, str, int]:
    if column.header in told:
        return told[column.header], "as told", -1
    if column.meaning is not None and column.meaning in {"consent", "refusal"}:
        return None, REASON_OF_MEANING[column.meaning], 0
    by_content = _role_by_content(column, profile)
    meaning, rank = meaning_of(column)
    if meaning and meaning in REASON_OF_MEANING:
        return None, REASON_OF_MEANING[meaning], 0
    role = ROLE_OF_MEANING.get(meaning or "")
    if role and _values_allow(role, profile) and (by_content in {None, role} or role is Role.RECORD_ID):
        return role, "header", rank
    if by_content:
        return by_content, "values", 1000
    return None, "", 0


def _role_by_content(column: NamedColumn, profile: ColumnProfile) -> Role | None:
    names = set(sure_forms(profile))
    is_number = "whole number" in names and IS_ID.search(column.name)
    found = next((CONTENT_ROLES[name] for name in CONTENT_ROLES if name in names), None)
    return None if is_number and found is Role.PHONE else found


def sure_forms(profile: ColumnProfile) -> Iterator[str]:
    """Yield the names of the forms in which nearly every value is written."""
    yield from (form.name for form in profile.forms)
    if profile.nearly and profile.misfits <= (1 - SURE_SHARE) * profile.filled:
        yield profile.nearly.name


def _values_allow(role: Role, profile: ColumnProfile) -> bool:
    """Let the values speak against a header, never for want of data."""
    if not profile.filled:
        return True
    forms = {form.name for form in profile.forms}
    if SPEAKS_AGAINST & forms:
        return False
    if role in NEEDS_FORM and (forms or profile.words):
        return NEEDS_FORM[role] in forms
    if role in NAMES:
        return not NO_NAME & forms
    if role is Role.PHONE:
        return not profile.words
    return role is not Role.SOURCE_SYSTEM or profile.distinct <= MOST_SYSTEMS


def _within_places(column: TakenColumn, places: dict[Role, int]) -> TakenColumn:
    """Leave out what asks for a role that others fill."""
    if column.role is None or column.role is Role.RECORD_ID:
        return column
    places[column.role] = places.get(column.role, 0) + 1
    if places[column.role] > MOST_PER_ROLE.get(column.role, 1):
        return left_out(column, f"another column says the {column.role.replace('_', ' ')} more plainly")
    return column


def _with_one_id(
    columns: Sequence[TakenColumn],
    tells_apart: Callable[[str, str | None], bool],
    looks_like_ids: Callable[[str], bool],
) -> list[TakenColumn]:
    """Keep one record id: the plainest that tells all records apart, if one does."""
    system = next((column.name for column in columns if column.role is Role.SOURCE_SYSTEM), None)
    named = [c for c in columns if c.role is Role.RECORD_ID]
    further = [c for c in columns if c.role is None and not c.reason and not PERSONS_NUMBER.search(c.name)]
    further.sort(key=lambda column: (not is_id_by_name(column.name), column.position))
    may_be = [*named, *(c for c in further if is_id_by_name(c.name) or looks_like_ids(c.name))]
    chosen = next((c for c in may_be if tells_apart(c.name, system)), None)
    result = []
    for column in columns:
        if column == chosen:
            result.append(replace(column, role=Role.RECORD_ID, reason=column.reason or "header, values"))
        elif column.role is Role.RECORD_ID:
            why = "another column is the record id" if chosen else "repeats or is empty: no id of a record"
            result.append(left_out(column, why))
        else:
            result.append(column)
    return result


def _numbers_of_streets(columns: Sequence[TakenColumn]) -> list[TakenColumn]:
    """Take a number for a house's only where there is a street."""
    has_street = any(column.role is Role.STREET for column in columns)
    is_lost = {c.name for c in columns if c.role is Role.HOUSE_NUMBER and not has_street}
    return [left_out(column, "") if column.name in is_lost else column for column in columns]

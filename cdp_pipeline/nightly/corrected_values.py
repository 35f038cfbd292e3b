"""Values that people type to correct a profile: checked and written as the profile writes them.

No message repeats a value: it is personal data, and messages may be logged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

from cdp_pipeline.contracts.lookup import find_table_contract, name_hint
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.control.corrections import LONGEST_VALUE
from cdp_pipeline.errors import ControlError

DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
EARLIEST_BIRTH = date(1900, 1, 2)
LANGUAGE = re.compile(r"[a-z]{2}")


def read_settings(settings: Sequence[str], columns: Collection[str]) -> dict[str, str]:
    """Read `column=value` texts; an empty value is one.

    Args:
        columns: those that can be corrected.

    Raises:
        ControlError: a text has another form, names no such column, or one twice.
    """
    said: dict[str, str] = {}
    for setting in settings:
        column, separator, value = setting.partition("=")
        column = column.strip()
        if not separator:
            raise ControlError("--set: write column=value, such as --set birth_date=1980-05-04.")
        if column not in columns:
            raise ControlError(f"--set: no column {column!r} can be corrected. {name_hint(column, columns)}")
        if column in said:
            raise ControlError(f"--set: {column} stands twice. Keep one of them.")
        said[column] = value
    if not said:
        raise ControlError("--set: say what is right, such as --set birth_date=1980-05-04.")
    return said


def checked_values(project: Project, said: Mapping[str, str], country: str | None) -> dict[str, str | None]:
    """Return the values in the profile's form; an empty one becomes None, which empties the column.

    Args:
        country: in which a phone number without + is dialled.

    Raises:
        ControlError: a value does not fit its column.
    """
    words = _vocabularies(project)
    return {
        column: _checked(column, text, words.get(column), said.get("country") or country)
        for column, text in said.items()
    }


def _checked(column: str, text: str, words: Sequence[str] | None, country: str | None) -> str | None:
    value = " ".join(unicodedata.normalize("NFC", text).split())
    if not value:
        return None
    if len(value) > LONGEST_VALUE or any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ControlError(f"{column}: at most {LONGEST_VALUE} characters, without control characters.")
    if words:
        return _word(column, value.lower(), words)
    match column:
        case "birth_date":
            return _birth_date(value)
        case "email":
            return _email(value)
        case "phone":
            return _phone(value, country)
        case "country":
            return _country(value.upper())
        case "language":
            if not LANGUAGE.fullmatch(value.lower()):
                raise ControlError("language: write its ISO 639-1 code, such as de.")
            return value.lower()
        case _:
            return value


def _vocabularies(project: Project) -> dict[str, list[str]]:
    """Return the words that a column of records may hold, where its contract lists them."""
    contract = find_table_contract(project.sql_folders, "standardise", "customer_record")
    return {
        spec.kwargs["column"]: list(spec.kwargs["value_set"])
        for spec in contract.expectations
        if spec.type == "expect_column_values_to_be_in_set"
    }


def _word(column: str, value: str, words: Sequence[str]) -> str:
    if value not in words:
        raise ControlError(f"{column}: is one of {', '.join(words)}; or leave it empty.")
    return value


def _birth_date(value: str) -> str:
    for format_ in DATE_FORMATS:
        try:
            day = datetime.strptime(value, format_).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if not EARLIEST_BIRTH <= day <= datetime.now(UTC).date():
            raise ControlError("birth_date: must lie between 1900-01-02 and today.")
        return day.isoformat()
    raise ControlError("birth_date: is no date. Write it as 1980-05-04 or 04.05.1980.")


def _email(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        raise ControlError("email: is no e-mail address. Write it as name@example.org.") from None
    return found.normalized.lower()


def _phone(value: str, country: str | None) -> str:
    from cdp_pipeline.standardise.phone_number import UNKNOWN_COUNTRY, parse_phone

    e164 = parse_phone(value, country or UNKNOWN_COUNTRY).e164
    if e164 is None:
        raise ControlError("phone: is no phone number. Write it with its country, such as +49 89 1234567.")
    return e164


def _country(value: str) -> str:
    import phonenumbers

    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise ControlError("country: write its ISO 3166-1 code of two letters, such as DE.")
    return value

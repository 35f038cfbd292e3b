"""What the header of a stranger's column says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cdp_pipeline.extract.inspection.key import OF_ANOTHER
from cdp_pipeline.extract.inspection.meanings import IS_ID, NamedColumn, meaning_of_header
from cdp_pipeline.nightly.link_file.roles import Role

ROLE_OF_MEANING: Mapping[str, Role] = {"mobile": Role.PHONE} | {
    str(role): role for role in Role if role not in {Role.ATTRIBUTE, Role.IGNORE}
}
REASON_OF_MEANING: Mapping[str, str] = {
    "refusal": "an answer about consent",
    "consent": "an answer about consent",
    "purchase_id": "of a purchase, not of a person",
    "occurred_at": "of a purchase, not of a person",
    "amount": "of a purchase, not of a person",
    "currency": "of a purchase, not of a person",
    "store": "of a purchase, not of a person",
}
WHOLE_HEADERS: Mapping[str, Role] = {
    "first": Role.GIVEN_NAME,
    "given": Role.GIVEN_NAME,
    "last": Role.FAMILY_NAME,
    "family": Role.FAMILY_NAME,
    "birth": Role.BIRTH_DATE,
    "geb": Role.BIRTH_DATE,
    "naissance": Role.BIRTH_DATE,
    "nascita": Role.BIRTH_DATE,
    "numero": Role.HOUSE_NUMBER,
    "nummer": Role.HOUSE_NUMBER,
    "number": Role.HOUSE_NUMBER,
    "num": Role.HOUSE_NUMBER,
}
"""Words that say this only when they are all there is: `place of birth` ends in one, too."""

ADDED_WORD = re.compile(
    r"_?(?:[0-9]{1,2}|fake|clean|cleaned|raw|std|orig|original|norm|normali[sz]ed|value|text|txt|str|string|dt|col)$"
)
"""What people put behind a header without changing its meaning: postcode_fake, email_2, surname_clean."""

OF_ANOTHER_TIME_OR_PERSON = re.compile(
    r"(^|_)(birth_?(place|city|town|country|state|name|region)|(place|city|town|country|state)_of_birth|(ville|lieu|pays|commune)_de_naissance"
    r"|(ciudad|lugar|pais|provincia)_de_nacimiento|(luogo|comune|provincia)_di_nascita|geburts(ort|land|name)|maiden|death"
    r"|employer|company|firma|firm|spouse|partner|mother|father|parent|emergency|nationality)(_|$)"
)
"""A birth place is no address, the employer's phone not the person's: compared as it is, it still tells something."""

BRACKETED = re.compile(r"[(\[{][^)\]}]*[)\]}]")
"""A remark in a header: `Phone (home)`, `E-mail [1]`."""

PERSONS_NUMBER = re.compile(
    r"(^|_)(ssn|soc(ial)?_?sec\w*|tax|tin|vat|steuer\w*|insurance|versicherung\w*|passport|licen[cs]e|nhs|nif|nie|dni|nin"
    r"|codice_fiscale|pesel|bsn|siren|national)(_|$)"
)
"""Issued to a person, so that it ties records together; as the id of a record it would part them."""


def meaning_of(column: NamedColumn) -> tuple[str | None, int]:
    """Ask the header, then the header without a remark in brackets, then without what is put behind it."""
    if OF_ANOTHER_TIME_OR_PERSON.search(column.name):
        return None, 0
    whole = WHOLE_HEADERS.get(column.name)
    if whole:
        return str(whole), 50
    meaning, rank = meaning_of_header(column.header)
    plain = BRACKETED.sub("", column.header).strip()
    if meaning is None and plain and plain != column.header:
        meaning, rank = meaning_of_header(plain)
        rank += 50
    shorter = ADDED_WORD.sub("", column.name)
    if meaning is None and shorter and shorter != column.name:
        meaning, rank = meaning_of_header(shorter.replace("_", " "))
        rank += 50
    return meaning, rank


def is_id_by_name(name: str) -> bool:
    """Whether a header, as an SQL identifier, names an id of the record itself."""
    return bool(IS_ID.search(name)) and not OF_ANOTHER.search(name)

"""What a person says about two records: that they are one person (must-link), or two (never-link)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from cdp_pipeline.control.releases import LONGEST_REASON
from cdp_pipeline.errors import ControlError

LONGEST_NAME = 100
LONGEST_RECORD_ID = 400


class MatchVerdict(StrEnum):
    """What a person said about two records."""

    MUST_LINK = "must_link"  # one person
    NEVER_LINK = "never_link"  # two people


class RecordKey(NamedTuple):
    """A source record, as every table names it."""

    source_system: str
    record_kind: str
    source_record_id: str

    @classmethod
    def parse(cls, text: str) -> RecordKey:
        """Read `source_system/record_kind/source_record_id`; the id may hold further slashes.

        Raises:
            ControlError: the text has another form; it is not repeated, since ids may be personal.
        """
        parts = [part.strip() for part in text.split("/", 2)]
        if len(parts) < len(cls._fields) or not all(parts):
            raise ControlError(
                "a record is named source_system/record_kind/source_record_id, such as shop/customer/1042."
            )
        return cls(*parts)


@dataclass(frozen=True)
class MatchStatement:
    """What a person says about two records; which of them comes first says nothing.

    Attributes:
        reviewer: who decides.
        reason: why; stays in the control database.
        expires_on: the last day on which it holds; None for good.
    """

    decision: MatchVerdict
    left: RecordKey
    right: RecordKey
    reviewer: str
    reason: str
    expires_on: date | None = None

    def __post_init__(self) -> None:
        """Put the records in order and hold the statement to what the database keeps.

        Raises:
            ControlError: says which part does not fit, without repeating it.
        """
        left, right = sorted((RecordKey(*self.left), RecordKey(*self.right)))
        tidy = {"decision": MatchVerdict(self.decision), "left": left, "right": right}
        for name, value in {**tidy, "reviewer": self.reviewer.strip(), "reason": self.reason.strip()}.items():
            object.__setattr__(self, name, value)
        if left == right:
            raise ControlError("both records are the same one. Name two different records.")
        if any(not _fits(key) for key in (left, right)):
            raise ControlError(
                f"a record key has an empty or overlong part (at most {LONGEST_NAME} characters, "
                f"{LONGEST_RECORD_ID} for the id). Write it as the tables do."
            )
        if not 0 < len(self.reason) <= LONGEST_REASON:
            raise ControlError(f"reason: say why in 1 to {LONGEST_REASON} characters, without personal data.")
        if not 0 < len(self.reviewer) <= LONGEST_NAME:
            raise ControlError(f"reviewer: say who decides in 1 to {LONGEST_NAME} characters.")

    @property
    def pair(self) -> tuple[RecordKey, RecordKey]:
        """Both records, in order."""
        return self.left, self.right


def _fits(key: RecordKey) -> bool:
    *names, record_id = key
    return (
        all(key)
        and max(len(name) for name in names) <= LONGEST_NAME
        and (len(record_id) <= LONGEST_RECORD_ID)
    )

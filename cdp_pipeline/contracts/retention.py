"""The contract of `config/retention.yml`: how long what is kept, and why."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier

FOR_EVER = "for ever"
DELIVERED = "delivered"

Period = Annotated[str, StringConstraints(pattern=r"^([1-9]\d{0,4} (day|month|year)s?|for ever)$")]
"""Such as `90 days`, `14 months`, `10 years` or `for ever`."""

KEPT_TABLES = {
    "validate.quarantine": "business_date",
    "validate.record_history": "valid_to",
    "golden.profile_history": "valid_to",
    "golden.membership_history": "valid_to",
    "segment.segment_member": "left_on",
}
"""Tables that keep rows from night to night and can be limited, with the day from which a row's time runs.

All others are made anew from the delivered records, so limiting those limits them.
"""


class RetentionRule(Contract):
    """How long the records of a layout, or the rows of a table, are kept.

    Attributes:
        of: a layout, or one of the tables that keep rows from night to night: `validate.quarantine`,
            `validate.record_history`, `golden.profile_history`, `golden.membership_history`, `segment.segment_member`.
        keep: such as `90 days`, `14 months`, `10 years`, or `for ever`.
        by: of a layout the column of type date or timestamp from which the time runs; `delivered`, the default, is the
            day of the newest export that holds the record. A record whose column is empty goes by it, too.
        but_not: records that stay whatever their age, by column and values: those that may be a refusal of consent.
        why: the reason, shown in the record of processing.
    """

    of: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")
    keep: Period
    by: Identifier = DELIVERED
    but_not: dict[Identifier, list[str]] = {}
    why: str

    @property
    def is_limited(self) -> bool:
        """Whether anything is ever deleted by it."""
        return self.keep != FOR_EVER

    @property
    def is_of_table(self) -> bool:
        """Whether it is about a table, not about the records of a layout."""
        return "." in self.of

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.is_of_table and self.of not in KEPT_TABLES:
            raise ValueError(
                f"{self.of} keeps no rows from night to night; name a layout, or one of {', '.join(KEPT_TABLES)}"
            )
        if self.is_of_table and (self.by != DELIVERED or self.but_not):
            raise ValueError("`by` and `but_not` are for layouts; a table's time runs from a day of its own")
        return self


class Retention(Contract):
    """`config/retention.yml`. What no rule names is kept.

    Attributes:
        rules: one per layout or table.
    """

    rules: list[RetentionRule] = []

    def rule_of(self, name: str) -> RetentionRule | None:
        """Return the rule of a layout or table, if there is one."""
        return next((rule for rule in self.rules if rule.of == name), None)

    @model_validator(mode="after")
    def _one_rule_each(self) -> Self:
        names = [rule.of for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules are of {twice[0]}; keep one")
        return self

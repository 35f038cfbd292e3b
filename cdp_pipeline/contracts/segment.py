"""A segment is one file: who belongs to it, in a small typed grammar without SQL.

Missing values follow three-valued logic: a comparison with a missing value is unknown, `all` is false
as soon as one condition is false and `any` true as soon as one is true, else unknown stays unknown.
Only customers for whom the whole rule is true are members. For every segment
members + non-members + unknown = profiles.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.lookup import name_hint

Scalar = bool | int | Decimal | date | str
Ordered = int | Decimal | date
OPERATORS = ("equals", "differs_from", "at_least", "at_most", "more_than", "less_than", "one_of", "is_known")


class Comparison(Contract):
    """One condition on a column of the profile or of a trait, such as `{column: orders, at_least: 2}`.

    Several operators in one condition must all hold: `{column: orders, at_least: 2, at_most: 5}`.
    Numbers are exact decimals. `is_known` alone is never unknown itself.

    Attributes:
        column: a column of `golden_profile` or of a trait.
        equals: the same value; text is compared exactly.
        differs_from: another value; a missing one is unknown, not different.
        at_least: this number or date, or a greater one.
        at_most: this number or date, or a smaller one.
        more_than: a greater number or later date.
        less_than: a smaller number or earlier date.
        one_of: any of these values.
        is_known: true where the column has a value, false where it has none.
    """

    column: Identifier
    equals: Scalar | None = None
    differs_from: Scalar | None = None
    at_least: Ordered | None = None
    at_most: Ordered | None = None
    more_than: Ordered | None = None
    less_than: Ordered | None = None
    one_of: list[Scalar] | None = Field(default=None, min_length=1)
    is_known: bool | None = None

    @property
    def operators(self) -> dict[str, Any]:
        """The operators that the condition uses, with their operands."""
        return {name: getattr(self, name) for name in OPERATORS if getattr(self, name) is not None}

    @model_validator(mode="before")
    @classmethod
    def _knows_its_operators(cls, value: Any) -> Any:
        """Name the nearest operator: inside a union, pydantic can only say that a key is unknown."""
        unknown = sorted(set(value) - {"column", *OPERATORS}) if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"unknown operator {unknown[0]!r}. {name_hint(unknown[0], OPERATORS)}")
        return value

    @model_validator(mode="after")
    def _compares_something(self) -> Self:
        if not self.operators:
            known = ", ".join(OPERATORS)
            raise ValueError(f"column {self.column!r} is compared with nothing; add one of {known}")
        return self


class AllOf(Contract):
    """True when every condition is true.

    Attributes:
        all: the conditions; each may be `all`, `any`, `none` or a comparison.
    """

    all: list[Condition] = Field(min_length=1)


class AnyOf(Contract):
    """True when at least one condition is true.

    Attributes:
        any: the conditions; each may be `all`, `any`, `none` or a comparison.
    """

    any: list[Condition] = Field(min_length=1)


class NoneOf(Contract):
    """True when every condition is false.

    Attributes:
        none: the conditions; each may be `all`, `any`, `none` or a comparison.
    """

    none: list[Condition] = Field(min_length=1)


def _kind_of_condition(value: Any) -> str:
    """Tell the four kinds of condition apart by their key; whatever else is there, the kind refuses."""
    keys = value if isinstance(value, dict) else type(value).model_fields
    return next((kind for kind in ("all", "any", "none") if kind in keys), "column")


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")]
    | Annotated[Comparison, Tag("column")],
    Discriminator(_kind_of_condition),
]


class Bilingual(Contract):
    """A text for people in English and German.

    Attributes:
        en: in English.
        de: in German.
    """

    en: str
    de: str


class SegmentFile(Contract):
    """`config/segments/<segment>.yml`: header and rule.

    Attributes:
        segment: the file's name without `.yml`.
        title: the segment's name for people.
        description: who is in it, and what for.
        owner: team or address that answers for the segment.
        where: the rule; customers for whom the whole of it is true are members.
        purposes: what the segment may be used for, of `config/purposes.yml`; an activation's purpose must be among
            them.
    """

    segment: Identifier
    title: Bilingual
    description: Bilingual
    owner: str = Field(pattern=r"^(team:[a-z_]+|[^@\s]+@[^@\s]+)$")
    purposes: list[Identifier] = Field(min_length=1)
    where: Condition


AllOf.model_rebuild()
AnyOf.model_rebuild()
NoneOf.model_rebuild()
SegmentFile.model_rebuild()

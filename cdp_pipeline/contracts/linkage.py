"""How records are linked: `config/linkage/linkage.yml`. Every threshold stands there with its reason."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cdp_pipeline.contracts.base import Contract, Identifier

Reason = Annotated[str, Field(min_length=10)]
"""Why a value is what it is; a bare number says nothing to the next reader."""


class LinkKey(StrEnum):
    """What two records can have in common, each normalised so that equal means the same.

    A rule or a blocking rule names one or more; records with equal values in all of them meet.
    """

    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"  # street with house number, and postcode (or city)
    LOYALTY_NUMBER = "loyalty_number"
    COOKIE = "cookie"  # a browser in which the record's e-mail was given
    CONSENT = "consent"  # e-mail and phone that were given in one decision about consent
    CRM_MASTER = "crm_master"  # the record that the CRM merged others into
    GIVEN_NAME = "given_name"  # first given name or a formal form of it: Sepp meets Josef
    FAMILY_NAME = "family_name"
    NAME_IN_ANY_ORDER = "name_in_any_order"  # all words of the name, sorted
    BIRTH_DATE = "birth_date"
    POSTCODE = "postcode"
    STREET = "street"  # street with house number, wherever
    CITY = "city"
    MAILBOX = "mailbox"  # letters and digits before the @, where they say more than the name
    NAMED_MAILBOX = "named_mailbox"  # where they hold the given name


SHAREABLE_KEYS = (
    LinkKey.EMAIL,
    LinkKey.PHONE,
    LinkKey.ADDRESS,
    LinkKey.LOYALTY_NUMBER,
    LinkKey.COOKIE,
    LinkKey.CONSENT,
)


class RuleSpec(Contract):
    """Records that agree on all keys are one person, unless a veto speaks against it.

    Attributes:
        name: stands in `link.edge` beside every pair that it joins.
        keys: the records agree on all of them.
        why: the reason for the rule.
        match_weight: declared strength in log2 units; decides which edge holds when edges contradict.
        is_must_link: the join was already decided by people or by a source; no veto applies.
    """

    name: Identifier
    keys: list[LinkKey] = Field(min_length=1)
    match_weight: float = Field(gt=0)
    is_must_link: bool = False
    why: Reason


class BlockingRuleSpec(Contract):
    """Groups of records that agree on all keys are compared pair by pair by the Splink model.

    Attributes:
        name: stands in `link.edge` beside the pairs that it brought up.
        keys: the records agree on all of them.
        up_to_records: the rule serves data of at most so many distinct records; None for all.
        why: which true pairs it brings to the table.
    """

    name: Identifier
    keys: list[LinkKey] = Field(min_length=1)
    up_to_records: int | None = None
    why: Reason


class NamelessSpec(Contract):
    """Records without a given name join by these keys, and only where the value means one person.

    Attributes:
        name: stands in `link.edge` beside every pair that it joins.
        key: the value that they share with a record that has a name.
        match_weight: declared strength in log2 units.
        why: the reason for the rule.
    """

    name: Identifier
    key: LinkKey
    match_weight: float = Field(gt=0)
    why: Reason


class CollectiveMailboxes(Contract):
    """First words of mailboxes that several people read, such as family and office.

    Attributes:
        words: the letters with which such an address begins, in lower case.
        why: the reason for the list.
    """

    words: list[str] = Field(min_length=1)
    why: Reason


class SharedValueLimit(Contract):
    """A value that more distinct given names than this use carries no edge.

    Attributes:
        max_given_names: up to so many it may be a household's.
        why: the reason for the number.
    """

    max_given_names: int = Field(ge=2)
    why: Reason


class ValueOverride(Contract):
    """What a person knows of one value, against what its frequency says.

    Attributes:
        kind: what it is a value of; the keys of `shared_values`, birth_date, given_name or family_name.
        value: as `cdp link values` shows it.
        carries_edges: whether it may tie records together, and speak against a pair.
        why: the reason.
    """

    kind: Literal[
        LinkKey.EMAIL, LinkKey.PHONE, LinkKey.ADDRESS, LinkKey.LOYALTY_NUMBER, LinkKey.COOKIE, LinkKey.CONSENT,
        LinkKey.BIRTH_DATE, LinkKey.GIVEN_NAME, LinkKey.FAMILY_NAME,
    ]  # fmt: skip
    value: str = Field(min_length=1)
    carries_edges: bool
    why: Reason


class ValueOverrides(Contract):
    """`config/linkage/shared_values.yml`, where a project has it: no value stands there twice."""

    values: list[ValueOverride]

    @model_validator(mode="after")
    def _names_no_value_twice(self) -> Self:
        named = [(value.kind, value.value) for value in self.values]
        if len(set(named)) < len(named):
            place = next(number for number, value in enumerate(named) if value in named[:number])
            raise ValueError(
                f"`values.{place}` names a value that stands there before; remove one of the two"
            )
        return self


class WeightThreshold(Contract):
    """A bound on Splink's match weight, in log2 units.

    Attributes:
        match_weight: the bound itself; 10 more means a thousand times more likely.
        why: the reason for it, with what was measured.
    """

    match_weight: float
    why: Reason


class Limit(Contract):
    """A cap on a count.

    Attributes:
        max_records: the greatest count allowed.
        why: the reason for it.
    """

    max_records: int = Field(ge=2)
    why: Reason


class ClusterGuards(Contract):
    """What takes clusters apart again that hang together by too little.

    Attributes:
        weak_bridge: halves that one pair of the model holds together stay joined from this weight on, judged as wholes.
        strong_rule: from this weight on a rule is never cut.
        cluster_size: the most records of different full names that one cluster may have.
    """

    weak_bridge: WeightThreshold
    strong_rule: WeightThreshold
    cluster_size: Limit


class Rounds(Contract):
    """Thresholds of the rounds before the last, from high to low.

    Attributes:
        match_weights: pairs at or above it are joined in that round, in log2 units.
        why: the reason for them, with what was measured.
    """

    match_weights: list[float] = []
    why: Reason


class FullLinkage(Contract):
    """When a night links everything anew instead of what changed.

    Attributes:
        up_to_records: smaller data are always linked as a whole.
        changed_share: of the records, added up over the nights since everything was linked; above it the statistics
            of names are counted anew.
        why: the reason for it.
    """

    up_to_records: int = Field(ge=0)
    changed_share: float = Field(ge=0, le=1)
    why: Reason


class Training(Contract):
    """How the committed model was trained, so that the training can be repeated.

    Attributes:
        seed: equal data and seed give an equal model.
        why: how the committed model came about, with what was measured.
        max_pairs_for_u: pairs of strangers drawn to see how often they agree by chance.
    """

    seed: int
    max_pairs_for_u: float = Field(gt=0)
    why: Reason


class Linkage(Contract):
    """`config/linkage/linkage.yml`.

    Attributes:
        collective_mailboxes: addresses that never mean one person, whoever else uses them.
        shared_values: by key, how many distinct given names may use one value.
        value_overrides: single values that may carry edges whatever their frequency says, or may not; they come from
            `shared_values.yml` beside this file.
        match_threshold: Splink's pairs at or above it are joined.
        rounds: joins the surest pairs first, so that later rounds compare what belongs to them, too.
        near_miss_threshold: pairs from here up to `match_threshold` are kept for review.
        block: the largest group that a blocking rule compares pair by pair.
        contested_component: the largest contradicting component whose pairs are all listed anew.
        guards: against clusters that hold more than one person.
        full_linkage: when everything is linked anew.
    """

    rules: list[RuleSpec] = Field(min_length=1)
    nameless: list[NamelessSpec] = []
    blocking_rules: list[BlockingRuleSpec] = Field(min_length=1)
    collective_mailboxes: CollectiveMailboxes
    shared_values: dict[LinkKey, SharedValueLimit]
    value_overrides: list[ValueOverride] = []
    match_threshold: WeightThreshold
    near_miss_threshold: WeightThreshold
    rounds: Rounds
    block: Limit
    contested_component: Limit
    guards: ClusterGuards
    full_linkage: FullLinkage
    training: Training

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        specs: list[RuleSpec | NamelessSpec | BlockingRuleSpec] = [
            *self.rules,
            *self.nameless,
            *self.blocking_rules,
        ]
        names = [spec.name for spec in specs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"these names are used twice: {twice}")
        missing = sorted(set(SHAREABLE_KEYS) - set(self.shared_values))
        if missing:
            raise ValueError(f"shared_values lacks {missing}")
        if self.near_miss_threshold.match_weight > self.match_threshold.match_weight:
            raise ValueError("near_miss_threshold lies above match_threshold")
        return self

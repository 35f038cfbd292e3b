"""What the evidence of linkage means in plain words: levels of the model, keys of rules, vetoes, probabilities.

Words say what was found, never a value. What has no words of its own, since a project compares something else,
is named as the model names it.
"""

from __future__ import annotations

from math import pow as power
from typing import TYPE_CHECKING

from cdp_pipeline.link.evidence import (
    BOTH,
    MISSING_LEVEL,
    NAMESAKE_LEVEL,
    OTHER_LEVEL,
    PRIOR_LEVEL,
    RARITY_LEVEL,
    RELATIVES_LEVEL,
)
from cdp_pipeline.link.rivals import RIVAL_LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIOR = "prior"

LEVELS: dict[str, dict[str, str]] = {
    PRIOR: {
        PRIOR_LEVEL: "start: two records drawn at random",
        RELATIVES_LEVEL: "start: two records of one home, perhaps relatives",
        BOTH: "may be strangers or relatives, both count",
        RIVAL_LEVEL: "may as well be somebody else's, known to be another person",
    },
    "given_name": {
        "Exact match on given_name": "same given name",
        "variant of one name": "given names that are forms of one name",
        "one of several given names in common": "one of several given names in common",
        "given and family name swapped": "given and family name swapped",
        "initial": "one gives the initial of the other's given name",
        "Jaro-Winkler distance of given_name >= 0.9": "given names alike, as if mistyped",
        OTHER_LEVEL: "different given names",
    },
    "family_name": {
        "Exact match on family_name": "same family name",
        NAMESAKE_LEVEL: "as many people of the full name as the lists know",
        "a word of a double name": "family names with a word in common, as of a double name",
        "Jaro-Winkler distance of family_name >= 0.9": "family names alike, as if mistyped",
        OTHER_LEVEL: "different family names",
    },
    "birth_date": {
        "Exact match on birth_date": "same birth date",
        "one digit, or day and month": "birth dates one digit apart, or day and month swapped",
        "two digits": "birth dates two digits apart",
        OTHER_LEVEL: "different birth dates",
    },
    "birth_year": {
        "year in a mailbox name": "same year of birth in the e-mail",
        OTHER_LEVEL: "another year of birth in the e-mail",
    },
    "email": {
        "one address in common": "same e-mail address",
        "one name of a mailbox in common": "same mailbox name at two providers",
        "the given name in two different mailboxes": "two e-mail addresses, each with the given name",
        OTHER_LEVEL: "different e-mail addresses",
    },
    "phone": {
        "one number in common": "same phone number",
        OTHER_LEVEL: "different phone numbers",
    },
    "address": {
        "one address in common": "same postal address",
        "one postcode, street mistyped": "same postcode, street as if mistyped",
        "one postcode in common": "same postcode, another street",
        "one city in common": "same city, another postcode",
        OTHER_LEVEL: "different postal addresses",
    },
    "loyalty_number": {
        "one number in common": "same loyalty number",
        "one character off": "loyalty numbers one character apart",
        OTHER_LEVEL: "different loyalty numbers",
    },
    "cookie": {
        "one browser in common": "same browser",
        OTHER_LEVEL: "different browsers",
    },
    "consent": {
        "e-mail and phone given together": "e-mail of the one and phone of the other given in one form",
        OTHER_LEVEL: "e-mail and phone given in different forms",
    },
    "account": {
        "two accounts of one list": "both are accounts of one list",
        OTHER_LEVEL: "accounts of different lists",
    },
}
"""By comparison of the model and level, as `link.edge.comparison_weights` names them."""

COMPARISONS = {
    "given_name": "given name",
    "family_name": "family name",
    "birth_date": "birth date",
    "birth_year": "year of birth in the e-mail",
    "email": "e-mail",
    "phone": "phone",
    "address": "postal address",
    "loyalty_number": "loyalty number",
    "cookie": "browser",
    "consent": "e-mail and phone given together",
    "account": "lists of accounts",
}
"""What is compared, for those that say nothing."""

RARITY_OF = {"given_name": "given name", "family_name": "family name"}

KEYS = {
    "email": "e-mail address",
    "phone": "phone number",
    "address": "postal address",
    "loyalty_number": "loyalty number",
    "cookie": "browser",
    "consent": "e-mail and phone given in one form",
    "crm_master": "master record in the CRM",
    "given_name": "given name",
    "family_name": "family name",
    "name_in_any_order": "name in any order",
    "birth_date": "birth date",
    "postcode": "postcode",
    "mailbox": "mailbox name",
    "named_mailbox": "mailbox name with the given name",
    "street": "street",
    "city": "city",
}
"""What records can have in common, to go after `same`."""

VETOES = {
    "birth_date": "their birth dates cannot be one person's",
    "name": "their given names cannot be one person's",
    "name_suffix": "one is the elder, the other the younger (such as senior and junior)",
    "decision": "somebody decided that they are two people",
    "weak_bridge": "this pair alone would join two groups of records that are more likely two people's",
    "too_large": "it would join records of more different names than one person has",
    "contradiction": "as one customer they would contradict each other",
}
"""What speaks against a pair, by `link.edge.vetoed_by`."""

TRAITS = {
    "birth_date": "birth dates",
    "name": "given names",
    "name_suffix": "suffixes (such as senior and junior)",
}
"""What one person cannot have two of."""


def level_words(comparison: str, level: str, match_weight: float) -> str:
    """Return what a part of the evidence means, such as "same browser".

    Args:
        comparison: of the model, or `prior`.
        level: as `link.edge.comparison_weights` names it.
        match_weight: what it added (log2); agreement that speaks against a pair says so.
    """
    name = COMPARISONS.get(comparison, _plain(comparison))
    if level == RARITY_LEVEL:
        return (
            f"a {'rare' if match_weight > 0 else 'frequent'} {RARITY_OF.get(comparison, f'value of {name}')}"
        )
    if level == MISSING_LEVEL:
        return f"{name}: {MISSING_LEVEL}"
    words = LEVELS.get(comparison, {}).get(level) or _unknown_level(name, level)
    speaks_against = comparison != PRIOR and level != OTHER_LEVEL and match_weight < 0
    return f"{words}, which speaks against" if speaks_against else words


def _unknown_level(name: str, level: str) -> str:
    """Name a level of a comparison that this module does not know."""
    if level == OTHER_LEVEL:
        return f"different {name}"
    if level.startswith("Exact match"):
        return f"same {name}"
    return f"{name} alike, as if mistyped" if level.startswith("Jaro-Winkler") else f"{name}: {level}"


def common_words(keys: Iterable[str]) -> str:
    """Return what records of a rule have in common, such as "the same e-mail address and given name"."""
    first, *others = [KEYS.get(key, _plain(key)) for key in keys]
    if not others:
        return f"the same {first}"
    return f"the same {', '.join([first, *others[:-1]])} and {others[-1]}"


def veto_words(vetoed_by: str) -> str:
    """Return what speaks against a pair."""
    return VETOES.get(vetoed_by, f"{_plain(vetoed_by)} speaks against it")


def chain_words(trait: str) -> str:
    """Return what speaks against a pair whose customers, not the records themselves, contradict each other."""
    return f"as one customer they would have {TRAITS.get(trait, _plain(trait))} that cannot be one person's"


def match_probability(match_weight: float) -> float:
    """Return the probability (0 to 1) of a match weight (log2); the model's weights are calibrated."""
    return 1 / (1 + power(2.0, -match_weight))


def percentage(probability: float) -> str:
    """Write a probability; what is not certain is never rounded to it."""
    if probability >= 0.9995:
        return "more than 99.9 %"
    return f"{100 * probability:.1f} %" if probability >= 0.99 else f"{100 * probability:.0f} %"


def _plain(name: str) -> str:
    return name.replace("_", " ")

"""What the model compares: one comparison per kind of evidence, its levels from strongest to weakest.

Nulls say nothing. Nodes hold all values of their records, so that one value in common suffices.
"""

from __future__ import annotations

from typing import Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl

from cdp_pipeline.link.attributes import attribute_comparison

MISTYPED = 0.9
"""Jaro-Winkler similarity from which two words count as one mistyped word."""

SWAPPED = f"""(
    (given_name_l = family_name_r and jaro_winkler_similarity(family_name_l, given_name_r) >= {MISTYPED})
    or (family_name_l = given_name_r and jaro_winkler_similarity(given_name_l, family_name_r) >= {MISTYPED})
)"""
"""The fields changed places; one of the words may be mistyped, too."""


def comparisons(attributes: dict[str, str]) -> list[cl.CustomComparison]:
    """Return what the model compares; attributes are the file's own columns."""
    return [
        _given_name(),
        _family_name(),
        _birth_date(),
        _birth_year(),
        _email(),
        _phone(),
        _address(),
        _loyalty_number(),
        _cookie(),
        _consent(),
        _account(),
        *(attribute_comparison(column, attribute) for column, attribute in attributes.items()),
    ]


def _given_name() -> cl.CustomComparison:
    return _comparison(
        "given_name",
        cll.NullLevel("given_name"),
        _exact("given_name"),
        cll.CustomLevel("list_has_any(given_names_l, given_names_r)", "variant of one name"),
        cll.CustomLevel(
            "list_has_any(given_name_words_l, given_name_words_r)", "one of several given names in common"
        ),
        cll.CustomLevel(SWAPPED, "given and family name swapped"),
        cll.CustomLevel(
            "least(length(given_name_l), length(given_name_r)) = 1"
            " and left(given_name_l, 1) = left(given_name_r, 1)",
            "initial",
        ),
        cll.JaroWinklerLevel("given_name", MISTYPED),
        cll.ElseLevel(),
    )


def _family_name() -> cl.CustomComparison:
    return _comparison(
        "family_name",
        # Swapped fields have spoken as a given name; counted again here they would outweigh all else.
        cll.CustomLevel(f"family_name_l is null or family_name_r is null or ({SWAPPED})", "null").configure(
            is_null_level=True
        ),
        _exact("family_name"),
        cll.CustomLevel("list_has_any(family_name_words_l, family_name_words_r)", "a word of a double name"),
        cll.JaroWinklerLevel("family_name", MISTYPED),
        cll.ElseLevel(),
    )


def _birth_date() -> cl.CustomComparison:
    swapped = (
        "left(birth_date_l, 4) = left(birth_date_r, 4)"
        " and substr(birth_date_l, 6, 2) = substr(birth_date_r, 9, 2)"
        " and substr(birth_date_l, 9, 2) = substr(birth_date_r, 6, 2)"
    )
    return _comparison(
        "birth_date",
        cll.NullLevel("birth_date"),
        cll.ExactMatchLevel("birth_date"),
        cll.CustomLevel(
            f"damerau_levenshtein(birth_date_l, birth_date_r) <= 1 or ({swapped})",
            "one digit, or day and month",
        ),
        cll.CustomLevel("damerau_levenshtein(birth_date_l, birth_date_r) <= 2", "two digits"),
        cll.ElseLevel(),
    )


def _birth_year() -> cl.CustomComparison:
    """Compare the years that mailbox names hold where a birth date is missing.

    Two mailboxes of one name have spoken as such; their digits say nothing more.
    """
    says_nothing = """
        (birth_date_l is not null and birth_date_r is not null)
        or year_hints_l is null
        or year_hints_r is null
        or coalesce(list_has_any(emails_l, emails_r), false)
        or coalesce(list_has_any(mailboxes_l, mailboxes_r), false)
    """
    return _comparison(
        "birth_year",
        cll.CustomLevel(says_nothing, "null").configure(is_null_level=True),
        cll.CustomLevel("list_has_any(year_hints_l, year_hints_r)", "year in a mailbox name"),
        cll.ElseLevel(),
    )


def _email() -> cl.CustomComparison:
    return _comparison(
        "email",
        cll.NullLevel("emails"),
        cll.CustomLevel("list_has_any(emails_l, emails_r)", "one address in common"),
        cll.CustomLevel("list_has_any(mailboxes_l, mailboxes_r)", "one name of a mailbox in common"),
        cll.CustomLevel(
            "not list_has_any(named_mailboxes_l, named_mailboxes_r)",
            "the given name in two different mailboxes",
        ),
        cll.ElseLevel(),
    )


def _phone() -> cl.CustomComparison:
    return _comparison(
        "phone",
        cll.NullLevel("phones"),
        cll.CustomLevel("list_has_any(phones_l, phones_r)", "one number in common"),
        cll.ElseLevel(),
    )


def _address() -> cl.CustomComparison:
    return _comparison(
        "address",
        cll.CustomLevel(
            "coalesce(postcode_l, city_l) is null or coalesce(postcode_r, city_r) is null", "null"
        ).configure(is_null_level=True),
        cll.CustomLevel("list_has_any(addresses_l, addresses_r)", "one address in common"),
        cll.CustomLevel(
            f"postcode_l = postcode_r and jaro_winkler_similarity(street_l, street_r) >= {MISTYPED}",
            "one postcode, street mistyped",
        ),
        cll.CustomLevel("list_has_any(postcodes_l, postcodes_r)", "one postcode in common"),
        cll.CustomLevel("city_l = city_r", "one city in common"),
        cll.ElseLevel(),
    )


def _loyalty_number() -> cl.CustomComparison:
    return _comparison(
        "loyalty_number",
        cll.NullLevel("loyalty_numbers"),
        cll.CustomLevel("list_has_any(loyalty_numbers_l, loyalty_numbers_r)", "one number in common"),
        cll.CustomLevel(
            "damerau_levenshtein(loyalty_numbers_l[1], loyalty_numbers_r[1]) <= 1", "one character off"
        ),
        cll.ElseLevel(),
    )


def _cookie() -> cl.CustomComparison:
    """Compare browsers; those in which one common e-mail was given have spoken as an e-mail."""
    return _comparison(
        "cookie",
        cll.CustomLevel(
            "cookies_l is null or cookies_r is null or coalesce(list_has_any(emails_l, emails_r), false)",
            "null",
        ).configure(is_null_level=True),
        cll.CustomLevel("list_has_any(cookies_l, cookies_r)", "one browser in common"),
        cll.ElseLevel(),
    )


def _consent() -> cl.CustomComparison:
    """Compare e-mail and phone that were given together, between a record of the one and one of the other."""
    return _comparison(
        "consent",
        cll.CustomLevel(
            "consents_l is null or consents_r is null"
            " or coalesce(list_has_any(emails_l, emails_r), false)"
            " or coalesce(list_has_any(phones_l, phones_r), false)",
            "null",
        ).configure(is_null_level=True),
        cll.CustomLevel("list_has_any(consents_l, consents_r)", "e-mail and phone given together"),
        cll.ElseLevel(),
    )


def _account() -> cl.CustomComparison:
    return _comparison(
        "account",
        cll.NullLevel("accounts"),
        cll.CustomLevel("list_has_any(accounts_l, accounts_r)", "two accounts of one list"),
        cll.ElseLevel(),
    )


def _exact(column: str) -> Any:
    """Exact agreement, worth more for a rare value than for a frequent one."""
    return cll.ExactMatchLevel(column, term_frequency_adjustments=True)


def _comparison(name: str, *levels: Any) -> cl.CustomComparison:
    return cl.CustomComparison(output_column_name=name, comparison_levels=list(levels))

"""How the handles of a person may be spelled in deliveries."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from cdp_pipeline.delivered_identity import international_phone_identity, national_phone_identity
from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.handles import HANDLE_TABLE, OWN_CONTACTS, Handle, Handles, add_handles


def add_spellings(engine: Engine, countries: Mapping[str, str]) -> None:
    """Add how the handles may be spelled in deliveries, for those that have spellings of their own."""
    for kind in ("record", "external_id", "purchase", "interaction", "cookie", "account"):
        add_handles(
            engine,
            f"""
            select 'identity', '', '', '{kind}|' || concat_ws('|', nullif(source_system, ''), nullif(name, ''), value)
            from {HANDLE_TABLE} where kind = '{kind}'
            """,
        )
    add_handles(engine, OF_EMAILS)
    add_handles(engine, OF_PHONES)
    _add_national_numbers(engine)
    if engine.table_exists("standardise.contact_point"):
        for expression in phone_spellings("delivered_value", countries):
            add_handles(
                engine,
                f"""
                select 'identity', '', '', {expression} as spelling from standardise.contact_point
                where ('phone', contact_value) in ({OWN_CONTACTS}) and contact_kind = 'phone' and spelling is not null
                """,
            )


OF_EMAILS = f"""
    select 'identity', '', '', unnest(['email|' || value, 'sha256|' || sha256(value)])
    from {HANDLE_TABLE} where kind = 'contact' and name = 'email'
"""

OF_PHONES = f"""
    select 'identity', '', '', unnest(['phone|' || ltrim(value, '+'), 'sha256|' || sha256(value)])
    from {HANDLE_TABLE} where kind = 'contact' and name = 'phone'
"""


MAYBE_OF_NUMBERS = """
    select unnest(
        ['phone|' || digits] || flatten(list_transform(
            {countries},
            lambda country: list_transform([2, 3, 4], lambda n: 'phone|' || country || '|' || substr(digits, n))
        ))
    ) as identity
    from (select distinct ltrim(contact_value, '+') as digits from {contact} where contact_kind = 'phone')
    where digits is not null
"""
"""Every spelling that a number of somebody else's may have: its country's code has one to three digits."""


def _add_national_numbers(engine: Engine) -> None:
    """Add how numbers are dialled within their own country."""
    numbers = engine.fetch_column(
        f"select value from {HANDLE_TABLE} where kind = 'contact' and name = 'phone'"
    )
    parsed = [phonenumbers.parse(number) for number in numbers]
    spelled = [
        Handle(
            "identity",
            "",
            "",
            f"phone|{phonenumbers.region_code_for_number(number)}|{number.national_number}",
        )
        for number in parsed
    ]
    with engine.arrow_view(Handles.of(spelled).as_arrow) as view:
        add_handles(engine, f"from {view}")


def phone_spellings(value: str, countries: Mapping[str, str]) -> list[str]:
    """Return expressions for the spellings of a delivered number, each null where it has none of the kind.

    Args:
        value: a column of a table that has `source_system`, too.
    """
    country = " ".join(f"when '{source}' then '{code}'" for source, code in countries.items())
    dialled_in = f"case source_system {country} else 'ZZ' end" if country else "'ZZ'"
    return [international_phone_identity(value), national_phone_identity(value, dialled_in)]

"""Handles in delivered records: addresses of old, user names, and the records themselves.

Raw tables keep what later deliveries no longer say, so a person's own records of before are read for more that
identifies. What somebody else has as well is no handle, and placeholders are nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping

from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.delivered_identity import (
    email_identity,
    identities_in_text,
    identities_of,
    names_people,
    places_of,
)
from cdp_pipeline.engine import Engine
from cdp_pipeline.privacy.handles import (
    HANDLE_TABLE,
    OTHERS,
    RECORD_KEY,
    add_handles,
    values_of,
)
from cdp_pipeline.privacy.spellings import MAYBE_OF_NUMBERS, add_spellings, phone_spellings


def delivered(engine: Engine, layouts: Mapping[str, Layout], countries: Mapping[str, str]) -> list[str]:
    """Return a query of identities for each raw table that the database has: source_system, file_id, line, identity."""
    queries = []
    for name, layout in layouts.items():
        if engine.table_exists(f"extract.raw_{name}"):
            queries.append(identities_of(layout, f"extract.raw_{name}", countries))
            if engine.table_exists("extract.unparsed_record"):
                broken = (
                    "(select f.source_system, u.file_id, u.line, u.raw_record from extract.unparsed_record as u"
                    f" inner join extract.file as f using (file_id) where f.layout = '{name}')"
                )
                queries.append(identities_in_text(layout, broken, countries))
    return [query for query in queries if query]


def add_delivered(engine: Engine, layouts: Mapping[str, Layout], countries: Mapping[str, str]) -> None:
    """Add the person's delivered records, and what else identifies in them: addresses of old, user names."""
    others = f"select distinct identity from ({_of_others(engine, countries)})"
    engine.execute(f"create or replace temp table other_identity as {others}")
    _add_values_of_own_records(engine, layouts, countries)
    add_spellings(engine, countries)
    for query in delivered(engine, layouts, countries):
        add_handles(engine, f"select 'line', '', file_id, line::varchar from ({_own_places(query)})")
    engine.execute("drop table temp.other_identity")


def _add_values_of_own_records(
    engine: Engine, layouts: Mapping[str, Layout], countries: Mapping[str, str]
) -> None:
    naming = {name: layout for name, layout in layouts.items() if names_people(layout)}
    nobodys = _identities_of_nobody(engine, countries)
    for query in delivered(engine, naming, countries):
        engine.execute(f"create or replace temp table delivered_identity as {query}")
        add_handles(
            engine,
            f"""
            select distinct 'identity', '', '', identity
            from delivered_identity semi join ({_own_places("from delivered_identity")}) using (file_id, line)
            where identity not in (from other_identity) and identity not in (from ({nobodys}))
            """,
        )
    engine.execute("drop table if exists temp.delivered_identity")
    add_handles(engine, HANDLES_OF_IDENTITIES)


def _own_places(identities: str) -> str:
    """Return a query of the delivered records that are the person's: not one that names another customer's record."""
    return f"""
        select file_id, line from ({places_of(identities, values_of("identity"))})
        except
        select file_id, line from ({identities})
        where starts_with(identity, 'record|') and identity in (from other_identity)
    """


HANDLES_OF_IDENTITIES = f"""
    with parts as (
        select string_split(value, '|') as part, value as identity from {HANDLE_TABLE} where kind = 'identity'
    )
    select 'contact', '', 'email', substr(identity, 7) from parts where part[1] = 'email'
    union all
    select 'record', part[2], part[3], array_to_string(part[4:], '|') from parts where part[1] = 'record'
    union all
    select 'external_id', '', part[2], array_to_string(part[3:], '|') from parts where part[1] = 'external_id'
    union all
    select part[1], part[2], '', array_to_string(part[3:], '|') from parts
    where part[1] in ('purchase', 'interaction', 'cookie', 'account')
"""
"""Identities as handles. Digits of a phone number stay what they are: the number in full is not known."""


def _of_others(engine: Engine, countries: Mapping[str, str]) -> str:
    """Return a query of the identities that everyone else has."""
    queries = ["select cast(null as varchar) as identity where false"]
    if engine.table_exists("link.customer_source_record"):
        queries.append(f"select 'record|' || concat_ws('|', {RECORD_KEY}) from ({OTHERS})")
        if engine.table_exists("standardise.contact_point"):
            contact = f"(from standardise.contact_point semi join ({OTHERS}) using ({RECORD_KEY}))"
            emails = email_identity("delivered_value")
            queries.append(f"select {emails} from {contact} where contact_kind = 'email'")
            queries += [
                f"select {spelling} from {contact} where contact_kind = 'phone'"
                for spelling in phone_spellings("delivered_value", countries)
            ]
            queries.append(
                MAYBE_OF_NUMBERS.format(contact=contact, countries=sorted({*countries.values(), "ZZ"}))
            )
        if engine.table_exists("standardise.external_id"):
            queries.append(
                "select 'external_id|' || id_kind || '|' || id_value from standardise.external_id"
                f" semi join ({OTHERS}) using ({RECORD_KEY})"
            )
        if engine.table_exists("standardise.purchase"):
            queries.append(
                "select 'purchase|' || source_system || '|' || purchase_id from standardise.purchase"
                f" semi join ({OTHERS}) using ({RECORD_KEY})"
            )
    return f"select identity from ({' union all '.join(queries)}) where identity is not null"


def _identities_of_nobody(engine: Engine, countries: Mapping[str, str]) -> str:
    """Return a query of placeholders and of what is no address: kept out, they would keep strangers out."""
    queries = ["select cast(null as varchar) as identity where false"]
    if engine.table_exists("standardise.contact_point"):
        spellings = [email_identity("delivered_value"), *phone_spellings("delivered_value", countries)]
        queries += [
            f"select {spelling} from standardise.contact_point where not is_valid" for spelling in spellings
        ]
    if engine.table_exists("standardise.junk_value"):
        queries.append(f"from ({PLACEHOLDERS})")
    return f"select identity from ({' union all '.join(queries)}) where identity is not null"


PLACEHOLDERS = """
    with delivered as (
        select distinct identity, split_part(identity, '|', -1) as value from delivered_identity
        where identity like 'email|%' or identity like 'phone|%'
    )
    select identity from delivered
    where
        replace(value, left(value, 1), '') = ''
        or value in (select value from standardise.junk_value where kind = 'email')
        or split_part(value, '@', 1) in (select value from standardise.junk_value where kind = 'email_local_part')
        or split_part(value, '@', 2) in (select value from standardise.junk_value where kind = 'email_domain')
        or value in (select ltrim(value, '0') from standardise.junk_value where kind = 'phone_digits')
"""
"""Of temp table `delivered_identity`: what the seed of placeholders lists."""

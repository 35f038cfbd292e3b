"""Salesforce's Contact export."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import BLANK, Written, insert_lines, raw_line, write_export
from cdp_pipeline.sample.exports.headers import SALESFORCE_CONTACT
from cdp_pipeline.sample.pools import load_yaml

_MOBILE = r"^(?:\+|00)?(?:49|43|41|44|33)?[ (0)]*(?:1[567]|6[5-9]|7[4-9]|6[1-7])"
_BAD_CONTACT = {"IsDeleted": "false", "FirstName": "Ottilie", "MailingCity": "Berlin"}


def write_contacts(engine: Engine, folder: Path, night: int) -> Written:
    """Write all contacts as they stand on `night`; on the first, one row without Id and LastName among them."""
    path = folder / f"contacts_{business_date(night)}.csv"
    countries = {code: place["country"] for code, place in load_yaml("places.yml").items()}
    names = ", ".join(f"{quote_literal(code)}: {quote_literal(name)}" for code, name in countries.items())
    query = _CONTACTS.format(night=night, countries=f"map {{{names}}}", mobile=quote_literal(_MOBILE))
    written = write_export(engine, path, SALESFORCE_CONTACT, query, ("row",))
    bad = {9: raw_line(SALESFORCE_CONTACT, _BAD_CONTACT)} if night == 1 else {}
    lines = insert_lines(path, {4: BLANK, **bad, -1: BLANK})
    if bad:
        written.bad_rows["contact_without_id_and_name"] = (path, lines[9])
    return written


_CONTACTS = """
    with contact as (
        select *, regexp_matches(phone, {mobile}) as is_mobile
        from crm
        where night <= {night} and not (gone_night between 1 and {night})
    )
    select
        id as "Id",
        is_deleted::varchar as "IsDeleted",
        merged_into_id as "MasterRecordId",
        family as "LastName",
        given as "FirstName",
        case gender when 'f' then 'Frau' when 'm' then 'Herr' end as "Salutation",
        trim(given || ' ' || family) as "Name",
        street as "MailingStreet",
        city as "MailingCity",
        region as "MailingState",
        postcode as "MailingPostalCode",
        {countries}[country] as "MailingCountry",
        case when not is_mobile then phone end as "Phone",
        case when is_mobile then phone end as "MobilePhone",
        email as "Email",
        case when habit(person, 3) = 0 then 'Store' else 'Web' end as "LeadSource",
        birth_date as "Birthdate",
        '0053000000Qz1abAAB' as "OwnerId",
        replace(utc_text(created_at), 'Z', '.000Z') as "CreatedDate",
        replace(utc_text(updated_at), 'Z', '.000Z') as "LastModifiedDate",
        replace(utc_text(updated_at), 'Z', '.000Z') as "SystemModstamp",
        'false' as "IsEmailBounced",
        row
    from contact
"""

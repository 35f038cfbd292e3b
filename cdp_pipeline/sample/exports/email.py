"""Mailchimp's audience ZIP, the campaign events and the preference centre's consents."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date
from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import BLANK, Written, insert_lines, write_export
from cdp_pipeline.sample.exports.headers import CAMPAIGN_EVENTS, CONSENT_PREFERENCES, MAILCHIMP


def write_audience(engine: Engine, folder: Path, night: int) -> Written:
    """Write all subscribers as they stand on `night`; their status is only in the name of the member file."""
    on = date.fromisoformat(business_date(night))
    path = folder / f"audience_{on}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    with zipfile.ZipFile(path, "w") as archive:
        for status, header in MAILCHIMP.items():
            name = f"{status}_email_audience_export_7c1f5a9e2b.csv"
            text = folder / name
            query = _SUBSCRIBERS.format(night=night, status=status, added=_ADDED.get(status, ""))
            rows += sum(write_export(engine, text, header, query, ("row",)).rows.values())
            # A fixed time and no compression: the same bytes on every machine and with every zlib.
            member = zipfile.ZipInfo(name, date_time=(on.year, on.month, on.day, 0, 0, 0))
            member.external_attr = 0o644 << 16
            with text.open("rb") as source, archive.open(member, "w", force_zip64=False) as target:
                shutil.copyfileobj(source, target, 1 << 20)
            text.unlink()
    return Written({path: rows})


_SUBSCRIBERS = """
    with listed as (
        select * from subscriber
        where status = '{status}' and night <= {night} and not (gone_night between 1 and {night})
    )
    select
        email as "Email Address",
        given as "First Name",
        family as "Last Name",
        (habit(person, 4) + 2)::varchar as "MEMBER_RATING",
        created_at::timestamp::varchar as "OPTIN_TIME",
        '198.51.100.' || (greatest(person, 0) % 254 + 1) as "OPTIN_IP",
        created_at::timestamp::varchar as "CONFIRM_TIME",
        '198.51.100.' || (greatest(person, 0) % 254 + 1) as "CONFIRM_IP",
        'Europe/Berlin' as "TIMEZONE",
        updated_at::timestamp::varchar as "LAST_CHANGED",
        id as "LEID",
        euid as "EUID",
        {added}
        case when habit(person, 6) = 0 then '"Stammkunde"' end as "TAGS",
        row
    from listed
"""
_ADDED = {
    "unsubscribed": """
        updated_at::timestamp::varchar as "UNSUB_TIME",
        'Maiglöckchen' as "UNSUB_CAMPAIGN_TITLE",
        'NORMAL' as "UNSUB_REASON",""",
    "cleaned": """
        updated_at::timestamp::varchar as "CLEAN_TIME",
        'Maiglöckchen' as "CLEAN_CAMPAIGN_TITLE",
        'c112' as "CLEAN_CAMPAIGN_ID",""",
}


def write_campaign_events(engine: Engine, folder: Path, night: int) -> Written:
    """Write the night's campaign events, in order of time."""
    path = folder / f"campaign_events_{business_date(night)}.csv"
    return write_export(
        engine, path, CAMPAIGN_EVENTS, _CAMPAIGN_EVENTS.format(night=night), ("happened_at", "mail", "step")
    )


_CAMPAIGN_EVENTS = """
    with happened as (
        select
            subscriber.email, campaign.campaign_id, campaign.name, mail_event.name as event,
            campaign_event.event_at, campaign_event.link_number, campaign_event.mail, campaign_event.event as step
        from campaign_event
        inner join subscriber on campaign_event.subscriber_row = subscriber.row
        inner join campaign on campaign_event.campaign = campaign.campaign
        inner join mail_event on campaign_event.event = mail_event.event
        where campaign_event.night = {night}
    )
    select
        email,
        campaign_id,
        name as "campaign_name",
        event,
        utc_text(event_at) as "event_at",
        case when link_number > 0 then 'https://shop.example.com/l/' || link_number end as "link",
        event_at as happened_at, mail, step
    from happened
"""


def write_preferences(engine: Engine, folder: Path, night: int) -> Written:
    """Write the night's consent events, with a blank line at the end as some tools leave it."""
    path = folder / f"preferences_{business_date(night)}.csv"
    written = write_export(engine, path, CONSENT_PREFERENCES, _PREFERENCES.format(night=night), ("number",))
    insert_lines(path, {-1: BLANK})
    return written


_PREFERENCES = """
    select
        email, phone, purpose, channel, status,
        utc_text(changed_at) as "changed_at",
        source,
        'form-v3/' || lpad(number::varchar, 7, '0') as "proof",
        number
    from consent_event
    where night = {night}
"""

"""Mailchimp's audience ZIP, the campaign events and the preference centre's consents."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import business_date, utc_plain, utc_seconds
from cdp_pipeline.sample.exports.csv_file import BLANK, as_table, write_csv, write_rows
from cdp_pipeline.sample.exports.headers import CAMPAIGN_EVENTS, CONSENT_PREFERENCES, MAILCHIMP
from cdp_pipeline.sample.pools import Text, as_text, digits


def write_audience(folder: Path, subscriber: pd.DataFrame, night: int) -> None:
    """Write all subscribers as they stand on `night`; their status is only in the name of the member file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = subscriber[subscriber["night"] <= night]
    with zipfile.ZipFile(folder / f"audience_{business_date(night)}.zip", "w") as archive:
        for status, header in MAILCHIMP.items():
            chosen = rows[rows["status"] == status]
            text = io.StringIO(newline="")
            write_rows(text, as_table(header, _columns(chosen, status), chosen.index), {})
            name = f"{status}_email_audience_export_7c1f5a9e2b.csv"
            # A fixed time and no compression: the same bytes on every machine and with every zlib.
            member = zipfile.ZipInfo(name, date_time=(2026, 5, 3 + night, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, text.getvalue().encode())


def _columns(rows: pd.DataFrame, status: str) -> dict[str, pd.Series[str] | Text | str]:
    opted_in = utc_plain(rows["created_at"].to_numpy())
    changed = utc_plain(rows["updated_at"].to_numpy())
    ip = "198.51.100." + digits(rows["person"].to_numpy() % 254 + 1)
    values: dict[str, pd.Series[str] | Text | str] = {
        "Email Address": rows["email"],
        "First Name": rows["given"],
        "Last Name": rows["family"],
        "MEMBER_RATING": digits(rows["person"].to_numpy() % 4 + 2),
        "OPTIN_TIME": opted_in,
        "OPTIN_IP": ip,
        "CONFIRM_TIME": opted_in,
        "CONFIRM_IP": ip,
        "TIMEZONE": "Europe/Berlin",
        "LAST_CHANGED": changed,
        "LEID": rows["id"],
        "EUID": rows["euid"],
        "TAGS": as_text(np.where(rows["person"] % 6 == 0, '"Stammkunde"', "")),
    }
    if status == "unsubscribed":
        values |= {"UNSUB_TIME": changed, "UNSUB_CAMPAIGN_TITLE": "Maiglöckchen", "UNSUB_REASON": "NORMAL"}
    if status == "cleaned":
        values |= {"CLEAN_TIME": changed, "CLEAN_CAMPAIGN_TITLE": "Maiglöckchen", "CLEAN_CAMPAIGN_ID": "c106"}
    return values


def write_campaign_events(folder: Path, events: pd.DataFrame, night: int) -> None:
    """Write the night's campaign events."""
    rows = events[events["night"] == night]
    values = {name: rows[name] for name in ("email", "campaign_id", "campaign_name", "event", "link")}
    table = as_table(
        CAMPAIGN_EVENTS, {**values, "event_at": utc_seconds(rows["event_at"].to_numpy())}, rows.index
    )
    write_csv(folder / f"campaign_events_{business_date(night)}.csv", table)


def write_preferences(folder: Path, events: pd.DataFrame, night: int) -> None:
    """Write the night's consent events, with a blank line at the end as some tools leave it."""
    rows = events[events["night"] == night]
    values = {
        name: rows[name] for name in ("email", "phone", "purpose", "channel", "status", "source", "proof")
    }
    when = utc_seconds(rows["changed_at"].to_numpy())
    table = as_table(CONSENT_PREFERENCES, {**values, "changed_at": when}, rows.index)
    write_csv(folder / f"preferences_{business_date(night)}.csv", table, {len(table): BLANK})

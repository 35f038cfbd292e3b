"""Salesforce's Contact export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import business_date, utc_milliseconds
from cdp_pipeline.sample.exports.csv_file import BLANK, as_table, raw_line, write_csv
from cdp_pipeline.sample.exports.headers import SALESFORCE_CONTACT
from cdp_pipeline.sample.pools import Text, as_text, load_yaml

_MOBILE = r"^(?:\+|00)?(?:49|43|41|44|33)?[ (0)]*(?:1[567]|6[5-9]|7[4-9]|6[1-7])"


def write_contacts(folder: Path, crm: pd.DataFrame, night: int) -> dict[str, tuple[Path, int]]:
    """Write all contacts as they stand on `night`; on the first, one row without Id and LastName among them.

    Returns:
        File and line of the bad row, by the name of its case.
    """
    rows = crm[crm["night"] <= night]
    path = folder / f"contacts_{business_date(night)}.csv"
    table = as_table(SALESFORCE_CONTACT, _columns(rows, crm["id"]), rows.index)
    extra = {4: BLANK, len(table): BLANK}
    if night == 1:
        extra[9] = raw_line(table, {"IsDeleted": "false", "FirstName": "Ottilie", "MailingCity": "Berlin"})
    lines = write_csv(path, table, extra)
    return {"contact_without_id_and_name": (path, lines[9])} if night == 1 else {}


def _columns(rows: pd.DataFrame, ids: pd.Series[str]) -> dict[str, pd.Series[str] | Text | str]:
    countries = {code: place["country"] for code, place in load_yaml("places.yml").items()}
    is_mobile = rows["phone"].str.contains(_MOBILE, regex=True)
    master = rows["merged_into"].to_numpy()
    master_id = np.where(master >= 0, ids.to_numpy(dtype=object)[master], "")
    text: dict[str, pd.Series[str] | Text | str] = {
        "Id": rows["id"],
        "IsDeleted": rows["is_deleted"].map({True: "true", False: "false"}),
        "MasterRecordId": as_text(master_id),
        "LastName": rows["family"],
        "FirstName": rows["given"],
        "Salutation": rows["gender"].map({"f": "Frau", "m": "Herr"}).fillna(""),
        "Name": (rows["given"] + " " + rows["family"]).str.strip(),
        "MailingStreet": rows["street"],
        "MailingCity": rows["city"],
        "MailingState": rows["region"],
        "MailingPostalCode": rows["postcode"],
        "MailingCountry": rows["country"].map(countries).fillna(""),
        "Phone": rows["phone"].where(~is_mobile, ""),
        "MobilePhone": rows["phone"].where(is_mobile, ""),
        "Email": rows["email"],
        "LeadSource": as_text(np.where(rows["person"] % 3 == 0, "Store", "Web")),
        "Birthdate": rows["birth_date"],
        "CreatedDate": utc_milliseconds(rows["created_at"].to_numpy()),
        "LastModifiedDate": utc_milliseconds(rows["updated_at"].to_numpy()),
        "SystemModstamp": utc_milliseconds(rows["updated_at"].to_numpy()),
        "IsEmailBounced": "false",
        "OwnerId": "0053000000Qz1abAAB",
    }
    return text

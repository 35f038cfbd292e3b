"""Square's transaction and item exports, and the loyalty list in a layout of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import berlin_date_and_time, business_date, utc_seconds
from cdp_pipeline.sample.exports.csv_file import BLANK, as_table, raw_line, write_csv
from cdp_pipeline.sample.exports.headers import LOYALTY_MEMBERS, SQUARE_ITEMS, SQUARE_TRANSACTIONS
from cdp_pipeline.sample.exports.money import dollar_sign, included_vat
from cdp_pipeline.sample.pools import Text, as_text, digits, products

TIME_ZONE = "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
Values = dict[str, "pd.Series[str] | Text | str"]


def write_sales(
    folder: Path, transactions: pd.DataFrame, lines: pd.DataFrame, night: int
) -> dict[str, tuple[Path, int]]:
    """Write the night's transactions and their items, newest first as Square does.

    Returns:
        On the first night file and line of a transaction with an impossible date, by the name of its case.
    """
    rows = transactions[transactions["night"] == night].sort_values(
        "occurred_at", ascending=False, kind="stable"
    )
    _write_items(folder, rows, lines, night)
    path = folder / f"transactions_{business_date(night)}.csv"
    table = as_table(SQUARE_TRANSACTIONS, _common(rows) | _tender(rows), rows.index)
    extra = {2: BLANK}
    if night > 1:
        write_csv(path, table, extra)
        return {}
    wrong = {
        "Date": "2026-02-30",
        "Transaction ID": "BADDATE000000000000001",
        "Payment ID": "BADDATE000000000000002",
    }
    nobody = {"Customer ID": "", "Customer Name": "", "Customer Reference ID": ""}
    extra[5] = raw_line(table, dict(table.iloc[0]) | wrong | nobody)
    return {"transaction_on_the_30th_of_february": (path, write_csv(path, table, extra)[5])}


def _write_items(folder: Path, rows: pd.DataFrame, lines: pd.DataFrame, night: int) -> None:
    rank = pd.Series(np.arange(len(rows)), index=rows.index)
    own = lines[lines["sale"].isin(rows.index)]
    own = own.iloc[np.argsort(rank.loc[own["sale"].to_numpy()].to_numpy(), kind="stable")]
    sold, sales = products().iloc[own["product"]], rows.loc[own["sale"].to_numpy()]
    values: Values = _common(sales) | {
        "Category": as_text(sold["category"].to_numpy(dtype=object)),
        "Item": as_text(sold["name"].to_numpy(dtype=object)),
        "Qty": digits(own["quantity"].to_numpy()) + ".0",
        "Price Point Name": "Regular",
        "SKU": as_text(sold["sku"].to_numpy(dtype=object)),
        "Unit": "ea",
        "Count": digits(own["quantity"].to_numpy()),
        "Itemization Type": "Physical Good",
    }
    values |= _amounts(own["amount_cents"].to_numpy())
    values = {
        name: value.to_numpy() if isinstance(value, pd.Series) else value for name, value in values.items()
    }
    write_csv(
        folder / f"items_{business_date(night)}.csv", as_table(SQUARE_ITEMS, values, pd.RangeIndex(len(own)))
    )


def _amounts(cents: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, Text | str]:
    tax = included_vat(np.abs(cents)) * np.sign(cents)
    return {
        "Gross Sales": dollar_sign(cents - tax),
        "Discounts": "$0.00",
        "Net Sales": dollar_sign(cents - tax),
        "Tax": dollar_sign(tax),
    }


def _common(rows: pd.DataFrame) -> Values:
    date, time = berlin_date_and_time(rows["occurred_at"].to_numpy())
    return {
        "Date": date,
        "Time": time,
        "Time Zone": TIME_ZONE,
        "Transaction ID": rows["transaction_id"],
        "Payment ID": rows["payment_id"],
        "Device Name": as_text("Kasse " + rows["location"].str[0]),
        "Details": "https://squareup.com/dashboard/sales/transactions/" + rows["transaction_id"],
        "Event Type": as_text(np.where(rows["is_refund"], "Refund", "Payment")),
        "Location": rows["location"],
        "Customer ID": rows["customer_id"],
        "Customer Name": rows["customer_name"],
        "Customer Reference ID": rows["customer_reference"],
    }


def _tender(rows: pd.DataFrame) -> Values:
    total = rows["total_cents"].to_numpy()
    is_card = (rows["tender"] == "Card").to_numpy()
    fee = np.where(is_card, -(np.abs(total) * 165 // 10_000), 0) * (total > 0)
    return {
        **_amounts(total),
        "Gift Card Sales": "$0.00",
        "Tip": "$0.00",
        "Partial Refunds": "$0.00",
        "Total Collected": dollar_sign(total),
        "Source": "Point of Sale",
        "Card": dollar_sign(np.where(is_card, total, 0)),
        "Card Entry Methods": as_text(np.where(is_card, "Tapped", "N/A")),
        "Cash": dollar_sign(np.where(is_card, 0, total)),
        "Square Gift Card": "$0.00",
        "Other Tender": "$0.00",
        "Fees": dollar_sign(fee),
        "Net Total": dollar_sign(total + fee),
        "Card Brand": as_text(np.where(is_card, "Visa", "")),
        "PAN Suffix": as_text(np.where(is_card, digits(np.abs(total) * 7919 % 10_000, 4), "")),
    }


def write_members(folder: Path, member: pd.DataFrame, night: int) -> dict[str, tuple[Path, int]]:
    """Write the loyalty list as it stands on `night`.

    Returns:
        On the first night file and line of a row with one field too many, by the name of its case.
    """
    rows = member[member["night"] <= night]
    values: Values = {
        "member_no": rows["id"],
        "full_name": (rows["given"] + " " + rows["family"]).str.strip(),
        **{
            name: rows[name]
            for name in ("gender", "birth_date", "phone", "email", "street", "postcode", "city")
        },
        "country": rows["country"],
        "enrolled_on": as_text(np.datetime_as_string(rows["created_at"].to_numpy().astype("datetime64[D]"))),
        "home_store": rows["home_store"],
        "newsletter": as_text(np.where(rows["person"] % 4 == 0, "yes", "no")),
        "updated_at": utc_seconds(rows["updated_at"].to_numpy()),
    }
    path = folder / f"loyalty_members_{business_date(night)}.csv"
    table = as_table(LOYALTY_MEMBERS, values, rows.index)
    if night > 1:
        write_csv(path, table)
        return {}
    ragged = (
        "LC-999001,Irmgard Unterberger,f,1957-03-09,0171 3920088,,Marktplatz 4, Hinterhaus,10115,Berlin,DE,"
        "2024-02-03,Berlin Mitte,no,2025-06-01T09:00:00Z"
    )
    return {"member_with_one_field_too_many": (path, write_csv(path, table, {7: ragged})[7])}

"""Shopify's customer and order exports."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from cdp_pipeline.sample.clock import berlin_offset, business_date
from cdp_pipeline.sample.exports.csv_file import as_table, raw_line, write_csv
from cdp_pipeline.sample.exports.headers import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS
from cdp_pipeline.sample.exports.money import included_vat, plain
from cdp_pipeline.sample.pools import Text, as_text, digits, products

BAD_ORDER = "#999001"


def guarded(values: pd.Series[str]) -> pd.Series[str]:
    """Put the spreadsheet guard before values that are there: 75008 → '75008."""
    return values.where(values == "", "'" + values)


def write_customers(folder: Path, shop: pd.DataFrame, orders: pd.DataFrame, night: int) -> None:
    """Write all accounts as they stand on `night`, with what they have spent until then."""
    rows = shop[shop["night"] <= night]
    bought = orders[(orders["night"] <= night) & (orders["customer_row"] >= 0)]
    total = bought["subtotal_cents"] + bought["shipping_cents"]
    spent = total.groupby(bought["customer_row"]).sum().reindex(rows.index, fill_value=0)
    count = bought.groupby("customer_row").size().reindex(rows.index, fill_value=0)
    values: dict[str, pd.Series[str] | Text | str] = {
        "Customer ID": "'" + rows["id"],
        "First Name": rows["given"],
        "Last Name": rows["family"],
        "Email": rows["email"],
        "Accepts Email Marketing": as_text(np.where(rows["person"] % 5 < 2, "yes", "no")),
        "Default Address Address1": rows["street"],
        "Default Address City": rows["city"],
        "Default Address Province Code": rows["region"],
        "Default Address Country Code": rows["country"],
        "Default Address Zip": guarded(rows["postcode"]),
        "Default Address Phone": guarded(rows["phone"]),
        "Phone": guarded(rows["phone"].where(rows["phone"].str.startswith("+"), "")),
        "Accepts SMS Marketing": "no",
        "Total Spent": plain(spent),
        "Total Orders": digits(count),
        "Tax Exempt": "no",
    }
    write_csv(
        folder / f"customers_{business_date(night)}.csv", as_table(SHOPIFY_CUSTOMERS, values, rows.index)
    )


def write_orders(
    folder: Path, orders: pd.DataFrame, lines: pd.DataFrame, night: int
) -> dict[str, tuple[Path, int]]:
    """Write the orders that are new on `night` and those whose refund is; on the first, a bad row among them.

    Returns:
        File and line of the bad row, by the name of its case.
    """
    is_new = orders["night"] == night
    rows = orders[is_new | ((orders["refund_night"] == night) & (orders["night"] < night))]
    known_refund = rows["refund_cents"].where(rows["refund_night"].between(1, night), 0)
    own = lines[lines["sale"].isin(rows.index)].sort_values("sale", kind="stable", ignore_index=True)
    heads = _order_fields(rows.assign(refund_cents=known_refund)).loc[own["sale"].to_numpy()]
    # Shopify fills order-level fields on the order's first row only.
    heads = heads.reset_index(drop=True).where(~own["sale"].duplicated(), "")
    values = {str(name): heads[name] for name in heads} | _line_fields(rows, own)
    table = as_table(SHOPIFY_ORDERS, values, own.index)
    path = folder / f"orders_{business_date(night)}.csv"
    if night > 1:
        write_csv(path, table)
        return {}
    bad = raw_line(table, dict(table.iloc[0]) | {"Name": BAD_ORDER, "Total": "n/a", "Id": "9990010000000"})
    place = int(np.searchsorted(own["sale"].to_numpy(), own["sale"].iloc[len(own) // 2]))
    return {"order_with_total_that_is_no_number": (path, write_csv(path, table, {place: bad})[place])}


def deliver_again(first_folder: Path, folder: Path) -> tuple[Path, Path]:
    """Copy the first night's orders under the name a browser gives a second download."""
    source = first_folder / f"orders_{business_date(1)}.csv"
    return source, Path(shutil.copyfile(source, folder / f"orders_{business_date(1)} (1).csv"))


def _order_fields(rows: pd.DataFrame) -> pd.DataFrame:
    total = rows["subtotal_cents"] + rows["shipping_cents"]
    when = berlin_offset(rows["occurred_at"].to_numpy())
    refund = rows["refund_cents"]
    paid = np.select([refund == 0, refund >= total], ["paid", "refunded"], "partially_refunded")
    state = np.where(
        (refund > 0) & (refund >= rows["subtotal_cents"]) & (refund < total), "partially_refunded", paid
    )
    values: dict[str, pd.Series[str] | Text | str] = {
        "Financial Status": as_text(state),
        "Paid at": when,
        "Fulfillment Status": "fulfilled",
        "Fulfilled at": when,
        "Accepts Marketing": as_text(np.where(rows["person"] % 5 < 2, "yes", "no")),
        "Currency": "EUR",
        "Subtotal": plain(rows["subtotal_cents"]),
        "Shipping": plain(rows["shipping_cents"]),
        "Taxes": plain(included_vat(total)),
        "Total": plain(total),
        "Discount Code": as_text(np.where(rows["discount_cents"] > 0, "DANKE10", "")),
        "Discount Amount": plain(rows["discount_cents"]),
        "Shipping Method": as_text(np.where(rows["shipping_cents"] > 0, "Standard", "Frei Haus")),
        "Payment Method": "Shopify Payments",
        "Refunded Amount": plain(refund),
        "Outstanding Balance": "0.00",
        "Id": rows["order_id"],
        "Risk Level": "Low",
        "Source": "web",
        "Tax 1 Name": "DE MwSt 19%",
        "Tax 1 Value": plain(included_vat(total)),
        "Phone": guarded(rows["phone"].where(rows["person"] % 2 == 0, "")),
        "Payment ID": "p" + rows["order_id"],
        "Payment References": "p" + rows["order_id"],
    }
    return pd.DataFrame(values | _addresses(rows), index=rows.index)


def _addresses(rows: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Bill and ship to the same place."""
    values = {}
    for kind in ("Billing", "Shipping"):
        values[f"{kind} Name"] = (rows["given"] + " " + rows["family"]).str.strip()
        values[f"{kind} Street"] = rows["street"]
        values[f"{kind} Address1"] = rows["street"]
        values[f"{kind} City"] = rows["city"]
        values[f"{kind} Zip"] = guarded(rows["postcode"])
        values[f"{kind} Province"] = rows["region"]
        values[f"{kind} Country"] = rows["country"]
        values[f"{kind} Phone"] = guarded(rows["phone"])
    return values


def _line_fields(rows: pd.DataFrame, own: pd.DataFrame) -> dict[str, pd.Series[str] | Text | str]:
    sold = products().iloc[own["product"]]
    orders = rows.loc[own["sale"].to_numpy()]
    return {
        "Name": as_text(orders["id"].to_numpy(dtype=object)),
        "Email": as_text(orders["email"].to_numpy(dtype=object)),
        "Created at": berlin_offset(orders["occurred_at"].to_numpy()),
        "Lineitem quantity": digits(own["quantity"]),
        "Lineitem name": as_text(sold["name"].to_numpy(dtype=object)),
        "Lineitem price": plain(sold["price_cents"].to_numpy()),
        "Lineitem sku": as_text(sold["sku"].to_numpy(dtype=object)),
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "true",
        "Lineitem fulfillment status": "fulfilled",
        "Vendor": "Hauswerk",
        "Lineitem discount": "0.00",
    }

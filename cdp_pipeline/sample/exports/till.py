"""Square's transaction and item exports, and the loyalty list in a layout of our own."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import (
    BLANK,
    Written,
    first_row,
    insert_lines,
    raw_line,
    write_export,
)
from cdp_pipeline.sample.exports.headers import LOYALTY_MEMBERS, SQUARE_ITEMS, SQUARE_TRANSACTIONS

_BAD_TRANSACTION = {
    "Date": "2026-02-30",
    "Transaction ID": "BADDATE000000000000001",
    "Payment ID": "BADDATE000000000000002",
    "Customer ID": "",
    "Customer Name": "",
    "Customer Reference ID": "",
}
_RAGGED_MEMBER = (
    "LC-999001,Irmgard Unterberger,f,1957-03-09,0171 3920088,,Marktplatz 4, Hinterhaus,10115,Berlin,DE,"
    "2024-02-03,Berlin Mitte,no,2025-06-01T09:00:00Z"
)


def write_sales(engine: Engine, folder: Path, night: int) -> Written:
    """Write the night's transactions and their items, newest first as Square does; on the first, a bad row."""
    path = folder / f"items_{business_date(night)}.csv"
    written = write_export(engine, path, SQUARE_ITEMS, _ITEMS.format(night=night), ("rank", "line"))
    path = folder / f"transactions_{business_date(night)}.csv"
    written.add(write_export(engine, path, SQUARE_TRANSACTIONS, _TRANSACTIONS.format(night=night), ("rank",)))
    bad = {5: raw_line(SQUARE_TRANSACTIONS, first_row(path) | _BAD_TRANSACTION)} if night == 1 else {}
    lines = insert_lines(path, {2: BLANK, **bad})
    if bad:
        written.bad_rows["transaction_on_the_30th_of_february"] = (path, lines[5])
    return written


# Whom the till recognised; a scanned card adds the member number.
_RECEIPTS = """
    recognised as (
        select till_customer.row, till_customer.id, member.id as member_no,
            trim(till_customer.family || ', ' || till_customer.given, ', ') as name
        from till_customer
        left join member on till_customer.member_row = member.row
    ),
    rung_up as (
        select *, berlin(occurred_at)::varchar as local from till_sale where night = {night}
    ),
    receipt as (
        select
            rung_up.rank, rung_up.position, local[:10] as date, local[12:] as time,
            rung_up.transaction_id, rung_up.payment_id, rung_up.location, rung_up.total_cents, rung_up.is_card,
            case when rung_up.is_refund then 'Refund' else 'Payment' end as event_type,
            recognised.id as customer_id, recognised.name as customer_name,
            case when rung_up.is_scanned then recognised.member_no end as member_no
        from rung_up
        left join recognised on rung_up.customer_row = recognised.row
    )
"""

_COMMON = """
        date as "Date",
        time as "Time",
        'Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna' as "Time Zone",
        dollars(cents - tax_cents) as "Gross Sales",
        '$0.00' as "Discounts",
        dollars(cents - tax_cents) as "Net Sales",
        dollars(tax_cents) as "Tax",
        transaction_id as "Transaction ID",
        payment_id as "Payment ID",
        'Kasse ' || location[1] as "Device Name",
        'https://squareup.com/dashboard/sales/transactions/' || transaction_id as "Details",
        event_type as "Event Type",
        location as "Location",
        customer_id as "Customer ID",
        customer_name as "Customer Name",
        member_no as "Customer Reference ID"
"""

_TRANSACTIONS = f"""
    with {_RECEIPTS},
    paid as (
        select
            *, total_cents as cents, included_tax(total_cents, 19) as tax_cents,
            case when is_card and total_cents > 0 then -(total_cents * 165 // 10000) else 0 end as fee_cents
        from receipt
    )
    select
        {_COMMON},
        '$0.00' as "Gift Card Sales",
        '$0.00' as "Tip",
        '$0.00' as "Partial Refunds",
        dollars(cents) as "Total Collected",
        'Point of Sale' as "Source",
        dollars(case when is_card then cents else 0 end) as "Card",
        case when is_card then 'Tapped' else 'N/A' end as "Card Entry Methods",
        dollars(case when is_card then 0 else cents end) as "Cash",
        '$0.00' as "Square Gift Card",
        '$0.00' as "Other Tender",
        dollars(fee_cents) as "Fees",
        dollars(cents + fee_cents) as "Net Total",
        case when is_card then 'Visa' end as "Card Brand",
        case when is_card then lpad((abs(cents) * 7919 % 10000)::varchar, 4, '0') end as "PAN Suffix",
        rank
    from paid
"""

_ITEMS = f"""
    with {_RECEIPTS},
    item as (
        select
            receipt.*, till_line.line, till_line.quantity, till_line.cents, article.name, article.category, article.sku,
            included_tax(till_line.cents, 19) as tax_cents
        from till_line
        inner join receipt on till_line.position = receipt.position
        inner join article on till_line.product = article.product
    )
    select
        {_COMMON},
        category as "Category",
        name as "Item",
        quantity || '.0' as "Qty",
        'Regular' as "Price Point Name",
        sku as "SKU",
        'ea' as "Unit",
        quantity::varchar as "Count",
        'Physical Good' as "Itemization Type",
        rank, line
    from item
"""


def write_members(engine: Engine, folder: Path, night: int) -> Written:
    """Write the loyalty list as it stands on `night`; on the first, a row with one field too many among them."""
    path = folder / f"loyalty_members_{business_date(night)}.csv"
    written = write_export(engine, path, LOYALTY_MEMBERS, _MEMBERS.format(night=night), ("row",))
    if night == 1:
        lines = insert_lines(path, {7: _RAGGED_MEMBER})
        written.bad_rows["member_with_one_field_too_many"] = (path, lines[7])
    return written


_MEMBERS = """
    with listed as (
        select * from member
        where night <= {night} and not (gone_night between 1 and {night})
    )
    select
        id as "member_no",
        trim(given || ' ' || family) as "full_name",
        gender, birth_date, phone, email, street, postcode, city, country,
        created_at::date::varchar as "enrolled_on",
        home_store,
        case when habit(person, 4) = 0 then 'yes' else 'no' end as "newsletter",
        utc_text(updated_at) as "updated_at",
        row
    from listed
"""

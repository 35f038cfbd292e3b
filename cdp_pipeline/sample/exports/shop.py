"""Shopify's customer and order exports."""

from __future__ import annotations

import shutil
from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import Written, first_row, insert_lines, raw_line, write_export
from cdp_pipeline.sample.exports.headers import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS
from cdp_pipeline.sample.orders import FIRST_ORDER_ID, FIRST_ORDER_NUMBER, ORDER_ID_STEP

_BAD_ORDER = {"Name": "#999001", "Total": "n/a", "Id": "9990010000000"}


def write_customers(engine: Engine, folder: Path, night: int) -> Written:
    """Write all accounts as they stand on `night`, with what they have spent until then."""
    path = folder / f"customers_{business_date(night)}.csv"
    return write_export(engine, path, SHOPIFY_CUSTOMERS, _CUSTOMERS.format(night=night), ("row",))


_CUSTOMERS = """
    with bought as (
        select shop_row, count(*) as orders, sum(subtotal_cents + shipping_cents)::bigint as cents
        from sold_order
        where night <= {night} and shop_row >= 0
        group by shop_row
    ),
    customer as (
        select shop.*, coalesce(bought.orders, 0) as orders, coalesce(bought.cents, 0) as cents
        from shop
        left join bought on shop.row = bought.shop_row
        where shop.night <= {night} and not (shop.gone_night between 1 and {night})
    )
    select
        '''' || id as "Customer ID",
        given as "First Name",
        family as "Last Name",
        email as "Email",
        case when habit(person, 5) < 2 then 'yes' else 'no' end as "Accepts Email Marketing",
        street as "Default Address Address1",
        city as "Default Address City",
        region as "Default Address Province Code",
        country as "Default Address Country Code",
        guarded(postcode) as "Default Address Zip",
        guarded(phone) as "Default Address Phone",
        case when phone like '+%' then guarded(phone) end as "Phone",
        'no' as "Accepts SMS Marketing",
        plain(cents) as "Total Spent",
        orders::varchar as "Total Orders",
        'no' as "Tax Exempt",
        row
    from customer
"""


def record_orders(engine: Engine, night: int) -> None:
    """Write down what the shop knows of the orders that come on `night`, as its accounts stand then.

    Makes or extends `order_record`: one row per order: position, id, night, person, troubles, cast_label and what
    the buyer entered.
    """
    query = _RECORDS.format(night=night, number=FIRST_ORDER_NUMBER, first=FIRST_ORDER_ID, step=ORDER_ID_STEP)
    if night == 1:
        engine.replace_table("order_record", query)
    else:
        engine.execute(f"insert into order_record {query}")


_RECORDS = """
    with entered as (
        select 'shop' as origin, row, person, given, family, email, phone, street, postcode, city, region, country,
            troubles, '' as cast_label
        from shop
        union all
        select 'guest', row, person, given, family, email, phone, street, postcode, city, region, country, troubles, ''
        from guest
        union all
        select 'cast', row, person, given, family, email, phone, street, postcode, city, region, country, troubles,
            cast_label
        from cast_order
    ),
    placed as (
        select
            *,
            case when cast_row >= 0 then 'cast' when guest_row >= 0 then 'guest' else 'shop' end as origin,
            case when cast_row >= 0 then cast_row when guest_row >= 0 then guest_row else shop_row end as row
        from sold_order
        where night = {night}
    )
    select
        placed.position,
        '#' || ({number} + placed.position) as id,
        placed.night,
        ({first} + {step} * placed.position)::varchar as order_id,
        entered.person, entered.troubles, entered.cast_label,
        trim(entered.given || ' ' || entered.family) as full_name,
        entered.email, entered.phone, entered.street, entered.postcode, entered.city, entered.region, entered.country,
        berlin_text(placed.occurred_at) as ordered_at
    from placed
    inner join entered on placed.origin = entered.origin and placed.row = entered.row
    order by placed.position
"""


def write_orders(engine: Engine, folder: Path, night: int) -> Written:
    """Write the orders that are new on `night`, and those refunded or corrected then; on the first, a bad row."""
    path = folder / f"orders_{business_date(night)}.csv"
    written = write_export(engine, path, SHOPIFY_ORDERS, _ORDERS.format(night=night), ("line",))
    if night == 1:
        bad = raw_line(SHOPIFY_ORDERS, first_row(path) | _BAD_ORDER)
        place = engine.fetch_value(_LINES_OF_FIRST_ORDERS)
        written.bad_rows["order_with_total_that_is_no_number"] = (
            path,
            insert_lines(path, {place: bad})[place],
        )
    return written


def deliver_again(engine: Engine, first_folder: Path, folder: Path) -> Written:
    """Copy the first night's orders under the name a browser gives a second download."""
    source = first_folder / f"orders_{business_date(1)}.csv"
    copy = folder / f"orders_{business_date(1)} (1).csv"
    shutil.copyfile(source, copy)
    return Written({copy: engine.fetch_value(_LINES_OF_NIGHT_1)})


_LINES_OF_NIGHT_1 = """
    select count(*) from order_line where position in (select position from sold_order where night = 1)
"""


# After the third order of the first night's file, never inside an order.
_LINES_OF_FIRST_ORDERS = """
    select count(*) from order_line
    where position in (select position from sold_order where night = 1 order by position limit 3)
"""

# Shopify fills order-level fields on the order's first row only; on the others they are null from `line` on.
_ORDERS = """
    with delivered as (
        select
            position, currency, discount_code, discount_cents, subtotal_cents,
            case when corrected_night between 1 and {night} then 0 else shipping_cents end as shipping_cents,
            case when refund_night between 1 and {night} then refund_cents else 0 end as refund_cents,
            case currency when 'CHF' then 8 when 'GBP' then 20 when 'USD' then 0 else 19 end as tax_percent
        from sold_order
        where night = {night} or (night < {night} and (refund_night = {night} or corrected_night = {night}))
    ),
    placed as (
        select delivered.*, order_record.* exclude (position, night, cast_label, troubles)
        from delivered
        inner join order_record on delivered.position = order_record.position
    ),
    line as (
        select
            order_line.line, order_line.is_first, order_line.quantity, order_line.price_cents,
            article.name as item, article.sku, placed.id, placed.email, placed.ordered_at,
            case
                when order_line.is_first then columns(placed.* exclude (position, id, email, ordered_at))
            end
        from order_line
        inner join placed on order_line.position = placed.position
        inner join article on order_line.product = article.product
    ),
    priced as (
        select
            *, subtotal_cents + shipping_cents as total_cents,
            included_tax(subtotal_cents + shipping_cents, tax_percent) as tax_cents
        from line
    )
    select
        id as "Name",
        email as "Email",
        case
            when refund_cents = 0 then 'paid'
            when refund_cents >= total_cents then 'refunded'
            when refund_cents > 0 then 'partially_refunded'
        end as "Financial Status",
        case when is_first then ordered_at end as "Paid at",
        case when is_first then 'fulfilled' end as "Fulfillment Status",
        case when is_first then ordered_at end as "Fulfilled at",
        case when habit(person, 5) < 2 then 'yes' when person is not null then 'no' end as "Accepts Marketing",
        currency as "Currency",
        plain(subtotal_cents) as "Subtotal",
        plain(shipping_cents) as "Shipping",
        plain(tax_cents) as "Taxes",
        plain(total_cents) as "Total",
        discount_code as "Discount Code",
        plain(discount_cents) as "Discount Amount",
        case when shipping_cents > 0 then 'Standard' when shipping_cents = 0 then 'Frei Haus' end as "Shipping Method",
        ordered_at as "Created at",
        quantity::varchar as "Lineitem quantity",
        item as "Lineitem name",
        plain(price_cents) as "Lineitem price",
        sku as "Lineitem sku",
        'true' as "Lineitem requires shipping",
        'true' as "Lineitem taxable",
        'fulfilled' as "Lineitem fulfillment status",
        full_name as "Billing Name",
        street as "Billing Street",
        street as "Billing Address1",
        city as "Billing City",
        guarded(postcode) as "Billing Zip",
        region as "Billing Province",
        country as "Billing Country",
        guarded(phone) as "Billing Phone",
        full_name as "Shipping Name",
        street as "Shipping Street",
        street as "Shipping Address1",
        city as "Shipping City",
        guarded(postcode) as "Shipping Zip",
        region as "Shipping Province",
        country as "Shipping Country",
        guarded(phone) as "Shipping Phone",
        case when is_first then 'Shopify Payments' end as "Payment Method",
        plain(refund_cents) as "Refunded Amount",
        'Hauswerk' as "Vendor",
        case when is_first then '0.00' end as "Outstanding Balance",
        order_id as "Id",
        case when is_first then 'Low' end as "Risk Level",
        case when is_first then 'web' end as "Source",
        '0.00' as "Lineitem discount",
        case currency when 'EUR' then 'DE MwSt 19%' when 'CHF' then 'CH MWST 8%' when 'GBP' then 'GB VAT 20%' end
            as "Tax 1 Name",
        case when currency <> 'USD' then plain(tax_cents) end as "Tax 1 Value",
        case when habit(person, 2) = 0 then guarded(phone) end as "Phone",
        'p' || order_id as "Payment ID",
        'p' || order_id as "Payment References",
        line
    from priced
"""

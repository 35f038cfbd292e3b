"""The files of a generated sample as tables, for tests that ask questions in SQL."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine, quote_literal

# Folder and stem of each layout's files.
LAYOUTS = {
    "orders": "shop/orders",
    "customers": "shop/customers",
    "contacts": "crm/contacts",
    "transactions": "till/transactions",
    "items": "till/items",
    "members": "till/loyalty_members",
    "campaign_events": "email/campaign_events",
    "consents": "consent/preferences",
    "web_events": "web/events",
    "tickets": "service/tickets",
    "spend": "ads/spend",
    "products": "catalogue/products",
    "rates": "catalogue/exchange_rates",
}
BAD = "('#999001', 'LC-999001', 'BADDATE000000000000001')"


def open_sample(root: Path) -> Engine:
    """Load every night's files, each layout into a table with the night beside the vendor's columns.

    `order_head` holds the first row of each delivered order. Bad rows and second deliveries of a file are left out.
    """
    engine = Engine.open()
    for table, stem in LAYOUTS.items():
        files = sorted(path for path in root.glob(f"night_*/{stem}_*.csv") if "(1)" not in path.name)
        names = ", ".join(quote_literal(str(path)) for path in files)
        engine.replace_table(
            table,
            "select regexp_extract(filename, 'night_([0-9]+)', 1)::integer as night, * exclude (filename)"
            f" from read_csv([{names}], header=true, all_varchar=true, filename=true, null_padding=true,"
            " union_by_name=true, quote='\"', delim=',')",
        )
    engine.execute(f'delete from orders where "Name" in {BAD}')
    engine.execute(f'delete from transactions where "Transaction ID" in {BAD}')
    engine.execute(f"delete from members where member_no in {BAD}")
    engine.execute('delete from contacts where "Id" is null')
    engine.replace_table("order_head", 'select * from orders where "Total" is not null')
    return engine

"""What the files of `exports/` are to become: records set aside, rows by table, and the rows themselves.

Written after looking at each table; numbers and times are text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Row = tuple[str | bool | None, ...]

SET_ASIDE = [
    ("ad_spend", "6", "cost_is_negative"),
    ("campaign_events", "7", "event_is_unknown"),
    ("consent_preferences", "6", "purpose_is_unknown"),
    ("exchange_rates", "5", "eur_rate_has_wrong_form"),
    ("exchange_rates", "6", "currency_is_missing"),
    ("hubspot_contacts", "6", "record_id_has_wrong_form"),
    ("klaviyo_profiles", "7", "email_consent_is_unknown"),
    ("loyalty_members", "6", "member_no_is_missing"),
    ("mailchimp_audience", "3", "email_is_missing, leid_is_missing"),
    ("products", "7", "sku_is_missing"),
    ("salesforce_account", "6", "account_id_has_wrong_form"),
    ("salesforce_contact", "7", "last_modified_date_is_no_time"),
    ("service_tickets", "6", "created_at_is_missing"),
    ("shopify_customers", "6", "customer_id_has_wrong_form"),
    ("shopify_customers_older", "5", "accepts_email_marketing_is_unknown"),
    ("shopify_customers_older", "7", "empty_key"),
    ("shopify_orders", "9", "total_is_no_amount"),
    ("square_items", "6", "quantity_is_no_amount"),
    ("square_transactions", "6", "date_is_no_date"),
    ("suppressions", "7", "suppressed_value_is_missing"),
    ("web_events", "6", "event_at_is_no_time"),
    ("woocommerce_customers", "6", "empty_key"),
    ("woocommerce_orders", "7", "ordered_at_is_no_time"),
]
"""Layout, line and broken rule."""

COUNTS: Mapping[str, Mapping[str, int]] = {
    "ad_spend": {"ad_spend": 4},
    "campaign_events": {"consent_event": 2, "email_event": 5},
    "consent_preferences": {"consent_event": 6},
    "exchange_rates": {"exchange_rate": 3},
    "hubspot_contacts": {
        "customer_record": 4, "contact_point": 8, "postal_address": 1, "external_id": 1, "consent_event": 1,
    },
    "klaviyo_profiles": {
        "customer_record": 5, "contact_point": 6, "postal_address": 1, "consent_event": 3, "suppression": 1,
    },
    "loyalty_members": {"customer_record": 4, "contact_point": 6, "postal_address": 3, "external_id": 4},
    "mailchimp_audience": {"customer_record": 5, "contact_point": 6, "consent_event": 6, "email_event": 1},
    "products": {"product": 5},
    "salesforce_account": {
        "customer_record": 2, "contact_point": 3, "postal_address": 1, "external_id": 1, "consent_event": 1,
    },
    "salesforce_contact": {
        "customer_record": 5, "contact_point": 8, "postal_address": 2, "external_id": 1, "consent_event": 3,
    },
    "service_tickets": {"service_interaction": 4},
    "shopify_customers": {"customer_record": 4, "contact_point": 7, "postal_address": 3, "consent_event": 3},
    "shopify_customers_older": {
        "customer_record": 4, "contact_point": 5, "postal_address": 3, "consent_event": 3,
    },
    "shopify_orders": {
        "customer_record": 4, "contact_point": 4, "postal_address": 6, "consent_event": 1, "purchase": 4,
        "purchase_line": 6,
    },
    "square_items": {"purchase_line": 4},
    "square_transactions": {"customer_record": 1, "external_id": 1, "purchase": 4},
    "suppressions": {"suppression": 6},
    "web_events": {"web_event": 4},
    "woocommerce_customers": {"customer_record": 7, "contact_point": 10, "postal_address": 6},
    "woocommerce_orders": {
        "customer_record": 5, "contact_point": 7, "postal_address": 4, "purchase": 5, "purchase_line": 5,
    },
}  # fmt: skip
"""Rows of each canonical table, by the source that feeds it."""

RECORDS: Sequence[tuple[str, str, Row]] = [
    ("hubspot_contacts", "1051", ("Mia", "Krause", None, "1988-03-14", "female", "2026-05-01 08:00:00")),
    ("klaviyo_profiles", "01HXAMPLE0000000000000001", ("Lea", "Brandt", None, None, None, None)),
    ("loyalty_members", "LC-1000031", ("Wim", "de Boer", "senior", "1950-12-05", "male", "2026-04-21 08:00:00")),
    ("mailchimp_audience", "504", ("Rolf", "Ebert", None, None, None, "2026-04-10 12:00:00")),
    ("salesforce_account", "0015f00002TesTAAA2",
     ("Eva", "Lang", None, "1979-11-02", "female", "2026-04-30 08:00:00")),
    ("salesforce_contact", "0035f00002TesTAAA1",
     ("Nora", "Falk", None, "1990-07-21", "female", "2026-04-30 08:00:00")),
    ("salesforce_contact", "0035f00002TesTA",
     ("Tim", "Ahrens", "junior", "1991-12-05", "male", "2026-04-30 22:00:00")),
    ("shopify_customers", "6100000000003", ("Élodie", "Martin", None, None, None, None)),
    ("shopify_orders", "#1002", ("Élodie", "Martin", None, None, None, "2026-05-01 21:30:00")),
    ("square_transactions", "CUST01", ("Ada", "Lindqvist", None, None, None, "2026-05-03 13:00:00")),
    ("woocommerce_orders", "7002", ("Hugo", "Petit", None, None, None, "2026-05-01 21:45:00")),
]  # fmt: skip
"""Source, record and the person as `customer_record` has it."""

ROWS: Mapping[str, Sequence[Row]] = {
    # Told by an address or a user name: the id shows neither, so these are found by their names.
    "select source_system, contact_value, is_valid, is_mobile from standardise.contact_point"
    " inner join standardise.customer_record using (source_system, record_kind, source_record_id)"
    " where source_system in ('shopify_customers_older', 'woocommerce_customers')"
    " and family_name in ('Okafor', 'Vance', 'Petit', 'Möller') order by all": [
        ("shopify_customers_older", "+12025550102", True, True),
        ("shopify_customers_older", "cora.vance@example.com", True, None),
        ("woocommerce_customers", "+491713920081", True, True),
        ("woocommerce_customers", "+491713920082", True, True),
        ("woocommerce_customers", "hugo.petit@example.com", True, None),
        ("woocommerce_customers", "kaethe@example.com", True, None),
    ],
    "select source_system, source_record_id, address_label, street, postcode, city, region, country"
    " from standardise.postal_address where street like 'Hauptstr%' or city in ('Salzburg', 'Jena')"
    " or source_record_id in ('#1004', '7002') order by all": [
        ("hubspot_contacts", "1051", "mailing", "Gartenweg 3", "5020", "Salzburg", None, "AT"),
        ("salesforce_account", "0015f00002TesTAAA2", "billing", "Am Markt 2", "07743", "Jena", None, "DE"),
        ("salesforce_contact", "0035f00002TesTAAA1", "mailing", "Hauptstraße 5 Hinterhaus", "10115", "Berlin",
         None, "DE"),
        ("shopify_customers", "6100000000001", "home", "Hauptstraße 5", "10115", "Berlin", None, "DE"),
        ("shopify_orders", "#1001", "billing", "Hauptstraße 5", "10115", "Berlin", None, "DE"),
        ("shopify_orders", "#1001", "shipping", "Hauptstraße 5", "10115", "Berlin", None, "DE"),
        ("shopify_orders", "#1004", "billing", "Lindenweg 7", "1070", "Wien", None, "AT"),
        ("shopify_orders", "#1004", "shipping", "Lindenweg 7", "1070", "Wien", None, "AT"),
        ("woocommerce_orders", "7002", "billing", "4 quai Rambaud", "69001", "Lyon", None, "FR"),
        ("woocommerce_orders", "7002", "shipping", "1 place Carnot", "69002", "Lyon", None, "FR"),
    ],
    "select postcode, region, country from standardise.postal_address"
    " where source_system in ('woocommerce_customers', 'shopify_customers_older') and region is not null"
    " order by all": [
        ("02826", "SN", "DE"),
        ("24103", "SH", "DE"),
        ("53111", "NW", "DE"),
        ("73301", "TX", "US"),
        ("97204", "OR", "US"),
    ],
    "select source_system, source_record_id, id_kind, id_value from standardise.external_id"
    " where source_system <> 'loyalty_members' order by all": [
        ("hubspot_contacts", "1052", "crm_master", "1051"),
        ("salesforce_account", "0015f00002TesTAAA3", "crm_master", "0015F00002TESTAAA2"),
        ("salesforce_contact", "0035f00002TesTAAA2", "crm_master", "0035F00002TESTAAA1"),
        ("square_transactions", "CUST01", "loyalty_number", "LC-1000017"),
    ],
    "select source_system, contact_value, purpose, channel, status, occurred_at from standardise.consent_event"
    " order by all": [
        ("campaign_events", "pia.kern@example.com", "marketing", "email", "withdrawn", "2026-05-01 09:00:00"),
        ("campaign_events", "rolf.ebert@example.com", "marketing", "email", "withdrawn", "2026-05-01 09:10:00"),
        ("consent_preferences", "+436641234501", "marketing", "sms", "denied", "2026-04-02 08:00:00"),
        ("consent_preferences", "+491713920071", "ad_audiences", "ads", "granted", "2026-04-01 08:00:00"),
        ("consent_preferences", "+496641234501", "marketing", "sms", "denied", "2026-04-02 08:00:00"),
        ("consent_preferences", "nora.falk@example.com", "ad_audiences", "ads", "granted", "2026-04-01 08:00:00"),
        ("consent_preferences", "omar.said@example.com", "marketing", "any", "withdrawn", "2026-04-02 08:00:00"),
        ("consent_preferences", "pia.kern@example.com", "profiling", "any", "granted", "2026-04-03 08:00:00"),
        ("hubspot_contacts", "noel.frank@example.com", "marketing", "email", "withdrawn", "2026-05-02 14:45:00"),
        ("klaviyo_profiles", "lea.brandt@example.com", "marketing", "email", "granted", "2026-02-21 20:07:38"),
        ("klaviyo_profiles", "milo.hart@example.com", "marketing", "email", "withdrawn", "2026-03-03 07:00:00"),
        ("klaviyo_profiles", "otto.beck@example.com", "marketing", "email", "granted", "2026-01-01 00:00:00"),
        ("mailchimp_audience", "dead.box@example.com", "marketing", "email", "granted", "2025-12-01 08:01:00"),
        ("mailchimp_audience", "nora.falk@example.com", "marketing", "email", "granted", "2026-03-01 09:05:00"),
        ("mailchimp_audience", "pia.kern@example.com", "marketing", "email", "granted", "2026-03-02 09:00:00"),
        ("mailchimp_audience", "quin@example.com", "marketing", "email", "granted", "1970-01-01 00:00:00"),
        ("mailchimp_audience", "rolf.ebert@example.com", "marketing", "email", "granted", "2026-01-05 08:01:00"),
        ("mailchimp_audience", "rolf.ebert@example.com", "marketing", "email", "withdrawn", "2026-04-10 12:00:00"),
        ("salesforce_account", "eva.lang@example.com", "marketing", "email", "withdrawn", "2026-04-30 08:00:00"),
        ("salesforce_contact", "+436641234503", "marketing", "phone", "withdrawn", "2026-04-30 08:00:00"),
        ("salesforce_contact", "gil.gone@example.com", "marketing", "email", "withdrawn", "2026-04-30 08:00:00"),
        ("salesforce_contact", "tim.ahrens@example.com", "marketing", "email", "withdrawn", "2026-04-30 22:00:00"),
        ("shopify_customers", "+491713920071", "marketing", "sms", "granted", "1970-01-01 00:00:00"),
        ("shopify_customers", "elodie.martin@example.com", "marketing", "email", "granted", "1970-01-01 00:00:00"),
        ("shopify_customers", "nora.falk@example.com", "marketing", "email", "granted", "1970-01-01 00:00:00"),
        ("shopify_customers_older", "+12025550102", "marketing", "sms", "granted", "1970-01-01 00:00:00"),
        ("shopify_customers_older", "ada.lindqvist@example.com", "marketing", "email", "granted",
         "1970-01-01 00:00:00"),
        ("shopify_customers_older", "eli.stone@example.com", "marketing", "email", "granted", "1970-01-01 00:00:00"),
        ("shopify_orders", "nora.falk@example.com", "marketing", "email", "granted", "2026-05-01 08:00:00"),
    ],
    "select source_system, contact_kind, contact_value, channel, reason, added_on from standardise.suppression"
    " order by all": [
        ("klaviyo_profiles", "email", "otto.beck@example.com", "email", "['HARD_BOUNCE', 'USER_SUPPRESSED']", None),
        ("suppressions", "email", "rolf.ebert@example.com", "any", "asked by letter, 12 March", "2026-03-12"),
        ("suppressions", "phone", "+12025550102", "any", None, None),
        ("suppressions", "phone", "+436641234501", "any", "wrong number", "2026-03-13"),
        ("suppressions", "phone", "+491713920069", "any", None, None),
        ("suppressions", "phone", "+496641234501", "any", "wrong number", "2026-03-13"),
        ("suppressions", "sha256", "d109b150bd1b4db65e9138d24142246d77c57e26302c0f9090dd55f7c91c02f9", "any",
         "erasure request", "2026-03-14"),
    ],
    "select purchase_id, channel, store, occurred_at, status, currency, net_amount from standardise.purchase"
    " order by source_system, purchase_id": [
        ("#1001", "shop", None, "2026-05-01 08:00:00", "paid", "EUR", "48.70"),
        ("#1002", "shop", None, "2026-05-01 21:30:00", "partially_refunded", "EUR", "19.80"),
        ("#1003", "till", "Berlin Mitte", "2026-05-02 10:10:12", "paid", "EUR", "13.41"),
        ("#1004", "shop", None, "2026-05-03 06:00:00", "cancelled", "EUR", "0.00"),
        ("TXAAA1", "till", "Brooklyn", "2026-05-02 16:10:12", "paid", "USD", "40.15"),
        ("TXBBB2", "till", "Brooklyn", "2026-05-03 16:10:12", "paid", "USD", "1360.94"),
        ("TXCCC3", "till", "Brooklyn", "2026-05-03 13:00:00", "refund", "USD", "-14.11"),
        ("TXDDD4", "till", "Brooklyn", "2026-05-03 16:10:12", "paid", "USD", "5.44"),
        ("7001", "shop", None, "2026-05-01 08:00:00", "paid", "EUR", "53.60"),
        ("7002", "shop", None, "2026-05-01 21:45:00", "paid", "EUR", "34.70"),
        ("7003", "shop", None, "2026-05-02 07:00:00", "refunded", "EUR", "0.00"),
        ("7004", "shop", None, "2026-05-02 08:00:00", "pending", "EUR", "14.80"),
        ("7005", "shop", None, "2026-05-02 09:00:00", "cancelled", "EUR", "0.00"),
    ],
    "select purchase_id, line_number, sku, product_name, category, quantity, line_amount"
    " from standardise.purchase_line where purchase_id in ('#1001', 'TXAAA1', 'TXCCC3', '7001', '7003')"
    " order by source_system, purchase_id, line_number": [
        ("#1001", "1", "MUG-001", "Becher blau", "Kitchen", "2.000", "29.80"),
        ("#1001", "2", "PLT-010", "Teller, groß", "Kitchen", "1.000", "18.90"),
        ("TXAAA1", "1", "MUG-001", "Mug, blue", "Kitchen", "2.000", "26.04"),
        ("TXAAA1", "2", "CDL-002", "Candle", "Living", "1.000", "14.11"),
        ("TXCCC3", "1", "MUG-001", "Mug, blue", "Kitchen", "-1.000", "-14.11"),
        ("7001", "1", "MUG-001", "Becher blau", "Kitchen", "2.000", "29.80"),
        ("7001", "2", "PLT-010", "Teller; groß", "Kitchen", "1.000", "18.90"),
        ("7003", "1", None, "Kerze", None, "1.000", "9.90"),
    ],
    "select email, event, occurred_at from standardise.email_event order by all": [
        ("dead.box@example.com", "bounced_hard", "2026-04-11 12:00:00"),
        ("dead.box@example.com", "bounced_hard", "2026-05-01 08:01:00"),
        ("nora.falk@example.com", "clicked", "2026-05-01 08:05:00"),
        ("nora.falk@example.com", "sent", "2026-05-01 08:00:00"),
        ("pia.kern@example.com", "unsubscribed", "2026-05-01 09:00:00"),
        ("rolf.ebert@example.com", "complained", "2026-05-01 09:10:00"),
    ],
    "select event, email, page_url, sku, search_term, occurred_at from standardise.web_event"
    " order by occurred_at": [
        ("page_view", None, "https://shop.example/account/orders/_", None, None, "2026-05-03 08:00:00"),
        ("search", None, "https://shop.example/search", None, "mug, blue", "2026-05-03 08:01:00"),
        ("login", "nora.falk@example.com", "https://shop.example/account/_", None, None, "2026-05-03 08:02:00"),
        ("add_to_cart", "nora.falk@example.com", "https://shop.example/mugs/blue", "MUG-001", None,
         "2026-05-03 08:03:00"),
    ],
    "select interaction_id, email, phone, category, satisfaction, is_complaint, opened_at, closed_at"
    " from standardise.service_interaction order by 1": [
        ("T-1", "nora.falk@example.com", "+491713920071", "reklamation", None, True, "2026-05-01 08:00:00", None),
        ("T-2", None, "+496641234501", "question", "5", False, "2026-05-01 11:00:00", "2026-05-02 09:00:00"),
        ("T-3", None, None, "late delivery", "1", True, "2026-05-02 11:00:00", "2026-05-02 12:00:00"),
        ("T-4", "quin@example.com", None, "invoice", None, False, "2026-05-02 11:00:00", None),
    ],
    "select spent_on, platform, currency, cost, impressions, clicks from standardise.ad_spend order by all": [
        ("2026-05-01", "google", "USD", "1250.00", "50000", "1100"),
        ("2026-05-01", "meta", "EUR", "120.50", "10000", "210"),
        ("2026-05-02", "google", "USD", "80.00", None, "12"),
        ("2026-05-02", "meta", "EUR", "99.00", "9000", "180"),
    ],
    "select sku, category, brand, unit_cost, currency from standardise.product where sku in ('0042', 'GRD-006')"
    " order by all": [
        ("0042", "Gifts", None, "1.00", "USD"),
        ("GRD-006", "Garden", "Holzhof", None, "EUR"),
    ],
    "select valid_on, currency, eur_rate from standardise.exchange_rate order by all": [
        ("2026-05-01", "GBP", "0.856100"),
        ("2026-05-01", "USD", "1.083400"),
        ("2026-05-04", "USD", "1.079000"),
    ],
}  # fmt: skip

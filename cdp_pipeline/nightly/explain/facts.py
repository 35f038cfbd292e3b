"""What is known of a customer beyond who they are: where they live and lived, buy, read, visit and ask.

The queries stand by name, so that an access export can read the same.
"""

from __future__ import annotations

ADDRESSES = (
    "select * exclude (customer_id) from golden.customer_address where customer_id = $1 order by address_rank"
)

EXTERNAL_IDS = """
select * exclude (customer_id) from golden.customer_external_id where customer_id = $1
order by id_kind, source_system, id_value
"""

CHANNELS = (
    "select * exclude (customer_id) from golden.channel_presence where customer_id = $1 order by channel"
)

CORRECTIONS = """
select * exclude (customer_id) from golden.manual_correction where customer_id = $1 order by column_name
"""

PURCHASES = """
with line as (
    select
        source_system,
        purchase_id,
        list(
            {
                'line_number': line_number, 'sku': sku, 'product_name': product_name, 'category': category,
                'brand': brand, 'quantity': quantity, 'line_amount': line_amount, 'currency': currency
            }
            order by line_number
        ) as lines
    from golden.customer_purchase_line where customer_id = $1 group by all
)
select customer_purchase.* exclude (customer_id), coalesce(lines, []) as lines
from golden.customer_purchase
left join line using (source_system, purchase_id)
where customer_id = $1
order by occurred_at desc, source_system, purchase_id
"""

CAMPAIGNS = """
select
    source_system, campaign_id, any_value(campaign_name order by occurred_at, email_event_id) as campaign_name,
    min(occurred_at) as first_at, max(occurred_at) as last_at,
    list({'event': event, 'occurred_at': occurred_at, 'link': link} order by occurred_at, email_event_id) as events
from golden.customer_email_event where customer_id = $1
group by source_system, campaign_id
order by last_at desc, source_system, campaign_id
"""

REQUESTS = """
select * exclude (customer_id) from golden.customer_service_interaction where customer_id = $1
order by opened_at desc, source_system, interaction_id
"""

VISITS = """
select
    source_system, cookie_id, session_id, min(occurred_at) as first_at, max(occurred_at) as last_at,
    list(
        {
            'event': event, 'occurred_at': occurred_at, 'page_url': page_url, 'sku': sku, 'category': category,
            'search_term': search_term, 'known_by': known_by
        }
        order by occurred_at, web_event_id
    ) as events
from golden.customer_web_event where customer_id = $1
group by source_system, cookie_id, session_id
order by last_at desc, source_system, cookie_id, session_id
"""

FACTS = {
    "corrections": CORRECTIONS,
    "addresses": ADDRESSES,
    "external_ids": EXTERNAL_IDS,
    "channels": CHANNELS,
    "purchases": PURCHASES,
    "campaigns": CAMPAIGNS,
    "requests": REQUESTS,
    "visits": VISITS,
}
"""Query by name; each takes a customer id, the newest come first where there are times."""

LATER_FACTS = {
    "corrections": "golden.manual_correction",
    "addresses": "golden.customer_address",
    "external_ids": "golden.customer_external_id",
    "channels": "golden.channel_presence",
    "purchases": "golden.customer_purchase_line",
}
"""What a query reads that nights published by older versions do not have."""

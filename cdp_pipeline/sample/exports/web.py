"""Web events, in a layout of our own."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import Written, write_export
from cdp_pipeline.sample.exports.headers import WEB_EVENTS


def write_web_events(engine: Engine, folder: Path, night: int) -> Written:
    """Write the night's web events, in order of time."""
    path = folder / f"events_{business_date(night)}.csv"
    return write_export(
        engine, path, WEB_EVENTS, _EVENTS.format(night=night), ("happened_at", "session", "step")
    )


# An event tells an e-mail where the visitor had to give one; only the page of arrival has the link's tags.
_EVENTS = """
    with happened as (
        select
            web_event.event_at, web_event.session, web_event.step, web_step.name as event, web_cookie.cookie_id,
            web_session.session_id, article.sku, article.category, article.name as product,
            case web_step.name
                when 'login' then coalesce(shop.email, order_record.email)
                when 'checkout' then order_record.email
                when 'purchase' then order_record.email
                when 'newsletter_signup' then subscriber.email
            end as user_email,
            case when web_event.step = 0 then campaign.slug end as mail_slug,
            case when web_event.step = 0 then ad_campaign.platform end as platform,
            case when web_event.step = 0 then ad_campaign.utm_campaign end as ad_slug
        from web_event
        inner join web_session on web_event.session = web_session.session
        inner join web_cookie on web_session.cookie = web_cookie.cookie
        inner join web_step on web_event.step = web_step.step
        left join article on web_event.product = article.product
        left join campaign on web_session.campaign = campaign.campaign
        left join ad_campaign on web_session.ad = ad_campaign.campaign
        left join order_record on web_session.position = order_record.position
        left join shop on web_session.shop_row = shop.row
        left join subscriber on web_session.subscriber_row = subscriber.row
        where web_event.night = {night}
    )
    select
        utc_text(event_at) as "event_at",
        cookie_id,
        session_id,
        user_email,
        event,
        'https://shop.example.com' || case event
            when 'page_view' then '/'
            when 'search' then '/search'
            when 'login' then '/account/login'
            when 'checkout' then '/checkout'
            when 'purchase' then '/checkout/thank-you'
            when 'newsletter_signup' then '/newsletter'
            else '/p/' || lower(sku)
        end as "page_url",
        case when event in ('product_view', 'add_to_cart', 'purchase') then sku end as "product_id",
        case when event in ('product_view', 'add_to_cart', 'purchase') then category end as "category",
        case when event = 'search' then lower(split_part(product, ' ', 1)) end as "search_term",
        case when mail_slug is not null then 'newsletter' else platform end as "utm_source",
        case when mail_slug is not null then 'email' when platform is not null then 'cpc' end as "utm_medium",
        coalesce(mail_slug, ad_slug) as "utm_campaign",
        event_at as happened_at, session, step
    from happened
"""

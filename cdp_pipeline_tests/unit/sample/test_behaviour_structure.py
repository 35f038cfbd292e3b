"""The structure that a sample of some thousand people hides for analyses to find, with its documented rates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample import generate_sample
from cdp_pipeline_tests.unit.sample.sample_tables import open_sample


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    out = tmp_path_factory.mktemp("behaviour")
    generate_sample(people=4000, seed=11, nights=1, out=out)
    with open_sample(out) as engine:
        engine.replace_table(
            "bought",
            # Who buys is known by e-mail; the shop's local time is near enough to count days.
            'select "Email" as buyer, "Created at"[:19]::timestamp as bought_at, "Name" as name,'
            ' "Discount Code" as code from order_head',
        )
        engine.replace_table(
            "scanned",
            'select "Customer ID" as buyer, "Date"::timestamp as bought_at from transactions'
            ' where "Customer ID" is not null and "Event Type" = \'Payment\'',
        )
        yield engine


def share(world: Engine, condition: str, source: str) -> float:
    return float(world.fetch_value(f"select avg(({condition})::integer) from {source}"))


def test_a_buyer_comes_again_more_often_in_the_stores(world: Engine) -> None:
    in_shop = world.fetch_value("select count(*) / count(distinct buyer) from bought")
    at_tills = world.fetch_value(
        'select count(*) / count(distinct "Customer ID") from transactions where "Customer ID" is not null'
    )
    assert 1.8 < in_shop < 3
    assert 4 < at_tills < 7


def test_december_sells_more_than_a_month_s_share(world: Engine) -> None:
    full_years = "bought where year(bought_at) in (2024, 2025)"
    assert share(world, "month(bought_at) = 12", full_years) > 1.3 / 12


def test_garden_goods_sell_in_spring(world: Engine) -> None:
    sold = '(select "Category" as category, month("Date"::date) as month from items)'
    assert share(world, "category = 'Garden'", f"{sold} where month in (3, 4, 5)") > 1.4 * share(
        world, "category = 'Garden'", f"{sold} where month in (8, 9, 10)"
    )


def test_stores_are_closed_on_sundays(world: Engine) -> None:
    sales = "transactions where \"Event Type\" = 'Payment'"
    # The named cases' purchases stand on days of their own.
    assert share(world, 'isodow("Date"::date) = 7', sales) < 0.002
    assert share(world, 'isodow("Date"::date) = 6', sales) > 0.2


@pytest.mark.parametrize(("source", "often"), [("bought", 6), ("scanned", 12)])
def test_some_buy_once_some_are_loyal_and_some_have_lapsed(world: Engine, source: str, often: int) -> None:
    buyers = f"(select count(*) as orders, max(bought_at) as last_at from {source} group by buyer)"
    assert share(world, "orders = 1", buyers) > 0.2
    assert share(world, f"orders >= {often}", buyers) > 0.05
    lapsed = "orders > 1 and last_at < timestamp '2026-05-04' - interval 200 day"
    assert 0.10 < share(world, lapsed, buyers) < 0.45


def test_a_tenth_of_the_buyers_use_codes_nearly_always(world: Engine) -> None:
    buyers = "(select count(*) as orders, count(code) / count(*) as coded from bought group by buyer)"
    regulars = f"{buyers} where orders >= 4"
    assert 0.06 < share(world, "coded > 0.5", regulars) < 0.22
    assert share(world, "coded < 0.3", regulars) > 0.7


def test_people_have_favourite_categories(world: Engine) -> None:
    world.replace_table(
        "taste",
        'select "Customer ID" as customer, "Category" as category, count(*) as articles from items'
        ' where "Customer ID" is not null group by all',
    )
    favourite = "(select max(articles) / sum(articles) as part from taste group by customer having sum(articles) >= 8)"
    assert world.fetch_value(f"select avg(part) from {favourite}") > 0.5
    categories = world.fetch_value("select count(distinct category) from taste")
    assert categories == 7, "by chance a favourite would hold about a fifth"


def test_who_clicks_in_a_campaign_buys_within_days(world: Engine) -> None:
    mails = """
        (select
            mail.email, bool_or(mail.event = 'clicked') as has_clicked,
            bool_or(bought.bought_at between mail.event_at::timestamp and mail.event_at::timestamp + interval 6 day)
                as has_bought
        from campaign_events as mail
        left join bought on mail.email = bought.buyer
        where mail.event in ('delivered', 'clicked') and mail.email in (select buyer from bought)
        group by mail.email, mail.campaign_id)
    """
    after_click = share(world, "coalesce(has_bought, false)", f"{mails} where has_clicked")
    otherwise = share(world, "coalesce(has_bought, false)", f"{mails} where not has_clicked")
    assert after_click > 0.12
    assert after_click > 3 * otherwise


def test_responders_open_most_mails_and_others_few(world: Engine) -> None:
    readers = """
        (select count(*) filter (event = 'opened') / count(*) filter (event = 'delivered') as opens
        from campaign_events group by email having count(*) filter (event = 'delivered') >= 8)
    """
    assert 0.08 < share(world, "opens >= 0.6", readers) < 0.25
    assert share(world, "opens < 0.4", readers) > 0.6


def test_most_who_complained_did_not_come_back(world: Engine) -> None:
    buyers = """
        (select
            bought.buyer, max(bought_at) < timestamp '2026-05-04' - interval 200 day as has_lapsed,
            bool_or(tickets.category in ('complaint', 'product_quality')) as has_complained
        from bought left join tickets on bought.name = tickets.order_id
        group by bought.buyer having count(distinct name) > 1 and min(bought_at) < timestamp '2025-06-01')
    """
    complained = share(world, "has_lapsed", f"{buyers} where has_complained")
    others = share(world, "has_lapsed", f"{buyers} where not coalesce(has_complained, false)")
    assert complained > others + 0.15


def test_complaints_end_with_low_marks(world: Engine) -> None:
    marks = "(select category, satisfaction::integer as mark from tickets where satisfaction is not null)"
    unhappy = world.fetch_value(
        f"select avg(mark) from {marks} where category in ('complaint', 'product_quality')"
    )
    others = world.fetch_value(
        f"select avg(mark) from {marks} where category not in ('complaint', 'product_quality')"
    )
    assert unhappy < 2.2
    assert others > 3.5


def test_orders_are_looked_at_on_the_web_before(world: Engine) -> None:
    purchases = "(select session_id from web_events where event = 'purchase')"
    seen = f"web_events where session_id in {purchases}"
    per_order = world.fetch_value(
        f"select count(*) filter (event = 'product_view') / count(*) filter (event = 'purchase') from {seen}"
    )
    assert per_order > 1
    recent = world.fetch_value("select count(*) from bought where bought_at > timestamp '2026-02-01'")
    assert world.fetch_value(f"select count(*) from {purchases}") > 0.9 * recent


def test_some_cookies_become_known_and_some_stay_strangers(world: Engine) -> None:
    cookies = "(select count(distinct user_email) as owners from web_events group by cookie_id)"
    assert 0.3 < share(world, "owners > 0", cookies) < 0.9
    assert 0.001 < share(world, "owners > 1", cookies) < 0.1, "a device with two e-mails tells nothing sure"


def test_volumes_per_person_stay_in_bounds(world: Engine) -> None:
    known = world.fetch_value("select count(distinct cookie_id) from web_events where user_email is not null")
    events = world.fetch_value("select count(*) from web_events")
    mails = world.fetch_value(
        "select count(*) / count(distinct email) from campaign_events where event = 'delivered'"
    )
    assert 8 <= mails <= 11
    assert events / known < 25
    assert world.fetch_value("select count(*) from web_events") < 6 * 4000


def test_some_buyers_abroad_pay_in_their_currency(world: Engine) -> None:
    currencies = set(world.fetch_column('select distinct "Currency" from order_head'))
    assert {"EUR", "CHF", "GBP", "USD"} <= currencies
    days = world.fetch_value(
        "select count(*) from order_head where \"Currency\" <> 'EUR' and not exists ("
        'select 1 from rates where rates.currency = "Currency" and rates.date = "Created at"[:10])'
    )
    assert days == 0, "every foreign order's day has a rate"


# --- Ids refer to each other ----------------------------------------------------------------------------------


def missing(world: Engine, value: str, source: str, known: str) -> int:
    return int(
        world.fetch_value(
            f"select count(*) from (select distinct {value} as value from {source}) where value is not null"
            f" and value not in ({known})"
        )
    )


@pytest.mark.parametrize(
    ("value", "source"),
    [('"Lineitem sku"', "orders"), ('"SKU"', "items"), ("product_id", "web_events")],
)
def test_every_article_is_in_the_catalogue(world: Engine, value: str, source: str) -> None:
    assert world.fetch_value(f"select count({value}) from {source}") > 0
    assert missing(world, value, source, "select sku from products") == 0


def test_tickets_name_orders_of_the_shop(world: Engine) -> None:
    assert share(world, "order_id is not null", "tickets") > 0.6
    assert missing(world, "order_id", "tickets", 'select "Name" from orders') == 0


def test_tickets_come_after_their_order(world: Engine) -> None:
    early = world.fetch_value(
        "select count(*) from tickets join bought on order_id = name"
        " where tickets.created_at::timestamp < bought_at - interval 2 hour"
    )
    assert early == 0


def test_ad_clicks_cover_the_sessions_that_ads_brought_each_day(world: Engine) -> None:
    days = world.fetch_all(
        """
        with visit as (
            select (event_at::timestamp + interval 2 hour)::date::varchar as date, utm_source as platform,
                count(*) as visits
            from web_events where utm_medium = 'cpc' group by all
        ),
        paid as (select date, platform, sum(clicks::integer) as clicks from spend group by all)
        select coalesce(paid.clicks, 0) >= visit.visits
        from visit left join paid on visit.date = paid.date and visit.platform = paid.platform
        """
    )
    assert len(days) > 100
    assert all(covered for (covered,) in days)


def test_mail_links_bring_tagged_sessions(world: Engine) -> None:
    slugs = set(world.fetch_column("select distinct utm_campaign from web_events where utm_medium = 'email'"))
    assert {"maigloeckchen", "ostern"} <= slugs


def test_everybody_who_is_told_on_the_web_is_known_to_the_shop(world: Engine) -> None:
    known = 'select "Email" from order_head union all select "Email" from customers'
    assert (
        missing(world, "user_email", "web_events where event in ('login', 'checkout', 'purchase')", known)
        == 0
    )

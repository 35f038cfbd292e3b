"""Service tickets, in a layout of our own."""

from __future__ import annotations

from pathlib import Path

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import business_date
from cdp_pipeline.sample.exports.csv_file import Written, write_export
from cdp_pipeline.sample.exports.headers import SERVICE_TICKETS


def write_tickets(engine: Engine, folder: Path, night: int) -> Written:
    """Write the tickets that are new on `night`, and the ones closed then, which came open before."""
    path = folder / f"tickets_{business_date(night)}.csv"
    return write_export(engine, path, SERVICE_TICKETS, _TICKETS.format(night=night), ("number",))


# Who calls is known by name and phone, who writes by name and e-mail.
_TICKETS = """
    with delivered as (
        select *, closed_night between 1 and {night} as is_closed
        from ticket
        where night = {night} or (night < {night} and closed_night = {night})
    ),
    asked as (
        select
            delivered.*,
            coalesce(order_record.full_name, trim(member.given || ' ' || member.family)) as name,
            coalesce(order_record.email, member.email) as email,
            coalesce(order_record.phone, member.phone) as phone,
            order_record.id as order_id
        from delivered
        left join order_record on delivered.position = order_record.position
        left join member on delivered.member_row = member.row
    )
    select
        'T-' || (100001 + number) as "ticket_id",
        utc_text(created_at) as "created_at",
        channel,
        name as "requester_name",
        case when channel in ('email', 'web_form', 'chat') then email end as "requester_email",
        case when channel in ('phone', 'web_form') then phone end as "requester_phone",
        order_id,
        category,
        priority,
        case
            when is_closed then case when is_solved then 'solved' else 'closed' end
            else case when is_pending then 'pending' else 'open' end
        end as "status",
        case when is_closed and satisfaction > 0 then satisfaction::varchar end as "satisfaction",
        case when is_closed then utc_text(closed_at) end as "closed_at",
        number
    from asked
"""

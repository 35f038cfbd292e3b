"""Whether a row is about to leave whose person restricted the use of their data or objected to the purpose.

`activate.audience_candidate` spreads a restriction over normal forms, per activation. The gate goes from the restricted
customers to everything that they can be reached by, valid or not, and looks for that in what is sent.
"""

from __future__ import annotations

from cdp_pipeline.engine import Engine

RESTRICTED_ROWS = """
with reached as (
    select distinct r.purpose, c.contact_kind, c.contact_value, f.normaliser, f.normal_value
    from golden.processing_restriction as r
    join golden.customer_contact as c using (customer_id)
    left join activate.contact_form as f using (contact_kind, contact_value)
),

sent as (
    select s.activation, s.customer_id, s.contact_kind, s.contact_value, s.consent_purpose, k.normaliser
    from activate.activation_row as s
    left join activate.activation_contact_kind as k using (activation, contact_kind)
)

select sent.activation, count(distinct sent.contact_value) as restricted_rows
from sent
left join activate.contact_form as form
    on sent.contact_kind = form.contact_kind
        and sent.contact_value = form.contact_value
        and sent.normaliser = form.normaliser
where exists (
        select 1
        from golden.processing_restriction as r
        where r.customer_id = sent.customer_id and (r.purpose is null or r.purpose = sent.consent_purpose)
    )
    or exists (
        select 1
        from reached
        where reached.contact_kind = sent.contact_kind
            and (
                reached.contact_value = sent.contact_value
                or (reached.normaliser = form.normaliser and reached.normal_value = form.normal_value)
            )
            and (reached.purpose is null or reached.purpose = sent.consent_purpose)
    )
group by sent.activation
order by sent.activation
"""


def count_restricted_rows(engine: Engine) -> list[tuple[str, int]]:
    """Return each activation with rows that a person forbade, and how many contact points they send."""
    return engine.fetch_all(RESTRICTED_ROWS)

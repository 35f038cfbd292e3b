-- The digits by which a known phone number may be meant where its country is not told.
-- Grain: one row per known number and run of digits.
-- Rule: the number without its country code (of one to three digits), with it, and as delivered; zeros in
-- front left out. For refusals only: taken for a grant, the wrong country would reach a stranger.
with
contact_point as (select * from {{ ref('contact_point') }}),

known_phone as (
    select
        contact_value,
        {{ digits_only('contact_value') }} as full_digits,
        {{ digits_only('delivered_value') }} as delivered_digits
    from contact_point
    where contact_kind = 'phone' and contact_value is not null
),

form as (
    {% for digits in ['full_digits', 'substr(full_digits, 2)', 'substr(full_digits, 3)',
                      'substr(full_digits, 4)', 'delivered_digits'] %}
    {{ 'union all' if not loop.first }}
    select
        contact_value,
        {{ without_leading_zeros(digits) }} as digits
    from known_phone
    {% endfor %}
)

select distinct
    digits,
    contact_value
from form
where length(digits) >= 6

{% set phones = ['phone', 'mobile_phone', 'home_phone', 'other_phone'] -%}
{% set columns = ['contact_id', 'email'] + phones + [
    'has_opted_out_of_email', 'do_not_call', 'last_modified_date',
] -%}
-- Grain: one row per contact and refusal.
-- Rule: that of refusals_of_boxes. A deleted contact's box still counts: the person refused, whatever became
-- of the record; so does that of one which the CRM no longer lists.
with
contact as (select * from {{ source('salesforce_contact') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('salesforce_contact', columns) }}
),

known_contact as (
    {{ with_gone('contact', 'version', columns, 'contact_id') }}
),

refusal as (
    {{ refusals_of_boxes('known_contact', ['email'], phones, 'last_modified_date') }}
)

select
    source_system,
    contact_kind,
    delivered_value,
    purpose,
    channel,
    status,
    occurred_at,
    origin,
    proof,
    file_id,
    line
from refusal

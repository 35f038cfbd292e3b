{% set phones = ['phone', 'person_mobile_phone', 'person_home_phone'] -%}
{% set columns = ['account_id', 'person_email'] + phones + [
    'is_person_account', 'has_opted_out_of_email', 'do_not_call', 'last_modified_at',
] -%}
-- Grain: one row per person account and refusal.
-- Rule: as in salesforce_contact/consent_event.sql.
with
account as (select * from {{ source('salesforce_account') }}),

record_history as (select * from {{ ref('record_history') }}),

file as (select * from {{ ref('file') }}),

version as (
    {{ versions_of('salesforce_account', columns) }}
),

known_account as (
    {{ with_gone('account', 'version', columns, 'account_id') }}
),

person_account as (
    select * from known_account
    where {{ is_person_account() }}
),

refusal as (
    {{ refusals_of_boxes('person_account', ['person_email'], phones, 'last_modified_at') }}
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

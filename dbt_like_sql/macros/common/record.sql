{#- Records that their source gives no id. -#}

{#- An id for a record that its source tells by an address or a user name: the same in every delivery, and
    nothing that could be read where only ids may stand. -#}
{% macro opaque_id(text) -%}
left({{ sha256_hex(text) }}, 32)
{%- endmacro %}

{#- Rows with the `record_id` that is told from their columns; of several about one record (a new phone number, a
    new address of an account) the one delivered last. A snapshot has no others. -#}
{% macro newest_per_record(rows, record_id, version='') -%}
select * from (
    select
        *,
        {{ record_id }} as record_id
    from {{ rows }}
) as identified
qualify
    row_number() over (
        partition by source_system, record_id
        order by {{ version ~ ' desc nulls last, ' if version }}delivered_on desc, file_id, line desc
    ) = 1
{%- endmacro %}

{#- Every version of a layout's records, out of `record_history` and `file`, with the columns asked for.
    `delivered_on` is when it was first said, at the latest, in `line` of `file_id`. `is_standing` marks how records look
    today, `is_gone` what its source no longer lists, as it looked last: a refusal outlives the record that holds it. -#}
{% macro versions_of(layout, columns) -%}
select
    record_history.source_system,
    {% for column in columns %}
    {{ json_text('record_history.record', column) }} as {{ column }},
    {% endfor %}
    case
        when file.exported_on < record_history.valid_from then file.exported_on
        else record_history.valid_from
    end as delivered_on,
    record_history.file_id,
    record_history.line,
    record_history.valid_to is null as is_standing,
    record_history.valid_to is not null
    and row_number() over (
        partition by record_history.source_system, record_history.record_key
        order by
            record_history.valid_to desc nulls first,
            record_history.ended_by desc nulls first,
            record_history.valid_from desc,
            record_history.record_hash
    ) = 1 as is_gone
from record_history
left join file on record_history.file_id = file.file_id
where record_history.layout = '{{ layout }}'
{%- endmacro %}

{#- Today's records and, out of `version` (see versions_of), those that their source no longer lists. A list that is
    delivered anew every night tells today's records again: where and when they were told so first, `version` knows.

    Args: key, the column that names a record; one of `columns`. -#}
{% macro with_gone(rows, version, columns, key) -%}
select
    told.source_system,
    {% for column in columns %}
    told.{{ column }},
    {% endfor %}
    coalesce(standing.delivered_on, told.delivered_on) as delivered_on,
    coalesce(standing.file_id, told.file_id) as file_id,
    case when standing.file_id is null then told.line else standing.line end as line
from {{ rows }} as told
left join {{ version }} as standing
    on
        told.source_system = standing.source_system
        and told.{{ key }} = standing.{{ key }}
        and standing.is_standing
union all
select
    source_system,
    {% for column in columns %}
    {{ column }},
    {% endfor %}
    delivered_on,
    file_id,
    line
from {{ version }}
where is_gone
{%- endmacro %}

{#- Dates and times from text. ISO and day.month.year only: 05/01/2026 means two days, so it means none. -#}

{% macro date_from_text(text) -%}
coalesce(try_cast(substr({{ text }}, 1, 10) as date), try_cast({{ replace_pattern(text, '^([0-9]{1,2})[.]([0-9]{1,2})[.]([0-9]{4})$', '$3-$2-$1') }} as date))
{%- endmacro %}

{#- An ISO time as UTC. Where it names no zone (Z, +0200, +02:00), it is a local time of `zone`. -#}
{% macro utc_from_text(text, zone) -%}
case
    when regexp_matches({{ text }}, ':[0-9.]+ ?(Z|[+-][0-9]{2}:?[0-9]{2})$')
        then cast(try_cast({{ replace_pattern("replace(" ~ text ~ ", ' Z', 'Z')", ' ?([+-][0-9]{2}):?([0-9]{2})$', '$1:$2') }} as timestamptz) as timestamp)
    else {{ local_to_utc('try_cast(' ~ text ~ ' as timestamp)', zone) }}
end
{%- endmacro %}

{#- A time that a system writes in UTC without saying so. -#}
{% macro as_utc_text(text) -%}
{{ text }} || 'Z'
{%- endmacro %}

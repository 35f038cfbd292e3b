{#- Dates and times from accepted text, which is ISO. What is left of others, kept with a warning, is none: a cast
    alone would read 5-1-20 and an offset of 99 hours, and on Spark the year 2026 as its first day. -#}

{% macro date_from_text(text) -%}
case when regexp_matches({{ text }}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') then try_cast({{ text }} as date) end
{%- endmacro %}

{#- An ISO time as UTC. Where it names no zone (Z, +0200, +02:00), it is a local time of `zone`. -#}
{% macro utc_from_text(text, zone) -%}
case
    when regexp_matches({{ text }}, ':[0-9.]+ ?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])$')
        then cast(try_cast({{ replace_pattern("replace(" ~ text ~ ", ' Z', 'Z')", ' ?([+-][0-9]{2}):?([0-9]{2})$', '$1:$2') }} as timestamptz) as timestamp)
    when regexp_matches({{ text }}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?$')
        then {{ local_to_utc('try_cast(' ~ text ~ ' as timestamp)', zone) }}
end
{%- endmacro %}

{#- A time of a system that writes UTC without saying so. -#}
{% macro as_utc_text(text) -%}
case when regexp_matches({{ text }}, '[Z+]|-[0-9]{2}:?[0-9]{2}$') then {{ text }} else {{ text }} || 'Z' end
{%- endmacro %}

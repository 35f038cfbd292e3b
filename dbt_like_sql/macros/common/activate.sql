{#- Normal forms of advertising and e-mail platforms, before hashing. A null says: the platform cannot take it. -#}
{#- Patterns name characters as [.] and ' ': a backslash means one thing to DuckDB and another to Spark. -#}

{#- Google: no blanks, lower case; dots and +suffix dropped for Gmail's own domains only. -#}
{% macro google_email(text) -%}
case
    when split_part({{ compact_email(text) }}, '@', 2) in ('gmail.com', 'googlemail.com')
        then replace(split_part(split_part({{ compact_email(text) }}, '@', 1), '+', 1), '.', '')
            || '@' || split_part({{ compact_email(text) }}, '@', 2)
    else {{ compact_email(text) }}
end
{%- endmacro %}

{% macro compact_email(text) -%}
lower(replace({{ composed(text) }}, ' ', ''))
{%- endmacro %}

{#- Mailchimp: other letters than ASCII only after the @. -#}
{% macro mailchimp_email(text) -%}
case
    when not regexp_matches(split_part({{ composed(text) }}, '@', 1), '[^!-~]') then {{ composed(text) }}
end
{%- endmacro %}

{#- Google: lower case, single blanks, no title before and no generation after; a name that is nothing else stays. -#}
{% macro google_name(text) -%}
nullif({{ replace_pattern(replace_pattern(single_blanks(text), '^((mr|mrs|ms|miss|dr|prof|herr|frau)[.]? +)+', ''), '[ ,]+(jr|sr|ii|iii|iv)[.]?$', '') }}, '')
{%- endmacro %}

{% macro single_blanks(text) -%}
trim({{ replace_pattern('lower(' ~ composed(text) ~ ')', ' +', ' ') }})
{%- endmacro %}

{#- Country code, digits and nothing else: Meta, TikTok, Salesforce. -#}
{% macro phone_digits(text) -%}
replace({{ text }}, '+', '')
{%- endmacro %}

{#- ISO 3166-1 alpha-2, in which the United Kingdom is GB. -#}
{% macro iso_country(text) -%}
case
    when upper({{ text }}) = 'UK' then 'GB'
    when regexp_matches(upper({{ text }}), '^[A-Z]{2}$') then upper({{ text }})
end
{%- endmacro %}

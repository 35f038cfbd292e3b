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

{#- Meta: trimmed and in lower case; unlike Google's, dots and +suffix of a Gmail address stay. -#}
{% macro meta_email(text) -%}
lower(trim({{ composed(text) }}))
{%- endmacro %}

{#- Meta: lower case without punctuation; accents stay, and so do single blanks between two names. -#}
{% macro meta_name(text) -%}
nullif(trim({{ replace_pattern(replace_pattern('lower(' ~ composed(text) ~ ')', '[^\\p{L}\\p{M}\\p{N} ]+', ''), ' +', ' ') }}), '')
{%- endmacro %}

{#- Meta: cities without blanks too, newyork. -#}
{% macro meta_city(text) -%}
replace({{ meta_name(text) }}, ' ', '')
{%- endmacro %}

{#- Meta: the two letters of a state of the USA. Names of regions elsewhere are spelled in too many ways to match. -#}
{% macro meta_region(region, country) -%}
case when {{ country }} = 'US' and regexp_matches({{ region }}, '^[A-Za-z]{2}$') then lower({{ region }}) end
{%- endmacro %}

{#- Meta: without blanks and dashes; of the USA the first five digits. -#}
{% macro meta_postcode(postcode, country) -%}
case
    when {{ country }} = 'US' then left({{ compact_postcode(postcode) }}, 5)
    else {{ compact_postcode(postcode) }}
end
{%- endmacro %}

{% macro compact_postcode(text) -%}
nullif({{ replace_pattern('lower(' ~ text ~ ')', '[^a-z0-9]+', '') }}, '')
{%- endmacro %}

{#- Meta: YYYYMMDD. -#}
{% macro meta_birth_date(date) -%}
replace(cast({{ date }} as varchar), '-', '')
{%- endmacro %}

{#- Meta knows two genders; everyone else's stays empty. -#}
{% macro meta_gender(gender) -%}
case {{ gender }} when 'female' then 'f' when 'male' then 'm' end
{%- endmacro %}

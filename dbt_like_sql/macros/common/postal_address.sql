{#- Postal addresses. The file comes after name.sql in the alphabet, since it calls a macro from there. -#}

{#- Capitals for places that lost their case: FRANKFURT AM MAIN. -#}
{% macro recase_place(text) -%}
case
    when {{ text }} = lower({{ text }}) or ({{ text }} = upper({{ text }}) and length({{ text }}) > 3)
        then {{ replace_pattern(replace_pattern(replace_pattern(replace_pattern(
            capitalise_parts('lower(' ~ text ~ ')'),
            ' A(m|n|uf) ', ' a$1 '),
            ' (I)(m|n) ', ' i$2 '),
            ' D(er|em|en|e) ', ' d$1 '),
            ' (U)(pon|nd) ', ' u$2 ') }}
    else {{ text }}
end
{%- endmacro %}

{#- One spelling of the word street where German is written, and of house numbers: Hauptstr. 12 a →
    Hauptstraße 12a; in Switzerland, which has no ß, Hauptstrasse 12a. -#}
{% macro spell_out_street(street, country) -%}
case
    when {{ country }} in ('DE', 'AT') then {{ join_house_number(spell_out_word(street, 'traße')) }}
    when {{ country }} = 'CH' then {{ join_house_number(spell_out_word(street, 'trasse')) }}
    else {{ street }}
end
{%- endmacro %}

{% macro spell_out_word(street, rest) -%}
{{ replace_pattern(replace_pattern(street, '(S|s)tr(asse|aße|[.]|)( |$|[0-9])', '$1' ~ rest ~ '$3'), rest ~ '([0-9])', rest ~ ' $1') }}
{%- endmacro %}

{% macro join_house_number(street) -%}
case
    when regexp_matches({{ street }}, '[0-9] ?[a-zA-Z]$')
        then trim(left({{ street }}, length({{ street }}) - 1)) || lower(right({{ street }}, 1))
    else {{ street }}
end
{%- endmacro %}

{#- Without blanks, in capitals. Where postcodes have five digits, the leading zero that spreadsheets take
    away comes back; a country letter in front (D-10115) goes. -#}
{% macro clean_postcode(postcode, country) -%}
case
    when {{ country }} in ('DE', 'FR', 'ES', 'IT', 'US') and regexp_matches({{ postcode }}, '^ *[0-9]{4} *$')
        then '0' || trim({{ postcode }})
    else nullif({{ replace_pattern(replace_pattern('upper(' ~ postcode ~ ')', ' +', ''), '^[A-Z]{1,2}-([0-9]{4,5})$', '$1') }}, '')
end
{%- endmacro %}

{#- The second line of an address only where it holds the house number that the first one lacks. -#}
{% macro street_of(line_1, line_2) -%}
case
    when regexp_matches({{ line_2 }}, '^[0-9]+ ?[a-zA-Z]?$') and not regexp_matches({{ line_1 }}, '[0-9]')
        then {{ line_1 }} || ' ' || {{ line_2 }}
    else {{ line_1 }}
end
{%- endmacro %}

{#- Names of people. Costly: to be applied to distinct values only. -#}

{#- Titles and forms of address at the start: Herr Dr. med., Mrs. Abbreviations that could be an initial or
    a given name (Ing, Mag) count only with a full stop. -#}
{% macro without_titles(text) -%}
{{ replace_pattern(text, '(?i)^((herrn?|frau|mr|mrs|ms|miss|mme|mlle|familie|family|ddr|dr([.]? ?h[.] ?c)?|prof|professor)([.] ?-? ?| +|$)|(hr|fr|fam|dipl|ing|mag|univ|phil|med|dent|rer|nat|jur|oec|habil)[.] ?-? ?)+', '') }}
{%- endmacro %}

{#- Degrees at the end: Anna Weber, M.Sc. -#}
{% macro without_degrees(text) -%}
{{ replace_pattern(text, '(?i)( *, *| +)(ph[.]?d[.]?|mba|m[.] ?sc[.]?|b[.] ?sc[.]?|m[.]a[.]|b[.]a[.]|ll[.]?m[.]?)$', '') }}
{%- endmacro %}

{#- `jun` and `sen` count only with a full stop: Sen is a family name, Jun a given name. -#}
{% macro suffix_pattern() -%}
(?i)( *, *| +)(jr|jun[.]|junior|sr|sen[.]|senior|ii|iii)[.]?$
{%- endmacro %}

{% macro written_suffix(text) -%}
nullif(regexp_extract(lower({{ text }}), '{{ suffix_pattern() }}', 2), '')
{%- endmacro %}

{% macro without_suffix(text) -%}
{{ replace_pattern(text, suffix_pattern(), '') }}
{%- endmacro %}

{#- junior, senior, ii or iii from any spelling. -#}
{% macro suffix_name(written) -%}
case
    when {{ written }} like 'j%' then 'junior'
    when {{ written }} like 's%' then 'senior'
    else {{ written }}
end
{%- endmacro %}

{#- The last word with the particles before it: Ludwig van der Heide → van der Heide. -#}
{% macro last_name_of(text) -%}
nullif(regexp_extract({{ text }}, '(?i)(^| )(((von|vom|van|zu|zum|zur|und|de|del|della|da|dos|di|du|der|den|ter|ten|la|le) )*[^ ]+)$', 2), '')
{%- endmacro %}

{#- Capitals for text that lost its case: MÜLLER-MCDONALD, o'brien, VON DER HEIDE. Mixed case is left alone,
    and so are initials (JP). -#}
{% macro recase_name(text) -%}
case
    when {{ text }} = lower({{ text }}) or ({{ text }} = upper({{ text }}) and length({{ text }}) > 2)
        then {{ small_particles(capitalise_parts('lower(' ~ text ~ ')')) }}
    else {{ text }}
end
{%- endmacro %}

{#- The mark `| ` makes words of the parts that carry a capital of their own, and goes again. -#}
{% macro capitalise_parts(text) -%}
replace({{ capitalise_words(replace_pattern(replace_pattern(text, "(^|[ -])(mc|[odl][''’])(\\p{L})", '$1$2| $3'), '-', '-| ')) }}, '| ', '')
{%- endmacro %}

{% macro small_particles(text) -%}
{{ replace_pattern(replace_pattern(replace_pattern(replace_pattern(replace_pattern(text,
    '(^| )V(on|om|an) ', '$1v$2 '),
    '(^| )D(e|er|en|el|ella|a|i|u|os) ', '$1d$2 '),
    '(^| )de L(a|as|os) ', '$1de l$2 '),
    '(^| )Z(u|um|ur) ', '$1z$2 '),
    '(^| )T(er|en) ', '$1t$2 ') }}
{%- endmacro %}

{% macro first_word(text) -%}
split_part({{ lookup_key(text) }}, ' ', 1)
{%- endmacro %}

{#- female, male or diverse from the usual words and forms of address; null for others. -#}
{% macro gender_of(word) -%}
case
    when {{ word }} in ('f', 'w', 'female', 'woman', 'girl', 'weiblich', 'frau', 'mrs', 'ms', 'miss', 'mme', 'mlle', 'madame', 'femme', 'mujer', 'femenino', 'sra', 'senora', 'donna', 'femmina', 'signora', 'vrouw', 'mevrouw', 'mevr', 'kobieta', 'pani', 'kadin', 'bayan')
        then 'female'
    when {{ word }} in ('m', 'male', 'man', 'boy', 'mannlich', 'maennlich', 'mann', 'herr', 'herrn', 'mr', 'monsieur', 'homme', 'hombre', 'masculino', 'sr', 'senor', 'uomo', 'maschio', 'signor', 'dhr', 'mezczyzna', 'erkek', 'bay')
        then 'male'
    when {{ word }} in ('d', 'x', 'diverse', 'divers', 'nonbinary', 'mx') then 'diverse'
end
{%- endmacro %}

{#- A form of address in one word of any of the usual languages; null for others. Frau and Madame address
    every woman, so they are ms; a title counts only where it stands alone or first. -#}
{% macro salutation_of(word) -%}
case
    when {{ word }} in ('mr', 'mister', 'herr', 'herrn', 'hr', 'monsieur', 'm', 'sr', 'senor', 'signor', 'sig', 'dhr', 'heer', 'pan', 'bay', 'sir')
        then 'mr'
    when {{ word }} in ('ms', 'frau', 'fr', 'mme', 'madame', 'sra', 'senora', 'signora', 'mevr', 'mevrouw', 'pani', 'bayan')
        then 'ms'
    when {{ word }} = 'mrs' then 'mrs'
    when {{ word }} in ('miss', 'mlle', 'mademoiselle', 'srta', 'senorita', 'signorina', 'fraulein') then 'miss'
    when {{ word }} in ('mx', 'divers', 'diverse') then 'mx'
    when {{ word }} in ('dr', 'ddr', 'doctor', 'doktor') then 'dr'
    when {{ word }} in ('prof', 'professor') then 'prof'
    when {{ word }} in ('familie', 'family', 'fam', 'famille', 'familia') then 'family'
end
{%- endmacro %}

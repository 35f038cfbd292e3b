{#- Cells that hold several values. -#}

{#- One row per value that `mark` parts in `cell`, numbered by `position` in the order of the cell.

    Args: kept, the other columns to keep. -#}
{% macro each_of_list(rows, kept, cell, mark=';') -%}
select
    {% for column in kept %}{{ column }}, {% endfor %}position, trim(split_part({{ cell }}, '{{ mark }}', position)) as list_item
from (
    select
        {% for column in kept %}{{ column }}, {% endfor %}{{ cell }},
        {{ each_number_to("length(" ~ cell ~ ") - length(replace(" ~ cell ~ ", '" ~ mark ~ "', '')) + 1") }} as position
    from {{ rows }}
    where {{ cell }} is not null
) as numbered_{{ cell }}
where trim(split_part({{ cell }}, '{{ mark }}', position)) <> ''
{%- endmacro %}

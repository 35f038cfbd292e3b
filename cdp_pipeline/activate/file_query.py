"""The query that composes the lines of an activation file, and the header line above them."""

from __future__ import annotations

from cdp_pipeline.contracts.activation import Activation, Destination, DestinationColumn, ProfileField
from cdp_pipeline.engine import quote_literal

LINE_ENDS = {"lf": "\n", "crlf": "\r\n"}


def compose_header(destination: Destination) -> bytes:
    """Return the header line: each header exactly as declared, quoted only when it must be."""
    delimiter = destination.format.delimiter
    cells = [_quote_header(column.header, delimiter) for column in destination.columns]
    return (delimiter.join(cells) + LINE_ENDS[destination.format.line_end]).encode()


def compose_lines(activation: Activation, destination: Destination) -> str:
    """Return the query of a file's lines: one text column `line`, line ends included, by customer_id."""
    delimiter = quote_literal(destination.format.delimiter)
    line_end = " || ".join(f"chr({ord(letter)})" for letter in LINE_ENDS[destination.format.line_end])
    values = ",\n        ".join(
        f"{_value(column, destination)} as value_{index}" for index, column in enumerate(destination.columns)
    )
    cells = f" || {delimiter} || ".join(
        _quoted(f"value_{index}", destination.format.delimiter) for index in range(len(destination.columns))
    )
    return f"""with sent as (
    select
        customer_id,
        {_pivot(destination)}
    from activate.activation_row
    where activation = {quote_literal(activation.activation)}
    group by customer_id
),
valued as (
    select
        sent.customer_id,
        {values}
    from sent
    left join activate.profile_form on sent.customer_id = profile_form.customer_id
)
select {cells} || {line_end} as line
from valued
order by customer_id"""


def _pivot(destination: Destination) -> str:
    """Give every e-mail and phone column its contact point of `activation_row`, as it is sent."""
    return ",\n        ".join(
        f"max(case when contact_kind = {quote_literal(column.field)} and occurrence = {column.occurrence} "
        f"then sent_value end) as {_contact_alias(column)}"
        for column in destination.columns
        if column.is_contact
    )


def _contact_alias(column: DestinationColumn) -> str:
    return f"{column.field}_{column.occurrence}"


def _value(column: DestinationColumn, destination: Destination) -> str:
    """Return a column's value: normalised, within its limits, its group complete, hashed if need be."""
    if column.is_contact:
        return f"sent.{_contact_alias(column)}"
    value = _normal_value(column)
    conditions = []
    if column.field in destination.complete_or_empty:
        conditions = [f"{_normal_value(other)} is not null" for other in _group(destination)]
    limited = f"sha256({value})" if column.is_hashed else value
    return f"case when {' and '.join(conditions)} then {limited} end" if conditions else limited


def _group(destination: Destination) -> list[DestinationColumn]:
    return [column for field in destination.complete_or_empty for column in destination.columns_of(field)]


def _normal_value(column: DestinationColumn) -> str:
    """Return the profile's value in the destination's normal form; null when it is too long for it."""
    if column.field is ProfileField.CUSTOMER_ID:
        return "sent.customer_id"
    value = f"profile_form.{column.field}_{column.normaliser}"
    limits = []
    if column.max_characters:
        limits.append(f"length({value}) <= {column.max_characters}")
    if column.max_bytes:
        limits.append(f"octet_length(encode({value})) <= {column.max_bytes}")
    return f"case when {' and '.join(limits)} then {value} end" if limits else value


def _quoted(value: str, delimiter: str) -> str:
    """Return the expression of a CSV cell: quoted when it holds a delimiter, a quote or a line break."""
    marks = (quote_literal(delimiter), "chr(34)", "chr(10)", "chr(13)")
    special = " or ".join(f"contains({value}, {mark})" for mark in marks)
    escaped = f"chr(34) || replace({value}, chr(34), chr(34) || chr(34)) || chr(34)"
    return f"case when {value} is null then '' when {special} then {escaped} else {value} end"


def _quote_header(header: str, delimiter: str) -> str:
    if any(mark in header for mark in (delimiter, '"', "\n", "\r")):
        return '"' + header.replace('"', '""') + '"'
    return header

"""How vendors write amounts and points in time, as macros of the scratch engine.

Amounts are whole cents until here; there is no float on the way.
"""

from __future__ import annotations

from cdp_pipeline.engine import Engine

_MACROS = {
    # 12.96
    "plain(cents)": "(cents::integer * 0.01)::varchar",
    # Square's $12.96 and -$12.96, whatever the currency
    "dollars(cents)": "case when cents < 0 then '-$' else '$' end || plain(abs(cents))",
    # The tax that a gross amount contains
    "included_tax(cents, percent)": "sign(cents)::integer * (abs(cents) * percent // (100 + percent))",
    # '75008, the guard that keeps a spreadsheet from reading a number
    "guarded(value)": "case when value = '' then '' else '''' || value end",
    # 2026-05-01T10:00:00Z
    "utc_text(moment)": "replace(moment::timestamp::varchar, ' ', 'T') || 'Z'",
    "berlin(moment)": "timezone('Europe/Berlin', timezone('UTC', moment::timestamp))",
    # 2026-05-01 12:00:00 +0200
    "berlin_text(moment)": (
        "berlin(moment)::varchar"
        " || case when berlin(moment) - moment::timestamp = interval 2 hour then ' +0200' else ' +0100' end"
    ),
    # One of a few answers that a person always gives; nobody is -1, and 60 keeps the rest positive.
    "habit(person, choices)": "(person + 60) % choices",
}


def define_notation(engine: Engine) -> None:
    """Make the macros that the exports' queries use."""
    for signature, meaning in _MACROS.items():
        engine.execute(f"create or replace macro {signature} as {meaning}")

"""Verdicts that say nothing about data, since there was none to judge.

Great Expectations calls a proportion, a sum or a mean of no rows unmet, and so do we: a table's stored verdict
is theirs. A project that has no catalogue of products would read each night that too few of its articles have a
category, so whoever shows verdicts to people leaves these out. A critical one is never left out, for it stops
the night; nor is one about the table itself, which can demand that there be rows.
"""

from __future__ import annotations

from cdp_pipeline.contracts.expectation import Severity

ABOUT_VALUES = "expect_column_"
ABOUT_THE_TABLE = "expect_column_to_exist"

IS_VACUOUS = f"""(
    not is_met and evaluated_rows = 0 and severity = '{Severity.WARNING}'
    and starts_with(expectation_type, '{ABOUT_VALUES}') and expectation_type <> '{ABOUT_THE_TABLE}'
)"""
"""The same as `is_vacuous`, over columns of `validate.result`."""


def is_vacuous(expectation_type: str, severity: Severity, evaluated_rows: int, *, is_met: bool) -> bool:
    """Tell whether an unmet verdict says nothing: a warning about values of a column, where there are no rows."""
    return (
        not is_met
        and evaluated_rows == 0
        and severity is Severity.WARNING
        and expectation_type.startswith(ABOUT_VALUES)
        and expectation_type != ABOUT_THE_TABLE
    )

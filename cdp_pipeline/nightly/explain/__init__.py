"""Why a customer is who they are: everything that the published night knows of one customer, and in words.

Reads `identified.duckdb` of the current night, so that it answers while a night runs and never says more than what
was published; the reasons of rules from the configuration, and those of decisions from the control database.
"""

from __future__ import annotations

from cdp_pipeline.nightly.explain.customer import Explanation, explain_customer
from cdp_pipeline.nightly.explain.page import write_explanation_page
from cdp_pipeline.nightly.explain.past import PastExplanation, explain_past
from cdp_pipeline.nightly.explain.queries import Row

__all__ = [
    "Explanation",
    "PastExplanation",
    "Row",
    "explain_customer",
    "explain_past",
    "write_explanation_page",
]

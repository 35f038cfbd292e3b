"""Great Expectations at DuckDB's speed: an execution engine of our own.

Why it exists: Great Expectations has no DuckDB support. Its way there goes through pandas (every row
becomes a Python object, several times the memory and the time of the load itself) or through a
SQLAlchemy dialect with which most of its expectations fail. But its design separates *metrics*, which
an execution engine computes, from *expectations*, which judge them. So DuckDB computes the metrics and
Great Expectations' own classes give the verdict: its `mostly`, its handling of nulls, its success rules.

Extension points used, all of them Great Expectations' own:

- `ExecutionEngine`: `DuckDBExecutionEngine` (gx_engine.py).
- `register_metric`: providers per engine class, under the names of the core metrics (gx_metrics.py).
- `ExecutionEngine.resolve_metric_bundle`: it receives all metrics that can be computed together, so a
  whole suite is one statement; the keys of failing rows are a second one, run only if any row failed.
- `MetricsCalculator`, `Expectation.get_validation_dependencies` and `.metrics_validate` (gx_suite.py):
  the calls that Great Expectations' Validator itself makes. No data context is needed, so there is no
  `gx/` folder, no progress bar and no analytics.

What a verdict means is fixed by Great Expectations' pandas engine: a test runs every supported
expectation through both and demands equal verdicts, counts and failing keys.

Values of customers stay in DuckDB: results hold counts and record keys, never the unexpected values.
Great Expectations takes seconds to import; only `validate_table` imports it, when it is called.
"""

from cdp_pipeline.validate.expectations.catalogue import SUPPORTED_EXPECTATIONS, check_expectations
from cdp_pipeline.validate.expectations.validation import Verdict, validate_table

__all__ = ["SUPPORTED_EXPECTATIONS", "Verdict", "check_expectations", "validate_table"]

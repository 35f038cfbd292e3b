"""An open customer data platform as a nightly batch pipeline.

The way of the data is listed once, in `cdp_pipeline.stages`.
"""

__version__ = "0.1.0"

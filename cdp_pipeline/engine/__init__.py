"""The engine room: the only importer of duckdb (and, one day, of pyspark).

Everything else speaks SQL and Arrow through `Engine`.
"""

from cdp_pipeline.engine.engine import Engine, EngineError, EngineOptions, quote_identifier, quote_literal
from cdp_pipeline.engine.working_file import Say, open_working_file, read_working_file, say_nothing

__all__ = [
    "Engine",
    "EngineError",
    "EngineOptions",
    "Say",
    "open_working_file",
    "quote_identifier",
    "quote_literal",
    "read_working_file",
    "say_nothing",
]

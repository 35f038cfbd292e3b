"""Databases as sources: a table or query is read into a private Parquet file, which then is a delivery like others.

What belongs here: reading in one transaction, the watermark, the spool. What does not: entering the file in the ledger
and loading it (deliveries, load).
"""

from cdp_pipeline.extract.database.reads import (
    build_database_read,
    build_watermark,
    enter_refused_reads,
    reads_databases,
)
from cdp_pipeline.extract.database.spool import LABEL_PREFIX, spooled_file, spooled_files

__all__ = [
    "LABEL_PREFIX",
    "build_database_read",
    "build_watermark",
    "enter_refused_reads",
    "reads_databases",
    "spooled_file",
    "spooled_files",
]

"""Databases as sources: a table or query is read into a private Parquet file, which then is a delivery like others.

What belongs here: reading in one transaction, the watermark, the spool. What does not: entering the file in the ledger
and loading it (deliveries, load).
"""

"""The control database, through SQLAlchemy: what people decide and what happens after publishing.

SQLite beside the project by default; any SQLAlchemy URL (PostgreSQL) when the environment names one.
"""

"""What a database's failures mean, in words that hold neither the URL nor values of rows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from cdp_pipeline.contracts.source import DatabaseExtract
from cdp_pipeline.errors import CdpError, ConfigError, LandingFileError, RetryableError

EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}
NO_RELATION = {"42P01", "3F000", "1146", "1049"}
NO_COLUMN = {"42703", "1054"}
NO_RIGHT = {"42501", "1142", "1143", "1044", "1227"}
NOT_LET_IN = {"28P01", "28000", "1045", "1698"}
TOOK_TOO_LONG = {"57014", "3024", "1969"}
WRITES = {"25006", "1792"}


@contextmanager
def in_words(database: DatabaseExtract, label: str) -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into our errors.

    Raises:
        RetryableError: the server was not reached, or broke off.
        CdpError: anything that trying again cannot mend.
    """
    try:
        yield
    except CdpError:
        raise
    except (sa.exc.NoSuchModuleError, ImportError) as error:
        raise _not_installed(database, label, error) from None
    except sa.exc.DBAPIError as error:
        raise _explained(database, label, error) from None
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        raise LandingFileError(
            f"{label}: the database of {database.url_env} gave something that cannot be read ({type(error).__name__}). "
            "Cast the column that holds it in a `query`."
        ) from None
    except OSError as error:
        raise RetryableError(
            f"{label}: what was read cannot be written: {os.strerror(error.errno or 0).lower()}. Make room in "
            "data/warehouse and run again."
        ) from None


def _not_installed(database: DatabaseExtract, label: str, error: Exception) -> CdpError:
    extra = EXTRAS.get(getattr(error, "name", None) or "")
    remedy = (
        f"Install it: `pip install 'cdp-pipeline[{extra}]'`" if extra else "Use postgresql, mysql or sqlite"
    )
    return ConfigError(f"{label}: the driver that {database.url_env} asks for is not installed. {remedy}.")


def _explained(database: DatabaseExtract, label: str, error: sa.exc.DBAPIError) -> CdpError:
    code, relation = _code(error), database.table or "the query"
    remedies = [
        (
            NOT_LET_IN,
            f"the database does not let this user in. Correct the name or password in {database.url_env}.",
        ),
        (
            NO_RELATION,
            f"{relation} does not exist there, or its schema is hidden from the user of {database.url_env}. Correct "
            "the source, or the database that the variable names.",
        ),
        (
            NO_COLUMN,
            f"a column that the source names does not exist in {relation}, as the user of {database.url_env} sees it. "
            "Correct `watermark` or `query`.",
        ),
        (NO_RIGHT, f"the user of {database.url_env} may not read {relation}. Grant it select."),
        (
            WRITES,
            f"{relation} writes to the database of {database.url_env}, and only reading is allowed. Write a select "
            "statement.",
        ),
        (
            TOOK_TOO_LONG,
            f"reading from {database.url_env} took longer than {database.timeout_minutes} minutes. Name a `watermark` "
            "column that has an index, or raise `timeout_minutes`.",
        ),
    ]
    for codes, words in remedies:
        if code in codes:
            return LandingFileError(f"{label}: {words}")
    if error.statement is None or error.connection_invalidated or isinstance(error.orig, ConnectionError):
        return RetryableError(
            f"{label}: the database cannot be reached, or broke off. Check that the server runs, and host, port, name "
            f"and password in {database.url_env}."
        )
    return LandingFileError(
        f"{label}: the database of {database.url_env} refuses the statement ({code or type(error.orig).__name__}). Try "
        "`query` or `table` of the source in the database's own client."
    )


def _code(error: sa.exc.DBAPIError) -> str:
    """Return the server's code for what went wrong: SQLSTATE, MySQL's number, or one for SQLite's words."""
    first = str(error.orig.args[0]) if error.orig and error.orig.args else ""
    state = getattr(error.orig, "sqlstate", None)
    if first.isdigit() or state:
        return first if first.isdigit() else str(state)
    if "password authentication failed" in first or "no pg_hba.conf entry" in first:
        return "28P01"
    words = {"no such table": "42P01", "no such column": "42703"}
    return next((code for text, code in words.items() if re.match(text, first)), "")

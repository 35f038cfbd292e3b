"""What tells the records of an unknown file apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cdp_pipeline.extract.inspection.columns import DraftedColumn
from cdp_pipeline.extract.inspection.meanings import IS_ID

ID_MEANINGS = ("record_id", "purchase_id", "loyalty_number")
OF_ANOTHER = re.compile(
    r"(^|_)(product|article|artikel|variant|sku|gtin|ean|barcode|phone|tel|telefon|fax|mobile|house|street|tax|account)(_|$)"
)
"""Numbers of something else than the record: in a small file each may stand once by chance."""


def choose_key(
    columns: Sequence[DraftedColumn], by_meaning: Mapping[str, DraftedColumn], records: int
) -> DraftedColumn:
    """Choose the key: the id of what the file lists, an order's before its buyer's, one that is unique before others.

    An e-mail address comes last: people change it, and then a second record is born.
    """
    named = [by_meaning[meaning] for meaning in ID_MEANINGS if meaning in by_meaning]
    is_list_of_orders = any(meaning in by_meaning for meaning in ("amount", "occurred_at"))
    if is_list_of_orders:
        named.sort(key=lambda column: column.meaning != "purchase_id")
    ids = [column for column in columns if _is_own_id(column)]
    emails = [by_meaning["email"]] if "email" in by_meaning and "purchase_id" not in by_meaning else []
    likely = [*named, *ids, *emails]
    unique = [column for column in likely if column.profile.is_unique]
    complete = [column for column in named if column.profile.filled == records]
    most = sorted(columns, key=lambda column: (-column.profile.distinct, column.name))
    return [*unique, *complete, *most, *likely][0]


def _is_own_id(column: DraftedColumn) -> bool:
    """Whether a column is an id by its name: of a ticket, an attendee; not of an article, nor a phone."""
    is_id = bool(IS_ID.search(column.name)) and not OF_ANOTHER.search(column.name)
    return is_id and column.meaning in {None, *ID_MEANINGS}

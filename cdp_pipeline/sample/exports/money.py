"""How vendors write amounts. Amounts are whole cents until here; there is no float on the way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cdp_pipeline.sample.pools import Text, as_text, digits

VAT_PERCENT = 19


def plain(cents: npt.ArrayLike) -> Text:
    """Write as Shopify does: 12.96."""
    amount = np.abs(np.asarray(cents, dtype=np.int64))
    sign = as_text(np.where(np.asarray(cents) < 0, "-", ""))
    return as_text(sign + digits(amount // 100) + "." + digits(amount % 100, 2))


def dollar_sign(cents: npt.ArrayLike) -> Text:
    """Write as Square does, whatever the currency: $12.96 and -$12.96."""
    sign = as_text(np.where(np.asarray(cents) < 0, "-$", "$"))
    return as_text(sign + plain(np.abs(np.asarray(cents))))


def included_vat(cents: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the German value-added tax that a gross amount contains, in cents."""
    return np.asarray(cents, dtype=np.int64) * VAT_PERCENT // (100 + VAT_PERCENT)

"""The retailer's stores, as the till and the loyalty scheme name them."""

from __future__ import annotations

STORES = {"Berlin Mitte": 0.5, "Hamburg Altona": 0.3, "München Glockenbach": 0.2}
"""Share of the members at home in each, and of the sales made away from home."""

STORE_PHONE = "+49 30 23125001"
"""What a cashier types when a customer gives no number."""

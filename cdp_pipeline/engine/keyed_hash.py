"""HMAC-SHA256 (RFC 2104) in SQL: DuckDB has sha256 but no HMAC, and a function in Python would see row by row.

HMAC(key, text) = sha256(outer || sha256(inner || text)), where both pads are made of the key.
"""

from __future__ import annotations

import hashlib

SHA256_BLOCK_BYTES = 64


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the key's inner and outer pads, each one block long. They are as secret as the key itself."""
    if len(key) > SHA256_BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(SHA256_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def hmac_sha256_hex(text: str, inner: str, outer: str) -> str:
    """Return the expression for the HMAC of a text in 64 hex digits; null of null.

    Args:
        text: an expression of type VARCHAR.
        inner: the parameter that holds the inner pad, such as `$1`.
        outer: the parameter that holds the outer pad.
    """
    return f"sha256({outer}::blob || unhex(sha256({inner}::blob || encode({text}))))"

"""HMAC-SHA256 in SQL: the published vectors, and the standard library's verdict on text that people write."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.engine.keyed_hash import hmac_pads, hmac_sha256_hex

RFC_4231 = {
    "case 1": (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    "case 2": (
        b"Jefe",
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "case 6": (
        b"\xaa" * 131,
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "case 7": (
        b"\xaa" * 131,
        "This is a test using a larger than block-size key and a larger than block-size data. "
        "The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}
"""The vectors whose data is text (RFC 4231, 4.2, 4.3, 4.7, 4.8)."""


def hmac_in_sql(key: bytes, texts: list[str | None]) -> list[str | None]:
    inner, outer = hmac_pads(key)
    with Engine.open() as engine:
        return engine.fetch_column(
            f"select {hmac_sha256_hex('text', '$1', '$2')} from (select unnest($3::varchar[]) as text)",
            [inner, outer, texts],
        )


@pytest.mark.parametrize(("key", "text", "digest"), RFC_4231.values(), ids=RFC_4231)
def test_the_vectors_of_rfc_4231_hold(key: bytes, text: str, digest: str) -> None:
    assert hmac_in_sql(key, [text]) == [digest]


@pytest.mark.parametrize("key", [b"short key of 23 bytes..", b"k" * 64, b"a key longer than one block" * 5])
def test_sql_agrees_with_the_standard_library(key: bytes) -> None:
    texts = ["email|änne@müller.example", "x", "", "'quoted' \\ and | parted", "日本語" * 50]
    by_library = [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for text in texts]
    assert hmac_in_sql(key, [*texts, None]) == [*by_library, None]

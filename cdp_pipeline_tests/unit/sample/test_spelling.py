"""Ways of writing one text."""

from __future__ import annotations

import numpy as np
import phonenumbers
import pytest

from cdp_pipeline.sample.identifiers import salesforce_ids
from cdp_pipeline.sample.pools import as_text
from cdp_pipeline.sample.spelling import mistype, strip_accents, style_phones, transliterate


def test_umlauts_are_written_in_two_ways() -> None:
    names = as_text(["Müller", "Groß", "Yılmaz", "Wiśniewski", "Hélène"])
    assert list(transliterate(names)) == ["Mueller", "Gross", "Yilmaz", "Wisniewski", "Helene"]
    assert list(strip_accents(names)) == ["Muller", "Gross", "Yilmaz", "Wisniewski", "Helene"]


def test_only_marked_values_are_mistyped() -> None:
    names = as_text(["Zimmermann", "Zimmermann", "Bo"])
    wrong = mistype(np.random.default_rng(1), names, np.array([True, False, True]))
    assert wrong[0] != "Zimmermann"
    assert list(wrong[1:]) == ["Zimmermann", "Bo"]


@pytest.mark.parametrize(
    ("phone", "region"), [("+49 171 3920012", "DE"), ("+43 664 4710011", "AT"), ("+1 212 5550123", "US")]
)
def test_every_phone_style_means_the_same_number(phone: str, region: str) -> None:
    styles = np.arange(6)
    written = style_phones(as_text([phone] * 6), styles)
    assert len(set(written)) == 6
    # 00 is no international prefix in the United States: style 3 is a European's way of writing.
    usable = [text for style, text in zip(styles, written, strict=True) if region != "US" or style != 3]
    meant = {phonenumbers.parse(text, region).national_number for text in usable}
    assert meant == {phonenumbers.parse(phone, region).national_number}


def test_missing_phone_stays_missing() -> None:
    assert list(style_phones(as_text([""]), np.array([3]))) == [""]


def test_salesforce_ids_carry_their_check_characters() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    ids = salesforce_ids("0035f00001", 50)
    assert len(set(ids)) == len({text.casefold() for text in ids}) == 50
    for text in ids:
        groups = [text[i : i + 5] for i in (0, 5, 10)]
        check = [alphabet[sum(c.isupper() << n for n, c in enumerate(group))] for group in groups]
        assert text[15:] == "".join(check)

"""Ways of writing one text."""

from __future__ import annotations

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest

from cdp_pipeline.sample.identifiers import salesforce_ids
from cdp_pipeline.sample.people import spelling


def test_umlauts_are_written_in_two_ways() -> None:
    names = pa.array(["Müller", "Groß", "Yılmaz", "Wiśniewski", "Hélène"])
    as_ue = spelling.by_distinct(spelling.transliterated, names).to_pylist()
    assert as_ue == ["Mueller", "Gross", "Yilmaz", "Wisniewski", "Helene"]
    assert spelling.by_distinct(spelling.stripped, names).to_pylist()[:2] == ["Muller", "Gross"]


def test_mojibake_is_utf8_read_as_windows_1252() -> None:
    assert spelling.garbled("Müller") == "MÃ¼ller"
    assert spelling.garbled("Meier") == "Meier"


def test_each_value_of_four_letters_gets_one_typing_error() -> None:
    wrong = spelling.mistype(np.random.default_rng(1), pa.array(["Zimmermann"] * 50 + ["Bo"]))
    assert "Zimmermann" not in wrong.to_pylist()[:50]
    assert {abs(len(text) - 10) for text in wrong.to_pylist()[:50]} == {0, 1}
    assert wrong[50].as_py() == "Bo"


def test_typing_errors_in_mailboxes_leave_the_domain_alone() -> None:
    emails = pa.array(["anna.mueller@example.com"] * 30)
    wrong = spelling.mistype_mailboxes(np.random.default_rng(1), emails).to_pylist()
    assert all(text.endswith("@example.com") for text in wrong)
    assert "anna.mueller@example.com" not in wrong


@pytest.mark.parametrize(
    ("heard", "written"),
    [("Meyer", "Meier"), ("Stefan", "Stephan"), ("Schmidt", "Schmit"), ("Becker", "Beker")],
)
def test_what_sounds_alike_is_confused(heard: str, written: str) -> None:
    assert written in spelling.sound_alikes(heard)


@pytest.mark.parametrize(("printed", "read"), [("Horn", "Hom"), ("Keller", "Ke1ler"), ("Groß", "GroB")])
def test_what_looks_alike_is_confused(printed: str, read: str) -> None:
    assert read in spelling.look_alikes(printed)


def test_a_text_that_cannot_be_confused_stays() -> None:
    assert spelling.sound_alikes("Xu") == ("Xu",)


def test_nicknames_go_both_ways_and_unknown_names_stay() -> None:
    assert "Sepp" in spelling.everyday_forms("Josef")
    assert spelling.everyday_forms("Sepp") == ("Josef",)
    assert spelling.everyday_forms("Özlem") == ("Özlem",)


def test_one_option_is_drawn_per_value_and_all_occur() -> None:
    drawn = spelling.one_of(
        np.random.default_rng(1), pa.array(["a", "b"] * 100), lambda text: (text, text * 2)
    )
    assert set(drawn.to_pylist()[::2]) == {"a", "aa"}
    assert set(drawn.to_pylist()[1::2]) == {"b", "bb"}


@pytest.mark.parametrize(
    ("phone", "region"), [("+49 171 3920012", "DE"), ("+43 664 4710011", "AT"), ("+1 212 5550123", "US")]
)
def test_every_phone_style_means_the_same_number(phone: str, region: str) -> None:
    styles = np.arange(6)
    written = spelling.style_phones(pa.array([phone] * 6), styles).to_pylist()
    assert len(set(written)) == 6
    # 00 is no international prefix in the United States: style 3 is a European's way of writing.
    usable = [text for style, text in zip(styles, written, strict=True) if region != "US" or style != 3]
    meant = {phonenumbers.parse(text, region).national_number for text in usable}
    assert meant == {phonenumbers.parse(phone, region).national_number}


def test_missing_phone_stays_missing() -> None:
    phones = pa.array(["", "+49 171 3920012"])
    assert spelling.style_phones(phones, np.array([3, 1])).to_pylist() == ["", "+491713920012"]


def test_salesforce_ids_carry_their_check_characters() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    ids = salesforce_ids("0035f00001", 0, 50).to_pylist()
    assert len(set(ids)) == len({text.casefold() for text in ids}) == 50
    for text in ids:
        groups = [text[i : i + 5] for i in (0, 5, 10)]
        check = [alphabet[sum(c.isupper() << n for n, c in enumerate(group))] for group in groups]
        assert text[15:] == "".join(check)


def test_salesforce_ids_follow_their_number() -> None:
    assert (
        salesforce_ids("0035f00001", 10, 5).to_pylist()
        == salesforce_ids("0035f00001", 0, 15).to_pylist()[10:]
    )

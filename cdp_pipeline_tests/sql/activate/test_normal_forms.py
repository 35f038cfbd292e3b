"""Normal forms and hashes, from the vendors' published vectors, through the SQL that writes the files."""

from __future__ import annotations

import pytest

from cdp_pipeline_tests.warehouse import Warehouse, evaluate


def test_google_email_vector() -> None:
    assert sent_to_google(email="cloudy.sanfrancisco+shopping@gmail.com")["email"] == (
        "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"
    )


@pytest.mark.parametrize(
    ("email", "hashed"),
    [
        ("john_smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
        ("janedoe@gmail.com", "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"),
    ],
)
def test_vectors_that_google_shares_with_meta_and_tiktok(email: str, hashed: str) -> None:
    assert sent_to_google(email=email)["email"] == hashed


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("Mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("Valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("Vale\u0301ry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        ("정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
    ],
)
def test_name_vectors_of_meta_hold_for_the_shared_name_form(name: str, hashed: str) -> None:
    assert evaluate("sha256_hex(google_name('name'))", name) == hashed


@pytest.mark.parametrize(
    ("phone", "hashed"),
    [
        ("+16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
        ("+37493828222", "65b7e6dcf6f4310f8d7cbfbd78289a753062fb054d6664fb9aaac5df66a422d4"),
    ],
)
def test_phone_vectors_of_meta_and_tiktok(phone: str, hashed: str) -> None:
    assert evaluate("sha256_hex(phone_digits('name'))", phone) == hashed


@pytest.mark.parametrize(
    ("email", "normal_form"),
    [
        ("A.B+c@GMAIL.com", "ab@gmail.com"),
        ("a.b+c@googlemail.com", "ab@googlemail.com"),
        ("a.b+c@example.org", "a.b+c@example.org"),
        ("a.b+c@notgmail.com", "a.b+c@notgmail.com"),
        (" a b@example.org ", "ab@example.org"),
    ],
)
def test_gmail_rule_is_for_gmail_only(email: str, normal_form: str) -> None:
    assert evaluate("google_email('name')", email) == normal_form


@pytest.mark.parametrize(
    ("name", "normal_form"),
    [
        ("  Anna   Maria ", "anna maria"),
        ("Mrs. Smith", "smith"),
        ("Herr Dr. Weiß", "weiß"),
        ("Smith, Jr.", "smith"),
        ("King III", "king"),
        ("Herr", "herr"),
        ("Drake", "drake"),
        ("O'Brien-Li", "o'brien-li"),
    ],
)
def test_google_name_drops_titles_and_generations_but_never_a_whole_name(name: str, normal_form: str) -> None:
    assert evaluate("google_name('name')", name) == normal_form


@pytest.mark.parametrize(
    ("email", "normal_form"),
    [("ann@example.org", "ann@example.org"), ("ann@müller.de", "ann@müller.de"), ("peña@example.org", None)],
)
def test_mailchimp_takes_other_letters_after_the_at_only(email: str, normal_form: str | None) -> None:
    assert evaluate("mailchimp_email('name')", email) == normal_form


@pytest.mark.parametrize(("code", "sent"), [("UK", "GB"), ("GB", "GB"), ("de", "DE"), ("Germany", None)])
def test_country_is_an_iso_code(code: str, sent: str | None) -> None:
    assert evaluate("iso_country('name')", code) == sent


def sent_to_google(**contact: str) -> dict[str, str]:
    """Hashes sent for one repeat buyer who allowed everything, by kind of contact point."""
    warehouse = Warehouse()
    warehouse.add_record("c1", "shop/customer/1", **contact)
    for number in range(2):
        warehouse.add_purchase("shop/customer/1", f"#{number}", "2026-04-01", "10.00")
    for value in contact.values():
        warehouse.add_consent(value, "ad_audiences", "granted", "2026-01-01")
    warehouse.build()
    sent = "select contact_kind, sent_value from activate.activation_row"
    return dict(warehouse.rows(f"{sent} where activation = 'google_repeat_buyers'"))

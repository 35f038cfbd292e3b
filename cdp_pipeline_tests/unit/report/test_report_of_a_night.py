"""The report of whole nights: published with them, true to their tables, and without a single person in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.publish.manifest import read_manifest, sha256_of
from cdp_pipeline.report.render import REPORT_NAME
from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.unit.report.test_page import Page

pytestmark = pytest.mark.slow

TEMPLATES = Path(__file__).parents[3] / "cdp_pipeline" / "report" / "templates"
WORD = re.compile(r"[^\W\d_]{2,}")

NAMES = """
select given_name from golden.golden_profile union select family_name from golden.golden_profile
union select value from golden.profile_value where column_name in ('given_name', 'family_name')
"""
VALUES = """
select contact_value from golden.customer_contact
union select contact_value from golden.contact_consent
union select street from golden.golden_profile
union select value from golden.profile_value where column_name in ('street', 'email', 'phone')
union select customer_id from link.customer_source_record
union select old_customer_id from link.customer_id_alias
union select sent_value from activate.activation_row
union select source_record_id from link.customer_source_record where length(source_record_id) > 6
union select id_value from standardise.external_id where length(id_value) > 6
"""


@pytest.fixture(scope="module")
def pages(nights: PublishedNights) -> dict[Path, str]:
    return {folder: (folder / REPORT_NAME).read_text("utf-8") for folder in (nights.first, nights.second)}


def test_no_value_of_a_person_is_in_the_page(pages: dict[Path, str]) -> None:
    for folder, html in pages.items():
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            values = [value for value in engine.fetch_column(VALUES) if value]
        assert len(values) > 500
        assert [value for value in values if stands_in(value.casefold(), html.casefold())] == []


def stands_in(value: str, html: str) -> bool:
    """Find a value; digits inside a longer number, such as a coordinate of a drawing, are another number."""
    return value in html and re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", html) is not None


def test_no_name_is_in_the_page(pages: dict[Path, str]) -> None:
    """Names that are words of the page's own text, such as May, prove nothing and are left aside."""
    own = words("\n".join(path.read_text("utf-8") for path in sorted(TEMPLATES.iterdir())))
    for folder, html in pages.items():
        with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
            names = words(" ".join(name for name in engine.fetch_column(NAMES) if name))
        assert len(names) > 100
        assert (words(Page(html).text) & names) - own - {"May"} == set()


def words(text: str) -> set[str]:
    return set(WORD.findall(text))


def test_the_manifest_lists_the_page_with_its_checksum(nights: PublishedNights) -> None:
    [entry] = [file for file in read_manifest(nights.second).files if file.path == REPORT_NAME]
    path = nights.second / REPORT_NAME
    assert (entry.size_bytes, entry.sha256) == (path.stat().st_size, sha256_of(path))
    assert entry.rows is None


def test_the_page_tells_the_numbers_of_the_tables(nights: PublishedNights, pages: dict[Path, str]) -> None:
    text = Page(pages[nights.second]).text
    with Engine.open(nights.second / "identified.duckdb", read_only=True) as engine:
        customers, records = (
            engine.row_count("golden.golden_profile"),
            engine.row_count("link.customer_source_record"),
        )
        sizes = dict(engine.fetch_all(SIZES_TONIGHT))
        by_mail = engine.fetch_value(MAY_BE_SENT_EMAIL)
    assert f"{customers:,} customers were found in {records:,} source records" in text
    assert f"May be sent e-mail {by_mail:,} " in text
    assert by_mail > 0
    titles = {name: segment.title.en for name, segment in nights.project.segments.items()}
    assert sizes
    for segment, members in sizes.items():
        assert f"{titles[segment]} {members:,} " in text


SIZES_TONIGHT = """
select segment, member_count from segment.segment_size
where business_date = (select business_date from extract.night)
"""

MAY_BE_SENT_EMAIL = """
select count(distinct contact.customer_id)
from golden.customer_contact as contact
join golden.contact_consent as consent using (contact_kind, contact_value)
where contact.contact_kind = 'email' and contact.is_valid and contact.delivery_state = 'reachable'
    and consent.purpose = 'marketing' and consent.channel = 'email' and consent.is_granted
    and not exists (
        select * from golden.undecided_contact as lost
        where lost.contact_kind = contact.contact_kind and lost.contact_value = contact.contact_value
            and consent.decided_at::date <= lost.delivered_on + 1
    )
"""


def test_the_second_night_is_compared_with_the_first(nights: PublishedNights, pages: dict[Path, str]) -> None:
    assert "first published night" in Page(pages[nights.first]).text
    customers = [rows_of(folder, "golden.golden_profile") for folder in (nights.first, nights.second)]
    change = f"{customers[1] - customers[0]:+,}".replace("-", "−")
    assert f"Customers {customers[1]:,} {change} since 4 May" in Page(pages[nights.second]).text


def rows_of(folder: Path, table: str) -> int:
    with Engine.open(folder / "identified.duckdb", read_only=True) as engine:
        return engine.row_count(table)

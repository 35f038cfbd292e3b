"""Charts: one accessible image each, in the page's colours, with nothing from outside."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from cdp_pipeline.report.charts import (
    Drawable,
    match_weight_histogram,
    match_weights_chart,
    records_per_customer_chart,
    revenue_chart,
    segment_sizes_chart,
    source_overlap_chart,
    to_png,
    to_svg,
)

SIZES = [
    {"segment": "new_buyers", "business_date": "2026-05-04", "member_count": 1207},
    {"segment": "new_buyers", "business_date": "2026-05-05", "member_count": 1234},
    {"segment": "lapsed", "business_date": "2026-05-04", "member_count": 90},
    {"segment": "lapsed", "business_date": "2026-05-05", "member_count": 87},
]
OVERLAP = [
    {"sources": ("crm", "shop"), "customers": 420},
    {"sources": ("till",), "customers": 230},
    {"sources": (), "customers": 5, "shown": "<5"},
]
COMPARISONS = [
    {
        "output_column_name": "family_name",
        "comparison_levels": [
            {"label_for_charts": "missing", "is_null_level": True},
            {"label_for_charts": "equal", "m_probability": 0.8, "u_probability": 0.1},
            {"label_for_charts": "different", "m_probability": 0.1, "u_probability": 0.8},
        ],
    }
]
MAKERS = {
    "segment sizes": lambda: segment_sizes_chart(SIZES),
    "overlap": lambda: source_overlap_chart(OVERLAP),
    "records": lambda: records_per_customer_chart(
        [{"records": "1", "customers": 9}, {"records": "2+", "customers": 5}]
    ),
    "scored pairs": lambda: match_weight_histogram(
        [{"match_weight": 8.0, "bin_width": 2, "kind": "splink", "pairs": 12}], threshold=8
    ),
    "model": lambda: match_weights_chart(COMPARISONS),
    "revenue": lambda: revenue_chart([{"month": "2026-04-01", "channel": "shop", "net_revenue": 12}], "EUR"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_chart_is_one_named_image_without_outside_reference(name: str) -> None:
    svg = to_svg(MAKERS[name](), "What it shows")
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.find("title").text == "What it shows"  # type: ignore[union-attr]
    assert len(root.findtext("desc", "")) > 20
    named = {element.get("id") for element in root.iter()} - {None}
    assert set(root.get("aria-labelledby", "").split()) <= named
    assert "http" not in svg
    assert "href" not in svg


@pytest.mark.parametrize("name", MAKERS)
def test_every_colour_follows_the_page(name: str) -> None:
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', to_svg(MAKERS[name]())))
    assert {colour for colour in colours if not colour.startswith("var(--")} <= {"none", "transparent"}
    assert colours & {"var(--series-1, #1f5fbf)"}


def test_numbers_stand_at_the_marks() -> None:
    texts = texts_of(MAKERS["segment sizes"]())
    assert {"new_buyers: 1,234", "lapsed: 87"} <= texts, "the newest size of every segment"
    assert {"crm", "shop", "till", "420", "230", "<5", "others"} <= texts_of(MAKERS["overlap"]())
    assert {"family name", "equal", "different"} <= texts_of(MAKERS["model"]())
    assert "missing" not in texts_of(MAKERS["model"]())


def test_marks_say_their_numbers_under_the_pointer() -> None:
    root = ElementTree.fromstring(to_svg(MAKERS["revenue"]()))
    titles = {element.text for element in root.findall(".//path/title")}
    assert "2026-04, shop: 12 EUR" in titles


@pytest.mark.parametrize("nights", [1, 2, 5])
def test_each_night_is_labelled_once(nights: int) -> None:
    rows = [
        {"segment": "lapsed", "business_date": f"2026-05-0{3 + night}", "member_count": 90 + night}
        for night in range(nights)
    ]
    labels = re.findall(r">(\d+ May)<", to_svg(segment_sizes_chart(rows)))
    assert labels == [f"{3 + night} May" for night in range(nights)]


def test_a_title_that_looks_like_markup_stays_text() -> None:
    svg = to_svg(segment_sizes_chart([{**SIZES[0], "title": "<script>alert(1)</script>"}]), "<b>&")
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).findtext("title") == "<b>&"
    assert "<script>alert(1)</script>: 1,207" in texts_of(
        segment_sizes_chart([{**SIZES[0], "title": "<script>alert(1)</script>"}])
    )


def test_two_charts_of_a_page_share_no_id_and_drawing_again_gives_the_same_bytes() -> None:
    first, second = to_svg(MAKERS["segment sizes"]()), to_svg(MAKERS["overlap"]())
    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))
    assert to_svg(MAKERS["segment sizes"]()) == first


def test_a_png_is_drawn_in_colours_of_its_own_at_the_scale_asked_for() -> None:
    small, large = to_png(MAKERS["records"](), scale=1), to_png(MAKERS["records"](), scale=2)
    assert small.startswith(b"\x89PNG")
    assert abs(width_of(large) - 2 * width_of(small)) <= 2


def test_the_pipeline_starts_without_the_drawing_libraries() -> None:
    code = (
        "import sys, cdp_pipeline.cli, cdp_pipeline.nightly.publication\n"
        "print(*{'altair', 'vl_convert'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", "")


def texts_of(chart: Drawable) -> set[str]:
    return {element.text or "" for element in ElementTree.fromstring(to_svg(chart)).iter("text")}


def width_of(png: bytes) -> int:
    return int(struct.unpack(">I", png[16:20])[0])

"""Nights that link what changed: they end where linking everything would have ended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cdp_pipeline_tests.conftest import PublishedNights
from cdp_pipeline_tests.reliability.linkage_nights import LinkageNights

pytestmark = pytest.mark.slow


@pytest.fixture
def linkage(nights: PublishedNights, tmp_path: Path) -> LinkageNights:
    database = tmp_path / "work.duckdb"
    shutil.copy(nights.project.working_file, database)
    return LinkageNights(database, nights.project)


def end_alike(linkage: LinkageNights, *, nights: int, share: float) -> None:
    linkage.link(everything=True)
    for night in range(nights):
        linkage.let_things_happen(night, share)
        linkage.link()
        assert linkage.differences() == [], f"night {night}"
        assert linkage.stray_clusters() == 0, f"night {night}"
    assert linkage.relinked() > 0


def test_random_nights_end_where_linking_everything_ends(linkage: LinkageNights) -> None:
    linkage.crowd_blocks(max_records=8)
    end_alike(linkage, nights=3, share=0.05)
    before = linkage.relinked(), linkage.engine.fetch_all("select * from link.cluster order by all")
    linkage.link()
    after = linkage.relinked(), linkage.engine.fetch_all("select * from link.cluster order by all")
    assert after == before, "a night without changes leaves everything"


def test_after_an_erasure_a_night_ends_where_linking_everything_ends(linkage: LinkageNights) -> None:
    linkage.link(everything=True)
    assert linkage.erase(1, share=0.02) > 10
    linkage.link()
    assert linkage.differences() == []
    assert linkage.stray_clusters() == 0
    assert 0 < linkage.relinked() < linkage.engine.row_count("link.linkage_record") / 2


@pytest.mark.long
def test_many_random_nights_end_where_linking_everything_ends(linkage: LinkageNights) -> None:
    end_alike(linkage, nights=int(os.environ.get("CDP_TEST_NIGHTS", "100")), share=0.05)

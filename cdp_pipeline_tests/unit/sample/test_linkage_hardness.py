"""The score that says how hard a world is to link."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline_tests.benchmarks.linkage_hardness import score

TRUTH = """\
source_system,record_kind,source_record_id,person_id,is_junk,troubles
crm,contact,1,P1,false,
shop,customer,2,P1,false,typo
shop,order,#3,P1,false,
till,member,4,P2,false,
email,subscriber,5,P3,false,
crm,contact,6,,true,junk_record
"""


def test_pairs_are_counted_over_records_of_people(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "records.csv").write_text(TRUTH, encoding="utf-8")
    clusters = """
        select * from (values
            ('crm/contact/1', 'a'), ('shop/customer/2', 'a'), ('till/member/4', 'a'), ('crm/contact/6', 'a'),
            ('shop/order/#3', 'b'), ('email/subscriber/5', 'c')
        ) as found (record, cluster)
    """
    with Engine.open() as engine:
        found = score(engine, tmp_path, clusters)
    assert (found.found, found.true, found.right, found.over_merged) == (3, 3, 1, 1)
    assert (found.precision, found.recall, found.f1) == pytest.approx((1 / 3, 1 / 3, 1 / 3))

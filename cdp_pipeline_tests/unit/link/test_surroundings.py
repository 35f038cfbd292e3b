"""What lies around the records that a night links anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_pipeline.engine import Engine
from cdp_pipeline.link.surroundings import Surroundings

LIMIT = 2


@pytest.fixture
def warehouse() -> Iterator[Engine]:
    """A state in which group 7 has three nodes in region 2 and one in region 1, which is linked anew."""
    with Engine.open() as engine:
        engine.create_schemas(["link_state"])
        engine.replace_table(
            "link_state.block",
            """
            select 0 as position, 7::ubigint as group_key, node::ubigint as node, region::ubigint as region, first_round
            from (values (1, 1, 0), (2, 2, 0), (3, 2, 0), (4, 2, 0), (5, 2, 1)) as block (node, region, first_round)
            """,
        )
        engine.execute("create temp table linked_region as select 1::ubigint as region")
        yield engine


@pytest.fixture
def workspace() -> Iterator[Engine]:
    with Engine.open() as engine:
        engine.execute("create table block (position integer, group_key ubigint, node bigint)")
        engine.execute("create table crowded_group (position integer, group_key ubigint)")
        yield engine


def test_nodes_around_count_once_in_the_first_round(warehouse: Engine, workspace: Engine) -> None:
    workspace.execute("insert into block values (0, 7, 1), (0, 8, 1), (1, 7, 1)")
    Surroundings(warehouse).count_blocks(workspace)
    assert workspace.fetch_all("from outside_block") == [(0, 7, 3)]


@pytest.mark.parametrize("max_records", [LIMIT, LIMIT + 1])
def test_a_group_that_a_later_round_makes_is_as_crowded_as_around(
    warehouse: Engine, workspace: Engine, max_records: int
) -> None:
    surroundings = Surroundings(warehouse)
    workspace.execute("insert into block values (0, 8, 1), (0, 8, 2)")
    surroundings.count_blocks(workspace)
    workspace.execute("insert into block values (0, 7, 1), (0, 7, 2)")
    surroundings.add_crowded_groups(workspace, max_records)
    assert workspace.fetch_all("from crowded_group") == ([(0, 7)] if max_records == LIMIT else [])


def test_a_node_is_changed_in_any_round_in_which_it_was_not_known(
    warehouse: Engine, workspace: Engine
) -> None:
    warehouse.replace_table(
        "link_state.node",
        """
        select content::ubigint as content, first_round, last_round, region::ubigint as region
        from (values (11, 0, 0, 1), (12, 0, 2, 1), (13, 0, 2, 2)) as node (content, first_round, last_round, region)
        """,
    )
    workspace.replace_table(
        "node_version",
        """
        select version, content::ubigint as content, first_round, last_round
        from (values
            ('as it was', 11, 0, 0),
            ('lives longer', 11, 0, 1),
            ('as it was in these rounds', 12, 1, 2),
            ('known around only', 13, 0, 2),
            ('new in a later round', 14, 1, 2)
        ) as node (version, content, first_round, last_round)
        """,
    )
    Surroundings(warehouse).create_changed_versions(workspace)
    changed = workspace.fetch_column("select version from changed_version order by version")
    assert changed == ["known around only", "lives longer", "new in a later round"]


@pytest.mark.parametrize(("inside", "met"), [(1, [2, 3, 4]), (2, [])], ids=["room for four", "one too many"])
def test_nodes_inside_and_around_together_crowd_a_block(
    warehouse: Engine, inside: int, met: list[int]
) -> None:
    warehouse.replace_table(
        "link_state.node",
        """
        select node::ubigint as node, first_round, last_round
        from (values (2, 0, 2), (3, 0, 2), (4, 0, 0), (5, 1, 2)) as node (node, first_round, last_round)
        """,
    )
    warehouse.execute(
        """
        create temp table inside as
        select 0 as position, 7::ubigint as group_key, 10 as version, 0 as first_round, 0 as last_round, ? as nodes
        """,
        [inside],
    )
    pairs, nodes = Surroundings(warehouse).pairs_around("inside", max_records=4)
    assert sorted(pairs.column("node").to_pylist()) == met
    assert sorted(nodes.column("node").to_pylist()) == met

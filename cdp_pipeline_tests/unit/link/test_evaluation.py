"""Evaluation of linkage: by trouble, at other thresholds, and beside the ceiling of blocking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import inf

import pyarrow as pa
import pytest

from cdp_pipeline.contracts.project import SHIPPED_CONFIG
from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.errors import ConfigError
from cdp_pipeline.link.decision_conflicts import PAIR
from cdp_pipeline.link.edges import MODEL_FILE
from cdp_pipeline.link.evaluation import Evaluation, evaluate_night
from cdp_pipeline.link.evaluation_curve import usual_thresholds
from cdp_pipeline.link.evaluation_decisions import evaluate_decisions
from cdp_pipeline.link.evaluation_troubles import NO_TROUBLE, TroubleQuality, measure_troubles
from cdp_pipeline.link.evaluation_truth import TruthError
from cdp_pipeline.link.quality import PairCounts
from cdp_pipeline.link.splink_model import read_model
from cdp_pipeline_tests.sample_project import KEY
from cdp_pipeline_tests.unit.link.link_warehouse import SourceRecord, Warehouse
from cdp_pipeline_tests.unit.link.test_evaluation_truth import person, truth

BY_RULE = [
    SourceRecord("r1", "Anna", "Kern", email="kern@example.org"),
    SourceRecord("r2", "Anna", "Kern", email="kern@example.org", source="shop"),
]
BY_MODEL = [
    SourceRecord("m1", "Eva", "Brandstetter", date(1980, 5, 3), street="Gartenweg 12"),
    SourceRecord("m2", "Eva", "Brandstettr", date(1980, 5, 8), street="Gartenweg 12", source="shop"),
]
NEVER_MET = [
    SourceRecord("n1", "Ida", "Lohr", email="ida@example.org"),
    SourceRecord("n2", "Ruth", "Wessel", email="wessel@example.org", source="shop"),
]
WHO = truth(*(person(record.id, record.id[0]) for record in [*BY_RULE, *BY_MODEL, *NEVER_MET]))


def evaluated(warehouse: Warehouse, rows: pa.Table = WHO, thresholds: tuple[float, ...] = ()) -> Evaluation:
    linkage = warehouse.project.linkage
    return evaluate_night(warehouse.engine, linkage, rows, "truth.csv", EngineOptions(threads=2), thresholds)


@pytest.fixture(scope="module")
def evaluation() -> Iterator[Evaluation]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CDP_PROJECT_KEY", KEY)
        warehouse = Warehouse()
        warehouse.link(*BY_RULE, *BY_MODEL, *NEVER_MET)
        yield evaluated(warehouse)
        warehouse.engine.close()


def test_the_curve_at_the_threshold_in_force_is_the_night_and_above_all_weights_the_rules(
    evaluation: Evaluation,
) -> None:
    curve = {at.match_weight: at.quality for at in evaluation.thresholds}
    assert evaluation.match_threshold is not None
    assert curve[evaluation.match_threshold] == evaluation.quality
    assert evaluation.quality.right_pairs == 2, "the rule's pair and the model's"
    assert curve[inf].right_pairs == 1, "the rule's pair alone"


def test_the_ceiling_leaves_out_pairs_that_never_meet(evaluation: Evaluation) -> None:
    assert evaluation.ceiling is not None
    assert evaluation.ceiling.rules_recall == pytest.approx(1 / 3)
    assert evaluation.ceiling.recall == pytest.approx(2 / 3)


def test_a_pair_refused_by_a_veto_was_within_reach_but_joins_at_no_threshold(warehouse: Warehouse) -> None:
    born = date(1980, 5, 3)
    twins = [
        SourceRecord("a", "Max", "Brandstetter", born, street="Gartenweg 12", phone="+49301234"),
        SourceRecord("b", "Moritz", "Brandstetter", born, street="Gartenweg 12", phone="+49301234"),
    ]
    warehouse.link(*twins)
    evaluation = evaluated(warehouse, truth(person("a", "P1"), person("b", "P1")))
    assert {at.quality.found_pairs for at in evaluation.thresholds} == {0}
    assert evaluation.ceiling is not None
    assert evaluation.ceiling.recall == 1


def test_a_threshold_below_the_kept_pairs_is_refused(warehouse: Warehouse) -> None:
    warehouse.link(*BY_RULE)
    lowest = warehouse.project.linkage.near_miss_threshold.match_weight
    with pytest.raises(ConfigError, match=r"were not kept\. Lower near_miss_threshold"):
        evaluated(warehouse, truth(person("r1", "r"), person("r2", "r")), thresholds=(lowest - 1,))


def test_decided_pairs_are_measured_as_if_nobody_had_decided(warehouse: Warehouse) -> None:
    decided = decisions(("r1", "r2", "must_link"), ("n1", "n2", "must_link"), ("m1", "m2", "never_link"))
    with warehouse.engine.arrow_view(decided) as view:
        warehouse.engine.create_schemas(["link"])
        warehouse.engine.replace_table(
            "link.match_decision",
            f"select row_number() over () as decision_id, *, now()::timestamp as decided_at from {view}",
        )
    warehouse.link(*BY_RULE, *BY_MODEL, *NEVER_MET)
    absent = decisions(("r1", "gone", "must_link"))
    result = evaluate_decisions(
        warehouse.engine,
        warehouse.project.linkage,
        read_model(SHIPPED_CONFIG / MODEL_FILE),
        pa.concat_tables([decided, absent]),
        EngineOptions(threads=2),
    )
    assert (result.pairs, result.absent_pairs) == (3, 1)
    assert result.counts == PairCounts(found_pairs=2, true_pairs=2, right_pairs=1)
    assert dict(result.thresholds)[inf] == PairCounts(found_pairs=1, true_pairs=2, right_pairs=1)


def decisions(*pairs: tuple[str, str, str]) -> pa.Table:
    """Decisions about records by their ids; a 2 at the end stands for the shop."""
    rows = [
        {"decision": decision}
        | {
            f"{side}_{column}": value
            for side, record in (("left", left), ("right", right))
            for column, value in SourceRecord(
                record, source="shop" if record[-1] == "2" else "crm"
            ).key.items()
        }
        for left, right, decision in pairs
    ]
    return pa.Table.from_pylist(rows).select(["decision", *PAIR])


def test_without_decisions_the_remedy_is_told(warehouse: Warehouse) -> None:
    warehouse.deliver(*BY_RULE)
    warehouse.build("given_name_variant", "linkage_record", "identifier", "given_name_root")
    model = read_model(SHIPPED_CONFIG / MODEL_FILE)
    nothing = decisions(("x", "y", "must_link")).slice(0, 0)
    with pytest.raises(TruthError, match="cdp link decide"):
        evaluate_decisions(warehouse.engine, warehouse.project.linkage, model, nothing, EngineOptions())


def test_the_usual_thresholds_hold_the_one_in_force_and_the_rules_alone(warehouse: Warehouse) -> None:
    linkage = warehouse.project.linkage
    usual = usual_thresholds(linkage)
    assert usual == sorted(usual)
    assert linkage.match_threshold.match_weight in usual
    assert (usual[0], usual[-1]) == (linkage.near_miss_threshold.match_weight, inf)


def test_a_pair_belongs_to_a_trouble_when_either_record_bears_it() -> None:
    # Person 1: a b c, of which c lies with d of person 2; b bears `moved`, d bears `typo`.
    with Engine.open() as engine:
        engine.execute("create table evaluated_record (record bigint, person bigint, cluster bigint)")
        engine.execute("insert into evaluated_record values (0, 1, 1), (1, 1, 1), (2, 1, 2), (3, 2, 2)")
        engine.execute(
            "create table record_trouble as select * from (values (1, 'moved'), (3, 'typo')) t(record, trouble)"
        )
        by_name = {quality.trouble: quality for quality in measure_troubles(engine)}
    assert by_name["moved"] == TroubleQuality(
        found_pairs=1, true_pairs=2, right_pairs=1, trouble="moved", records=1, over_merged=0, split=1
    )
    assert by_name["typo"] == TroubleQuality(
        found_pairs=1, true_pairs=0, right_pairs=0, trouble="typo", records=1, over_merged=1, split=0
    )
    # a and c remain: one true pair, not found.
    assert by_name[NO_TROUBLE] == TroubleQuality(
        found_pairs=0, true_pairs=1, right_pairs=0, trouble=NO_TROUBLE, records=2, over_merged=0, split=1
    )

"""Evidence, refusals, decisions and events of a customer in plain words, from rows written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdp_pipeline.contracts.linkage import LinkKey
from cdp_pipeline.contracts.project import SHIPPED_CONFIG, Project, load_project
from cdp_pipeline.control.match_decisions import decide_match, undo_match
from cdp_pipeline.link import evidence_words
from cdp_pipeline.link.cluster_size import TOO_LARGE
from cdp_pipeline.link.decisions import TRAIT as DECISION
from cdp_pipeline.link.evidence import (
    BOTH,
    MISSING_LEVEL,
    OTHER_LEVEL,
    PRIOR_LEVEL,
    RARITY_LEVEL,
    RELATIVES_LEVEL,
)
from cdp_pipeline.link.evidence_words import (
    common_words,
    level_words,
    match_probability,
    percentage,
    veto_words,
)
from cdp_pipeline.link.weak_bridges import WEAK_BRIDGE
from cdp_pipeline.nightly.explain.decisions import with_words
from cdp_pipeline.nightly.explain.events import told_events
from cdp_pipeline.nightly.explain.links import told_links, told_refusals
from cdp_pipeline.nightly.explain.queries import Labels, Row
from cdp_pipeline.nightly.explain.summary import summary_of

LABELS: Labels = {("crm", "contact", name): f"R{number}" for number, name in enumerate("abcd", start=1)}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return load_project(tmp_path)


def edge(pair: str, name: str, weight: float, kind: str = "rule", parts: list[Row] | None = None) -> Row:
    """An edge between two records of the CRM, each named by a letter."""
    sides: dict[str, str] = {}
    for side, letter in zip(("left", "right"), pair, strict=True):
        key = {"source_system": "crm", "record_kind": "contact", "source_record_id": letter}
        sides |= {f"{side}_{column}": value for column, value in key.items()}
    return {
        **sides,
        "edge_kind": kind,
        "edge_name": name,
        "match_weight": weight,
        "comparison_weights": parts,
    }


def part(comparison: str, level: str, weight: float) -> Row:
    return {"comparison": comparison, "comparison_level": level, "match_weight": weight}


# --- levels of the model ------------------------------------------------------------------------------------


def committed_levels() -> list[tuple[str, str]]:
    model = json.loads((SHIPPED_CONFIG / "linkage" / "model.json").read_text(encoding="utf-8"))
    return [
        (
            comparison["output_column_name"],
            OTHER_LEVEL if level["sql_condition"] == "ELSE" else level["label_for_charts"],
        )
        for comparison in model["splink"]["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]


def test_every_level_of_the_committed_model_has_words_of_its_own() -> None:
    levels = committed_levels()
    assert len(levels) > 30
    missing = [(name, level) for name, level in levels if level not in evidence_words.LEVELS.get(name, {})]
    assert missing == []
    assert {name for name, _ in levels} <= set(evidence_words.COMPARISONS), "for those that say nothing"


def test_words_hold_no_language_of_the_model() -> None:
    every = [words for levels in evidence_words.LEVELS.values() for words in levels.values()]
    assert not [words for words in every if "_" in words or "Exact" in words or ">=" in words]


@pytest.mark.parametrize(
    ("comparison", "level", "weight", "words"),
    [
        ("prior", PRIOR_LEVEL, -14.7, "start: two records drawn at random"),
        ("prior", RELATIVES_LEVEL, 0.0, "start: two records of one home, perhaps relatives"),
        ("prior", BOTH, -0.3, "may be strangers or relatives, both count"),
        ("cookie", "one browser in common", 4.3, "same browser"),
        ("birth_year", "year in a mailbox name", 4.2, "same year of birth in the e-mail"),
        ("account", "two accounts of one list", -2.3, "both are accounts of one list, which speaks against"),
        ("given_name", OTHER_LEVEL, -7.9, "different given names"),
        ("given_name", RARITY_LEVEL, 2.0, "a rare given name"),
        ("family_name", RARITY_LEVEL, -2.0, "a frequent family name"),
        ("phone", MISSING_LEVEL, 0.0, "phone: not compared"),
        ("shoe_size", "Exact match on shoe_size", 3.0, "same shoe size"),
        ("shoe_size", OTHER_LEVEL, -3.0, "different shoe size"),
    ],
)
def test_a_level_reads_as_plain_words(comparison: str, level: str, weight: float, words: str) -> None:
    assert level_words(comparison, level, weight) == words


def test_every_key_of_a_rule_has_words() -> None:
    assert set(LinkKey) <= set(evidence_words.KEYS)
    assert common_words([LinkKey.EMAIL]) == "the same e-mail address"
    assert (
        common_words([LinkKey.GIVEN_NAME, LinkKey.BIRTH_DATE, LinkKey.ADDRESS])
        == "the same given name, birth date and postal address"
    )


def test_whatever_refuses_a_pair_has_words() -> None:
    traits = {"birth_date", "name", "name_suffix", DECISION}
    assert traits | {WEAK_BRIDGE, TOO_LARGE, "contradiction"} <= set(evidence_words.VETOES)


def test_a_veto_without_words_is_told_by_name() -> None:
    assert veto_words("name_suffix").startswith("one is the elder")
    assert veto_words("tax_number") == "tax number speaks against it"


def test_a_match_weight_is_a_probability_that_is_never_rounded_to_certainty() -> None:
    assert match_probability(0) == 0.5
    assert percentage(match_probability(2.5)) == "85 %"
    assert percentage(match_probability(7.8)) == "99.6 %"
    assert percentage(match_probability(40)) == "more than 99.9 %"


# --- links --------------------------------------------------------------------------------------------------


def test_links_are_the_strongest_edges_that_hold_all_records_together(project: Project) -> None:
    scored = [part("address", "one address in common", 3.0)]
    edges = [
        edge("ab", "same_email_and_given_name", 30),
        edge("ab", "same_phone_and_given_name", 25),
        edge("ac", "same_phone_and_given_name", 25),
        edge("bc", "same_loyalty_number", 40),
        edge("cd", "same_address", 3.0, "splink", scored),
    ]
    told = told_links(edges, LABELS, project.linkage)
    links = {(row["left_label"], row["right_label"], row["edge_name"]) for row in told if row["is_link"]}
    assert links == {
        ("R1", "R2", "same_email_and_given_name"),  # 30 + 25: the strongest pair, by its strongest edge
        ("R2", "R3", "same_loyalty_number"),
        ("R3", "R4", "same_address"),
    }


def test_a_rule_tells_what_is_common_and_its_reason_and_the_model_how_sure_it_is(project: Project) -> None:
    scored = [part("phone", "one number in common", 4.0)]
    rule, nameless, model, gone = told_links(
        [
            edge("ab", "same_email_and_given_name", 30),
            edge("ac", "same_email_nameless", 20),
            edge("ad", "same_phone", 4.0, "splink", scored),
            edge("bd", "same_shoe_size", 9),
        ],
        LABELS,
        project.linkage,
    )
    assert rule["because"] == "the same e-mail address and given name"
    assert rule["why"].startswith("Couples share mailboxes")
    assert nameless["because"] == "the same e-mail address, and one of them gives no name"
    assert model["because"] == "compared by the model, one person at 94 %"
    assert model["comparison_weights"][0]["words"] == "same phone number"
    assert gone["because"] == "the rule same_shoe_size, which linkage.yml no longer holds"


def refused(kind: str, weight: float, vetoed_by: str | None = None) -> Row:
    key = {"source_system": "crm", "record_kind": "contact", "source_record_id": "a"}
    return {
        **key,
        **{f"other_{column}": value for column, value in {**key, "source_record_id": "x"}.items()},
        "other_customer_id": "c_other",
        "edge_kind": kind,
        "edge_name": "same_address",
        "match_weight": weight,
        "vetoed_by": vetoed_by,
        "comparison_weights": [part("address", "one address in common", weight)],
    }


def test_a_near_miss_tells_how_likely_it_was_and_what_joining_takes(project: Project) -> None:
    chain = {
        **refused("vetoed", 5.0, "contradiction"),
        "contradicting": "birth_date",
        "other_source_record_id": "y",
    }
    veto, near, chain = told_refusals(
        [refused("vetoed", 9.0, "birth_date"), refused("near_miss", 1.0), chain], LABELS, project.linkage
    )  # fmt: skip
    assert veto["refused_because"] == "their birth dates cannot be one person's"
    assert near["because"] == "compared by the model, one person at 67 %"
    assert near["refused_because"] == "too unlikely: pairs are joined from 85 % on"
    assert (
        chain["refused_because"] == "as one customer they would have birth dates that cannot be one person's"
    )


def test_a_near_miss_that_would_be_joined_today_is_told_so(project: Project) -> None:
    [row] = told_refusals([refused("near_miss", 5.0)], LABELS, project.linkage)
    assert row["refused_because"] == "too unlikely for the threshold of that night"


def test_the_summary_answers_in_sentences(project: Project) -> None:
    scored = [part("phone", "one number in common", 4.0)]
    by_rules = [edge("ab", "crm_master", 60), edge("bc", "crm_master", 60)]
    told = told_links(by_rules, LABELS, project.linkage)
    one_source = {"records": [{"source_system": "crm"}] * 3, "edges": told, "refused": [], "old_ids": []}
    assert summary_of(one_source) == [
        "3 records of one source (crm) are one person. 2 links hold them together: 2 by rules."
    ]
    answers: dict[str, list[dict[str, Any]]] = {
        "records": [{"source_system": "crm"}, {"source_system": "shop"}, {"source_system": "crm"}],
        "edges": told_links(
            [edge("ab", "same_email_and_given_name", 30), edge("bc", "same_phone", 4.0, "splink", scored)],
            LABELS,
            project.linkage,
        ),
        "refused": told_refusals([refused("near_miss", 1.0)], LABELS, project.linkage),
        "old_ids": [{"old_customer_id": "c_old"}],
    }
    assert summary_of(answers) == [
        "3 records of 2 sources (crm, shop) are one person. 2 links hold them together: 1 by a rule, 1 by the model.",
        "The least sure link is R2 – R3: one person at 94 %.",
        "1 other customer came near and stayed apart: too unlikely.",
        "1 other id was merged into this one.",
    ]


# --- decisions and events -----------------------------------------------------------------------------------


def test_a_decision_is_told_with_who_why_and_what_became_of_it(project: Project) -> None:
    a, b, x = ("crm", "contact", "a"), ("crm", "contact", "b"), ("shop", "customer", "x")
    joined = decide_match(project, "must_link", a, b, "eva", "same voice on the phone")
    apart = decide_match(project, "never_link", a, x, "eva", "father and son")
    later = decide_match(project, "never_link", b, x, "ina", "father and son, too")
    strangers = decide_match(
        project, "never_link", x, ("shop", "customer", "y"), "ina", "not of this customer"
    )
    undo_match(project, apart, "ina")
    of_night = [
        {**decision(joined, "must_link", a, b), "contradicted_by": apart},
        {**decision(apart, "never_link", a, x), "contradicted_by": None},
    ]
    told = with_words(of_night, LABELS, project)
    assert [(row["decision_id"], row["words"], row["state"], row["decided_by"]) for row in told] == [
        (joined, "R1 and R2 are one person", f"not applied: it contradicts decision {apart}", "eva"),
        (apart, "R1 and shop/customer/x are two people", "in force that night, taken back since", "eva"),
        (later, "R2 and shop/customer/x are two people", "not in force that night", "ina"),
    ]
    assert strangers not in {row["decision_id"] for row in told}


def decision(number: int, what: str, left: tuple[str, ...], right: tuple[str, ...]) -> Row:
    columns = ("source_system", "record_kind", "source_record_id")
    sides = {
        f"{side}_{column}": value
        for side, key in (("left", left), ("right", right))
        for column, value in zip(columns, key, strict=True)
    }
    return {"decision_id": number, "decision": what, **sides}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("mint", "c_a was given out for crm/contact/1"),
        ("merge", "c_a was merged into c_b"),
        ("split", "c_a was split off c_b"),
        ("undo", "c_a parted from c_b again and has its id back"),
        ("retire", "c_a was retired: all its records left the sources"),
        ("return", "c_a is back with its records"),
        ("erase", "c_a was erased, with all that was known of the person"),
    ],
)
def test_an_event_of_an_id_is_told_with_its_cause(event: str, words: str) -> None:
    row = {
        "event": event,
        "customer_id": "c_a",
        "other_customer_id": "c_b",
        "cause": "decision",
        "anchor_source_system": "crm",
        "anchor_record_kind": "contact",
        "anchor_source_record_id": "1",
    }
    [told] = told_events([row])
    assert (told["words"], told["cause_words"]) == (words, "by a decision")

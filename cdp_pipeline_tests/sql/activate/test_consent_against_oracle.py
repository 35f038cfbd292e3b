"""On random histories an oracle says who may leave and why others may not, without SQL or code of the models."""

from __future__ import annotations

from collections import Counter

import pytest

from cdp_pipeline.privacy.consent_gate import verify_consent
from cdp_pipeline_tests.consent.histories import random_history
from cdp_pipeline_tests.consent.night_of import build_last_night, disagreements, verdicts_of
from cdp_pipeline_tests.consent.oracle import FIRST_REASONS, judge

UNTOLD = """
select reason, reason_since, reason_source, count(*)
from activate.audience_exclusion
where
    case
        when reason in ('not_accepted', 'duplicate', 'no_usable_contact')
            then reason_since is not null or reason_source is not null
        when reason = 'no_consent' then (reason_since is null) <> (reason_source is null)
        when reason = 'suppressed' then reason_source is null
        when reason = 'recycled' then reason_since is null or reason_source is not null
        else reason_since is null or reason_source is null
    end
group by all
"""
"""Reasons that do not tell since when and from which source; a list need not say when it was added to, and that a
contact point was handed on, no source says."""


def check_history(seed: int) -> Counter[str]:
    """Compare models and oracle on one history, let the gate look, and count what happened."""
    history = random_history(seed)
    warehouse = build_last_night(history)
    models, oracle = verdicts_of(warehouse), judge(history)
    found = disagreements(models, oracle)
    assert not found, f"history {seed}: {len(found)} disagreements\n" + "\n".join(found[:20])
    assert warehouse.rows(UNTOLD) == []
    verify_consent(warehouse.engine)
    warehouse.engine.close()
    happened = Counter(reason for verdict in oracle.values() for reason in verdict.reasons.values())
    happened.update(f"sent {name}" for name, verdict in oracle.items() for _ in verdict.sent)
    return happened


def test_no_row_leaves_without_consent_and_each_left_out_has_the_first_reason() -> None:
    happened = sum((check_history(seed) for seed in range(1, 7)), Counter[str]())
    assert set(FIRST_REASONS) <= set(happened), "some reason never happened: the histories are too tame"
    assert sum(count for name, count in happened.items() if name.startswith("sent")) > 500


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_models_agree_with_the_oracle_on_many_more_histories(seed: int) -> None:
    check_history(seed)

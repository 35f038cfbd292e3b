"""Namesakes: other people of the same full name, as the lists that name a person once show them.

Given and family name are compared apart, as if chance brought them together. It does not: names come from one country,
region or fashion, so that a full name of two frequent parts may be nobody else's, and one of rare parts three
people's. A list of accounts tells. Where the CRM knows a second Yasemin Kurt, a newsletter's Yasemin Kurt is hers or
the first one's; where it knows no other, likelier the first one's.

What did not do: counting nodes of a name, since the fragments of one person make a rare name look frequent. A list of
accounts holds hardly any fragments.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cdp_pipeline.link.evidence import level_condition, levels_that_speak
from cdp_pipeline.link.statistics import create_unless_known

if TYPE_CHECKING:
    from cdp_pipeline.engine import Engine

SHAPE = 0.2
"""How far full names stray from what their parts make expect: the shape of a gamma distribution around it. With 1, one
namesake where a hundredth was expected would double the frequency of the name; with 0.2 it makes it six times as high;
near 0 the lists alone would count. Between 0.1 and 0.4 hardly anything changes on two times 20,000 people."""


def count_namesakes(workspace: Engine) -> None:
    """Create `namesake` (given_name, family_name, account, people): who bears a full name, list by list.

    And `account_size` (people), how many people the longest list holds.

    Reads `account`.
    """
    named = """
        select distinct account, person, first_given_name_key as given_name, family_name_key as family_name
        from account inner join record using (record)
        where is_named and first_given_name_key is not null and family_name_key is not null
    """
    create_unless_known(
        workspace,
        "namesake",
        f"""
        select given_name, family_name, account, count(*) as people
        from ({named})
        group by given_name, family_name, account
        having count(*) > 1
        """,
    )
    create_unless_known(
        workspace,
        "account_size",
        f"""
        select coalesce(max(people), 0) as people
        from (select count(distinct person) as people from ({named}) group by account)
        """,
    )


def others_of_the_name(pairs: str) -> str:
    """Return a query of unique_id_l, unique_id_r, others: how many other people of the name the fullest list knows.

    Args:
        pairs: table of unique_id_l, unique_id_r, nodes that bear one full name; pairs without others are left out.
    """
    own = " + ".join(
        f"coalesce(len(list_filter({side}.accounts, lambda account: account = namesake.account)), 0)"
        for side in ("l", "r")
    )
    return f"""
        select unique_id_l, unique_id_r, max(people - greatest(1, {own})) as others
        from {pairs}
        inner join node as l on unique_id_l = l.unique_id
        inner join node as r on unique_id_r = r.unique_id
        inner join namesake
            on
                l.given_name = namesake.given_name
                and l.family_name = namesake.family_name
                and r.given_name = namesake.given_name
                and r.family_name = namesake.family_name
        group by unique_id_l, unique_id_r
        having others > 0
    """


def namesake_weight(comparisons: list[dict[str, Any]], people: int) -> str:
    """Return the expression of what the namesakes add to a pair's weight against strangers, in log2 units.

    The frequencies of the two names make as many others expect in a list of `people`; `others` are known. The full name
    is then (shape + others) / (shape + expected) times as frequent as its parts make it, the mean of a gamma
    distribution after counting. Pairs whose names are not the same to the letter get nothing.

    Args:
        comparisons: those of the model.
        people: in the longest list of accounts; 0 without lists.
    """
    exact = {
        comparison["output_column_name"]: level
        for comparison in comparisons
        for level in levels_that_speak(comparison)
        if level.get("tf_adjustment_column")
    }
    if not people or set(exact) != {"given_name", "family_name"}:
        return "0.0"
    same_name = " and ".join(level_condition(name, level) for name, level in exact.items())
    usual = math.prod(level["u_probability"] for level in exact.values())
    rarity = " + ".join(f"mw_tf_adj_{name}" for name in exact)
    expected = f"{people * usual} * pow(2, -({rarity}))"
    return f"""
        (case when {same_name}
        then log2(({SHAPE} + {expected}) / ({SHAPE} + coalesce(others, 0))) else 0.0 end)
    """

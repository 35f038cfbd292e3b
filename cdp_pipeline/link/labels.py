"""Pairs that teach: records known to be one person, and records known to be two people who live together.

No person labelled them. Records of one person are those that a rule joined. Relatives are records that
share a contact or an address although their birth dates or given names cannot be one person's. What a pair
was found by says nothing about itself: each comparison learns only from pairs found without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdp_pipeline.contracts.linkage import LinkKey, RuleSpec
from cdp_pipeline.link.contradictions import create_conflicts
from cdp_pipeline.link.pair_sample import ALL_PAIRS, chosen, count_pairs, share_of
from cdp_pipeline.link.rules import group_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.engine import Engine

MAX_GROUP = 12
"""Records of one group that form pairs; larger groups are frequent values and would drown the rest."""

MAX_LABELLED_PAIRS = 300_000
"""Of more pairs of a kind a random part teaches as well: it knows a level of one in a thousand to within a tenth."""

SHARED_BY_RELATIVES = (
    (LinkKey.EMAIL,),
    (LinkKey.PHONE,),
    (LinkKey.COOKIE,),
    (LinkKey.CONSENT,),
    (LinkKey.ADDRESS, LinkKey.FAMILY_NAME),
)
"""Neighbours share an address, too; only with one family name they are relatives."""

SAME_NAME_AND_ADDRESS = RuleSpec(
    name="same_name_and_address",
    keys=[LinkKey.GIVEN_NAME, LinkKey.FAMILY_NAME, LinkKey.ADDRESS],
    match_weight=20,
    why="Among a thousand such pairs one or two are parent and child of one name: enough to learn from.",
)
"""Teaches how one person's contacts differ. It joins nobody: for that, parent and child are too many."""

OWN_KEYS: dict[str, tuple[str, ...]] = {
    "given_name": (LinkKey.GIVEN_NAME, LinkKey.NAME_IN_ANY_ORDER, "name"),
    "family_name": (LinkKey.FAMILY_NAME, LinkKey.NAME_IN_ANY_ORDER),
    "birth_date": (LinkKey.BIRTH_DATE,),
    "birth_year": (LinkKey.BIRTH_DATE, LinkKey.EMAIL),
    "email": (LinkKey.EMAIL, LinkKey.MAILBOX, LinkKey.COOKIE, LinkKey.CONSENT),
    "phone": (LinkKey.PHONE, LinkKey.CONSENT),
    "cookie": (LinkKey.COOKIE, LinkKey.EMAIL),
    "loyalty_number": (),
    "consent": (LinkKey.CONSENT, LinkKey.EMAIL, LinkKey.PHONE),
    "address": (LinkKey.ADDRESS, LinkKey.POSTCODE, LinkKey.STREET, LinkKey.CITY),
}
"""By comparison the keys that it compares; a pair found by one of them cannot teach it. Loyalty numbers learn
from all pairs: a receipt with a card says little else, so that hardly another rule finds it."""


def with_teaching_rule(linkage: Linkage) -> Linkage:
    """Return the configuration by whose rules the model learns."""
    return linkage.model_copy(update={"rules": [*linkage.rules, SAME_NAME_AND_ADDRESS]})


def create_match_labels(workspace: Engine, linkage: Linkage, seed: int) -> None:
    """Create `match_label` (join_key_l, join_key_r, found_by): pairs of nodes that rules hold to be one person.

    Reads `node` (unique_id, person) and `node_key`. found_by is the list of the keys of one rule, so that a
    pair appears once for every rule that found it. Of more than MAX_LABELLED_PAIRS a random part is taken.
    """
    kept = _kept(workspace, [rule.keys for rule in linkage.rules], seed)
    pairs = " union all ".join(_group_pairs(rule.keys, kept) for rule in linkage.rules)
    workspace.replace_table(
        "match_label",
        f"""
        select distinct join_key_l, join_key_r, found_by
        from ({pairs})
        inner join node as l on join_key_l = l.unique_id
        inner join node as r on join_key_r = r.unique_id
        where l.person = r.person
        """,
    )


def create_relative_labels(workspace: Engine, assignment: str, seed: int) -> None:
    """Create `relative_label` (join_key_l, join_key_r, found_by): pairs of nodes that are two people of one home.

    found_by is the list of the keys that they share and the trait by which they contradict each other.
    """
    kept = _kept(workspace, SHARED_BY_RELATIVES, seed)
    shared = " union all ".join(_group_pairs(keys, kept) for keys in SHARED_BY_RELATIVES)
    workspace.replace_table("sharing", f"select distinct join_key_l, join_key_r, found_by from ({shared})")
    workspace.replace_table(
        "node_trait",
        f"select distinct cluster, trait_kind, trait_value from {assignment} inner join trait using (record)",
    )
    differing = """
        select join_key_l, join_key_r, l.trait_kind, l.trait_value as value_l, r.trait_value as value_r
        from (select distinct join_key_l, join_key_r from sharing)
        inner join node_trait as l on join_key_l = l.cluster
        inner join node_trait as r on join_key_r = r.cluster and l.trait_kind = r.trait_kind
        where l.trait_value <> r.trait_value
    """
    create_conflicts(
        workspace,
        f"""
        select distinct
            trait_kind, least(value_l, value_r) as value_l, greatest(value_l, value_r) as value_r
        from ({differing})
        """,
    )
    workspace.replace_table(
        "relative_label",
        f"""
        select distinct join_key_l, join_key_r, list_append(found_by, trait_kind) as found_by
        from sharing
        inner join ({differing}) using (join_key_l, join_key_r)
        inner join conflict using (trait_kind, value_l, value_r)
        """,
    )


def teaches(comparison: str) -> str:
    """Return the condition under which a labelled pair may teach a comparison."""
    own = ", ".join(f"'{key}'" for key in OWN_KEYS.get(comparison, (comparison,)))
    return f"not list_has_any(found_by, [{own}])" if own else "true"


def home_pairs() -> str:
    """Return a query of every pair of nodes that shares a home, with the keys by which."""
    return " union all ".join(_group_pairs(keys, ALL_PAIRS) for keys in SHARED_BY_RELATIVES)


def _kept(workspace: Engine, groups: Sequence[Sequence[LinkKey]], seed: int) -> str:
    pairs = count_pairs(workspace, groups, MAX_GROUP)
    return chosen(share_of(pairs, MAX_LABELLED_PAIRS), seed)


def _group_pairs(keys: Sequence[LinkKey], kept: str) -> str:
    found_by = ", ".join(f"'{key}'" for key in keys)
    return f"""
        select l.node as join_key_l, r.node as join_key_r, [{found_by}] as found_by
        from ({_groups(keys)}) as l
        inner join ({_groups(keys)}) as r using (group_key)
        where l.node < r.node and {kept}
    """


def _groups(keys: Sequence[LinkKey]) -> str:
    return f"""
        select node, group_key
        from (select distinct node, group_key from ({group_members(keys, "node_key", "node")}))
        inner join node on node = unique_id
        qualify count(*) over (partition by group_key) between 2 and {MAX_GROUP}
    """

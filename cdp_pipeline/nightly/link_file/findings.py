"""What linking a file found, in counts: columns, rules, edges, and what speaks against trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdp_pipeline.contracts.linkage import Linkage, LinkKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.link_file.records import RecognisedFile
from cdp_pipeline.nightly.link_file.roles import TELLS_WHO, Role, TakenColumn
from cdp_pipeline.nightly.linkage_doubts import confidence_doubt, model_doubt
from cdp_pipeline.plural import counted

LEAST_USABLE = 2
NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.FULL_NAME})
BESIDE_THE_NAME = frozenset({Role.BIRTH_DATE, Role.EMAIL, Role.PHONE, Role.LOYALTY_NUMBER, Role.STREET})
COLUMN_OF_KEY = {
    LinkKey.GIVEN_NAME: "first_given_name_key",
    LinkKey.FAMILY_NAME: "family_name_key",
    LinkKey.NAME_IN_ANY_ORDER: "name_in_any_order_key",
    LinkKey.BIRTH_DATE: "birth_date",
    LinkKey.POSTCODE: "postcode_key",
}
"""Columns of `link.linkage_record` that hold a key; the others stand in `link.identifier`."""


@dataclass(frozen=True)
class FileFacts:
    """One file of the input.

    Attributes:
        label: its path.
        written: how it is encoded and separated; empty for workbooks, JSON and Parquet.
        records: rows.
        columns: of the file, with their roles.
        has_record_ids: else lines stand as source_record_id.
        unreadable_birth_dates: filled, and no dates.
    """

    label: str
    written: str
    records: int
    columns: list[TakenColumn]
    has_record_ids: bool
    unreadable_birth_dates: int


@dataclass(frozen=True)
class RuleUse:
    """A rule of `linkage.yml` on this file.

    Attributes:
        edges: pairs of records that it joined.
        lacks: keys that no record has, so that the rule cannot apply.
    """

    name: str
    edges: int
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Confidence:
    """How sure the pairs are that the model judged, by their own calibrated weights.

    Attributes:
        model_pairs: pairs that it joined, beyond the rules.
        expected_precision: share of them that is right; nothing where it joined nobody.
        uncertain_pairs: pairs, joined or left apart, of which it is less sure than 97 in 100.
    """

    model_pairs: int
    expected_precision: float | None
    uncertain_pairs: int


@dataclass(frozen=True)
class LinkedFile:
    """What linking found.

    Attributes:
        records: of all files.
        clusters: people.
        edges: pairs by kind: rule, splink, near_miss, vetoed.
        rules: each rule, with the pairs that it joined.
        shared_values: how many values tie nobody, by kind, because too many share them or they stand for nothing.
        model: which model compared what the rules left apart.
        warnings: what speaks against trusting the result.
        confidence: how sure the model's joins are.
    """

    files: list[FileFacts]
    records: int
    clusters: int
    edges: dict[str, int]
    rules: list[RuleUse]
    model: str
    warnings: list[str] = field(default_factory=list)
    shared_values: dict[str, int] = field(default_factory=dict)
    confidence: Confidence | None = None


def refuse_too_few_columns(files: Sequence[RecognisedFile]) -> None:
    """Demand columns by which records can be told to be one person's.

    Raises:
        LandingFileError: fewer than two; names what was recognised, and the remedy.
    """
    for file in files:
        usable = [column for column in file.columns if column.role in TELLS_WHO]
        if all(column.role is Role.ATTRIBUTE for column in usable):
            usable = []
        if len(usable) < LEAST_USABLE:
            found = ", ".join(f"{column.header} as {column.role}" for column in usable) or "none"
            raise LandingFileError(
                f"{file.given.label}: too few columns say who a record is ({found}): linking needs {LEAST_USABLE}. "
                + _remedy(file)
            )


def _remedy(file: RecognisedFile) -> str:
    """Point to a column that may be told, if there is one left."""
    untold = next((c.header for c in file.columns if c.role is None and c.filled), None)
    if untold is None:
        return "Give a file that also holds, say, names, birth dates or addresses."
    return f"Say what the others are: --column HEADER=ROLE, for example --column {untold}=full_name."


def rules_used(engine: Engine, linkage: Linkage) -> list[RuleUse]:
    """Return each rule with the pairs that it joined, or the keys that the records lack."""
    joined = dict(
        engine.fetch_all(
            "select edge_name, count(*) from link.edge where edge_kind = 'rule' group by edge_name"
        )
    )
    present = set(engine.fetch_column("select distinct identifier_kind from link.identifier"))
    for key, column in COLUMN_OF_KEY.items():
        if engine.fetch_value(f"select count({column}) from link.linkage_record"):
            present.add(str(key))
    named = [(rule.name, rule.keys) for rule in linkage.rules]
    named += [(rule.name, [rule.key]) for rule in linkage.nameless]
    return [
        RuleUse(name, joined.get(name, 0), tuple(str(key) for key in keys if str(key) not in present))
        for name, keys in named
    ]


def edge_counts(engine: Engine) -> dict[str, int]:
    """Count pairs by kind."""
    return dict(
        engine.fetch_all("select edge_kind, count(*) from link.edge group by edge_kind order by edge_kind")
    )


def shared_value_counts(engine: Engine) -> dict[str, int]:
    """Count the values that tie nobody, by kind."""
    return dict(
        engine.fetch_all(
            "select identifier_kind, count(*) from link.shared_value where not carries_edges group by all order by all"
        )
    )


def read_confidence(engine: Engine) -> Confidence:
    """Return how sure the model's pairs are."""
    [(pairs, precision, uncertain)] = engine.fetch_all(
        "select model_pairs, expected_precision, uncertain_pairs from link.linkage_confidence"
    )
    return Confidence(pairs, None if precision is None else float(precision), uncertain)


def doubts_about(engine: Engine) -> list[str]:
    """Say that the model fits badly, or that many pairs are uncertain, and what to do about it."""
    doubts = [
        model_doubt(engine, "Let it learn from the file: leave out --no-train and --model."),
        confidence_doubt(
            engine,
            "Add columns that tell people apart, or judge the pairs that --edges FILE lists as near_miss.",
        ),
    ]
    return [doubt for doubt in doubts if doubt]


def warnings_about(files: Sequence[RecognisedFile], facts: Sequence[FileFacts]) -> list[str]:
    """Say what makes the result less sure than it looks."""
    roles = {column.role for file in files for column in file.columns}
    said = []
    if not roles & NAMES:
        said.append(
            "Low confidence: no column of names is known, so only contacts, numbers and columns of the file itself "
            "tell people apart. If a column holds names, say so: --column HEADER=full_name."
        )
    elif not roles & BESIDE_THE_NAME:
        said.append(
            "Low confidence: nothing but the name and weak columns tells people apart, so namesakes may be taken for "
            "one person. Add a birth date, an e-mail, a phone or a street."
        )
    for file in facts:
        unreadable = file.unreadable_birth_dates
        if unreadable:
            share = 100 * unreadable / max(file.records, 1)
            said.append(
                f"{file.label}: {counted(unreadable, 'birth date')} cannot be read ({share:.1f} %) and count as empty."
            )
        if not file.has_record_ids and file.records:
            said.append(
                f"{file.label}: no column tells all records apart, so source_record_id is the number of the line."
            )
    return said

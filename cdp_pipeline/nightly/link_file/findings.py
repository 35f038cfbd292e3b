"""What linking a file found, in counts: columns, rules, edges, and what speaks against trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdp_pipeline.contracts.linkage import Linkage, LinkKey
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.nightly.link_file.records import RecognisedFile
from cdp_pipeline.nightly.link_file.roles import TELLS_WHO, Role, TakenColumn
from cdp_pipeline.nightly.link_file.unread import UnusedValues

LEAST_USABLE = 2
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
        country: ISO code of phones and addresses that name none.
        header_row: where titles stand above the header.
        repeated_headers: those that stand twice; their columns are left out, since nobody can tell which is meant.
        line_word: how places in the file are called.
    """

    label: str
    written: str
    records: int
    columns: list[TakenColumn]
    has_record_ids: bool
    country: str = ""
    header_row: int | None = None
    repeated_headers: list[str] = field(default_factory=list)
    line_word: str = "line"


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
        model: which model compared what the rules left apart.
        warnings: what speaks against trusting the result.
        confidence: how sure the model's joins are.
        unused: values without effect, because they cannot be read, stand for nothing or are shared by too many.
    """

    files: list[FileFacts]
    records: int
    clusters: int
    edges: dict[str, int]
    rules: list[RuleUse]
    model: str
    warnings: list[str] = field(default_factory=list)
    confidence: Confidence | None = None
    unused: list[UnusedValues] = field(default_factory=list)


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


def read_confidence(engine: Engine) -> Confidence:
    """Return how sure the model's pairs are."""
    [(pairs, precision, uncertain)] = engine.fetch_all(
        "select model_pairs, expected_precision, uncertain_pairs from link.linkage_confidence"
    )
    return Confidence(pairs, None if precision is None else float(precision), uncertain)

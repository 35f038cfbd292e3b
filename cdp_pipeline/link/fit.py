"""How well a model fits the records that it judges, told without labels.

The model says how often one person's records agree, by comparison and level (m). Pairs that a rule joined by
something else show how often they do. Where the two differ by many bits the model was made for other data: other
countries, other habits of typing, columns that mean something else.

Source: Kullback and Leibler (1951) for the divergence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.link.edges import model_path
from cdp_pipeline.link.splink_model import levels_of, read_model
from cdp_pipeline.link.training import MINIMUM_NODES, create_teaching_nodes, level_counts
from cdp_pipeline.link.workspace import RECORD_ID, RECORD_KEY, open_workspace

if TYPE_CHECKING:
    from cdp_pipeline.contracts.linkage import Linkage
    from cdp_pipeline.link.splink_model import LinkageModel
    from cdp_pipeline.night import Night

SAMPLE_RECORDS = 10_000
"""Records of whole clusters that are looked at, so that the cost does not grow with the data."""

LEAST_PAIRS = 50
"""Of fewer pairs a comparison's fit is not told: a handful of typing errors would look like another country."""

KNOWN_PAIRS = 20.0
"""So many pairs are the model's own probabilities worth, so that a level that few pairs show surprises little."""

MOST_BITS = 0.5
"""Divergence from which on a comparison fits badly. On worlds of the generator never looked at before no comparison
reaches 0.05. Files of other makers above it lost 6 to 63 in 100 pairs, one at 0.4 less than 1."""

LINKAGE_FIT = pa.schema(
    [
        ("comparison", pa.string()),
        ("labelled_pairs", pa.int64()),
        ("divergence_bits", pa.float64()),
        ("fits_badly", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class ComparisonFit:
    """How well the model knows one comparison.

    Attributes:
        comparison: its name in the model.
        pairs: pairs of one person, by rules that look at something else.
        bits: divergence of the levels that they show from those that the model expects, per pair.
    """

    comparison: str
    pairs: int
    bits: float

    @property
    def is_bad(self) -> bool:
        """Whether the model was made for other data, as far as this comparison goes."""
        return self.pairs >= LEAST_PAIRS and self.bits >= MOST_BITS


def build_linkage_fit(night: Night) -> None:
    """Write `link.linkage_fit`, one row per comparison of the model in use.

    None below MINIMUM_NODES records: the remedy, training, needs as many.
    """
    write_fit(night, MINIMUM_NODES)


def write_fit(night: Night, least_records: int) -> None:
    """Write `link.linkage_fit`; of fewer records nothing is told, and the table stays empty."""
    settings = night.project.settings.engine
    options = EngineOptions(threads=settings.threads, memory_limit=settings.memory_limit)
    model = read_model(model_path(night.project))
    tells = night.engine.row_count("link.cluster") >= least_records
    fits = measure_fit(night.engine, night.project.linkage, model, options) if tells else []
    rows = [(fit.comparison, fit.pairs, fit.bits, fit.is_bad) for fit in fits]
    columns = zip(*rows, strict=True) if rows else ([] for _ in LINKAGE_FIT)
    table = pa.table(
        [pa.array(list(c), f.type) for c, f in zip(columns, LINKAGE_FIT, strict=True)], LINKAGE_FIT
    )
    with night.engine.arrow_view(table) as view:
        night.engine.replace_table("link.linkage_fit", f"from {view} order by comparison")


def measure_fit(
    warehouse: Engine, linkage: Linkage, model: LinkageModel, options: EngineOptions
) -> list[ComparisonFit]:
    """Compare what the model expects of one person's records with what a sample of the linked records shows.

    Reads `link.cluster`; the sample is whole clusters, so that no pair of theirs is missed. Of too few records
    nothing is told: an empty list.
    """
    with Engine.open(options=options) as sample:
        if not _copy_sample(warehouse, sample):
            return []
        with open_workspace(sample, linkage, options) as workspace:
            if not create_teaching_nodes(workspace, linkage, linkage.training.seed):
                return []
            counts = level_counts(workspace, model.settings, "match_label")
    return [_fit(comparison, counts) for comparison in model.settings["comparisons"]]


def _fit(comparison: dict[str, Any], counts: dict[str, dict[int, float]]) -> ComparisonFit:
    name = comparison["output_column_name"]
    expected = np.array([level["m_probability"] for level in reversed(levels_of(comparison))])
    expected = expected / expected.sum()
    seen = np.array([counts[name].get(gamma, 0) for gamma in range(len(expected))], dtype=float)
    shown = (seen + KNOWN_PAIRS * expected) / (seen.sum() + KNOWN_PAIRS)
    return ComparisonFit(name, int(seen.sum()), round(float((shown * np.log2(shown / expected)).sum()), 4))


def _copy_sample(warehouse: Engine, sample: Engine) -> int:
    """Copy the tables that a workspace reads, for the records of some clusters; return how many records."""
    records = warehouse.row_count("link.cluster")
    sample.create_schemas(["standardise", "link"])
    keys = ", ".join(RECORD_KEY)
    # Drawn by a record of the cluster, not by its number: the same ones are taken night after night.
    wanted = f"""
        select {keys} from link.cluster
        qualify min({RECORD_ID}) over (partition by cluster_id) % 1000000
            < 1000000 * least(1.0, {SAMPLE_RECORDS} / {max(records, 1)})
    """
    for table in ("link.linkage_record", "link.identifier", "standardise.record_attribute"):
        _copy(warehouse, sample, table, f"from {table} semi join ({wanted}) using ({keys})")
    for table in ("link.given_name_root", "link.shared_value"):
        _copy(warehouse, sample, table, f"from {table}")
    return sample.row_count("link.linkage_record")


def _copy(warehouse: Engine, sample: Engine, table: str, query: str) -> None:
    with sample.arrow_view(warehouse.fetch_arrow(query)) as view:
        sample.replace_table(table, f"from {view}")

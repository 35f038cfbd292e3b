"""What is true about the records that were delivered, and the named cases with the keys that they got."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.cast import load_cast

# Table of the sample → how the pipeline names its records.
RECORD_KINDS = {
    "crm": ("crm", "contact"),
    "shop": ("shop", "customer"),
    "order_record": ("shop", "order"),
    "till_customer": ("till", "till_customer"),
    "member": ("till", "member"),
    "subscriber": ("email", "subscriber"),
}

# Systems that deliver all their records every night, so that one which they no longer know is missing.
LISTED = {"crm", "shop", "member", "subscriber"}


def write_records(engine: Engine, path: Path) -> int:
    """Write one row per record delivered on any night, without those that must be quarantined.

    Reads the tables of RECORD_KINDS: id, person, troubles, night, and gone_night of those LISTED. Columns:
    source_system, record_kind, source_record_id, person_id (empty where is_junk is true), is_junk, troubles (flags
    joined by semicolons), first_night (on which the record is delivered for the first time), gone_night (from which
    on its system no longer lists it; empty where it stays).

    Returns:
        The number of records.
    """
    parts = [
        f"""
        select
            '{system}' as source_system,
            '{kind}' as record_kind,
            id as source_record_id,
            case when person >= 0 then 'P' || lpad(cast(person + 1 as varchar), 7, '0') else '' end as person_id,
            case when person >= 0 then 'false' else 'true' end as is_junk,
            rtrim(troubles, ';') as troubles,
            cast(night as varchar) as first_night,
            cast(nullif({"gone_night" if table in LISTED else 0}, 0) as varchar) as gone_night
        from {table}
        """
        for table, (system, kind) in RECORD_KINDS.items()
    ]
    return engine.write_csv(
        path, " union all ".join(parts) + " order by source_system, record_kind, source_record_id"
    )


def write_named_cases(
    engine: Engine, path: Path, bad_rows: dict[str, tuple[Path, int]], *, nights: int
) -> None:
    """Write the cast's cases and the rows that must be quarantined, each with its expectation.

    Args:
        path: in the folder `truth` beside the nights.
        bad_rows: file and line of each such row, by the name of its case.
    """
    cases = [*_cast_cases(engine, nights), *_bad_row_cases(path.parent.parent, bad_rows)]
    if nights > 1:
        cases.append(
            {
                "name": "orders_file_delivered_twice",
                "trouble": "file_delivered_twice",
                "expectation": "loaded_once",
                "note": "Night 2 holds night 1's orders file again, byte for byte, under another name.",
                "files": ["night_1/shop/orders_2026-05-04.csv", "night_2/shop/orders_2026-05-04 (1).csv"],
            }
        )
    text = yaml.safe_dump(cases, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEADER + text, encoding="utf-8")


_HEADER = """\
# Troubles with names, checked by hand. Record keys are [source_system, record_kind, source_record_id].
# people: each inner list holds the records of one person. expectation:
#   same_person       all records of the one inner list share a customer
#   different_people  records share a customer within an inner list, never across
#   not_a_person      junk: none of these records shares a customer with a record of a person
#   dropped           the source itself deleted the record; it belongs to no customer
#   quarantined       that line of the file (the header is line 1) is in quarantine, and no other line is
#   loaded_once       both files have one content; it is loaded once
# from_night: before that night the records stay apart. change: what night 2 changes in one of the records.
"""


def _keys_of_the_cast(engine: Engine) -> dict[str, list[str]]:
    """Return the record key of each of the cast's records, by its label."""
    keys: dict[str, list[str]] = {}
    for table, (system, kind) in RECORD_KINDS.items():
        staged = engine.fetch_all(f"select cast_label, id from {table} where cast_label != ''")
        keys |= {label: [system, kind, id_] for label, id_ in staged}
    return keys


def _cast_cases(engine: Engine, nights: int) -> Iterator[dict[str, Any]]:
    keys = _keys_of_the_cast(engine)
    for case in load_cast().cases:
        people = [
            [keys[f"{case['case']}/{number}/{place}"] for place in range(len(records))]
            for number, records in enumerate(case["people"])
        ]
        by_people = "different_people" if len(people) > 1 else "same_person"
        named: dict[str, Any] = {
            "name": case["case"],
            "trouble": case["trouble"],
            "expectation": case.get("expectation", "not_a_person" if case.get("junk") else by_people),
            "note": case["note"],
            "from_night": case.get("apart_until", 1),
            "people": people,
        }
        if "change" in case and nights > 1:
            change = dict(case["change"])
            record = people[0][change.pop("record")]
            named["change"] = {"record": record, "on_night": 2, **change}
        yield named


def _bad_row_cases(root: Path, bad_rows: dict[str, tuple[Path, int]]) -> Iterator[dict[str, Any]]:
    for name, (file, line) in sorted(bad_rows.items()):
        yield {
            "name": name,
            "trouble": "bad_row",
            "expectation": "quarantined",
            "file": file.relative_to(root).as_posix(),
            "line": line,
        }

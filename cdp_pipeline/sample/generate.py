"""Generate a sample: people, what systems know of them, what they do, night by night, with the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.engine import Engine, EngineOptions
from cdp_pipeline.errors import CdpError
from cdp_pipeline.sample.advertising import build_ad_spend
from cdp_pipeline.sample.behaviour import draw_behaviour
from cdp_pipeline.sample.buying import draw_purchases
from cdp_pipeline.sample.campaigns import build_campaigns
from cdp_pipeline.sample.catalogue import build_catalogue
from cdp_pipeline.sample.consents import build_consents
from cdp_pipeline.sample.exports import ads, catalogue, crm, email, service, shop, till, web
from cdp_pipeline.sample.exports.csv_file import Written
from cdp_pipeline.sample.exports.notation import define_notation
from cdp_pipeline.sample.orders import build_orders
from cdp_pipeline.sample.population import apply_changes, build_population
from cdp_pipeline.sample.service import build_tickets
from cdp_pipeline.sample.till import build_till
from cdp_pipeline.sample.truth import write_named_cases, write_records
from cdp_pipeline.sample.web import build_web

FEWEST_PEOPLE = 100
# Measured at a million people: more is not faster, and the process stays below 4 GB with it.
MEMORY_LIMIT = "1500MB"

Report = Callable[[str, str], None]


def _in_silence(stage: str, subject: str) -> None:
    """Report to nobody."""


class SampleError(CdpError):
    """The sample was asked for in a size that cannot be made, or its folder cannot be written."""


@dataclass(frozen=True)
class WrittenFile:
    """One file of a night's exports; rows do not count the header or lines that are no rows."""

    night: int
    path: Path
    rows: int
    size_bytes: int


def generate_sample(
    people: int,
    seed: int,
    nights: int,
    out: Path,
    report: Report = _in_silence,
    threads: int | None = None,
) -> list[WrittenFile]:
    """Write the exports of `nights` nights about `people` invented people, and the truth about them.

    Files: night_<k>/{crm,shop,till,email,consent,web,service,ads,catalogue}/ in the vendors' layouts,
    truth/records.csv and truth/named_cases.yml. Equal arguments give equal bytes. Files of the same names are
    replaced, others left.

    Args:
        people: how many people exist in all, the named cases' included; at least FEWEST_PEOPLE.
        seed: of all random draws, 0 or more; the named cases do not depend on it.
        nights: business dates from 2026-05-04 on; at least 1.
        out: the folder to fill; made when missing.
        report: is told what is being made.
        threads: of the engine; None leaves its choice. The bytes do not depend on it.

    Returns:
        The files of the exports, by night.

    Raises:
        SampleError: too few people or nights, a negative seed, or `out` cannot be written.
    """
    _refuse_what_cannot_be_made(people, seed, nights)
    try:
        return _generate(people, seed, nights, out, report, threads)
    except OSError as error:
        raise SampleError(
            f"{error.filename or out} cannot be written ({error.strerror or error}):"
            " make room there, or name another folder"
        ) from error


def _refuse_what_cannot_be_made(people: int, seed: int, nights: int) -> None:
    if people < FEWEST_PEOPLE or nights < 1:
        raise SampleError(
            f"people={people}, nights={nights}: ask for at least {FEWEST_PEOPLE} people and 1 night"
        )
    if seed < 0:
        raise SampleError(f"seed={seed}: a seed is 0 or more")


def _generate(
    people: int, seed: int, nights: int, out: Path, report: Report, threads: int | None
) -> list[WrittenFile]:
    # A folder that cannot be made is told before a large world is drawn, not after.
    for name in ("truth", *(f"night_{night}" for night in range(1, nights + 1))):
        (out / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cdp_sample_") as scratch:
        options = EngineOptions(threads, MEMORY_LIMIT, Path(scratch) / "spill")
        with Engine.open(Path(scratch) / "sample.duckdb", options) as engine:
            # The file lives for a minute: packing it costs a tenth of the time.
            engine.execute("pragma force_compression = 'uncompressed'")
            report("people", "who exists, and what each system knows of them")
            build_population(engine, people, seed, nights)
            _imagine(engine, seed, nights, report)
            return _write(engine, nights, out, report)


def _imagine(engine: Engine, seed: int, nights: int, report: Report) -> None:
    """Draw all that happens over the nights."""
    build_catalogue(engine, seed, nights)
    behaviour = draw_behaviour(engine, seed)
    report("behaviour", "consents and campaigns")
    build_consents(engine, seed, nights)
    clicks = build_campaigns(engine, behaviour, seed, nights)
    report("behaviour", "orders and sales")
    purchases = draw_purchases(behaviour, clicks, seed, nights)
    orders = build_orders(engine, behaviour, purchases, seed, nights)
    build_till(engine, behaviour, purchases, seed, nights)
    report("behaviour", "visits, advertising and tickets")
    ad_of_session, started_at = build_web(engine, behaviour, purchases, orders, clicks, seed, nights)
    build_ad_spend(engine, ad_of_session, started_at, seed, nights)
    build_tickets(engine, behaviour, purchases, orders, seed, nights)


def _write(engine: Engine, nights: int, out: Path, report: Report) -> list[WrittenFile]:
    define_notation(engine)
    files: list[WrittenFile] = []
    bad_rows: dict[str, tuple[Path, int]] = {}
    for night in range(1, nights + 1):
        if night > 1:
            apply_changes(engine, night)
        report(f"night {night}", "writing the exports")
        written = _write_night(engine, night, out)
        files += [WrittenFile(night, path, rows, path.stat().st_size) for path, rows in written.rows.items()]
        bad_rows |= written.bad_rows
    report("truth", "who each record belongs to")
    write_records(engine, out / "truth" / "records.csv")
    write_named_cases(engine, out / "truth" / "named_cases.yml", bad_rows, nights=nights)
    return files


def _write_night(engine: Engine, night: int, out: Path) -> Written:
    folder = out / f"night_{night}"
    shop.record_orders(engine, night)
    written = Written()
    for part in (
        crm.write_contacts(engine, folder / "crm", night),
        shop.write_customers(engine, folder / "shop", night),
        shop.write_orders(engine, folder / "shop", night),
        till.write_sales(engine, folder / "till", night),
        till.write_members(engine, folder / "till", night),
        email.write_audience(engine, folder / "email", night),
        email.write_campaign_events(engine, folder / "email", night),
        email.write_preferences(engine, folder / "consent", night),
        web.write_web_events(engine, folder / "web", night),
        service.write_tickets(engine, folder / "service", night),
        ads.write_ad_spend(engine, folder / "ads", night),
        catalogue.write_catalogue(engine, folder / "catalogue", night),
    ):
        written.add(part)
    if night == 2:
        first = out / "night_1" / "shop"
        written.add(shop.deliver_again(engine, first, folder / "shop"))
    return written

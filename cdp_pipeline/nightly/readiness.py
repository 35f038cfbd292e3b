"""Whether a night may be run, and whether what it built may be published."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

from cdp_pipeline.contracts.expectation import Severity
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.engine import Engine
from cdp_pipeline.errors import NightError
from cdp_pipeline.extract.database.relation import reads_databases
from cdp_pipeline.extract.deliveries import find_deliveries
from cdp_pipeline.night import Night
from cdp_pipeline.nightly.models import gate_of
from cdp_pipeline.plural import counted
from cdp_pipeline.publish.manifest import Manifest, read_manifest
from cdp_pipeline.publish.night_folder import current_night, published_nights
from cdp_pipeline.sql_project import ModelGraph
from cdp_pipeline.sql_project.build import built_tables
from cdp_pipeline.stages import Stage
from cdp_pipeline.validate.conservation import lost_records

SHOWN_STRAYS = 5

GUARDED_STAGES = (Stage.STANDARDISE, Stage.GOLDEN)
"""What is known of customers; later tables follow from it, and audiences shrink by right."""

SHRINK_RIGHTLY = ("golden.undecided_contact", "golden.undecided_record")
"""Tables that are smaller the better the data are."""

READ_ANEW = """
select coalesce(f.path, 'file ' || a.file_id), coalesce(f.source_system, 'a source'), coalesce(f.layout, 'its layout'),
    count(*) over (partition by f.layout)
from validate.accepted_file as a
left join extract.file as f using (file_id)
left join validate.judged_file as j using (file_id)
where
    f.superseded_on is null and f.dropped_on is null
    and (f.loaded_at is null or f.loaded_at is distinct from j.loaded_at)
order by f.source_system, f.path, a.file_id
"""


def check_date_moves_forward(project: Project, business_date: date) -> None:
    """Refuse a night older than the newest published one, and one that has not come yet.

    Raises:
        NightError: names both dates and the way to replay the past.
    """
    if business_date > datetime.now(UTC).date() + timedelta(days=1):
        raise NightError(f"business date {business_date} lies in the future. Correct --business-date.")
    nights = published_nights(project.published)
    if nights and read_manifest(nights[-1]).business_date > business_date:
        raise _goes_backwards(business_date, read_manifest(nights[-1]).business_date)


def check_working_file(engine: Engine, project: Project, business_date: date) -> None:
    """Demand that the working file and the project belong together, before anything is changed.

    Raises:
        NightError: the file is ahead of the date, has records of a source that is no longer listed, or was
            made with another key.
        ConfigError: the linkage model cannot be read.
    """
    check_linkage_model(project)
    check_key(engine, project)
    check_working_file_is_not_ahead(engine, business_date)
    check_no_source_is_lost(engine, project)


def check_linkage_model(project: Project) -> None:
    """Find a model that cannot be read before a night begins, not when it comes to linkage.

    Raises:
        ConfigError: names the file and the ways on.
    """
    from cdp_pipeline.link.edges import model_path  # brings Splink, which takes a second
    from cdp_pipeline.link.splink_model import read_model

    read_model(model_path(project))


def check_key(engine: Engine, project: Project) -> None:
    """Refuse another key than the one that made the customer ids.

    Raises:
        NightError: the key differs.
    """
    proof = hmac.new(project.key, b"key check", hashlib.sha256).hexdigest()
    engine.execute("create table if not exists main.key_check (proof varchar)")
    engine.execute("insert into main.key_check select ? where not exists (from main.key_check)", [proof])
    if engine.fetch_column("select proof from main.key_check") != [proof]:
        raise NightError(
            f"{project.working_file}: made with another key than {project.settings.key_env} holds now. Set the "
            "key of this project again: with another one every customer id would change."
        )


def check_no_source_is_lost(engine: Engine, project: Project) -> None:
    """Refuse to drop a source's records because its file went missing.

    Raises:
        NightError: names the source and the ways on.
    """
    if not engine.table_exists("extract.file"):
        return
    known = {*project.sources, *project.settings.retired_sources}
    for source in engine.fetch_column("select distinct source_system from extract.file order by 1"):
        if source not in known:
            raise NightError(
                f"source {source} has delivered records, but no config/sources/{source}.yml lists it. Restore "
                "the file, or give the source up for good under `retired_sources` in config/project.yml."
            )


def check_working_file_is_not_ahead(engine: Engine, business_date: date) -> None:
    """Refuse a night older than the one in the working file: its history would be overwritten.

    Raises:
        NightError: names both dates and the way to replay the past.
    """
    if engine.table_exists("extract.night"):
        for built_on in engine.fetch_column("select business_date from extract.night"):
            if built_on > business_date:
                raise _goes_backwards(business_date, built_on)


def _goes_backwards(business_date: date, newest: date) -> NightError:
    return NightError(
        f"business date {business_date} lies before the night of {newest}. Nights only go forward: run a "
        "later date, or replay the past into a fresh project folder."
    )


def check_tables_belong_together(night: Night, graph: ModelGraph) -> bool:
    """Demand that the working file's tables are of this night and of the project as it is.

    Returns:
        Whether one run built them all; with `--from`, several runs did.

    Raises:
        NightError: a table is of another date, or of an older version of its model.
    """
    dates = night.engine.fetch_column("select business_date from extract.night")
    if dates != [night.business_date]:
        raise NightError(
            f"the tables were built for {dates[0]}, not for {night.business_date}. Run the whole night, "
            "without --from."
        )
    built = built_tables(night.engine)
    for model in graph:
        if model.full_name not in built or built[model.full_name].fingerprint != model.fingerprint:
            raise NightError(
                f"{model.full_name} was built by another version of {model.origin.name}. Run the night "
                f"from its stage: --from {model.stage}."
            )
    return {built[model.full_name].run_id for model in graph} == {night.run_id}


def check_first_delivery(project: Project) -> None:
    """Say what to deliver, before a first night over a landing folder in which no source finds anything.

    Raises:
        NightError: lists what each source waits for, and what lies there under other names.
    """
    if project.working_file.exists() or next(find_deliveries(project), None) or reads_databases(project):
        return
    awaited = "".join(
        f"\n  {file.path}  ({project.layouts[file.layout].title}, for source {source.source})"
        for source in project.sources.values()
        for file in source.files
    )
    lying = sorted(path for path in project.landing.rglob("*") if path.is_file() and path.name[0] != ".")
    strays = ", ".join(path.relative_to(project.landing).as_posix() for path in lying[:SHOWN_STRAYS])
    found = f"Nothing in it fits a source; what lies there: {strays}" if lying else "It is empty"
    raise NightError(
        f"{project.landing}: there is nothing to run on yet. {found}. Put exports into it, as the systems write them, "
        f"under names that the sources in config/sources look for:{awaited or ' none, so add a source first'}\n"
        "Then run again: cdp run."
    )


def check_something_came(engine: Engine) -> None:
    """Refuse to publish a night without a single record: the landing folder is wrong, not the world empty.

    Raises:
        NightError: no source ever delivered a record.
    """
    if not engine.fetch_value(
        "select coalesce(sum(loaded_records), 0) from validate.conservation"
        " where state not in ('held', 'withdrawn', 'refused')"
    ):
        blocked = engine.fetch_column(
            "select source_system || ': ' || reasons from validate.source_night where state = 'blocked'"
            " qualify business_date = max(business_date) over () order by source_system"
        )
        if blocked:
            raise NightError(
                "no record counts yet, since every source that delivered is blocked, so there is nothing to "
                "publish.\n" + "\n".join(blocked)
            )
        raise NightError(
            "no source has delivered a record yet, so there is nothing to publish. Check that the files' names fit "
            "the patterns in config/sources; extract.unrecognised_file of the working file lists those that do not."
        )


def check_nothing_is_lost(engine: Engine) -> None:
    """Demand of every file that counts that its records add up, and that its verdicts are of what was read.

    Raises:
        NightError: names the first file, what is missing, and what to do.
    """
    if lost := lost_records(engine):
        raise NightError(
            f"{lost[0]} ({counted(len(lost), 'file')} in all). Nothing was published. Compare the file's lines with "
            "its raw table and with validate.quarantine in the working file, then restore the working file, or replay "
            "the nights in a fresh project folder."
        )
    if changed := engine.fetch_all(READ_ANEW):
        path, source, layout, files = changed[0]
        raise NightError(
            f"{path}: {source} counts with this file, but it was read anew, by a changed mapping, and is not good "
            f"as it is read now ({counted(files, 'file')} of {layout} in all; `cdp source quarantine list` and "
            f"validate.source_night say why). Nothing was published. Correct config/layouts/{layout}.yml or "
            f"config/sources/{source}.yml, or put the file back into the landing folder, then run the whole night."
        )


def check_rows_are_kept(night: Night, graph: ModelGraph) -> None:
    """Refuse to publish a table that shrank much since the last published night.

    Raises:
        NightError: names the table, both counts and the ways on.
    """
    current = current_night(night.project.published)
    if current is None or night.accepts_fewer_rows:
        return
    limits = night.project.settings.thresholds
    before = rows_of_identified(read_manifest(current))
    for model in graph:
        if (
            model.stage not in GUARDED_STAGES
            or model.full_name not in before
            or model.full_name in SHRINK_RIGHTLY
        ):
            continue
        rows, had = night.engine.row_count(model.full_name), before[model.full_name]
        if had - rows >= limits.blocks_from and had - rows > limits.fewer_rows_blocks * had:
            raise NightError(
                f"{model.full_name} has {rows:,} rows, where the night published last has {had:,}: more than "
                f"{limits.fewer_rows_blocks:.0%} fewer, so the night is not published. Look for a delivery that is "
                "not whole. If it is right, run once with --accept-fewer-rows; `thresholds` in config/project.yml "
                "says how much is too much."
            )


def rows_of_identified(manifest: Manifest) -> dict[str, int]:
    """Return the rows of each table that a night published."""
    rows = next((file.rows for file in manifest.files if file.path == "identified.duckdb"), None)
    return rows if isinstance(rows, dict) else {}


def check_verdicts(night: Night, graph: ModelGraph) -> None:
    """Demand once more that every critical expectation has a verdict of this night, and is met."""
    verdicts = {
        (table, expectation): is_met
        for table, expectation, is_met in night.engine.fetch_all(
            "select table_name, expectation_id, is_met from validate.result where business_date = ?",
            [night.business_date],
        )
    }
    for model in graph:
        for expectation in gate_of(model):
            is_met = verdicts.get((model.full_name, expectation.expectation_id))
            if expectation.severity is Severity.CRITICAL and not is_met:
                verdict = "is broken" if is_met is False else "has not been judged this night"
                raise NightError(
                    f"{model.full_name}: rule {expectation.expectation_id} {verdict}, so the night is not "
                    f"published. Correct the source or the model and run again with --from {model.stage}."
                )

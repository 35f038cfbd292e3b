"""The contract of `config/project.yml`: what a project sets for all of its nights."""

from __future__ import annotations

from pydantic import Field

from cdp_pipeline.contracts.base import Contract, Identifier
from cdp_pipeline.contracts.landing import LandingSettings
from cdp_pipeline.contracts.source import Thresholds, ZoneName


class ScheduleSettings(Contract):
    """When the night runs.

    Attributes:
        cron: five fields, such as `0 3 * * *`.
        zone: IANA time zone in which the cron expression is meant.
    """

    cron: str = "0 3 * * *"
    zone: ZoneName = "UTC"


class RetrySettings(Contract):
    """How often a failed step is tried again.

    Attributes:
        max_retries: further tries after something outside failed for the moment; wrong data is not tried again.
        delay_seconds: wait before each of them.
    """

    max_retries: int = Field(default=1, ge=0, le=10)
    delay_seconds: float = Field(default=5, ge=0)


class EngineSettings(Contract):
    """Limits of the engine; empty means DuckDB's own choice.

    Attributes:
        threads: how many DuckDB uses at most.
        memory_limit: such as `4GB`; what does not fit is spilled to `data/warehouse`.
    """

    threads: int | None = Field(default=None, ge=1)
    memory_limit: str | None = Field(default=None, pattern=r"^\d+(\.\d+)?(MB|GB)$")


class PublishSettings(Contract):
    """What of the published nights stays on disk, and what analysts get to see.

    Attributes:
        keep_nights: the newest ones; `current` always stays.
        smallest_group: in `analyst.duckdb` no group stands for fewer people, and no value that narrows down to few
            people (a region, the decade of a birth) is shared by fewer.
    """

    keep_nights: int = Field(default=14, ge=2)
    smallest_group: int = Field(default=10, ge=2)


class ControllerSettings(Contract):
    """Who answers for the data (article 4(7) GDPR); stands in access exports and in the record of processing.

    Attributes:
        name: the company, with its legal form.
        address: where letters reach it, on one line.
        contact: address or number for questions on data protection.
        data_protection_officer: how to reach the officer, if there is one.
        supervisory_authority: where people may complain.
    """

    name: str
    address: str = ""
    contact: str = ""
    data_protection_officer: str = ""
    supervisory_authority: str = ""


class ProjectSettings(Contract):
    """`config/project.yml`. Secrets appear only as names of environment variables.

    Attributes:
        name: stands in manifests and on the screen; a word without spaces.
        title: the project's name for people.
        key_env: environment variable that holds the secret behind customer ids.
        control_database_env: environment variable that holds the control database's SQLAlchemy URL; unset means
            SQLite in `data/`.
        controller: who answers for the data.
        landing: where the systems drop their exports.
        retired_sources: sources that delivered once and were given up on purpose; their records leave.
        thresholds: from when on a delivery is suspicious; a source may have its own.
    """

    name: Identifier
    title: str
    key_env: str = Field(default="CDP_PROJECT_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")
    control_database_env: str = Field(default="CDP_CONTROL_DATABASE", pattern=r"^[A-Z][A-Z0-9_]*$")
    controller: ControllerSettings | None = None
    landing: LandingSettings = LandingSettings()
    retired_sources: list[Identifier] = []
    schedule: ScheduleSettings = ScheduleSettings()
    retry: RetrySettings = RetrySettings()
    engine: EngineSettings = EngineSettings()
    publish: PublishSettings = PublishSettings()
    thresholds: Thresholds = Thresholds()

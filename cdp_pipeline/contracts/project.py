"""A project: its settings and everything that its configuration folder declares, loaded and cross-checked.

A project's own `config/` and `dbt_like_sql/` lie over the ones that ship with the package: a file of the
same name replaces ours, so that upgrades reach all others. One exception: with a `project.yml` of its own, a
project is no longer the example retailer and has only its own sources and activations.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationError

from cdp_pipeline.contracts.activation import Activation, Destination
from cdp_pipeline.contracts.base import Contract, ContractT, Identifier, read_contract
from cdp_pipeline.contracts.golden import Survivorship
from cdp_pipeline.contracts.landing import (
    LandingSettings,
    check_url,
    is_remote,
    local_folder,
    mirror_name,
    scheme_of,
)
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.linkage import Linkage
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.contracts.source import Source, SourceFile, Thresholds, ZoneName
from cdp_pipeline.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED_CONFIG = PACKAGE / "config"
SHIPPED_SQL = next(p for p in (PACKAGE / "dbt_like_sql", PACKAGE.parent / "dbt_like_sql") if p.is_dir())


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
    """How many published nights stay on disk.

    Attributes:
        keep_nights: the newest ones; `current` always stays.
    """

    keep_nights: int = Field(default=14, ge=2)


class ProjectSettings(Contract):
    """`config/project.yml`. Secrets appear only as names of environment variables.

    Attributes:
        name: stands in manifests and on the screen; a word without spaces.
        title: the project's name for people.
        key_env: environment variable that holds the secret behind customer ids.
        control_database_env: environment variable that holds the control database's SQLAlchemy URL; unset means
            SQLite in `data/`.
        landing: where the systems drop their exports.
        retired_sources: sources that delivered once and were given up on purpose; their records leave.
        thresholds: from when on a delivery is suspicious; a source may have its own.
    """

    name: Identifier
    title: str
    key_env: str = Field(default="CDP_PROJECT_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")
    control_database_env: str = Field(default="CDP_CONTROL_DATABASE", pattern=r"^[A-Z][A-Z0-9_]*$")
    landing: LandingSettings = LandingSettings()
    retired_sources: list[Identifier] = []
    schedule: ScheduleSettings = ScheduleSettings()
    retry: RetrySettings = RetrySettings()
    engine: EngineSettings = EngineSettings()
    publish: PublishSettings = PublishSettings()
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True)
class Project:
    """A loaded project.

    Attributes:
        root: folder that holds `data/` and, if the project has them, `config/` and `dbt_like_sql/`.
        landing_override: a folder, or the URL of a store, instead of the one in the settings.
    """

    root: Path
    settings: ProjectSettings
    layouts: dict[str, Layout]
    sources: dict[str, Source]
    linkage: Linkage
    survivorship: Survivorship
    segments: dict[str, SegmentFile]
    destinations: dict[str, Destination]
    activations: dict[str, Activation]
    landing_override: Path | str | None = field(default=None, compare=False)

    @property
    def config_folders(self) -> list[Path]:
        """Configuration folders, the overriding one first."""
        return [folder for folder in (self.root / "config", SHIPPED_CONFIG) if folder.is_dir()]

    @property
    def sql_folders(self) -> list[Path]:
        """Folders of SQL models, the overriding one first."""
        own = (self.root / "dbt_like_sql").resolve()
        return [folder for folder in dict.fromkeys((own, SHIPPED_SQL.resolve())) if folder.is_dir()]

    @property
    def landing(self) -> Path:
        """Folder that is read: where the systems drop their exports, or the mirror of where they do."""
        if self.landing_url:
            return self.landing_mirrors / mirror_name(self.landing_url) / "files"
        return local_folder(str(self.landing_override or self.settings.landing.url), self.root)

    @property
    def landing_url(self) -> str | None:
        """URL of the store that the exports are fetched from; nothing where they lie on this machine."""
        url = str(self.landing_override or self.settings.landing.url)
        return url if is_remote(url) else None

    @property
    def landing_options_env(self) -> dict[str, str]:
        """Options of that store by the environment variables that hold them; another kind of store has others."""
        configured = self.settings.landing
        same_kind = scheme_of(self.landing_url or "") == scheme_of(configured.url)
        return dict(configured.options_env) if same_kind else {}

    @property
    def landing_mirrors(self) -> Path:
        """Folder of what was fetched, one mirror per URL; private, since it holds people's data."""
        return self.warehouse / "landing"

    @property
    def database_spool(self) -> Path:
        """Folder of what was read from databases and is not loaded yet; private as well."""
        return self.warehouse / "database"

    @property
    def warehouse(self) -> Path:
        """Folder of the private working file, its lock and its spill space."""
        return self.root / "data" / "warehouse"

    @property
    def working_file(self) -> Path:
        """The pipeline's own database; only the writer opens it."""
        return self.warehouse / "work.duckdb"

    @property
    def published(self) -> Path:
        """Folder of the published nights and of the `current` link."""
        return self.root / "data" / "published"

    @cached_property
    def used_layouts(self) -> dict[str, Layout]:
        """Layouts that at least one source delivers, by name."""
        names = sorted({file.layout for source in self.sources.values() for file in source.files})
        return {name: self.layouts[name] for name in names}

    def deliveries_of(self, layout: str) -> Iterator[tuple[Source, SourceFile]]:
        """Yield each source that delivers a layout, with how it does."""
        for source in self.sources.values():
            for file in source.files:
                if file.layout == layout:
                    yield source, file

    def reading(self, source_system: str, layout: str) -> Layout:
        """Return the layout as one source writes it; as the layout says where no source of the name has it."""
        return self._readings.get((source_system, layout), self.layouts[layout])

    @cached_property
    def _readings(self) -> dict[tuple[str, str], Layout]:
        return {
            (source.source, file.layout): file.read_by(self.layouts[file.layout])
            for source in self.sources.values()
            for file in source.files
        }

    def thresholds_of(self, source_system: str) -> Thresholds:
        """Return a source's thresholds, or the project's where it has none of its own."""
        source = self.sources.get(source_system)
        return (source.thresholds if source else None) or self.settings.thresholds

    @property
    def key(self) -> bytes:
        """The secret behind customer ids and pseudonyms.

        Raises:
            ConfigError: the environment variable is not set.
        """
        value = os.environ.get(self.settings.key_env, "")
        if len(value) < MIN_KEY_LENGTH:
            raise ConfigError(
                f"environment variable {self.settings.key_env} must hold the project's key "
                f"(at least {MIN_KEY_LENGTH} characters). Make one once with "
                '`python -c "import secrets; print(secrets.token_hex(32))"`, keep it with your secrets, '
                "and set it for every run: customer ids depend on it."
            )
        return value.encode()

    def check_secrets(self) -> None:
        """Find a missing secret before a night begins, not in the middle of it.

        Raises:
            ConfigError: a secret's environment variable is not set.
        """
        _ = self.key

    @property
    def pseudonym_key(self) -> str:
        """A key of its own for the analysts' file, so that its ids cannot be joined to real ones."""
        return hmac.new(self.key, b"analyst pseudonyms", hashlib.sha256).hexdigest()


MIN_KEY_LENGTH = 16


def load_project(root: Path, *, landing: Path | str | None = None) -> Project:
    """Load and cross-check everything that a project's configuration declares.

    Args:
        landing: a folder, relative to the current one, or a store's URL, instead of the one in the settings.

    Raises:
        ConfigError: a file breaks its contract, or names something that does not exist.
    """
    root = root.resolve()
    if not root.is_dir():
        raise ConfigError(f"{root}: the project's folder does not exist. Create it, or correct --project.")
    folders = [folder for folder in (root / "config", SHIPPED_CONFIG) if folder.is_dir()]
    _refuse_strays(folders)
    project = Project(
        root=root,
        settings=read_contract(_first_existing(folders, "project.yml"), ProjectSettings),
        layouts=_read_folder(folders, "layouts", Layout, "layout"),
        sources=_read_folder(_own_folders(folders), "sources", Source, "source"),
        linkage=read_contract(_first_existing(folders, "linkage/linkage.yml"), Linkage),
        survivorship=read_contract(_first_existing(folders, "survivorship.yml"), Survivorship),
        segments=_read_folder(folders, "segments", SegmentFile, "segment"),
        destinations=_read_folder(folders, "destinations", Destination, "destination"),
        activations=_read_folder(_own_folders(folders), "activations", Activation, "activation"),
        landing_override=_place(landing),
    )
    _check_references(project)
    return project


def _place(landing: Path | str | None) -> Path | str | None:
    if not landing or isinstance(landing, Path):
        return landing.resolve() if landing else None
    check_url(landing, origin="--landing")
    return landing if is_remote(landing) else local_folder(landing, Path()).resolve()


def _own_folders(folders: list[Path]) -> list[Path]:
    """Leave out what is the example retailer's alone, its sources and activations, in anyone else's project.

    Nobody's people go into a file that nobody of that project asked for.
    """
    return folders[:1] if (folders[0] / "project.yml").exists() else folders


KNOWN_CONFIG = {
    "project.yml", "survivorship.yml", "layouts", "sources", "linkage", "segments", "destinations", "activations",
}  # fmt: skip


NOTES = {".md", ".txt", ".example"}


def _refuse_strays(folders: list[Path]) -> None:
    """Refuse files that would be ignored in silence: a misspelt folder, `.yaml` for `.yml`.

    Raises:
        ConfigError: names the first stray and what is accepted.
    """
    for folder in folders:
        strays = [path for path in sorted(folder.iterdir()) if path.name not in KNOWN_CONFIG]
        strays += [path for path in sorted(folder.glob("*/*")) if path.suffix not in {".yml", ".json"}]
        shown = [path for path in strays if path.name[0] not in "._" and path.suffix not in NOTES]
        if shown:
            raise ConfigError(
                f"{shown[0]}: would be ignored. Configuration is {', '.join(sorted(KNOWN_CONFIG))}, and files in "
                "the folders end in .yml. Rename or remove it."
            )


def _first_existing(folders: list[Path], name: str) -> Path:
    return next((folder / name for folder in folders if (folder / name).exists()), folders[-1] / name)


def _read_folder(
    folders: list[Path], kind: str, model: type[ContractT], name_key: str
) -> dict[str, ContractT]:
    """Read every `<kind>/*.yml`; the file's name must be the name that it declares."""
    contracts: dict[str, ContractT] = {}
    for path in _overlaid_files(folders, kind):
        contract = read_contract(path, model)
        name = getattr(contract, name_key)
        if name != path.stem:
            raise ConfigError(f"{path}: `{name_key}: {name}` must be the file's name. Rename one of them.")
        contracts[name] = contract
    return dict(sorted(contracts.items()))


def _overlaid_files(folders: list[Path], kind: str) -> Iterator[Path]:
    chosen: dict[str, Path] = {}
    for folder in reversed(folders):
        chosen.update({path.name: path for path in (folder / kind).glob("*.yml")})
    yield from (chosen[name] for name in sorted(chosen))


def _check_references(project: Project) -> None:
    check_url(project.settings.landing.url, origin="config/project.yml: key `landing.url`")
    for source in project.sources.values():
        for file in source.files:
            origin = f"sources/{source.source}.yml"
            _require(file.layout, project.layouts, origin, "layout", "layouts")
            _check_reading(file, project.layouts[file.layout], origin)
    for activation in project.activations.values():
        origin = f"activations/{activation.activation}.yml"
        _require(activation.segment, project.segments, origin, "segment", "segments")
        _require(activation.destination, project.destinations, origin, "destination", "destinations")


def _check_reading(file: SourceFile, layout: Layout, origin: str) -> None:
    try:
        file.read_by(layout)
    except ValueError as error:
        fault = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ConfigError(
            f"config/{origin}: key `files`, layout {layout.layout}: {fault}. Correct `headers` or `format`."
        ) from None


def _require(name: str, known: dict[str, ContractT], origin: str, key: str, folder: str) -> None:
    if name not in known:
        raise ConfigError(
            f"config/{origin}: key `{key}`: there is no {name!r}. Known: {', '.join(known) or 'none'}. "
            f"Correct the name, or add config/{folder}/{name}.yml."
        )

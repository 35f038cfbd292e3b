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

from pydantic import ValidationError

from cdp_pipeline.contracts.activation import Activation, Destination
from cdp_pipeline.contracts.base import ContractT, read_contract
from cdp_pipeline.contracts.column_type import ColumnType
from cdp_pipeline.contracts.config_folder import first_existing, own_folders, read_folder, refuse_strays
from cdp_pipeline.contracts.golden import Survivorship
from cdp_pipeline.contracts.household import Households
from cdp_pipeline.contracts.landing import check_url, is_remote, local_folder, mirror_name, scheme_of
from cdp_pipeline.contracts.layout import Layout
from cdp_pipeline.contracts.linkage import Linkage, ValueOverrides
from cdp_pipeline.contracts.purposes import Purpose, Purposes, check_purposes, with_purposes
from cdp_pipeline.contracts.retention import DELIVERED, Retention
from cdp_pipeline.contracts.segment import SegmentFile
from cdp_pipeline.contracts.settings import ProjectSettings
from cdp_pipeline.contracts.source import Source, SourceFile, Thresholds
from cdp_pipeline.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent.parent
SHIPPED_CONFIG = PACKAGE / "config"
SHIPPED_SQL = next(p for p in (PACKAGE / "dbt_like_sql", PACKAGE.parent / "dbt_like_sql") if p.is_dir())


@dataclass(frozen=True)
class Project:
    """A loaded project.

    Attributes:
        root: folder that holds `data/` and, if the project has them, `config/` and `dbt_like_sql/`.
        landing_override: a folder, or the URL of a store, instead of the one in the settings.
    """

    root: Path
    settings: ProjectSettings
    purposes: dict[str, Purpose]
    layouts: dict[str, Layout]
    sources: dict[str, Source]
    linkage: Linkage
    households: Households
    survivorship: Survivorship
    segments: dict[str, SegmentFile]
    destinations: dict[str, Destination]
    activations: dict[str, Activation]
    retention: Retention = field(default_factory=Retention)
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
    def privacy(self) -> Path:
        """Folder of what must outlive an erasure: certificates, and which files were rewritten."""
        return self.root / "data" / "privacy"

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

    @property
    def erasure_key(self) -> bytes:
        """A key of its own for tombstones: the hashes of erased people lead nowhere without it."""
        return hmac.new(self.key, b"erasure tombstones", hashlib.sha256).digest()


MIN_KEY_LENGTH = 16
DATED = (ColumnType.DATE, ColumnType.TIMESTAMP)


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
    refuse_strays(folders)
    purposes = read_contract(first_existing(folders, "purposes.yml"), Purposes).purposes
    layouts = read_folder(folders, "layouts", Layout, "layout")
    project = Project(
        root=root,
        settings=read_contract(first_existing(folders, "project.yml"), ProjectSettings),
        purposes=purposes,
        layouts={name: with_purposes(layout, purposes) for name, layout in layouts.items()},
        sources=read_folder(own_folders(folders), "sources", Source, "source"),
        linkage=_read_linkage(folders),
        households=read_contract(first_existing(folders, "linkage/household.yml"), Households),
        survivorship=read_contract(first_existing(folders, "survivorship.yml"), Survivorship),
        segments=read_folder(folders, "segments", SegmentFile, "segment"),
        destinations=read_folder(folders, "destinations", Destination, "destination"),
        activations=read_folder(own_folders(folders), "activations", Activation, "activation"),
        retention=_read_retention(folders),
        landing_override=_place(landing),
    )
    _check_references(project)
    return project


def _read_linkage(folders: list[Path]) -> Linkage:
    linkage = read_contract(first_existing(folders, "linkage/linkage.yml"), Linkage)
    overrides = folders[0] / "linkage" / "shared_values.yml"
    if not overrides.exists():
        return linkage
    return linkage.model_copy(update={"value_overrides": read_contract(overrides, ValueOverrides).values})


def _read_retention(folders: list[Path]) -> Retention:
    """Read the project's own periods: nobody's records go by those of the example retailer."""
    path = first_existing(own_folders(folders), "retention.yml")
    return read_contract(path, Retention) if path.exists() else Retention()


def _place(landing: Path | str | None) -> Path | str | None:
    if not landing or isinstance(landing, Path):
        return landing.resolve() if landing else None
    check_url(landing, origin="--landing")
    return landing if is_remote(landing) else local_folder(landing, Path()).resolve()


def _check_references(project: Project) -> None:
    _check_retention(project)
    check_url(project.settings.landing.url, origin="config/project.yml: key `landing.url`")
    for source in project.sources.values():
        for file in source.files:
            origin = f"sources/{source.source}.yml"
            _require(file.layout, project.layouts, origin, "layout", "layouts")
            _check_reading(file, project.layouts[file.layout], origin)
    check_purposes(project.purposes, project.segments, project.destinations, project.activations)
    for activation in project.activations.values():
        origin = f"activations/{activation.activation}.yml"
        _require(activation.segment, project.segments, origin, "segment", "segments")
        _require(activation.destination, project.destinations, origin, "destination", "destinations")


def _check_retention(project: Project) -> None:
    for rule in project.retention.rules:
        if rule.is_of_table:
            continue
        origin = "retention.yml"
        _require(rule.of, project.layouts, origin, "of", "layouts")
        layout = project.layouts[rule.of]
        for name in [*([] if rule.by == DELIVERED else [rule.by]), *rule.but_not]:
            _require(name, layout.columns, origin, f"rules, of: {rule.of}", "layouts")
        if rule.by != DELIVERED and layout.columns[rule.by].type not in DATED:
            raise ConfigError(
                f"config/{origin}: {rule.of}: column {rule.by} is no date. Name one of type date or timestamp."
            )
        if rule.is_limited and layout.carries_consent and not rule.but_not:
            raise ConfigError(
                f"config/{origin}: {rule.of} carries consent, and without a refusal an older consent would hold again. "
                "Say `keep: for ever`, or name under `but_not` the records that may be refusals."
            )


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

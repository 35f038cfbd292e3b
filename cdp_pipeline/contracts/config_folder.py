"""Which files of the configuration folders count: a project's own lie over those that ship with the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cdp_pipeline.contracts.base import ContractT, read_contract
from cdp_pipeline.errors import ConfigError

KNOWN_CONFIG = {
    "project.yml", "purposes.yml", "retention.yml", "survivorship.yml", "layouts", "sources", "linkage", "segments",
    "destinations", "activations",
}  # fmt: skip
NOTES = {".md", ".txt", ".example"}


def own_folders(folders: list[Path]) -> list[Path]:
    """Leave out what is the example retailer's alone, its sources and activations, in anyone else's project.

    Nobody's people go into a file that nobody of that project asked for.
    """
    return folders[:1] if (folders[0] / "project.yml").exists() else folders


def refuse_strays(folders: list[Path]) -> None:
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


def first_existing(folders: list[Path], name: str) -> Path:
    """Return the overriding file of a name, or where it is missing."""
    return next((folder / name for folder in folders if (folder / name).exists()), folders[-1] / name)


def read_folder(
    folders: list[Path], kind: str, model: type[ContractT], name_key: str
) -> dict[str, ContractT]:
    """Read every `<kind>/*.yml`, by the name that the file declares under `name_key`.

    Raises:
        ConfigError: a file breaks its contract, or has another name than the one that it declares.
    """
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

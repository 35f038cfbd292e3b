"""Committed lists that are looked into before the models are built: given names, and names of countries."""

from __future__ import annotations

import difflib
import re
import unicodedata

import pyarrow as pa
import pyarrow.csv

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.errors import LandingFileError, ModelError

GIVEN_NAMES = "link/given_name_variant.csv"
COUNTRIES = "standardise/country_name.csv"


def read_seed(project: Project, name: str) -> pa.Table:
    """Read a seed of the project, or the one that ships.

    Raises:
        ModelError: it is missing.
    """
    found = next((folder / name for folder in project.sql_folders if (folder / name).exists()), None)
    if found is None:
        raise ModelError(f"{name}: the seed is missing. Restore it in dbt_like_sql/.")
    options = pyarrow.csv.ConvertOptions(strings_can_be_null=False)
    return pyarrow.csv.read_csv(found, convert_options=options)


def country_code(project: Project, told: str) -> str:
    """Return the ISO code of a country that is told by code or name: DE, Germany, Deutschland, UK.

    Raises:
        LandingFileError: no such country; names the nearest.
    """
    rows = read_seed(project, COUNTRIES).to_pydict()
    codes = dict(zip(rows["name"], rows["country"], strict=True))
    plain = _lookup_key(told)
    if plain in codes:
        return str(codes[plain])
    nearest = difflib.get_close_matches(plain, codes, n=1)
    guess = f" Did you mean {codes[nearest[0]]} ({nearest[0]})?" if nearest else ""
    raise LandingFileError(
        f"--country {told}: no country of that code or name.{guess} Say it as DE, FR or US."
    )


def _lookup_key(text: str) -> str:
    """Fold a name as the seed's are: lower case, without accents and signs."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return " ".join(
        re.sub(r"[^\w]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).split()
    )

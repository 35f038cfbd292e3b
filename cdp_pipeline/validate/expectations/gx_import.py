"""Importing Great Expectations: late, quietly, and without scipy.stats.

The import is the dearest single step of a small night. Four tenths of it were scipy.stats, which only
the tests of distributions read, and none of those is supported here.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import warnings
from types import ModuleType

_UNUSED = "scipy.stats"


def import_suite() -> ModuleType:
    """Import what runs a suite; Great Expectations comes with it, once per process.

    It logs as it loads and redirects Python's warnings to its log; both are prevented.
    """
    logger = logging.getLogger("great_expectations")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        show_warning = warnings.showwarning
        if "great_expectations" not in sys.modules:
            _import_on_first_use(_UNUSED)
        from cdp_pipeline.validate.expectations import gx_suite

        if warnings.showwarning is not show_warning:
            logging.captureWarnings(capture=False)
    return gx_suite


def _import_on_first_use(name: str) -> None:
    """Enter a submodule that loads itself when someone first reads from it, by the standard library's loader."""
    spec = importlib.util.find_spec(name)  # imports the parent package, which is small
    if name in sys.modules or spec is None or spec.loader is None:
        return
    loader = importlib.util.LazyLoader(spec.loader)
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)

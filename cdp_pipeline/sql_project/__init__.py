"""The SQL project: plain `.sql` models with contracts beside them become one proven graph.

`ref()` and `source()` declare what a model reads; sqlglot proves it. What belongs here: finding,
rendering, proving, ordering and building models. What does not: what any model means.
"""

from cdp_pipeline.sql_project.build import build_model
from cdp_pipeline.sql_project.graph import ModelGraph, load_models
from cdp_pipeline.sql_project.model import Model

__all__ = ["Model", "ModelGraph", "build_model", "load_models"]

"""A user's own project: the folder that `cdp init` makes from `templates/`.

It is an overlay, not a copy: it holds what a user must own, and everything else stays in the package, so that
upgrades reach it.
"""

from cdp_pipeline.scaffold.create import ProjectFacts, create_project, name_from_folder

__all__ = ["ProjectFacts", "create_project", "name_from_folder"]

"""An engine for tests that build tables on a handful of rows."""

from __future__ import annotations

from cdp_pipeline.engine import Engine, EngineOptions

ONE_THREAD = EngineOptions(threads=1)
"""For a handful of rows a second thread costs more than it spares; whole nights use several."""


class UncommentedEngine(Engine):
    """An engine that stores no comments: they are a quarter of the time of such a build.

    Whole nights are held to their comments.
    """

    def comment_on(self, table: str, description: str, columns: dict[str, str]) -> None:
        """Store nothing."""

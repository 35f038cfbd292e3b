"""Everything that is held about one person, for that person (articles 15 and 20 of the GDPR): JSON and a page."""

from __future__ import annotations

from cdp_pipeline.nightly.access_export.export import AccessExport, export_person

__all__ = ["AccessExport", "export_person"]

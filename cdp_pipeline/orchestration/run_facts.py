"""The facts of a run that its page and the list of runs show: tags, the configuration of its night."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from cdp_pipeline.contracts.landing import shown_url
from cdp_pipeline.contracts.project import Project
from cdp_pipeline.nightly.fingerprint import project_fingerprint

SHOWN_DIGITS = 12
PROJECT_TAG = "cdp/project"


def utc_today() -> date:
    """Business date of a night that names none."""
    return datetime.now(UTC).date()


def night_tags(project: Project, business_date: date) -> dict[str, str]:
    """Tags that a run gets before it starts."""
    return {"cdp/business_date": business_date.isoformat(), PROJECT_TAG: project.settings.name}


def start_tags(project: Project, business_date: date) -> dict[str, str]:
    """All tags of a run; those that take reading files are told when it starts."""
    return {
        **night_tags(project, business_date),
        "cdp/landing": shown_url(project.landing_url or str(project.landing)),
        "cdp/project_fingerprint": project_fingerprint(project)[:SHOWN_DIGITS],
    }


def night_config(project: Project, business_date: date) -> dict[str, Any]:
    """Run configuration that makes a run stand for a date; Dagster wants the resource's configuration whole."""
    night = {
        "project_root": str(project.root),
        "landing": str(project.landing_override or ""),
        "business_date": business_date.isoformat(),
        "accept_fewer_rows": False,
        "rebuild_everything": False,
    }
    return {"resources": {"night": {"config": night}}}

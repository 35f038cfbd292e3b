"""The certificate of an erasure as a page for people. It names nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp_pipeline.report.drawing import PALETTE
from cdp_pipeline.report.render import page_environment


def render_certificate(certificate: Mapping[str, Any]) -> str:
    """Render the page. Equal certificates give equal bytes.

    Args:
        certificate: the fields of the certificate by name.
    """
    return (
        page_environment()
        .get_template("certificate.html.jinja")
        .render(certificate=certificate, palette=PALETTE)
    )

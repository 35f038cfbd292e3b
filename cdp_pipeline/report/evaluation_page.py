"""Pages about linkage: `evaluation.html`, how good it is, and `model.html`, what its model has learned.

Each is one file that needs nothing else, and holds counts and shares only: no records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdp_pipeline.report.charts import match_weights_chart
from cdp_pipeline.report.drawing import PALETTE, Plan, draw_all
from cdp_pipeline.report.evaluation_charts import agreement_chart, threshold_chart, trouble_chart
from cdp_pipeline.report.render import page_environment

MOST_TROUBLES = 20
"""In the chart; the table holds all."""


def render_evaluation_page(document: Mapping[str, Any]) -> str:
    """Render the page from an evaluation's document. Equal documents give equal bytes."""
    troubles = [{**row, "title": _title(row["trouble"])} for row in document["troubles"]]
    drawn = troubles[:MOST_TROUBLES]
    return _render(
        "evaluation.html.jinja",
        evaluation=document,
        troubles=troubles,
        drawn=len(drawn),
        uncounted=[_title(trouble) for trouble in document["coverage"]["uncounted_troubles"]],
        drawings=draw_all("evaluation.html", _evaluation_charts(document, drawn)),
    )


def _title(trouble: str) -> str:
    return trouble.replace("_", " ") or "no trouble at all"


def _evaluation_charts(document: Mapping[str, Any], troubles: list[dict[str, Any]]) -> Plan:
    ceiling = document["ceiling"]["recall"] if document["ceiling"] else None
    if document["thresholds"]:
        rows, configured = document["thresholds"], document["match_threshold"]
        yield "thresholds", "Quality by threshold", lambda: threshold_chart(rows, configured, ceiling)
    if troubles:
        yield "troubles", "Quality by trouble", lambda: trouble_chart(troubles)


def render_decided_page(document: Mapping[str, Any]) -> str:
    """Render how linkage compares with what people decided. Equal documents give equal bytes.

    Args:
        document: pairs, absent_pairs, match_threshold, and thresholds: one row per match_weight (None for the
            rules alone) with found_pairs, true_pairs, right_pairs, precision, recall, f1.
    """
    rows, configured = document["thresholds"], document["match_threshold"]
    charts: Plan = [("thresholds", "Agreement by threshold", lambda: threshold_chart(rows, configured, None))]
    in_force = next(row for row in rows if row["match_weight"] == configured)
    return _render(
        "decided.html.jinja", decided=document, counts=in_force, drawings=draw_all("evaluation.html", charts)
    )


def render_model_page(document: Mapping[str, Any]) -> str:
    """Render what a trained model holds. Equal documents give equal bytes.

    Args:
        document: trained_nodes, seed, prior, prior_weight, and levels: one row per level of a comparison with
            comparison, level, m_probability, u_probability, match_weight (log2), is_unseen, and
            relatives_probability and relatives_weight where the model knows relatives.
    """
    levels = document["levels"]
    charts: Plan = [
        ("weights", "Match weights", lambda: match_weights_chart(_as_comparisons(levels))),
        ("agreement", "Agreement of one person and of strangers", lambda: agreement_chart(levels)),
    ]
    return _render("model.html.jinja", model=document, drawings=draw_all("model.html", charts))


def _as_comparisons(levels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put levels into the form of a saved model, which the chart of weights takes."""
    return [
        {
            "output_column_name": name,
            "comparison_levels": [
                {**level, "label_for_charts": level["level"]}
                for level in levels
                if level["comparison"] == name
            ],
        }
        for name in dict.fromkeys(level["comparison"] for level in levels)
    ]


def _render(template: str, **values: Any) -> str:
    environment = page_environment()
    environment.filters.update(share=_share, threshold=_threshold, signed_weight=_signed_weight)
    return environment.get_template(template).render(palette=PALETTE, **values)


def _share(value: float) -> str:
    """Write a share with three decimals; what is not everything is never rounded to it."""
    return "0.999+" if 0.9995 <= value < 1 else f"{value:.3f}"


def _threshold(value: float | None) -> str:
    return "rules alone" if value is None else f"{value:g}"


def _signed_weight(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1f}".replace("-", "−")

"""The night as a whole, without an orchestrator: all models, change detection, publication, summary.

What belongs here: what joins the stages, which do not know one another. What does not: Dagster.
"""

"""Validate: Great Expectations at two gates, quarantine, and the proof that no row is lost.

What belongs here: judging delivered records (first gate) and canonical tables (second gate), keeping what
failed. What does not: repairing values.
"""

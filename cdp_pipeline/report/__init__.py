"""Report: `report.html` of the published night, for people who want to see what the night did.

What belongs here: the figures of a night as small typed facts, its charts, and the page. What does not:
computing anything that a table already holds, and anything about a single person: the page shows counts only.
"""

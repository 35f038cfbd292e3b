"""Erasing people, over everything that the project keeps.

What belongs here: the order of the steps, and what joins stages. What does not: how one table or one file forgets
(`privacy/`, `link/erased_records.py`, `extract/rewriting/`).
"""

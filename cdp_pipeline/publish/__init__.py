"""Publish: the night's folder, built under a temporary name, and the atomic swap of `current`.

What belongs here: the two published databases, the manifest, the swap, rollback, the janitor. What does
not: computing anything that a reader wants to know; that is done by then.
"""

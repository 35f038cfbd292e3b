"""Benchmarks: what a night costs, and how hard the generated worlds are. Run by hand, never as timed tests.

A machine's speed changes from hour to hour, so what counts are the ratios that one run prints.
"""

"""Segments: the rules of `config/segments/*.yml` compiled to SQL, and membership as intervals.

What belongs here: the grammar's compiler, membership and sizes. What does not: traits (SQL models in
`dbt_like_sql/segment/`) and who may be reached (`activate`).
"""

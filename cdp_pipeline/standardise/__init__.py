"""Standardise: what SQL cannot do well, over distinct values.

What belongs here: Python that reads one kind of value (phone numbers), called once per distinct value.
What does not: the mapping of layouts and all other cleaning, which is SQL in dbt_like_sql/standardise.
"""

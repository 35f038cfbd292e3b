"""Golden profiles: which values survive, from which record, and by which rule.

What belongs here: the compilation of `config/survivorship.yml` to SQL. What does not: what can be said in
plain SQL (`dbt_like_sql/golden/`), who is one customer (`link`), and whether anyone may be reached
(`golden.contact_consent`, `privacy`).
"""

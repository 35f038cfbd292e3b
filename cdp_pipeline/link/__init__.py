"""From standardised records to customers: edges, clusters and ids that stay.

What belongs here: which records are one person, and the customer ids that follow. What does not: which
value of a person wins (golden), or how values are cleaned (standardise).
"""

"""Extract: delivered files become raw tables, each record with its file and line.

What belongs here: finding deliveries, the file ledger, reading files as their layout says, counting
records apart from the loader. What does not: judging values (validate) or changing them (standardise).
"""

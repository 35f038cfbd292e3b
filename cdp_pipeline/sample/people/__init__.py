"""The invented people: who exists, how they are reached, what each system writes down about them.

What they buy and do lies beside this package; nothing here knows a vendor's layout.
"""

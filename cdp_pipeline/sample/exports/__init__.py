"""Writers, one per vendor's layout. What is written was decided elsewhere; only form is decided here."""

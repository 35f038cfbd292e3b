"""Records while they are written: their fields, and which troubles each of them bears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cdp_pipeline.sample.columns import Ints, Mask, chance
from cdp_pipeline.sample.people.contacts import ADDRESS
from cdp_pipeline.sample.people.draws import Pool, Text, is_filled, put, take
from cdp_pipeline.sample.people.habits import rates

FIELDS = ("given", "family", "gender", "birth_date", "email", "phone", *ADDRESS, "country")
TROUBLES = (
    "twins", "parent_and_child_of_one_name", "strangers_of_one_name",
    "married", "double_name_cut", "nickname", "initials", "typo", "misheard", "misread", "mojibake",
    "swapped_names", "missing_given", "nameless", "umlaut", "lower_case", "capitals",
    "second_email", "shared_email", "email_typo", "gmail_spelling", "junk_email",
    "old_phone", "recycled_phone", "shared_phone", "store_phone", "phone_typo", "junk_phone",
    "moved", "street_variant", "address_typo",
    "birth_date_error", "partial_birth_date", "placeholder_birth_date",
    "crm_merged", "crm_deleted", "left_source",
    "email_corrected", "name_corrected", "unsubscribed",
)  # fmt: skip
_BIT = {trouble: 1 << number for number, trouble in enumerate(TROUBLES)}

Writer = Callable[[Text, Ints], Text]
"""Writes new values for the affected rows, from their values before and their positions."""


class Observation:
    """Records of one kind while they are written: fields by name, and each record's trouble flags.

    people is a chunk of the table `person`, rows the position in it of each record's person.
    """

    def __init__(self, rng: np.random.Generator, people: pa.RecordBatch, rows: Ints, system: str) -> None:
        self.rng = rng
        self.people = people
        self.rows = rows
        self.habits: dict[str, float] = rates(system)
        self.size = len(rows)
        self.fields: dict[str, Text] = {}
        self.flags = np.zeros(self.size, dtype=np.int64)

    def true(self, column: str) -> Text:
        """Return a column of the people as it truly is."""
        return take(self.people.column(column), self.rows)

    def holds(self, column: str) -> Mask:
        """Return a yes-or-no column of the people."""
        found: Mask = self.true(column).to_numpy(zero_copy_only=False)
        return found

    def happens(self, habit: str) -> Mask:
        """Draw for which records a habit applies."""
        return chance(self.rng, self.habits.get(habit, 0.0), self.size)

    def flag(self, where: Mask | Ints, trouble: str) -> None:
        """Mark records with a trouble."""
        self.flags[where] |= _BIT[trouble]

    def has(self, trouble: str) -> Mask:
        """Tell which records are marked with a trouble."""
        found: Mask = (self.flags & _BIT[trouble]) != 0
        return found

    def rewrite(
        self, field: str, where: Mask, write: Writer, trouble: str = "", hides: tuple[str, ...] = ()
    ) -> None:
        """Write a field anew where asked and where it is not empty; flag what really changed.

        Args:
            hides: troubles that nobody sees any more in the rows that changed.
        """
        rows = np.flatnonzero(where)
        before = take(self.fields[field], rows)
        rows = rows[is_filled(before)]
        before = take(self.fields[field], rows)
        after = write(before, rows)
        is_other = pc.not_equal(after, before).to_numpy(zero_copy_only=False)
        self.fields[field] = put(self.fields[field], rows, after)
        for hidden in hides:
            self.flags[rows[is_other]] &= ~_BIT[hidden]
        if trouble:
            self.flag(rows[is_other], trouble)

    def prefer(self, field: str, where: Mask, other: Text, trouble: str, hides: tuple[str, ...] = ()) -> None:
        """Write the person's other value where there is one."""
        self.rewrite(field, where & is_filled(other), lambda _, rows: take(other, rows), trouble, hides)

    def draw_from(self, options: list[str]) -> Writer:
        """Return a writer that draws one of a few values."""
        pool = Pool.of(options, np.ones(len(options)))
        return lambda before, _: pool.draw(self.rng, len(before))

    def troubles(self) -> Text:
        """Write the flags out, each closed by a semicolon; few combinations occur."""
        flags, code = np.unique(self.flags, return_inverse=True)
        names = ["".join(t + ";" for t in TROUBLES if int(flag) & _BIT[t]) for flag in flags]
        return take(pa.array(names, pa.string()), code)

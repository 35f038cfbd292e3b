"""What is sent where, who is left out of it, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdp_pipeline.night import Night
from cdp_pipeline.report.facts.small_counts import ShownCount, about, shown_cells, shown_count, split_small

OTHER_REASONS = "other reasons"


@dataclass(frozen=True)
class ActivationFile:
    """One activation's file.

    Attributes:
        people: customers in the file.
        minimum_people: the smallest list that the platform takes, where it names one.
        left_out: reason and customers; reasons that stand for fewer than five stand together.
    """

    activation: str
    title: str
    segment: str
    destination: str
    people: int
    minimum_people: int | None
    is_below_minimum: bool
    left_out: list[tuple[str, int]]

    @property
    def segment_size(self) -> int:
        """Members of the segment: each is in the file or left out of it."""
        return self.people + sum(people for _, people in self.left_out)

    @property
    def shown_people(self) -> ShownCount:
        """The people in the file as the page may show them."""
        return self._shown[0]

    @property
    def shown_reasons(self) -> list[tuple[str, ShownCount]]:
        """Reason and customers as the page may show them."""
        return [(reason, cell) for (reason, _), cell in zip(self.left_out, self._shown[1:], strict=True)]

    @property
    def shown_left_out(self) -> ShownCount:
        """All who are left out; no more exact than the people in the file, of whom they are the difference."""
        reasons = self._shown[1:]
        if len(reasons) == 1:
            return reasons[0]
        if self.shown_people.is_exact or not reasons:
            return shown_count(self.segment_size - self.people)
        return about(sum(cell.people for cell in reasons))

    @property
    def _shown(self) -> list[ShownCount]:
        return shown_cells([self.people, *(people for _, people in self.left_out)])


@dataclass(frozen=True)
class Activations:
    """All activations of the project, by title."""

    files: list[ActivationFile]


def gather_activations(night: Night) -> Activations | None:
    """Read what was written for each activation and who was left out."""
    if not night.engine.table_exists("activate.activation_size"):
        return None
    files = list(_files(night))
    return Activations(sorted(files, key=lambda file: (file.title, file.activation))) if files else None


def _files(night: Night) -> Iterator[ActivationFile]:
    project, exclusions = night.project, night.engine.fetch_all(EXCLUSIONS)
    for activation, segment, destination, people, minimum, is_below in night.engine.fetch_all(SIZES):
        reasons = [(reason, count) for name, reason, count in exclusions if name == activation]
        left_out, others = split_small(reasons, lambda row: row[1])
        yield ActivationFile(
            activation=activation,
            title=project.activations[activation].title,
            segment=project.segments[segment].title.en,
            destination=project.destinations[destination].title,
            people=people,
            minimum_people=minimum,
            is_below_minimum=is_below,
            left_out=[*left_out, (OTHER_REASONS, others)] if others else left_out,
        )


SIZES = """
select activation, segment, destination, people, minimum_people, is_below_minimum
from activate.activation_size
order by activation
"""

EXCLUSIONS = """
select activation, reason, count(*) as people
from activate.audience_exclusion
group by activation, reason
order by activation, people desc, reason
"""

"""Learning from pairs that nobody labelled: each is one person's, or two relatives', or two strangers'.

Expectation maximisation over the patterns of agreement. With two classes only, it takes families for one
person; the third class, which starts from what is known of relatives, keeps them apart. What strangers share
stays as random pairs showed it.

Source: Dempster, Laird and Rubin (1977) for the method; Winkler (1988) for record linkage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TURNS = 40
TINY = 1e-9


@dataclass
class Mixture:
    """Probabilities of each level by class, and how many pairs belong to it.

    Attributes:
        one_person: by comparison the probability of each level (gamma 0 first), among one person's records.
        relatives: the same among relatives.
        strangers: the same among strangers; fixed.
        one_person_pairs: estimated count of pairs of one person.
        relatives_pairs: estimated count of pairs of relatives.
    """

    one_person: list[Floats]
    relatives: list[Floats]
    strangers: list[Floats]
    one_person_pairs: float
    relatives_pairs: float


@dataclass(frozen=True)
class Patterns:
    """Patterns of agreement among the compared pairs, each once.

    Attributes:
        gammas: pattern x comparison, the level at which the pairs agree; -1 says nothing.
        teaches: pattern x comparison, whether the pairs were found without it.
        counts: pairs per pattern.
        all_pairs: pairs that could be formed, compared or not.
    """

    gammas: NDArray[np.int64]
    teaches: NDArray[np.bool_]
    counts: Floats
    all_pairs: float


def learn(
    patterns: Patterns, start: Mixture, known_pairs: list[float], learns_relatives: list[bool]
) -> Mixture:
    """Return the mixture that explains the patterns best, near to what is known.

    Args:
        start: the probabilities to begin with.
        known_pairs: by comparison as how many pairs they count.
        learns_relatives: by comparison whether the relatives' probabilities may move.
    """
    mixture = start
    for _ in range(TURNS):
        one_person, relatives = _shares(patterns, mixture)
        mixture = Mixture(
            [
                _levels(patterns, one_person, k, before, known_pairs[k])
                for k, before in enumerate(start.one_person)
            ],
            [
                _levels(patterns, relatives, k, before, known_pairs[k]) if learns_relatives[k] else before
                for k, before in enumerate(start.relatives)
            ],
            start.strangers,
            float(max(one_person.sum(), 1.0)),
            float(max(relatives.sum(), TINY)),
        )
    return mixture


def _shares(patterns: Patterns, mixture: Mixture) -> tuple[Floats, Floats]:
    """Return by pattern how many of its pairs are one person's, and how many relatives'."""
    one_person = mixture.one_person_pairs / patterns.all_pairs * _likelihood(patterns, mixture.one_person)
    relatives = mixture.relatives_pairs / patterns.all_pairs * _likelihood(patterns, mixture.relatives)
    strangers = _likelihood(patterns, mixture.strangers)
    total = one_person + relatives + strangers + 1e-300
    return patterns.counts * one_person / total, patterns.counts * relatives / total


def _likelihood(patterns: Patterns, levels: list[Floats]) -> Floats:
    likelihood = np.ones(len(patterns.counts))
    for k, probabilities in enumerate(levels):
        # The last place stands for -1, which says nothing.
        likelihood *= np.append(probabilities, 1.0)[patterns.gammas[:, k]]
    return likelihood


def _levels(patterns: Patterns, pairs: Floats, k: int, before: Floats, known_pairs: float) -> Floats:
    if np.isinf(known_pairs):
        return before
    usable = patterns.teaches[:, k] & (patterns.gammas[:, k] >= 0)
    seen = np.bincount(patterns.gammas[usable, k], weights=pairs[usable], minlength=len(before))
    counts = seen + known_pairs * before
    return np.asarray(np.maximum(counts / counts.sum(), TINY))

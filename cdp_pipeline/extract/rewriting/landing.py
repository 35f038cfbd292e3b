"""Bringing what lies in the landing folder to what was erased: whatever still holds such records is rewritten.

Lines stay what they are when a file is rewritten, so what is to go is told by file and line for good: loading notes it
of what it keeps out, an erasure of what it deletes, and `rewritten_files` of what was taken out before and may be
delivered again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from cdp_pipeline.contracts.project import Project
from cdp_pipeline.extract.deliveries import Delivery, find_deliveries
from cdp_pipeline.extract.rewriting.rewrite import Removal, RewriteError, remove_abandoned, rewrite_container
from cdp_pipeline.extract.rewritten_files import Rewritten, read_rewritten

LinesByFile = Mapping[str, Iterable[int]]
"""Lines of records that are to go, by file id."""


@dataclass
class RewrittenLanding:
    """What became of the files that held erased records.

    Attributes:
        rewritten: contents, in the order of their files.
        failures: why others still hold such records, by path of the file.
    """

    rewritten: list[Rewritten] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def rewrite_landing(project: Project, erased: LinesByFile) -> RewrittenLanding:
    """Take erased records out of every file that still holds them; the caller holds the writer's lock.

    A file that cannot be rewritten lies as it did, and does not keep the others from it.
    """
    remove_abandoned(project.landing)
    done = RewrittenLanding()
    by_container: defaultdict[str, list[Removal]] = defaultdict(list)
    for removal in _removals(project, erased):
        by_container[removal.delivery.container].append(removal)
    for container, removals in by_container.items():
        try:
            done.rewritten += rewrite_container(project, removals)
        except RewriteError as error:
            done.failures[container] = str(error)
    return done


def _removals(project: Project, erased: LinesByFile) -> Iterator[Removal]:
    """Yield what each content still holds; one that several sources take is theirs together."""
    known = read_rewritten(project)
    lines: defaultdict[str, set[int]] = defaultdict(set)
    readable: dict[str, Delivery] = {}
    for delivery in find_deliveries(project) if project.landing.is_dir() else ():
        lines[delivery.path] |= {*erased.get(delivery.file_id, ()), *known.to_lack(delivery.sha256)}
        if delivery.refused_because is None:
            readable.setdefault(delivery.path, delivery)
    for path, delivery in readable.items():
        left = lines[path] - known.lacks(path, delivery.lying_sha256)
        if left:
            yield Removal(delivery, np.array(sorted(left), np.int64))

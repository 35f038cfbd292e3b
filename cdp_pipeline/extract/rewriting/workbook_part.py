"""Changing an XML part of a workbook by cutting bytes out of it: whatever is not cut stays as it was written."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from xml.parsers import expat

from cdp_pipeline.extract.readers.workbook_xml import damaged_workbook, local_name

START_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*+>""")


@dataclass(frozen=True)
class Element:
    """An element that has ended.

    Attributes:
        name: without the prefix of its namespace, which is `prefix`, with its colon.
        start: offset of its start tag; `stop` is behind its end tag, and `inner_start` and `inner_stop` bound what
            stands between.
        text: of its own, without that of elements within it.
    """

    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    inner_start: int
    inner_stop: int
    stop: int
    text: str


class PartEditor(ABC):
    """Walks through a part and notes what to put in place of some of its bytes."""

    def __init__(self, part: bytes, label: str) -> None:
        self._part, self._label = part, label
        self._edits: list[tuple[int, int, bytes]] = []
        self._open: list[tuple[str, dict[str, str], int, list[str]]] = []

    @abstractmethod
    def hear(self, element: Element) -> None:
        """Hear that an element has ended, after all that it holds."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: B027 - most need not hear it
        """Hear that an element begins; `name` is without prefix."""

    def replace(self, start: int, stop: int, by: bytes = b"") -> None:
        """Note an edit; one that lies within another goes with it."""
        if start < stop:
            self._edits.append((start, stop, by))

    def edited(self) -> bytes:
        """Walk through the part and return it with all edits made.

        Raises:
            LandingFileError: it is no well-formed XML, or defines entities.
        """
        self._walk()
        pieces, at = [], 0
        for start, stop, by in sorted(self._edits, key=lambda edit: (edit[0], -edit[1])):
            if start >= at:
                pieces += [self._part[at:start], by]
                at = stop
        return b"".join([*pieces, self._part[at:]])

    def _walk(self) -> None:
        parser = expat.ParserCreate("UTF-8")

        def begin(name: str, attributes: dict[str, str]) -> None:
            self._open.append((name, attributes, parser.CurrentByteIndex, []))
            self.begin(local_name(name), attributes)

        def end(_: str) -> None:
            self.hear(self._ended(*self._open.pop(), end_tag=parser.CurrentByteIndex))

        def hear_text(text: str) -> None:
            if self._open:
                self._open[-1][3].append(text)

        def refuse(*_: object) -> None:
            raise damaged_workbook(self._label)

        parser.StartElementHandler, parser.EndElementHandler = begin, end
        parser.CharacterDataHandler = hear_text
        parser.StartDoctypeDeclHandler = refuse
        try:
            parser.Parse(self._part, True)  # noqa: FBT003 - expat knows it by its place alone
        except expat.ExpatError:
            raise damaged_workbook(self._label) from None

    def _ended(
        self, name: str, attributes: dict[str, str], start: int, pieces: list[str], *, end_tag: int
    ) -> Element:
        tag = START_TAG.match(self._part, start)
        inner_start = tag.end() if tag else start
        is_empty = self._part.endswith(b"/>", start, inner_start)  # has no end tag that could be looked for
        stop = inner_start if is_empty else self._part.index(b">", end_tag) + 1
        return Element(
            name=local_name(name),
            prefix=name.removesuffix(local_name(name)),
            attributes=attributes,
            start=start,
            inner_start=inner_start,
            inner_stop=inner_start if is_empty else end_tag,
            stop=stop,
            text="".join(pieces),
        )

"""Walking through the XML of a workbook's parts, in bounded memory and linear time.

expat is stricter than the parser that loads a sheet, on purpose: what the two could read differently is refused.
"""

from __future__ import annotations

import zipfile
from abc import ABC, abstractmethod
from typing import BinaryIO, NoReturn, cast
from xml.parsers import expat

from cdp_pipeline.errors import LandingFileError
from cdp_pipeline.extract.archives import Unpacking

MAX_TAG_BYTES = 4 * 2**20
"""expat starts a tag anew with each piece that it gets."""
MAX_DEPTH = 64
"""Of elements in elements; sheets have about 6, and expat keeps each open one."""
MAX_VALUE_CHARACTERS = 16 * 2**20
"""Of one cell or shared string; spreadsheet programs stop at 32,767."""

VALUE_ELEMENTS = {"v", "t"}


def damaged_workbook(label: str) -> LandingFileError:
    """Make the refusal of a workbook that does not hold together."""
    return LandingFileError(
        f"{label}: not a readable XLSX workbook: damaged or cut off. Open it and save it again, or ask for a new "
        "export."
    )


class PartReader(ABC):
    """Hears what a part holds, element after element; subclasses note what they look for.

    Attributes:
        label: the workbook's name in messages.
        around: names of the elements that are open, outermost first, below an empty one. They come without the prefix
            of their namespace, as the parser that loads the sheet takes them.
        pieces: of text, since a subclass last cleared them.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.around = [""]
        self.pieces: list[str] = []

    @abstractmethod
    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Hear that an element begins, and put its local name on `around`."""

    @abstractmethod
    def end(self, name: str) -> None:
        """Hear that an element ends, and take it off `around`."""

    def refuse(self, *_: object) -> NoReturn:
        """Refuse the workbook."""
        raise damaged_workbook(self.label)

    def read(self, archive: zipfile.ZipFile, part: str, unpacking: Unpacking) -> None:
        """Hear a part from its beginning to its end.

        Raises:
            LandingFileError: it is damaged, a bomb, or not UTF-8, or it defines entities.
        """
        parser = self._parser()
        fed = 0
        try:
            with archive.open(part) as stream:
                for piece in unpacking.pieces(cast("BinaryIO", stream), self.label):
                    if b"\0" in piece:  # UTF-16, in which tags could be hidden from one of the two parsers
                        self.refuse()
                    parser.Parse(piece)
                    fed += len(piece)
                    self.check_bounds(tag_bytes=fed - parser.CurrentByteIndex)
            parser.Parse(b"", True)  # noqa: FBT003 - expat knows it by its place alone
        except expat.ExpatError:
            raise damaged_workbook(self.label) from None

    def check_bounds(self, tag_bytes: int) -> None:
        """Refuse what would fill memory; called for each piece of the part, about a megabyte.

        Args:
            tag_bytes: read of a tag that is still open.
        """
        value_characters = sum(map(len, self.pieces))
        if (
            tag_bytes > MAX_TAG_BYTES
            or len(self.around) > MAX_DEPTH
            or value_characters > MAX_VALUE_CHARACTERS
        ):
            self.refuse()

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("UTF-8")  # whatever the part says
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.pieces.append
        parser.StartDoctypeDeclHandler = self.refuse
        parser.CommentHandler = parser.StartCdataSectionHandler = self._refuse_within_value
        parser.ProcessingInstructionHandler = self._refuse_within_value
        return parser

    def _refuse_within_value(self, *_: object) -> None:
        """The loading parser would drop a part of the value: `<v>1<!-- -->2</v>` is 1 to it."""
        if self.around[-1] in VALUE_ELEMENTS:
            self.refuse()


def local_name(name: str) -> str:
    """Return an element's name without the prefix of its namespace."""
    return name.rpartition(":")[2] if ":" in name else name

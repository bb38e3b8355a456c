"""What both kinds of word processor document come to: lines, notes at the end, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from eng5_pipeline.adapters.essays.unreadable import Extracted

HEADER = "header left out: it may hold a name"
FOOTER = "footer left out: it may hold a name"
PROPERTIES = "document properties left out: they may hold a name"
COMMENTS = "comments left out"
PICTURES = "pictures left out"
HIDDEN = "hidden text left out"
CHANGES = "tracked changes read as accepted"
INSERTED_FILE = "an inserted document left out"


class Line(NamedTuple):
    """A paragraph; `runs_on` where its end mark was deleted, so that the next one continues it."""

    text: str
    runs_on: bool = False


@dataclass
class Paragraph:
    """A paragraph while it is read: its pieces in order, and the lines of boxes anchored in it."""

    pieces: list[str] = field(default_factory=list)
    boxes: list[Line] = field(default_factory=list)

    def add(self, piece: str | None) -> None:
        if piece:
            self.pieces.append(piece)


@dataclass
class Findings:
    """What a walk through a document meets beside its text."""

    left_out: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, what: str) -> None:
        self.left_out.setdefault(what)

    def leave_out_text(self, what: str, lines: Iterable[Line]) -> None:
        """`what` is left out, if there is anything to it."""
        if joined(lines).strip():
            self.leave_out(what)

    def whole(self, lines: Iterable[Line]) -> Extracted:
        """The text with its notes under it, a blank line between."""
        notes = ["", *self.notes] if self.notes else []
        return Extracted("\n".join([joined(lines), *notes]), tuple(self.left_out))


def joined(lines: Iterable[Line]) -> str:
    pieces: list[str] = []
    for line in lines:
        pieces += (line.text, "" if line.runs_on else "\n")
    return "".join(pieces[:-1])


def row(cells: Sequence[Iterable[Line]]) -> Line:
    """A table row: its cells with a tab between, a cell of several paragraphs over several lines."""
    return Line("\t".join(joined(cell) for cell in cells))


class Names:
    """Short names such as `w:p` for the namespaces of one format; `` for what is of none of them."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._known: dict[str, str] = {}

    def of(self, element: Element) -> str:
        tag = element.tag
        if tag not in self._known:
            namespace, _, local = tag.lstrip("{").rpartition("}")
            prefix = self._prefixes.get(namespace)
            self._known[tag] = f"{prefix}:{local}" if prefix else ""
        return self._known[tag]

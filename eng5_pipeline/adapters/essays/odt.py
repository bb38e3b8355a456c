"""The text of an .odt as its writer sees it (OASIS OpenDocument 1.3, part 3).

The same rules as for .docx. White space is collapsed as section 6.1.2 says; <text:s> and its like are the
spaces that count. Deleted text stands apart in the document, so that what remains is the text as accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from eng5_pipeline.adapters.essays import document_lines as doc
from eng5_pipeline.adapters.essays.archive import Package
from eng5_pipeline.adapters.essays.document_lines import Findings, Line, Names, Paragraph, row
from eng5_pipeline.adapters.essays.unreadable import Extracted, damaged, encrypted

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMESPACES = {
    **{f"{_ODF}{name}:1.0": name for name in ("office", "text", "table", "style", "meta")},
    f"{_ODF}drawing:1.0": "draw",
    f"{_ODF}svg-compatible:1.0": "svg",
    "http://purl.org/dc/elements/1.1/": "dc",
}
_REPEAT = f"{{{_ODF}text:1.0}}c"
_MOST_SPACES = 10_000
_PARAGRAPHS = frozenset({"text:p", "text:h"})
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_UNSEEN = frozenset(
    {f"text:{name}" for name in ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls")}
    | {f"text:{name}" for name in ("ruby-text", "note-citation", "hidden-text", "hidden-paragraph")}
    | {"office:forms", "office:annotation", "office:annotation-end", "draw:image", "svg:title", "svg:desc"}
)
_HEADERS = frozenset({"style:header", "style:header-left", "style:header-first"})
_FOOTERS = frozenset({"style:footer", "style:footer-left", "style:footer-first"})
_NAMED = frozenset({"dc:creator", "meta:initial-creator", "dc:title", "dc:subject", "dc:description", "meta:keyword"})


def odt_text(data: bytes) -> Extracted:
    """Raises Unreadable."""
    package = Package(data, "OpenDocument")
    if b"encryption-data" in (package.read("META-INF/manifest.xml") or b""):
        raise encrypted()
    content = package.xml("content.xml")
    body = None if content is None else next(_named(content, "office:text"), None)
    if body is None:
        raise damaged("is no OpenDocument text, whatever its name says")
    walk = _Walk()
    lines = list(walk.blocks(body))
    walk.look_beside(package)
    return walk.found.whole(lines)


_name = Names(_NAMESPACES).of


@dataclass
class _Inline(Paragraph):
    """`after_space` is whether the next white space adds nothing."""

    after_space: bool = True

    def collapse(self, text: str | None) -> None:
        """Add raw text: each stretch of white space is one space, none at the beginning."""
        piece = re.sub("[ \t\r\n]+", " ", text or "")
        if self.after_space:
            piece = piece.removeprefix(" ")
        if piece:
            self.add(piece)
            self.after_space = piece.endswith(" ")

    def sign(self, piece: str) -> None:
        self.add(piece)
        self.after_space = False

    def line(self) -> Line:
        text = "".join(self.pieces)
        return Line(text.removesuffix(" ") if self.after_space else text)


class _Walk:
    def __init__(self) -> None:
        self.found = Findings()

    def blocks(self, parent: Element) -> Iterator[Line]:
        for child in parent:
            name = _name(child)
            if name in _PARAGRAPHS:
                yield from self._paragraph(child)
            elif name == "table:table-row":
                cells = [cell for cell in child if _name(cell) in _CELLS]
                yield row([list(self.blocks(cell)) for cell in cells])
            elif self._counts(name, child):
                yield from self.blocks(child)

    def look_beside(self, package: Package) -> None:
        """Note what stands in other parts of the package."""
        styles, meta = package.xml("styles.xml"), package.xml("meta.xml")
        for element in styles.iter() if styles is not None else ():
            if _name(element) in _HEADERS:
                self.found.leave_out_text(doc.HEADER, _Walk().blocks(element))
            elif _name(element) in _FOOTERS:
                self.found.leave_out_text(doc.FOOTER, _Walk().blocks(element))
        for element in meta.iter() if meta is not None else ():
            if _name(element) in _NAMED and (element.text or "").strip():
                self.found.leave_out(doc.PROPERTIES)

    def _paragraph(self, element: Element) -> Iterator[Line]:
        paragraph = _Inline()
        self._inline(element, paragraph)
        yield paragraph.line()
        yield from paragraph.boxes

    def _inline(self, parent: Element, into: _Inline) -> None:
        into.collapse(parent.text)
        for child in parent:
            name = _name(child)
            if name in _INLINE:
                _INLINE[name](self, child, into)
            elif name.startswith("draw:"):
                if self._counts(name, child):
                    into.boxes.extend(self.blocks(child))
            elif self._counts(name, child):
                self._inline(child, into)
            into.collapse(child.tail)

    def _spaces(self, element: Element, into: _Inline) -> None:
        count = element.get(_REPEAT, "1")
        into.sign(" " * (min(int(count), _MOST_SPACES) if count.isdecimal() else 1))

    def _tab(self, element: Element, into: _Inline) -> None:
        into.sign("\t")

    def _break(self, element: Element, into: _Inline) -> None:
        into.sign("\n")

    def _note(self, element: Element, into: _Inline) -> None:
        number = len(self.found.notes) + 1
        self.found.notes.append("")  # its place, for a note may hold another
        self.found.notes[number - 1] = f"[{number}] {doc.joined(self.blocks(element)).strip()}"
        into.sign(f"[{number}]")

    def _counts(self, name: str, element: Element) -> bool:
        """Whether what is inside of an element belongs to the text; says what does not."""
        if name == "office:annotation":
            self.found.leave_out(doc.COMMENTS)
        elif name == "text:tracked-changes" and len(element):
            self.found.leave_out(doc.CHANGES)
        elif name in ("text:hidden-text", "text:hidden-paragraph"):
            self.found.leave_out(doc.HIDDEN)
        elif name == "draw:image":
            self.found.leave_out(doc.PICTURES)
        return name not in _UNSEEN


_INLINE: dict[str, Callable[[_Walk, Element, _Inline], None]] = {
    "text:s": _Walk._spaces,
    "text:tab": _Walk._tab,
    "text:line-break": _Walk._break,
    "text:note": _Walk._note,
}


def _named(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if _name(element) == name)

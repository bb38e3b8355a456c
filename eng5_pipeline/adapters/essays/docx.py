"""The text of a .docx as its writer sees it (ISO/IEC 29500-1, section 17).

Runs are joined as written. A paragraph is a line, a table row is a line with tabs between its cells, a list
item is a line without its bullet or number, a box comes after the paragraph it hangs on. Insertions count,
deletions do not. A footnote is marked [1] and stands at the end. The tree is walked here because python-docx,
which knows runs and hyperlinks, passes over insertions, content controls, fields and boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from eng5_pipeline.adapters.essays import document_lines as doc
from eng5_pipeline.adapters.essays.archive import Package
from eng5_pipeline.adapters.essays.document_lines import Findings, Line, Names, Paragraph, row
from eng5_pipeline.adapters.essays.unreadable import Extracted, damaged

_NAMESPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "urn:schemas-microsoft-com:vml": "v",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp",
}
_PROPERTIES = frozenset({"dc:creator", "cp:lastModifiedBy", "dc:title", "dc:subject", "dc:description", "cp:keywords"})
_UNSEEN = frozenset({"w:pPr", "w:rPr", "w:tblPr", "w:sectPr", "w:sdtPr", "w:instrText", "w:rt"})
_DELETED = frozenset({"w:del", "w:moveFrom"})
_CHANGED = _DELETED | {"w:ins", "w:moveTo"}
_SIGNS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
_TEXTS = frozenset({"w:t", "m:t"})
_NOTES = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
_PICTURES = frozenset({"pic:pic", "v:imagedata"})
_PRIVATE_USE = range(0xE000, 0xF900)


def docx_text(data: bytes) -> Extracted:
    """Raises Unreadable."""
    package = Package(data, "Word")
    main = next((part for kind, part in package.related("") if kind == "officeDocument"), "word/document.xml")
    document = package.xml(main)
    if document is None or _name(document) != "w:document":
        raise damaged("is no Word document, whatever its name says")
    walk = _Walk(package, main)
    lines = list(walk.blocks(document))
    walk.look_beside()
    return walk.found.whole(lines)


_name = Names(_NAMESPACES).of


class _Walk:
    """One pass through a document; notes are numbered as they are met."""

    def __init__(self, package: Package, main: str) -> None:
        self.found = Findings()
        self._package = package
        self._parts = list(package.related(main))
        self._notes: dict[str, dict[str, Element]] = {}

    def blocks(self, parent: Element) -> Iterator[Line]:
        for child in _children(parent):
            name = _name(child)
            if name == "w:p":
                yield from self._paragraph(child)
            elif name == "w:tr":
                yield from self._row(child)
            elif name == "w:altChunk":
                self.found.leave_out(doc.INSERTED_FILE)
            elif self._counts(child, name):
                yield from self.blocks(child)

    def look_beside(self) -> None:
        """Note what stands in other parts of the package."""
        for kind, part in self._parts:
            if kind in ("header", "footer"):
                lines = self._aside(part)
                self.found.leave_out_text(doc.HEADER if kind == "header" else doc.FOOTER, lines)
            elif kind == "comments":
                self.found.leave_out_text(doc.COMMENTS, self._aside(part))
        if any(_is_property(element) for element in self._core()):
            self.found.leave_out(doc.PROPERTIES)

    def _paragraph(self, element: Element) -> Iterator[Line]:
        paragraph = Paragraph()
        self._inline(element, paragraph)
        yield Line("".join(paragraph.pieces), self._mark_is_deleted(element))
        yield from paragraph.boxes

    def _inline(self, parent: Element, into: Paragraph) -> None:
        for child in _children(parent):
            name = _name(child)
            if name in _TEXTS:
                into.add(child.text)
            elif name in _SIGNS:
                into.add(_SIGNS[name])
            elif name in _INLINE:
                _INLINE[name](self, child, into)
            elif self._counts(child, name):
                self._inline(child, into)

    def _run(self, element: Element, into: Paragraph) -> None:
        if any(_is_on(mark) for mark in _at(element, "w:rPr", "w:vanish")):
            self.found.leave_out(doc.HIDDEN)
        else:
            self._inline(element, into)

    def _box(self, element: Element, into: Paragraph) -> None:
        into.boxes.extend(self.blocks(element))

    def _symbol(self, element: Element, into: Paragraph) -> None:
        code = int(_attribute(element, "char") or "0", 16)
        if code and code not in _PRIVATE_USE:
            into.add(chr(code))

    def _note(self, element: Element, into: Paragraph) -> None:
        kind = _NOTES[_name(element)]
        note = self._notes_of(kind).get(_attribute(element, "id") or "")
        if note is None:
            return
        number = len(self.found.notes) + 1
        self.found.notes.append("")  # its place, for a note may hold another
        self.found.notes[number - 1] = f"[{number}] {doc.joined(self.blocks(note)).strip()}"
        into.add(f"[{number}]")

    def _picture(self, element: Element, into: Paragraph) -> None:
        self.found.leave_out(doc.PICTURES)

    def _notes_of(self, kind: str) -> dict[str, Element]:
        if kind not in self._notes:
            trees = [self._package.xml(part) for found, part in self._parts if found == kind]
            notes = [note for tree in trees if tree is not None for note in tree]
            self._notes[kind] = {_attribute(note, "id") or "": note for note in notes}
        return self._notes[kind]

    def _row(self, element: Element) -> Iterator[Line]:
        if any(True for _ in _at(element, "w:trPr", "w:del")):
            self.found.leave_out(doc.CHANGES)
            return
        yield row([list(self.blocks(cell)) for cell in self._cells(element)])

    def _cells(self, parent: Element) -> Iterator[Element]:
        for child in _children(parent):
            name = _name(child)
            if name == "w:tc":
                yield child
            elif self._counts(child, name):
                yield from self._cells(child)

    def _counts(self, element: Element, name: str) -> bool:
        """Whether what is inside of an element belongs to the text."""
        if name in _CHANGED:
            self.found.leave_out(doc.CHANGES)
        if name == "w:sdt" and any(True for _ in _at(element, "w:sdtPr", "w:showingPlcHdr")):
            return False
        return name not in _UNSEEN and name not in _DELETED

    def _mark_is_deleted(self, paragraph: Element) -> bool:
        marks = [mark for kind in _DELETED for mark in _at(paragraph, "w:pPr", "w:rPr", kind)]
        if marks:
            self.found.leave_out(doc.CHANGES)
        return bool(marks)

    def _aside(self, part: str) -> list[Line]:
        tree = self._package.xml(part)
        return [] if tree is None else list(_Walk(self._package, part).blocks(tree))

    def _core(self) -> Iterator[Element]:
        for kind, part in self._package.related(""):
            tree = self._package.xml(part) if kind == "core-properties" else None
            yield from tree if tree is not None else ()


_INLINE: dict[str, Callable[[_Walk, Element, Paragraph], None]] = {
    "w:r": _Walk._run,
    "w:txbxContent": _Walk._box,
    "w:sym": _Walk._symbol,
    **dict.fromkeys(_NOTES, _Walk._note),
    **dict.fromkeys(_PICTURES, _Walk._picture),
}


def _children(parent: Element) -> Iterator[Element]:
    """Those that count once: of two forms of a drawing, which hold the same text, the first is taken."""
    for child in parent:
        if _name(child) == "mc:AlternateContent":
            for form in child[:1]:
                yield from _children(form)
        else:
            yield child


def _at(element: Element, *path: str) -> Iterator[Element]:
    """Descendants reached by a path of short names."""
    for child in element:
        if _name(child) == path[0]:
            if len(path) == 1:
                yield child
            else:
                yield from _at(child, *path[1:])


def _attribute(element: Element, local: str) -> str | None:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == local), None)


def _is_on(mark: Element) -> bool:
    return _attribute(mark, "val") not in ("0", "false", "off")


def _is_property(element: Element) -> bool:
    return _name(element) in _PROPERTIES and bool((element.text or "").strip())

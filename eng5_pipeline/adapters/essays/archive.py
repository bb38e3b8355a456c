"""The zip package that .docx and .odt are, opened so that a hostile one costs little."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from eng5_pipeline.adapters.essays.unreadable import Unreadable, damaged, encrypted

LARGEST_UNPACKED = 64 << 20
"""Bytes that all members of a package may come to."""

_ZIP = b"PK\x03\x04"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Package:
    """The members of a document by name. Raises Unreadable for what is not one, or not a harmless one."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.kind = kind
        if data.startswith(_COMPOUND_FILE):
            raise _compound(data)
        if not data.startswith(_ZIP):
            raise damaged(f"is no {kind} document, whatever its name says")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OverflowError):
            raise damaged(f"is a damaged {kind} document") from None
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self._refuse_harmful()

    def read(self, name: str) -> bytes | None:
        """A whole member, None where there is none of that name."""
        info = self._members.get(name)
        if info is None:
            return None
        # Never more than what was counted, for the size in a header can be a lie.
        data = self._begin(info, info.file_size + 1)
        if len(data) != info.file_size:
            raise damaged(f"is a damaged {self.kind} document")
        return data

    def xml(self, name: str) -> ElementTree.Element | None:
        """A member as a tree without entities, None where there is none of that name."""
        data = self.read(name)
        if data is None:
            return None
        parser = ElementTree.XMLParser(target=_NoDoctype())
        try:
            parser.feed(data)
            root: ElementTree.Element = parser.close()
        except (ElementTree.ParseError, ValueError, LookupError):
            raise damaged(f"is a damaged {self.kind} document") from None
        return root

    def related(self, part: str) -> Iterator[tuple[str, str]]:
        """(last word of the type, member) of each relationship inside the package (ISO/IEC 29500-2, 8.5)."""
        folder, _, name = part.rpartition("/")
        relations = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        for relation in relations if relations is not None else ():
            if relation.get("TargetMode") != "External":
                target = posixpath.join("/", folder, relation.get("Target", ""))
                yield relation.get("Type", "").rpartition("/")[2], posixpath.normpath(target).lstrip("/")

    def _refuse_harmful(self) -> None:
        infos = self._zip.infolist()
        if any(info.flag_bits & 1 for info in infos):
            raise encrypted()
        if sum(info.file_size for info in infos) > LARGEST_UNPACKED:
            raise Unreadable(
                "essay-unpacks-too-large",
                f"unpacks to more than {LARGEST_UNPACKED >> 20} MiB",
                "save it without its large pictures, or as plain text",
            )
        if any(info.compress_type not in _METHODS for info in infos):
            raise damaged(f"is no {self.kind} document that its own program would write")
        if any(self._begin(info, len(_ZIP)) == _ZIP for info in self._members.values()):
            raise Unreadable(
                "essay-nested",
                "holds another packed document",
                "take out what is embedded, or save it as plain text",
            )

    def _begin(self, info: zipfile.ZipInfo, size: int) -> bytes:
        try:
            with self._zip.open(info) as member:
                return member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError):
            raise damaged(f"is a damaged {self.kind} document") from None


class _NoDoctype(ElementTree.TreeBuilder):
    """Without a document type declaration there are no entities, in the document or outside of it."""

    def doctype(self, *_: object) -> None:
        raise Unreadable(
            "essay-outside-entities",
            "declares entities, which may refer to other files",
            "open it in its program and save it again",
        )


def _compound(data: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return encrypted()
    return damaged("is a document of the old binary kind", "save it as .docx")

"""Essays and the other inputs on disk, as the spec names them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from eng5_pipeline.adapters.essays.document_reader import DocumentReader
from eng5_pipeline.adapters.essays.patterns import Pattern
from eng5_pipeline.adapters.essays.search import Search, shown_name
from eng5_pipeline.adapters.essays.text import READERS, extract, extractor
from eng5_pipeline.adapters.essays.unreadable import Extracted, Unreadable
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import ExtractedText, FoundFiles

LARGEST_FILE = 64 << 20
"""Bytes; a document's pictures count here, the limit for its text is the Content Service's."""

REMEMBERED = 64 << 20
"""Characters of extracted text that are kept for a second reading in the same run."""

_PLAIN = (".txt", ".md")


class Remembered:
    """Texts by what they were extracted from, up to a number of characters; the first come stay."""

    def __init__(self, room: int = REMEMBERED) -> None:
        self._room = room
        self._texts: dict[tuple[str, str], Extracted] = {}

    def get(self, extension: str, raw_sha256: str) -> Extracted | None:
        return self._texts.get((extension, raw_sha256))

    def keep(self, extension: str, raw_sha256: str, found: Extracted) -> None:
        if len(found.text) <= self._room:
            self._room -= len(found.text)
            self._texts[extension, raw_sha256] = found


@dataclass(frozen=True)
class EssayFolder:
    """Paths are relative to `folder`, the spec's own. Safe in several threads."""

    folder: Path
    documents: DocumentReader = field(default_factory=DocumentReader)
    remembered: Remembered = field(default_factory=Remembered, repr=False)

    def find(self, patterns: Sequence[str], exclude: Sequence[str], follow_links: bool) -> FoundFiles:
        """Sorted, each once. A pattern may be refused as `essays-not-found` or `essay-outside-folder`."""
        left_out = tuple(Pattern(text) for text in exclude)
        search = Search(self.folder, left_out, follow_links)
        return search.run([Pattern(text) for text in patterns])

    def read(self, path: PurePosixPath) -> ExtractedText:
        data = self._bytes(path)
        raw_sha256 = hashlib.sha256(data).hexdigest()
        extension = path.suffix.lower()
        found = self.remembered.get(extension, raw_sha256)
        if found is None:
            found = self._extract(path, extension, data)
            self.remembered.keep(extension, raw_sha256, found)
        return ExtractedText(found.text, raw_sha256, found.left_out)

    def extractor(self, path: PurePosixPath) -> str:
        return self._extractors[path.suffix.lower()]

    def digest(self, path: PurePosixPath) -> str:
        return hashlib.sha256(self._bytes(path)).hexdigest()

    def text(self, path: PurePosixPath) -> str:
        try:
            return self._bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused(
                "input-undecodable",
                f"{shown_name(path)} is not UTF-8 at byte {error.start}",
                hint="save it again as UTF-8",
            ) from None

    @cached_property
    def _extractors(self) -> dict[str, str]:
        return {extension: extractor(extension) for extension in READERS}

    def _extract(self, path: PurePosixPath, extension: str, data: bytes) -> Extracted:
        read = extract if extension in _PLAIN else self.documents.read
        try:
            return read(extension, data)
        except Unreadable as why:
            raise Refused(why.reference, f"{shown_name(path)} {why.what}", hint=why.hint) from None

    def _bytes(self, path: PurePosixPath) -> bytes:
        place = self.folder / path
        try:
            with place.open("rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                data = file.read(min(size, LARGEST_FILE) + 1)
        except OSError as error:
            raise Refused(
                "input-unreadable",
                f"{shown_name(path)} cannot be read: {error.strerror}",
                hint="put the file there, or mend its name in the spec",
            ) from error
        if size > LARGEST_FILE:
            what = f"{shown_name(path)} has more than {LARGEST_FILE >> 20} MiB"
            raise Refused("essay-too-large", what, hint="save it without its large pictures")
        return data

"""Patterns for files: `*`, `?` and `[…]` within a name, `**` for folders of any depth, a leading `../`.

Names are compared in composed Unicode, for some systems keep them decomposed; extensions in any letter case.
"""

from __future__ import annotations

import posixpath
import unicodedata
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import PurePosixPath

ANY_DEPTH = "**"


@dataclass(frozen=True)
class Pattern:
    """A file pattern relative to the spec's folder, as it was written."""

    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(posixpath.normpath(self.text)).parts

    @property
    def start(self) -> PurePosixPath:
        """Where a search begins: the spec's folder or one above it."""
        return PurePosixPath(*takewhile(lambda part: part == "..", self.parts))

    @property
    def base(self) -> PurePosixPath:
        """The folder that is named without a wildcard."""
        return PurePosixPath(*takewhile(is_plain, self.parts[:-1]))

    def matches(self, path: PurePosixPath) -> bool:
        return _match(self.parts, path.parts)


def is_plain(part: str) -> bool:
    return not set(part) & set("*?[")


def names(part: str, name: str) -> bool:
    """Whether one part of a pattern means a name."""
    return fnmatchcase(_folded(name), _folded(part))


def _match(parts: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if not parts or not path:
        return not parts and not path
    if parts[0] == ANY_DEPTH:
        return _match(parts[1:], path) or _match(parts, path[1:])
    return names(parts[0], path[0]) and _match(parts[1:], path[1:])


def _folded(name: str) -> str:
    stem, dot, extension = unicodedata.normalize("NFC", name).rpartition(".")
    return f"{stem}{dot}{extension.lower()}" if dot else extension

"""Finds the files that patterns name, and says what it passed over."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from eng5_pipeline.adapters.essays.patterns import ANY_DEPTH, Pattern, is_plain, names
from eng5_pipeline.adapters.essays.text import READERS
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import FoundFiles

_TEMPORARY = re.compile(r"~WRL.*|.*~|#.*#|.*\.(tmp|temp|bak|part|crdownload)", re.IGNORECASE)


class _Place(NamedTuple):
    """A folder in a search, with where it and the folders passed on the way to it really are."""

    path: PurePosixPath
    above: frozenset[Path]


@dataclass(frozen=True)
class Search:
    """One search below `folder`, which is where relative patterns begin."""

    folder: Path
    exclude: tuple[Pattern, ...]
    follow_links: bool

    def run(self, patterns: Sequence[Pattern]) -> FoundFiles:
        """A pattern is refused when it finds no essay, or a link leads out."""
        reasons: dict[PurePosixPath, str | None] = {}
        refused: dict[str, Refused] = {}
        for pattern in patterns:
            try:
                reasons.update(self._met(pattern))
            except Refused as why:
                refused[why.what] = why  # several patterns may meet the same link
        paths = sorted((path for path, reason in reasons.items() if reason is None), key=_order)
        passed_over = Counter(reason for reason in reasons.values() if reason)
        return FoundFiles(tuple(paths), dict(sorted(passed_over.items())), tuple(refused.values()))

    def _met(self, pattern: Pattern) -> dict[PurePosixPath, str | None]:
        met = {path: self._why_not(path) for path in self._files(pattern)}
        if not any(reason is None for reason in met.values()):
            raise self._nothing(pattern, Counter(reason for reason in met.values() if reason))
        return met

    def _files(self, pattern: Pattern) -> Iterator[PurePosixPath]:
        here = _real(self.folder)
        allowed = (here, Path(os.path.normpath(here / pattern.base)))
        start = _Place(pattern.start, frozenset({_real(self.folder / pattern.start)}))
        for path in self._below(start, pattern.parts[len(pattern.start.parts) :], allowed):
            _refuse_undecodable(path)
            self._refuse_link_out(path, allowed)
            yield path

    def _below(self, place: _Place, parts: tuple[str, ...], allowed: tuple[Path, ...]) -> Iterator[PurePosixPath]:
        """What `parts` mean below a folder; a file more than once where there are several `**`."""
        part, rest = parts[0], parts[1:]
        for entry in _listed(self.folder / place.path, place.path):
            path = place.path / entry.name
            if not _is_folder(entry):
                yield from [path] if not rest and names(part, entry.name) else []
            elif rest and (part == ANY_DEPTH or names(part, entry.name)):
                below = self._entered(place, path, part, allowed)
                if below is not None:
                    yield from self._below(below, parts if part == ANY_DEPTH else rest, allowed)
        if part == ANY_DEPTH:
            yield from self._below(place, rest, allowed)

    def _entered(self, place: _Place, path: PurePosixPath, part: str, allowed: tuple[Path, ...]) -> _Place | None:
        """A folder that is searched: a hidden one or a link only where the pattern spells it out.

        With `follow_links` also a link that a wildcard means, unless it leads round to a folder above.
        """
        is_link = (self.folder / path).is_symlink()
        if is_link:
            self._refuse_link_out(path, allowed)
        if not is_plain(part) and (path.name.startswith(".") or (is_link and not self.follow_links)):
            return None
        real = _real(self.folder / path)
        return None if real in place.above else _Place(path, place.above | {real})

    def _why_not(self, path: PurePosixPath) -> str | None:
        name = path.name
        if self._is_excluded(path):
            return "excluded"
        if name.startswith(("~$", ".~lock.")):
            return "lock file"
        if name.startswith("."):
            return "hidden file"
        if _TEMPORARY.fullmatch(name):
            return "temporary file"
        if path.suffix.lower() not in READERS:
            return f"not an essay format ({path.suffix.lower() or 'no extension'})"
        return None if (self.folder / path).is_file() else "not a regular file"

    def _is_excluded(self, path: PurePosixPath) -> bool:
        return any(pattern.matches(path) for pattern in self.exclude)

    def _refuse_link_out(self, path: PurePosixPath, allowed: tuple[Path, ...]) -> None:
        if self.follow_links or self._is_excluded(path):
            return
        real = _real(self.folder / path)
        if not any(real.is_relative_to(root) for root in allowed):
            raise Refused(
                "essay-outside-folder",
                f"{shown_name(path)} is a link that leaves the spec's folder",
                hint="put the file itself there, exclude it, or set follow_links: true",
            )

    def _nothing(self, pattern: Pattern, passed_over: Counter[str]) -> Refused:
        if not (self.folder / pattern.base).is_dir():
            return not_found(f"there is no folder {pattern.base}, which {pattern.text} names")
        beside = ", ".join(f"{count} {reason}" for reason, count in sorted(passed_over.items()))
        return not_found(f"no essay matches {pattern.text}" + (f"; passed over: {beside}" if beside else ""))


def not_found(what: str) -> Refused:
    return Refused(
        "essays-not-found",
        what,
        hint="add essays (.txt .md .docx .pdf .odt) there, or mend essays.…files in the spec",
    )


def shown_name(path: PurePosixPath) -> str:
    """A path as a message may show it, whatever its bytes are."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(path))


def _refuse_undecodable(path: PurePosixPath) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise Refused(
            "essay-name-undecodable",
            f"the name {shown_name(path)} is not UTF-8",
            hint="rename the file",
        ) from None


def _real(path: Path) -> Path:
    """Without links; a link that leads round to itself stays as it is."""
    return Path(os.path.realpath(path))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _listed(folder: Path, place: PurePosixPath) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise not_found(f"the folder {shown_name(place)} cannot be read: {error.strerror}") from error


def _order(path: PurePosixPath) -> tuple[str, str]:
    return unicodedata.normalize("NFC", str(path)), str(path)

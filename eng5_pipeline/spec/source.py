"""The text of a spec: decoded, what cannot stand in it found, its lines shown without harm and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.rules import printable
from eng5_pipeline.spec.secrets import MASK, blank

LARGEST = 1024 * 1024
"""Bytes. A spec of real use has some two thousand."""

MOST_BAD_LINES = 20
"""More lines that cannot stand in a text mean that the file is none, such as a .docx."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BREAK = re.compile("\r\n|\n|\r")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


@dataclass(frozen=True)
class Mistake:
    """A problem before it has a file and a line to show."""

    at: Position
    where: str
    what: str
    instead: str


@dataclass(frozen=True)
class Span:
    """From a position up to, not including, another."""

    start: Position
    end: Position


class Unreadable(Exception):
    """The bytes cannot be taken as a text at all."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.mistake = Mistake(Position(1, 1), "", what, instead)


def split_lines(text: str) -> tuple[str, ...]:
    return tuple(_BREAK.split(text))


def decode(raw: bytes) -> tuple[str, list[Mistake]]:
    """The text without its byte-order mark, and a mistake for each line that is not UTF-8."""
    if len(raw) > LARGEST:
        raise Unreadable(
            f"the file has more than {LARGEST} bytes", "a spec; essays and prompts have files of their own"
        )
    if raw.startswith(_UTF16):
        raise Unreadable("the file is UTF-16", "save it as UTF-8")
    text = raw.decode("utf-8-sig", errors="surrogateescape")
    mistakes = [
        Mistake(Position(number, bad.start() + 1), "", "a byte that is not UTF-8", "save the file as UTF-8")
        for number, line in enumerate(split_lines(text), 1)
        if (bad := re.search("[\udc80-\udcff]", line))
    ]
    if len(mistakes) > MOST_BAD_LINES:
        raise Unreadable("the file is not a text", "the path of a spec")
    return re.sub("[\udc80-\udcff]", "\ufffd", text), mistakes


def mend(text: str) -> tuple[str, list[Mistake]]:
    """The text with what YAML cannot carry replaced, column for column, and a mistake for each such line."""
    lines = split_lines(text)
    forbidden = list(_forbidden(lines))
    if len(forbidden) > MOST_BAD_LINES:
        raise Unreadable("the file is not a text", "the path of a spec")
    mistakes = [*_tabs(lines), *forbidden]
    return "\n".join(_FORBIDDEN.sub("\ufffd", line).replace("\t", " ") for line in lines), mistakes


def _tabs(lines: Sequence[str]) -> Iterator[Mistake]:
    for number, line in enumerate(lines, 1):
        column = _COMMENT.sub("", line).find("\t") + 1
        if column:
            yield Mistake(Position(number, column), "", "a tab character", "spaces; within double quotes, \\t")


def _forbidden(lines: Sequence[str]) -> Iterator[Mistake]:
    for number, line in enumerate(lines, 1):
        found = _FORBIDDEN.search(line)
        if found:
            what = f"a character that YAML forbids, U+{ord(found[0]):04X}"
            yield Mistake(Position(number, found.start() + 1), "", what, "the line without it")


def comments(lines: Sequence[str]) -> Iterator[tuple[Position, str]]:
    """Every stretch of a line that may be a comment; quotes are not looked at."""
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line)
        if found:
            yield Position(number, found.start() + 1), found[0]


def shown(lines: Sequence[str], hidden: Sequence[Span]) -> tuple[str, ...]:
    """The lines as a person may see them: secrets masked, unprintable characters replaced, columns kept."""
    masked = [blank(line) for line in lines]
    for span in hidden:
        for number in range(span.start.line, min(span.end.line, len(masked)) + 1):
            line = masked[number - 1]
            first = span.start.column - 1 if number == span.start.line else 0
            last = span.end.column - 1 if number == span.end.line else len(line)
            masked[number - 1] = line[:first] + MASK * (min(last, len(line)) - first) + line[last:]
    return tuple(printable(_FORBIDDEN.sub("\ufffd", line)) for line in masked)

"""What stands on a page: its tables, its blocks of code, its links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.docs.blocks import DOCS

ROOT: Final = DOCS.parent
FENCE: Final = re.compile(r"(?ms)^```(\S*)\n(.*?)^```")
NAME: Final = re.compile(r"`([^`]+)`")
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"(?m)^#+ (.+)$")


def read(page: str) -> str:
    """A page of docs/, by its path there."""
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, head: str = "") -> list[list[str]]:
    """The cells of every table, or of those whose first cell of the head is this; heads and rules left out."""
    found: list[list[str]] = []
    lines = [line.strip() for line in FENCE.sub("", read(page)).splitlines()]
    wanted = False
    for before, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").replace("\\|", "\0").split("|")]
        if not before.startswith("|"):
            wanted = not head or cells[0] == head
        elif wanted and set(line) - set("|- "):
            found.append([cell.replace("\0", "|") for cell in cells])
    return found


def names(cells: list[str] | str) -> list[str]:
    """What stands in backticks."""
    return NAME.findall(cells if isinstance(cells, str) else " ".join(cells))


def first_names(page: str, head: str) -> list[str]:
    """The names in the first cells of a table."""
    return [name for cells in rows(page, head) for name in names(cells[0])]


def blocks(page: str, kind: str) -> list[str]:
    return [text for found, text in FENCE.findall(read(page)) if found == kind]


def links(path: Path) -> Iterator[str]:
    yield from LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))


def anchors(path: Path) -> set[str]:
    """The names under which headings can be linked to."""
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}

"""How names, amounts and times are put for a person. Imports nothing beyond the standard library."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

LONGEST_LABEL = 40
LONGEST_NAME = 48

# Letters are joined by these in some scripts, but in a terminal they hide text or turn its direction.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text on one line, with whatever a terminal would obey or hide written as an escape.

    Control characters and with them ANSI codes, marks of direction, zero-width characters, line separators,
    bytes that are no character.
    """
    return "".join(_escaped(char) if unicodedata.category(char) in _INVISIBLE else char for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def cut(text: str, longest: int) -> str:
    """Made visible, and at most so many characters of it."""
    shown = visible(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def label(text: str) -> str:
    return cut(text, LONGEST_LABEL)


def seconds(value: float) -> str:
    """0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def usd(amount: Decimal | float | str) -> str:
    """Exact where the amount is; never rounded to nothing."""
    exact = Decimal(str(amount)).normalize()
    places = max(2, -int(exact.as_tuple().exponent)) if exact else 2
    return f"${exact:.{places}f}"


def count(number: int, thing: str, things: str | None = None) -> str:
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def near(path: Path, here: Path) -> str:
    """A path as one would type it from `here`."""
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return visible(str(shown))


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines of columns. Numbers stand to the right, everything else to the left."""
    shown = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(head, *shown, strict=True)]
    right = [bool(column) and all(_is_number(cell) for cell in column) for column in _columns(len(head), shown)]
    return [_row(row, widths, right) for row in (head, *shown)]


def _columns(count: int, rows: list[tuple[str, ...]]) -> list[list[str]]:
    return [[row[index] for row in rows] for index in range(count)]


def _is_number(cell: str) -> bool:
    return cell in ("", "-") or cell.lstrip("-+$").replace(".", "", 1).isdecimal()


def _row(cells: tuple[str, ...], widths: list[int], right: list[bool]) -> str:
    placed = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(placed).rstrip()

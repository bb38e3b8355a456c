"""JSON for programs that a person may have before their eyes: nothing in it is obeyed by a terminal.

JSON itself escapes control characters up to U+001F alone, not those above, nor marks that turn the direction of text.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Final

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def json_lines(value: object) -> list[str]:
    """On several lines, indented."""
    return harmless(json.dumps(value, indent=2, ensure_ascii=False))


def harmless(text: str) -> list[str]:
    """The lines of what is JSON already."""
    return [_shown(line) for line in text.split("\n")]


def json_line(value: object, default: Callable[[object], object]) -> str:
    """On one line; `default` makes JSON of what is none."""
    return _shown(json.dumps(value, ensure_ascii=False, default=default))


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(json.dumps(char)[1:-1] if unicodedata.category(char) in _HIDDEN else char for char in line)

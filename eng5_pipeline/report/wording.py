"""Numbers in sentences."""

from __future__ import annotations


def count(number: int, thing: str, things: str | None = None) -> str:
    return f"{number} {thing if number == 1 else things or thing + 's'}"

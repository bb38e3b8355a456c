"""JSON as it is written: piece by piece, with decimal numbers digit for digit.

A document has its sections, their members and the entries of their lists on lines of their own, so that it can be read
and searched by eye; what lies deeper stands on one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | Decimal | bool | None"
Section: TypeAlias = "Json | Iterator[Json]"
Members: TypeAlias = Iterable[tuple[str, "Section"]]

_DEPTH_ON_LINES = 2


def document(members: Members, last: tuple[str, Json]) -> Iterator[bytes]:
    """An object of these members and a last one; the chunk that holds the last one and the end is the last chunk."""
    opening = "{\n "
    for key, value in members:
        yield _bytes(f"{opening}{encode(key)}: ")
        yield from map(_bytes, _on_lines(value, 1))
        opening = ",\n "
    name, value = last
    yield _bytes(f"{opening}{encode(name)}: {''.join(_on_lines(value, 1))}\n}}\n")


def encode(value: Json) -> str:
    """On one line. Floats and decimals are finite here."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, int | Decimal):
        return str(value)  # of a decimal every digit; scientific notation is JSON too
    if isinstance(value, Mapping):
        members = [f"{encode_basestring(key)}: {encode(member)}" for key, member in value.items()]
        return "{" + ", ".join(members) + "}"
    return "[" + ", ".join(map(encode, value)) + "]"


def _on_lines(value: Section, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and depth <= _DEPTH_ON_LINES:
        parts = (f"{encode(key)}: {''.join(_on_lines(member, depth + 1))}" for key, member in value.items())
        yield from _enclosed("{", parts, "}", depth)
    elif isinstance(value, Iterator) or (isinstance(value, list | tuple) and depth <= _DEPTH_ON_LINES):
        yield from _enclosed("[", map(encode, value), "]", depth)
    else:
        yield encode(value)


def _enclosed(opening: str, parts: Iterator[str], closing: str, depth: int) -> Iterator[str]:
    empty = True
    for part in parts:
        yield f"{opening if empty else ','}\n{' ' * (depth + 1)}{part}"
        empty = False
    yield opening + closing if empty else f"\n{' ' * depth}{closing}"


def _bytes(text: str) -> bytes:
    """A lone surrogate, as of a file name that is not UTF-8, becomes the escape that JSON has for it."""
    return text.encode("utf-8", "backslashreplace")

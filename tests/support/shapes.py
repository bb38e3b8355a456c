"""The shape of a JSON value: every path in it, and what kinds of values stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

KINDS = (
    ("uuid", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("sha256", re.compile(r"[0-9a-f]{64}")),
    ("storage id", re.compile(r"[0-9a-f]{32}")),
    ("time in UTC", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")),
    ("time with offset", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d")),
    ("time without zone", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")),
    ("job id", re.compile(r"\d+")),
)

Shape = dict[str, set[str]]


def shape(values: Iterable[bytes | str]) -> Shape:
    """Of all these JSON texts together; the paths in the order in which they first stand."""
    found: Shape = {}
    for text in values:
        for path, kind in _walk(json.loads(text), ""):
            found.setdefault(path, set()).add(kind)
    return found


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            yield path, "object"
            for name, part in value.items():
                yield from _walk(part, f"{path}.{name}")
        case list():
            yield path, "array"
            for part in value:
                yield from _walk(part, f"{path}[]")
        case str():
            yield path, next((kind for kind, pattern in KINDS if pattern.fullmatch(value)), "text")
        case _:
            yield path, type(value).__name__


def words(values: Iterable[bytes | str]) -> dict[str, set[object]]:
    """The texts and numbers that stand at each path, but for ids and times."""
    found: dict[str, set[object]] = {}
    for text in values:
        for path, value in _leaves(json.loads(text), ""):
            kept = found.setdefault(path, set())
            if not isinstance(value, str) or not any(pattern.fullmatch(value) for _, pattern in KINDS):
                kept.add(value)
    return found


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for name, part in value.items():
                yield from _leaves(part, f"{path}.{name}")
        case list():
            for part in value:
                yield from _leaves(part, f"{path}[]")
        case _:
            yield path, value

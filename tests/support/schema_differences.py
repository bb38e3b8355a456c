"""What one JSON Schema says that another does not, one line for each difference; annotations are passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ANNOTATIONS = frozenset({"title", "description"})


def differences(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """`path: old -> new` for what changed, `path: added`, `path: removed`; lists of words are compared as sets."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_mappings(before, after, where)
    elif _words(before) is not None and _words(after) is not None:
        yield from _of_words(_words(before) or set(), _words(after) or set(), where)
    elif before != after:
        yield f"{where}: {before} -> {after}"


def _of_mappings(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[str]:
    schemas_by_name = where.endswith(("properties", "definitions"))
    passed_over = frozenset() if schemas_by_name else ANNOTATIONS
    for key in sorted((before.keys() | after.keys()) - passed_over):
        path = f"{where}.{key}" if where else key
        if key not in after:
            yield f"{path}: removed"
        elif key not in before:
            yield f"{path}: added"
        else:
            yield from differences(before[key], after[key], path)


def _words(value: Any) -> set[Any] | None:
    if isinstance(value, str):
        return {value}
    return set(value) if isinstance(value, list) and all(isinstance(word, str) for word in value) else None


def _of_words(before: set[Any], after: set[Any], where: str) -> Iterator[str]:
    changes = [*(f"-{word}" for word in sorted(before - after)), *(f"+{word}" for word in sorted(after - before))]
    if changes:
        yield f"{where}: {' '.join(changes)}"

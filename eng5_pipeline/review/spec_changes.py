"""What differs between the values of two specs; layout, comments and the order of keys do not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from eng5_pipeline.domain.value import Value
from eng5_pipeline.review.risks import risk
from eng5_pipeline.spec.dump import Json, inline, plain
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.shape import leaves

LONGEST: Final = 100

_ABSENT_OR: Final[Mapping[str, tuple[str, str]]] = {
    "judge": ("CJ's own", "overrides for this batch"),
    "essays.anchors": ("not named", "named"),
}
"""The sections that may be absent as a whole, and how their being absent and there is put."""


class Change(Value):
    """One thing that is not as it was: `told` in a line, `risk` why it must not be passed over."""

    where: str
    before: JsonValue
    after: JsonValue
    told: str
    risk: str | None


def value_changes(before: RunSpec, after: RunSpec) -> tuple[Change, ...]:
    """In the order of the model; empty exactly where the two are equal."""
    old, new = dict(_values(plain(before))), dict(_values(plain(after)))
    found = (_change(key, old.get(key), new.get(key)) for key in _keys() if old.get(key) != new.get(key))
    return tuple(found)


def _keys() -> Iterator[str]:
    """Every key, a section that may be absent before what is in it."""
    told = set[str]()
    for path in leaves():
        for section in _ABSENT_OR.keys() - told:
            if ".".join(path).startswith(f"{section}."):
                told.add(section)
                yield section
        yield ".".join(path)


def _values(data: Json, above: str = "") -> Iterator[tuple[str, Json]]:
    """By dotted key; a section that may be absent is told by how that is put."""
    for name, value in data.items() if isinstance(data, dict) else ():
        key = f"{above}{name}"
        if key in _ABSENT_OR:
            yield key, _ABSENT_OR[key][value is not None]
        elif not isinstance(value, dict):
            yield key, value
        yield from _values(value, f"{key}.")


def _change(key: str, before: Json, after: Json) -> Change:
    return Change(
        where=key, before=before, after=after, told=f"{key} {_told(before, after)}", risk=risk(key, before, after)
    )


def _told(before: Json, after: Json) -> str:
    if isinstance(before, list) and isinstance(after, list):
        gone = [f"-{shown(item)}" for item in before if item not in after]
        new = [f"+{shown(item)}" for item in after if item not in before]
        return " ".join([*gone, *new]) or "in another order"
    return f"{shown(before)} -> {shown(after)}"


def shown(value: Json) -> str:
    text = "none" if value is None else value if isinstance(value, str) else inline(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

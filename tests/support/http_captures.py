"""The captured HTTP exchanges, and what it means that two answers agree.

Ids, uuids and times differ from run to run. They agree where they have the same form and where each captured
id stands for one id of the other side throughout a conversation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FOLDER = Path(__file__).parents[1] / "contracts" / "captures"
SETS = {"as-is": FOLDER / "http", "repaired": FOLDER / "http_repaired"}

TOKEN = re.compile(
    r"(?P<id>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|\b[0-9a-fA-F]{32}\b)"
    r"|(?P<rfc822>\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)"
    r"|(?P<iso8601>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00)"
)
NUMBERED = {"id", "anchor_id"}
VARYING_HEADERS = {"date", "content-length"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> object:
        return json.loads(self.text)

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type") == "application/json"


@dataclass(frozen=True)
class Exchange:
    name: str
    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    answer: Answer


class Target(Protocol):
    """Something that answers the requests of a conversation, in order."""

    def ask(self, exchange: Exchange, ids: Ids) -> Answer: ...


@dataclass
class Ids:
    """Which id of ours stands for which captured one; one to one."""

    ours: dict[str, str] = field(default_factory=dict)
    captured: dict[str, str] = field(default_factory=dict)

    def agree(self, captured: str, ours: str) -> bool:
        if captured.isupper() != ours.isupper():
            return False
        captured, ours = captured.lower(), ours.lower()
        return self.ours.setdefault(captured, ours) == ours and self.captured.setdefault(ours, captured) == captured

    def translate(self, text: str) -> str:
        """A captured text with our ids in it; what is not known yet stays."""
        return TOKEN.sub(lambda found: self._translated(found.group()), text)

    def _translated(self, captured: str) -> str:
        ours = self.ours.get(captured.lower(), captured)
        return ours.upper() if captured.isupper() else ours


def read_set(face: str) -> list[Exchange]:
    """In the order they were captured."""
    return [_exchange(json.loads(path.read_text("utf-8"))) for path in sorted(SETS[face].glob("*.json"))]


def _exchange(raw: dict[str, dict[str, object]]) -> Exchange:
    asked, answered = raw["request"], raw["response"]
    return Exchange(
        name=str(raw["name"]),
        service=str(raw["service"]),
        method=str(asked["method"]),
        path=str(asked["path"]),
        headers=dict(asked["headers"]),  # type: ignore[call-overload]
        body=str(asked["body_text"]),
        answer=Answer(
            status=int(str(answered["status"])),
            headers=dict(answered["headers"]),  # type: ignore[call-overload]
            text=str(answered["body_text"]),
        ),
    )


def disagreements(captured: Answer, ours: Answer, ids: Ids, excepted: Mapping[str, str]) -> list[str]:
    """What differs, a line each; `excepted` maps a place in the body (`error.stack_trace`) to a reason."""
    return [
        *_differ("status", captured.status, ours.status),
        *_headers(captured.headers, ours.headers),
        *_bodies(captured, ours, ids, excepted),
    ]


def _differ(where: str, captured: object, ours: object) -> list[str]:
    return [] if captured == ours else [f"{where}: captured {captured!r}, ours {ours!r}"]


def _headers(captured: Mapping[str, str], ours: Mapping[str, str]) -> Iterator[str]:
    yield from _differ("header names", sorted(captured), sorted(ours))
    for name in sorted(captured.keys() & ours.keys() - VARYING_HEADERS):
        yield from _differ(name, captured[name], ours[name])


def _bodies(captured: Answer, ours: Answer, ids: Ids, excepted: Mapping[str, str]) -> Iterator[str]:
    if captured.is_json and ours.is_json:
        yield from _values("", captured.json, ours.json, ids, excepted)
    else:
        yield from _differ("body", captured.text, ours.text)


def _values(where: str, captured: object, ours: object, ids: Ids, excepted: Mapping[str, str]) -> Iterator[str]:
    if type(captured) is not type(ours):
        yield f"{where}: captured {type(captured).__name__}, ours {type(ours).__name__}"
    elif where in excepted:
        return
    elif isinstance(captured, dict) and isinstance(ours, dict):
        yield from _objects(where, captured, ours, ids, excepted)
    elif isinstance(captured, list) and isinstance(ours, list):
        yield from _differ(f"{where} length", len(captured), len(ours))
        for index, pair in enumerate(zip(captured, ours, strict=False)):
            yield from _values(f"{where}[{index}]", *pair, ids, excepted)
    elif isinstance(captured, str) and isinstance(ours, str):
        yield from _texts(where, captured, ours, ids)
    else:
        yield from _differ(where, captured, ours)


def _objects(
    where: str, captured: dict[str, object], ours: dict[str, object], ids: Ids, excepted: Mapping[str, str]
) -> Iterator[str]:
    yield from _differ(f"{where or 'body'} keys", sorted(captured), sorted(ours))
    for key in sorted(captured.keys() & ours.keys()):
        place = f"{where}.{key}".lstrip(".")
        if key in NUMBERED and type(captured[key]) is type(ours[key]) is int:
            kind = "anchor" if "anchor_label" in captured or key == "anchor_id" else "instructions"
            yield from _numbers(place, f"{kind} {captured[key]}", f"{kind} {ours[key]}", ids)
        else:
            yield from _values(place, captured[key], ours[key], ids, excepted)


def _numbers(where: str, captured: str, ours: str, ids: Ids) -> Iterator[str]:
    if not ids.agree(captured, ours):
        yield f"{where}: captured {captured} is not our {ours}"


def _texts(where: str, captured: str, ours: str, ids: Ids) -> Iterator[str]:
    yield from _differ(where, _shape(captured), _shape(ours))
    pairs = zip(_ids(captured), _ids(ours), strict=False)
    yield from (f"{where}: {a} is not our {b}" for a, b in pairs if not ids.agree(a, b))


def _shape(text: str) -> str:
    """The text with the kind of each id and time in its place."""
    return TOKEN.sub(lambda found: f"<{found.lastgroup}>", text)


def _ids(text: str) -> list[str]:
    return [found.group("id") for found in TOKEN.finditer(text) if found.group("id")]

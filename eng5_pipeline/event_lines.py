"""The lines of events.jsonl and quarantine.jsonl.

An event line holds a record's place and its value, verbatim, as a JSON string. A position line holds the next offsets
of every partition that is read, so that hours of other batches' records are not read again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.errors import MachineFailed


def event_line(record: Record) -> bytes:
    return _dump({**_place(record), **_text("key", record.key), **_text("value", record.value), **_headers(record)})


def quarantine_line(record: Record, reason: str) -> bytes:
    return _dump(
        {**_place(record), "reason": reason, **_text("key", record.key), **_text("value", record.value)}
        | _headers(record)
    )


def position_line(offsets: Offsets, at: datetime) -> bytes:
    return _dump({"positions": offsets.model_dump(mode="json")["next"], "at": at.isoformat()})


def iterate(path: Path) -> Iterator[Record | Offsets]:
    """Every whole line in order, in flat memory; nothing where there is no file."""
    if not path.exists():
        return
    with told_as_unreadable(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                yield _parse(path, number, line)


def iterate_events(path: Path) -> Iterator[Record]:
    return (line for line in iterate(path) if isinstance(line, Record))


def _parse(path: Path, number: int, line: bytes) -> Record | Offsets:
    try:
        data = from_json(line)
        if "positions" in data:
            return Offsets.model_validate({"next": data["positions"]})
        return Record(
            topic=data["topic"],
            partition=data["partition"],
            offset=data["offset"],
            timestamp_ms=data["timestamp"],
            key=_bytes(data, "key"),
            value=_bytes(data, "value"),
            headers=tuple((name, base64.b64decode(value)) for name, value in data.get("headers", ())),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise MachineFailed(
            "events-damaged", f"{path}:{number} is not an event line", hint="restore the file from a backup"
        ) from error


def _place(record: Record) -> dict[str, Any]:
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
    }


def _text(name: str, value: bytes | None) -> dict[str, str | None]:
    if value is None:
        return {name: None}
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value).decode("ascii")}


def _bytes(data: dict[str, Any], name: str) -> bytes | None:
    if f"{name}_base64" in data:
        return base64.b64decode(data[f"{name}_base64"])
    value = data[name]
    return None if value is None else str(value).encode()


def _headers(record: Record) -> dict[str, list[list[str]]]:
    if not record.headers:
        return {}
    return {"headers": [[name, base64.b64encode(value).decode("ascii")] for name, value in record.headers]}


def _dump(data: dict[str, Any]) -> bytes:
    return to_json(data)  # half the time of the standard library's, which was a fifth of taking an event in

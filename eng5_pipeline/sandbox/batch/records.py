"""Kafka records of the embedded stack: the envelope they share, and how times are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

JsonValue: TypeAlias = "str | int | float | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
Json: TypeAlias = "Mapping[str, JsonValue]"
Source = Literal["cj_assessment_service", "llm_provider_service"]


@dataclass(frozen=True)
class Record:
    """`partition` None leaves the choice to the key, or to chance where there is none."""

    topic: str
    key: str | None
    value: bytes | None
    partition: int | None = None


@dataclass(frozen=True)
class Pause:
    """Nothing happens for so many seconds; what follows is composed after it."""

    seconds: float


Happening: TypeAlias = Record | Pause


@dataclass(frozen=True)
class Pen:
    """Where the ids and times of composed records come from."""

    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def now(self) -> str:
        return zulu(self.clock())

    def envelope(
        self, event_type: str, source: Source, correlation_id: str, data: Json, metadata: Json | None
    ) -> bytes:
        return json.dumps(
            {
                "event_id": self.new_id(),
                "event_type": event_type,
                "event_timestamp": self.now(),
                "source_service": source,
                "schema_version": 1,
                "correlation_id": correlation_id,
                "data_schema_uri": None,
                "data": data,
                "metadata": metadata,
            },
        ).encode("utf-8")


def zulu(moment: datetime) -> str:
    """UTC to the microsecond, ending in Z."""
    return naive(moment) + "Z"


def naive(moment: datetime) -> str:
    """UTC to the microsecond, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")

"""The kept events of a run, on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from eng5_pipeline import event_lines
from eng5_pipeline.domain.positions import Offsets, Record
from eng5_pipeline.durable import LineFile


class RunEventFile:
    """Opened when first used, so that a run that never waits has no empty files."""

    def __init__(self, events: Path, quarantine: Path, now: Callable[[], datetime]) -> None:
        self._events_path, self._quarantine_path = events, quarantine
        self._now = now
        self._events: LineFile | None = None
        self._quarantine: LineFile | None = None

    def replay(self, each: Callable[[Record], None]) -> Offsets:
        self._open_events()  # cuts a torn tail
        following: dict[str, dict[int, int]] = defaultdict(dict)
        for line in event_lines.iterate(self._events_path):
            if isinstance(line, Record):
                each(line)
                after = following[line.topic]
                after[line.partition] = max(after.get(line.partition, 0), line.offset + 1)
            else:
                for topic, partitions in line.next.items():
                    following[topic].update(partitions)
        return Offsets(next=dict(following))

    def keep(self, own: Sequence[Record], offsets: Offsets) -> None:
        """Events and the position after them in one write and one flush."""
        lines = [event_lines.event_line(record) for record in own]
        lines.append(event_lines.position_line(offsets, self._now()))
        self._open_events().append(lines)

    def put_aside(self, records: Sequence[tuple[Record, str]]) -> None:
        if not records:
            return
        if self._quarantine is None:
            self._quarantine = LineFile(self._quarantine_path)
        self._quarantine.append(event_lines.quarantine_line(record, reason) for record, reason in records)

    def put_aside_so_far(self) -> int:
        places = {(r.topic, r.partition, r.offset) for r in event_lines.iterate_events(self._quarantine_path)}
        return len(places)

    def _open_events(self) -> LineFile:
        if self._events is None:
            self._events = LineFile(self._events_path)
        return self._events

"""Kafka in memory, as the stages see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Cluster, Gap, Offsets, Receipt, Record
from eng5_pipeline.errors import OutcomeUnknown, ServiceFailed
from tests.support.clock import FakeClock

ALL = (topics.REQUEST, *topics.RESULTS)

Place = tuple[str, int]  # topic and partition
Headers = Sequence[tuple[str, bytes]]


@dataclass
class FakeBus:
    """Two partitions a topic. `on_publish` plays the platform, `loses_…` the network."""

    clock: FakeClock
    cluster_id: str = "cluster-1"
    topic_ids: dict[str, str] = field(default_factory=dict)
    records: dict[Place, list[Record]] = field(default_factory=dict)
    first: dict[Place, int] = field(default_factory=dict)
    on_publish: Callable[[FakeBus, bytes], None] = lambda bus, value: None
    loses_acknowledgement: bool = False
    loses_record: bool = False
    silent: bool = False
    largest_message: int = 1_000_000
    sends: list[bytes] = field(default_factory=list)
    later: list[tuple[float, str, bytes, int]] = field(default_factory=list)
    withheld: dict[Place, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for topic in ALL:
            for partition in range(2):
                self.records.setdefault((topic, partition), [])

    def put(
        self, topic: str, value: bytes, partition: int = 0, key: bytes | None = None, headers: Headers = ()
    ) -> Receipt:
        offset = self.end((topic, partition))
        timestamp = int(self.clock.now().timestamp() * 1000)
        self.records[topic, partition].append(Record(topic, partition, offset, timestamp, key, value, tuple(headers)))
        return Receipt(topic=topic, partition=partition, offset=offset)

    def end(self, place: Place) -> int:
        return self.first.get(place, 0) + len(self.records[place])

    def put_after(self, seconds: float, topic: str, value: bytes, partition: int = 0) -> None:
        self.later.append((self.clock.monotonic() + seconds, topic, value, partition))

    def withhold(self, seconds: float, topic: str, partition: int) -> None:
        """Readers see where this partition ends, and are given none of it for so long."""
        self.withheld[topic, partition] = self.clock.monotonic() + seconds

    def gives(self, place: Place) -> bool:
        return self.withheld.get(place, 0.0) <= self.clock.monotonic()

    def make_anew(self, topic: str) -> None:
        self.topic_ids[topic] = f"another {topic}"
        for place in [place for place in self.records if place[0] == topic]:
            self.records[place], self.first[place] = [], 0

    def expire(self, topic: str, partition: int, before: int | None = None) -> None:
        """Retention passes everything before this offset, else everything that is there."""
        place = topic, partition
        first, end = self.first.get(place, 0), self.end(place)
        self.first[place] = end if before is None else before
        del self.records[place][: self.first[place] - first]

    def check(self, writes: str, reads: Sequence[str], largest_message: int) -> None:
        missing = [topic for topic in (writes, *reads) if (topic, 0) not in self.records]
        if missing:
            raise ServiceFailed("kafka-topic-missing", f"no topic {missing[0]}", hint="create it")
        if largest_message > self.largest_message:
            raise ServiceFailed("request-too-large", f"{largest_message} bytes", hint="send less")

    def cluster(self, wanted: Sequence[str]) -> Cluster:
        ids = {topic: self.topic_ids.get(topic, f"id-{topic}") for topic in wanted}
        return Cluster(cluster_id=self.cluster_id, topic_ids=ids)

    def ends(self, wanted: Sequence[str]) -> Offsets:
        ends: dict[str, dict[int, int]] = {topic: {} for topic in wanted}
        for topic, partition in self.records:
            if topic in ends:
                ends[topic][partition] = self.end((topic, partition))
        return Offsets(next=ends)

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers) -> Receipt:
        self.sends.append(value)
        if self.loses_record:
            raise OutcomeUnknown("publish-unknown", "no acknowledgement", hint="")
        receipt = self.put(topic, value, key=key, headers=headers)
        self.on_publish(self, value)
        if self.loses_acknowledgement:
            raise OutcomeUnknown("publish-unknown", "no acknowledgement", hint="")
        return receipt

    @contextmanager
    def reader(self, offsets: Offsets) -> Iterator[FakeReader]:
        yield FakeReader(self, offsets)


class FakeReader:
    """Time passes only while nothing comes."""

    def __init__(self, bus: FakeBus, offsets: Offsets) -> None:
        self._bus = bus
        self._topics = tuple(offsets.next)
        self._gaps: list[Gap] = []
        self._next = {place: self._start(place, offsets.at(*place)) for place in self._places()}

    def _start(self, place: Place, wanted: int | None) -> int:
        return self._bus.first.get(place, 0) if wanted is None else self._checked(place, wanted)

    def _places(self) -> list[Place]:
        return [place for place in self._bus.records if place[0] in self._topics]

    def poll(self, seconds: float) -> Sequence[Record]:
        self._deliver()
        given = [place for place in self._places() if self._bus.gives(place)]
        found = [record for place in given for record in self._from(place)]
        if not found:
            self._bus.clock.sleep(seconds)
        return found

    def _deliver(self) -> None:
        due = [late for late in self._bus.later if late[0] <= self._bus.clock.monotonic()]
        self._bus.later = [late for late in self._bus.later if late not in due]
        for _, topic, value, partition in due:
            self._bus.put(topic, value, partition)

    def _from(self, place: Place) -> list[Record]:
        start = self._checked(place, self._next.get(place, 0))
        self._next[place] = self._bus.end(place)
        return self._bus.records[place][start - self._bus.first.get(place, 0) :]

    def _checked(self, place: Place, wanted: int) -> int:
        """Where to read on; what cannot be read any more is a gap."""
        first, end = self._bus.first.get(place, 0), self._bus.end(place)
        if first <= wanted <= end:
            return wanted
        reason = "retention has passed this offset" if wanted < first else "the topic is shorter than it was"
        self._gaps.append(Gap(topic=place[0], partition=place[1], expected=wanted, resumed_at=first, reason=reason))
        return first

    def position(self) -> Offsets:
        positions: dict[str, dict[int, int]] = {topic: {} for topic in self._topics}
        for (topic, partition), offset in self._next.items():
            positions[topic][partition] = offset
        return Offsets(next=positions)

    def ends(self) -> Offsets | None:
        return None if self._bus.silent else self._bus.ends(self._topics)

    def take_gaps(self) -> list[Gap]:
        taken, self._gaps = self._gaps, []
        return taken

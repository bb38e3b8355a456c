"""A platform that plays the same recorded feed for every request of one batch, and stores each text under its digest.

With it two runs of one batch_uuid can be compared to the last byte of what they collected.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from kafka import KafkaProducer
from kafka.errors import KafkaError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.essays import essay_id
from eng5_pipeline.domain.positions import Offsets
from eng5_pipeline.embedded import Embedded
from tests.support import wire

BATCH = UUID("11111111-2222-4333-8444-555555555555")
STUDENTS = [f"students/student-{strength}.txt" for strength in (2, 5, 8)]
ESSAYS = [str(essay_id(BATCH, name)) for name in STUDENTS]
PAIRS = [(0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2), (0, 1), (2, 1)]

INTERLUDE_AT = 4  # comparisons are played before it, and others after it

# What may differ between an undisturbed run and one that was killed and resumed: times, attempts and positions, and
# the digests of the files that hold them.
MAY_DIFFER = (
    ("metadata", "generated_at"),
    ("metadata", "started_at"),
    ("stages", "attempts"),
    ("stages", "seconds"),
    ("stages", "headline"),  # of upload (how much was reused) and of publish (partition, offset, how it was seen)
    ("provenance", "request", "how"),
    ("provenance", "request", "partition"),
    ("provenance", "request", "offset"),
    ("provenance", "spec", "folder"),
    ("llm_comparisons", "sequence"),  # the order of arrival over the partitions of a topic
    ("validation", "artefact_checksum"),
    ("validation", "manifest"),
)


def comparable(artefact: dict[str, Any]) -> dict[str, Any]:
    """The artefact without what may differ; comparisons in the order of their ids."""
    copy: dict[str, Any] = json.loads(json.dumps(artefact))
    for path in MAY_DIFFER:
        _drop(copy, path)
    copy["llm_comparisons"].sort(key=lambda comparison: comparison["request_id"])
    return copy


def _drop(value: Any, path: tuple[str, ...]) -> None:
    if isinstance(value, list):
        for part in value:
            _drop(part, path)
    elif isinstance(value, dict) and len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(value, dict) and path[0] in value:
        _drop(value[path[0]], path[1:])


def feed() -> list[tuple[str, bytes | None, bytes]]:
    """(topic, key, value): eight comparisons, completion, result."""
    key = str(BATCH).encode()
    judged = [
        (topics.COMPARISON, None, wire.comparison(BATCH, ESSAYS[a], ESSAYS[b], number))
        for number, (a, b) in enumerate(PAIRS)
    ]
    return [
        *judged,
        (topics.COMPLETED, key, wire.completed(BATCH, ESSAYS)),
        (topics.RESULT, b"1", wire.result(BATCH, ESSAYS)),
    ]


def nothing_happens() -> None:
    return None


@dataclass
class Feeder:
    """Plays the feed after the first request of the batch since `arm`, a few milliseconds between records."""

    settings: KafkaSettings
    pace: float = 0.03

    def __post_init__(self) -> None:
        self._over, self._armed = threading.Event(), threading.Event()
        self._producer = self._new_producer()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def arm(self, interlude: Callable[[], None]) -> Offsets:
        """From now on the next request is answered, with an interlude; the ends of the request topic as of now."""
        ends = KafkaBus(self.settings).ends([topics.REQUEST])
        self._from, self._interlude = ends, interlude
        self._armed.set()
        return ends

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._producer.close()

    def _play(self) -> None:
        while not self._over.is_set():
            if self._armed.wait(0.1):
                self._armed.clear()
                self._answer()

    def _answer(self) -> None:
        with KafkaBus(self.settings).reader(self._from) as reader:
            while not self._over.is_set() and not self._armed.is_set():
                if any(record.key == str(BATCH).encode() for record in reader.poll(0.05)):
                    break
            else:
                return
        for number, (topic, key, value) in enumerate(feed()):
            if number == INTERLUDE_AT:
                self._interlude()
            while not self._put(topic, key, value):
                self._producer.close(timeout=0)
                self._producer = self._new_producer()
            if topic != topics.COMPLETED:  # its result comes well within any grace, however busy the machine
                self._over.wait(self.pace)

    def _put(self, topic: str, key: bytes | None, value: bytes) -> bool:
        """False where the broker was away for too long; what is sent again is the same."""
        with suppress(KafkaError):
            self._producer.send(topic, value, key=key).get(20)
            return True
        return False

    def _new_producer(self) -> KafkaProducer:
        return KafkaProducer(acks="all", **self.settings.common())


@contextmanager
def recorded_platform(stack: Embedded) -> Iterator[tuple[Embedded, Feeder]]:
    """`stack` has a CJ that says nothing on Kafka; another Content Service, that names texts by digest, stands in."""
    with HTTPServer() as server:  # of its own: the one that pytest-httpserver shares is emptied by other tests
        server.expect_request("/healthz").respond_with_json({"status": "healthy"})
        server.expect_request("/v1/content", method="POST").respond_with_handler(_store)
        with _playing(stack, server) as playing:
            yield playing


@contextmanager
def _playing(stack: Embedded, server: HTTPServer) -> Iterator[tuple[Embedded, Feeder]]:
    variables = {**stack.variables, "CONTENT_SERVICE_URL": server.url_for("/v1/content")}
    world = replace(stack.world, environment={**stack.world.environment, **variables})
    settings = KafkaSettings.from_environment(variables["KAFKA_BOOTSTRAP_SERVERS"], variables)
    feeder = Feeder(settings)
    try:
        yield replace(stack, world=world, variables=variables), feeder
    finally:
        feeder.stop()


def _store(request: Request) -> Response:
    storage_id = hashlib.sha256(request.get_data()).hexdigest()[:32]
    body = json.dumps({"storage_id": storage_id, "correlation_id": "c"})
    return Response(body, 201, content_type="application/json")


def kept_comparisons(events: Path) -> int:
    return sum(topics.COMPARISON in line[:80] for line in events.read_text(encoding="utf-8").splitlines())

"""A platform that says the same every time.

CJ over HTTP, the broker and, for anchors, the Content Service are those of the embedded stack. Students' texts go to a
Content Service that names each by its digest. What the stack's own named by chance is named so too, in its database,
before anybody looks. Batches are judged by the embedded CJ's own code on a clock and with ids of its own, so that every
event of a batch is the same to the byte; the stack's own CJ keeps silent on Kafka.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import yaml
from kafka import KafkaProducer
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Offsets
from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.run_folder import sandbox_state
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.feed_settings import FeedSettings
from eng5_pipeline.sandbox.http.settings import Face
from eng5_pipeline.sandbox.kept.registry import Anchors, NewAnchor
from eng5_pipeline.sandbox.kept.store import Store
from eng5_pipeline.wiring.world import World, real_world
from tests.support import batch_world

ANCHORS = {"A1": ("A", 9), "C+1": ("C+", 5), "F+1": ("F+", 1)}
"""By label: grade, and how good the text is."""


def _seed(folder: Path) -> Path:
    """The assignment with its anchors, and two on the same scale that have none."""
    anchors = [{"label": label, "grade": grade, "text": _text(at)} for label, (grade, at) in ANCHORS.items()]
    assignment = {
        "id": batch_world.ASSIGNMENT,
        "instructions": batch_world.CRITERIA,
        "grade_scale": batch_world.SCALE,
        "student_prompt": "Write about a role model of yours.",
    }
    without = [{**assignment, "id": name} for name in ("without-anchors", "grades")]
    seed = folder / "seed.yaml"
    seed.write_text(yaml.safe_dump({"assignments": [{**assignment, "anchors": anchors}, *without]}), encoding="utf-8")
    return seed


def _text(strength: int) -> str:
    return f"{batch_world.essay(strength)} Anchor."


def name_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


NAMING: Final = (
    "UPDATE OR IGNORE contents SET storage_id = ? WHERE storage_id = ?",  # the same text may be there already
    "UPDATE anchor_essay_references SET text_storage_id = ? WHERE text_storage_id = ?",
    "UPDATE assessment_instructions SET student_prompt_storage_id = ? WHERE student_prompt_storage_id = ?",
)


@dataclass
class Texts:
    """The Content Service of the students: the same bytes always get the same name."""

    by_id: dict[str, bytes] = field(default_factory=dict)
    received: int = 0

    def store(self, request: Request) -> Response:
        body = request.get_data()
        storage_id = name_of(body)
        self.by_id[storage_id] = body
        self.received += 1
        return Response(json.dumps({"storage_id": storage_id, "correlation_id": "c"}), 201, mimetype="application/json")


class Answering:
    """Plays the batch of every request on the topic, once."""

    def __init__(self, settings: KafkaSettings, texts: Texts) -> None:
        self._settings, self._texts = settings, texts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _play(self) -> None:
        producer = KafkaProducer(acks="all", **self._settings.common())
        beginning = KafkaBus(self._settings).ends([topics.REQUEST])
        with KafkaBus(self._settings).reader(beginning) as reader:
            while not self._over.is_set():
                for record in reader.poll(0.02):
                    self._answer(record.value or b"", producer)
        producer.close()

    def _answer(self, request: bytes, producer: KafkaProducer) -> None:
        """The completion last: the quiet time begins with it, and on a busy machine nothing must come after that."""
        records = self._world().play(request).records
        for record in sorted(records, key=lambda record: record.topic == topics.COMPLETED):
            key = record.key.encode() if record.key else None
            if record.topic == topics.COMPLETED:
                producer.flush()
            producer.send(record.topic, record.value, key=key, partition=0)
        producer.flush()

    def _world(self) -> batch_world.World:
        world = batch_world.World()
        world.assignment()
        for storage_id, body in self._texts.by_id.items():
            world.text(storage_id, body)
        for number, (label, (grade, at)) in enumerate(ANCHORS.items(), start=1):
            text = world.text(f"anchor-{number}", _text(at).encode())
            with world.store.committed() as unit:
                anchor = NewAnchor(batch_world.ASSIGNMENT, label, grade, batch_world.SCALE, text)
                Anchors(world.store).put(unit, number, anchor)
        return world


@dataclass(frozen=True)
class Platform:
    """`world` is what the program is given; `stack_world` the same with the stack's own Content Service."""

    world: World
    stack_world: World
    texts: Texts
    settings: KafkaSettings
    database: Path

    def name_texts_by_digest(self) -> None:
        """Those of the stack's own Content Service, wherever CJ names them."""
        with Store.open(self.database) as store:
            for kept in store.rows("SELECT storage_id, body FROM contents"):
                with store.committed() as unit:
                    for sql in NAMING:
                        unit.execute(sql, (name_of(kept["body"]), kept["storage_id"]))

    def requests(self) -> int:
        """Records on the request topic."""
        ends: Offsets = KafkaBus(self.settings).ends([topics.REQUEST])
        return sum(ends.next[topics.REQUEST].values())


@contextmanager
def platform(folder: Path, face: Face = "repaired") -> Iterator[Platform]:
    """`folder` keeps the stack's state and is where commands are given."""
    options = SandboxOptions(face=face, seed=_seed(folder), feed=FeedSettings(silent=True))
    kept, here = folder / ".stack", replace(real_world(), here=folder, home=folder)
    with embedded_stack(kept, here, options) as stack, HTTPServer() as server:
        texts = Texts()
        server.expect_request("/healthz").respond_with_json({"status": "healthy"})
        server.expect_request("/v1/content", method="POST").respond_with_handler(texts.store)
        with _answering(stack, texts) as settings:
            students = _with_content(stack, server.url_for("/v1/content"))
            around = Platform(students, stack.world, texts, settings, sandbox_state(kept) / "sandbox.sqlite3")
            around.name_texts_by_digest()
            yield around


@contextmanager
def _answering(stack: Embedded, texts: Texts) -> Iterator[KafkaSettings]:
    settings = KafkaSettings.from_environment(stack.variables["KAFKA_BOOTSTRAP_SERVERS"], stack.variables)
    answering = Answering(settings, texts)
    try:
        yield settings
    finally:
        answering.stop()


def _with_content(stack: Embedded, url: str) -> World:
    return replace(stack.world, environment={**stack.world.environment, "CONTENT_SERVICE_URL": url})

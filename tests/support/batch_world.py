"""A CJ to run batches in, without Kafka and without waiting: texts, an assignment, anchors, requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from eng5_pipeline.sandbox.batch.batch_rows import BatchRows
from eng5_pipeline.sandbox.batch.batch_run import Batches
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.gathering import Gathering
from eng5_pipeline.sandbox.batch.intake import Request, read_request
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.batch.records import Happening, Pause, Pen, Record
from eng5_pipeline.sandbox.kept.registry import Anchors, Instructions, NewAnchor, NewInstruction
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store
from tests.support.clock import FakeClock

ASSIGNMENT = "role-models"
SCALE = "eng5_np_legacy_9_step"
CRITERIA = "Which essay fulfils the task better?"


def essay(strength: int) -> str:
    """200 words that the judge finds the better, the greater the number from 0 to 9 is."""
    vocabulary = [_word(n, 3 + (n + strength) % 3) for n in range(40 + 12 * strength)]
    words = [vocabulary[n * 101 % len(vocabulary)] for n in range(200)]
    length = 6 + strength
    return " ".join(f"{' '.join(words[n : n + length])}." for n in range(0, 200, length))


def _word(number: int, letters: int) -> str:
    return "".join("aeilnorstu"[(number // 10**place + place) % 10] for place in range(letters))


def ids() -> Iterator[str]:
    return (str(UUID(int=number << 96 | number)) for number in count(1))


def request_value(
    essays: Mapping[str, str] | Sequence[tuple[str, str]],
    *,
    batch: str = "00000000-0000-0000-0000-00000000b001",
    event: str = "00000000-0000-0000-0000-00000000e001",
    assignment: str | None = ASSIGNMENT,
    metadata: Mapping[str, object] | None = None,
    **data: object,
) -> bytes:
    """A request as CJ reads it; `essays` gives storage ids by essay id."""
    pairs = essays.items() if isinstance(essays, Mapping) else essays
    envelope = {
        "event_id": event,
        "correlation_id": "00000000-0000-0000-0000-00000000c001",
        "data": {
            "entity_id": batch,
            "essays_for_cj": [{"essay_id": i, "text_storage_id": s} for i, s in pairs],
            "language": "en",
            "course_code": "ENG5",
            "assignment_id": assignment,
            "user_id": "tester",
            "org_id": None,
            **data,
        },
        "metadata": dict(metadata or {}),
    }
    return json.dumps(envelope).encode("utf-8")


@dataclass(frozen=True)
class Played:
    """What a batch said, and how long it waited in all."""

    happenings: Sequence[Happening]

    @property
    def seconds(self) -> float:
        return sum(h.seconds for h in self.happenings if isinstance(h, Pause))

    @property
    def records(self) -> list[Record]:
        return [h for h in self.happenings if isinstance(h, Record)]

    def of(self, topic: str) -> list[dict[str, Any]]:
        """The envelopes on a topic."""
        return [json.loads(r.value or b"null") for r in self.records if r.topic == topic]

    def data(self, topic: str) -> dict[str, Any]:
        """The data of the only record on a topic."""
        (envelope,) = self.of(topic)
        found: dict[str, Any] = envelope["data"]
        return found


@dataclass
class World:
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    batches: BatchSettings = field(default_factory=BatchSettings)
    clock: FakeClock = field(default_factory=FakeClock)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store.open(":memory:", self.clock.now)
        self.new_ids = ids()

    def text(self, storage_id: str, body: bytes) -> str:
        Contents(self.store).put(storage_id, Content("text/plain", body))
        return storage_id

    def students(self, number: int) -> dict[str, str]:
        """So many students with different texts; storage ids by essay id."""
        return {f"student-{n}": self.text(f"text-{n}", essay(n).encode("utf-8")) for n in range(1, number + 1)}

    def assignment(
        self, grades: Sequence[str] = (), *, scale: str = SCALE, origin: str = "research_experiment"
    ) -> None:
        """The assignment with an anchor of each grade, the better ones with the better texts."""
        new = NewInstruction(ASSIGNMENT, None, CRITERIA, scale, origin, None)
        with self.store.committed() as unit:
            Instructions(self.store).add(unit, 1, new)
        for n, grade in enumerate(grades, start=1):
            text = self.text(f"anchor-{n}", essay(n).encode("utf-8") + b" Anchor.")
            with self.store.committed() as unit:
                Anchors(self.store).put(unit, n, NewAnchor(ASSIGNMENT, f"{grade}-{n}", grade, scale, text))

    def cj(self) -> Batches:
        pen = Pen(self.clock.now, lambda: next(self.new_ids))
        return Batches(BatchRows.open(self.store), Gathering.of(self.store), pen, self.judge, self.batches)

    def play(self, value: bytes) -> Played:
        request = read_request(value)
        return Played([] if request is None else list(self.happen(request)))

    def happen(self, request: Request) -> Iterator[Happening]:
        """The pauses pass on the world's own clock."""
        for happening in self.cj().play(request):
            if isinstance(happening, Pause):
                self.clock.sleep(happening.seconds)
            yield happening

"""The captured feeds played again: their requests sent to an embedded stack, and what it says to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eng5_pipeline import sandbox
from eng5_pipeline.contracts.topics import REQUEST, RESULTS
from eng5_pipeline.sandbox.kept.registry import Anchors, Instructions, NewAnchor, NewInstruction
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store
from eng5_pipeline.sandbox.options import SandboxOptions
from tests.support.batch_world import essay
from tests.support.kafka_talk import Heard, Listener, consumer, send
from tests.support.wire import feed

ANCHOR = re.compile(r"ANCHOR_(\d+)_[0-9a-f]{8}")
LEGACY = ("eng5_np_legacy_9_step", ("F+", "E-", "D+", "C+", "A"))
NUMERIC = ("eng5_np_national_9_step", ("1", "3", "5", "7", "9"))
SCALES = {"02-numeric-grade-scale": NUMERIC}
UNHEARD_OF = "05-unknown-assignment"
ANCHORS_UNSEEN = {"04b-1student-5anchors": range(19, 24)}


@dataclass(frozen=True)
class Spoken:
    """One record, captured or replayed."""

    topic: str
    key: str | None
    value: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.value)["data"]
        return found


def captured(name: str) -> list[Spoken]:
    return [Spoken(r["topic"], r["key"], r["value"].encode("utf-8")) for r in feed(name)]


def without_suffix(essay_id: str) -> str:
    """An anchor's id without the digits made up for one batch."""
    return ANCHOR.sub(r"ANCHOR_\1", essay_id)


def replay(names: Iterable[str], folder: Path, options: SandboxOptions) -> dict[str, list[Spoken]]:
    """What a stack with these options says to the requests of each feed, requests included.

    A request is sent when all is heard that followed the one before it in the capture. Whatever comes beyond
    that, to the end of the last feed, stands at the end.
    """
    with sandbox.start(folder, options) as stack:
        bootstrap = stack.addresses.kafka_bootstrap
        with Store.open(stack.addresses.database_url.removeprefix("sqlite:///")) as store:
            for name in names:
                _prepare(store, name)
        with consumer(bootstrap) as reader:
            listener = Listener(reader, RESULTS)
            said = {name: _replay(captured(name), bootstrap, listener) for name in names}
            return {name: [*spoken, *_late(spoken, listener)] for name, spoken in said.items()}


def _late(said: list[Spoken], listener: Listener) -> list[Spoken]:
    """What was heard of a batch after all that was to be expected."""
    answers = sum(record.topic != REQUEST for record in said)
    return _heard_of(said[0], listener.until(lambda _: True))[answers:]


def _replay(records: list[Spoken], bootstrap: str, listener: Listener) -> list[Spoken]:
    said: list[Spoken] = []
    for segment in _segments(records):
        request, followed = segment[0], len(segment) - 1
        before = len(_heard_of(request, listener.until(lambda _: True)))
        send(bootstrap, REQUEST, request.key, request.value)
        heard = listener.until(_at_least(before + followed, request))
        said += [request, *_heard_of(request, heard)[before:]]
    return said


def _at_least(number: int, request: Spoken) -> Callable[[list[Heard]], bool]:
    return lambda heard: len(_heard_of(request, heard)) >= number


def _segments(records: list[Spoken]) -> list[list[Spoken]]:
    """Each request with what followed it."""
    segments: list[list[Spoken]] = []
    for record in records:
        if record.topic == REQUEST:
            segments.append([])
        segments[-1].append(record)
    return segments


def _heard_of(request: Spoken, heard: list[Heard]) -> list[Spoken]:
    batch = request.data["entity_id"].encode("utf-8")
    return [Spoken(each.topic, each.key, each.value) for each in heard if batch in each.value]


def _prepare(store: Store, name: str) -> None:
    """The texts that the feed's requests name, and the assignment with the anchors that its records show."""
    requests = [record.data for record in captured(name) if record.topic == REQUEST]
    named = {e["text_storage_id"] for request in requests for e in request["essays_for_cj"]}
    for n, storage_id in enumerate(sorted(named)):
        Contents(store).put(storage_id, Content("text/plain", f"{essay(n)} {storage_id}".encode()))
    assignment = requests[0]["assignment_id"]
    if assignment is not None and name != UNHEARD_OF:
        _register(store, assignment, SCALES.get(name, LEGACY), _anchors_of(name))


def _anchors_of(name: str) -> list[int]:
    text = b"".join(record.value for record in captured(name)).decode("utf-8")
    return sorted({int(number) for number in ANCHOR.findall(text)}) or list(ANCHORS_UNSEEN[name])


def _register(store: Store, assignment: str, scale: tuple[str, tuple[str, ...]], ids: list[int]) -> None:
    name, grades = scale
    new = NewInstruction(assignment, None, "Compare the essays.", name, "research_experiment", None)
    new_id = store.next_id("assessment_instructions")
    with store.committed() as unit:
        Instructions(store).add(unit, new_id, new)
    for n, (anchor_id, grade) in enumerate(zip(ids, grades, strict=True)):
        text = f"anchor-{anchor_id}"
        Contents(store).put(text, Content("text/plain", f"{essay(2 * n)} {text}".encode()))
        with store.committed() as unit:
            Anchors(store).put(unit, anchor_id, NewAnchor(assignment, grade, grade, name, text))


def values_by_topic(records: Iterable[Spoken]) -> Mapping[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for record in records:
        found.setdefault(record.topic, []).append(record.value)
    return found

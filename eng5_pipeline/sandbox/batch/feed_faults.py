"""What is done to the records of a batch on command, as changes of a stream of happenings."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, RESULT
from eng5_pipeline.sandbox.batch.feed_settings import BatchFeed, Kind
from eng5_pipeline.sandbox.batch.records import Happening, Pause, Record

TOPICS: dict[Kind, str] = {
    "comparison": COMPARISON,
    "completed": COMPLETED,
    "result": RESULT,
    "failed": FAILED,
}
Stream = Iterator[Happening]


def distorted(stream: Stream, settings: BatchFeed, draw: Random, partitions: int) -> Stream:
    """The stream as the settings want it; with the default settings as it was."""
    stream = _late(_slow(stream, settings.slow), settings.late_s)
    stream = _without(stream, frozenset(TOPICS[kind] for kind in settings.without))
    if settings.silent:
        stream = _silent(stream)
    if settings.failing_completion:
        stream = _failing(stream)
    if settings.result_first:
        stream = _result_first(stream)
    if settings.comparisons_after_completion:
        stream = _held_back(stream, settings.comparisons_after_completion, settings.held_back_s)
    stream = _broken(_duplicated(stream, settings.duplicates, draw), settings, draw)
    return _shuffled(stream, settings.shuffle, draw, partitions) if settings.shuffle > 1 else stream


def _late(stream: Stream, seconds: float) -> Stream:
    yield Pause(seconds)
    yield from stream


def _slow(stream: Stream, times: float) -> Stream:
    for happening in stream:
        yield Pause(happening.seconds * times) if isinstance(happening, Pause) else happening


def _without(stream: Stream, topics: frozenset[str]) -> Stream:
    return (h for h in stream if isinstance(h, Pause) or h.topic not in topics)


def _silent(stream: Stream) -> Stream:
    return (h for h in stream if isinstance(h, Pause))


def _failing(stream: Stream) -> Stream:
    for happening in stream:
        if isinstance(happening, Record) and happening.topic == COMPLETED and happening.value:
            envelope = json.loads(happening.value)
            envelope["data"]["status"] = "failed_critically"
            yield replace(happening, value=json.dumps(envelope).encode("utf-8"))
        else:
            yield happening


def _result_first(stream: Stream) -> Stream:
    held: list[Record] = []
    for happening in stream:
        if isinstance(happening, Record) and happening.topic == COMPLETED:
            held.append(happening)
            continue
        yield happening
        if isinstance(happening, Record) and happening.topic == RESULT:
            yield from held
            held.clear()
    yield from held


def _held_back(stream: Stream, number: int, seconds: float) -> Stream:
    held: deque[Record] = deque()
    for happening in stream:
        if isinstance(happening, Record) and happening.topic == COMPARISON:
            held.append(happening)
            if len(held) > number:
                yield held.popleft()
        else:
            yield happening
    yield Pause(seconds)
    yield from held


def _duplicated(stream: Stream, chance: float, draw: Random) -> Stream:
    for happening in stream:
        yield happening
        if isinstance(happening, Record) and draw.random() < chance:
            yield happening


def _broken(stream: Stream, settings: BatchFeed, draw: Random) -> Stream:
    for happening in stream:
        if isinstance(happening, Pause):
            yield happening
            continue
        yield _cut_off(happening, draw) if draw.random() < settings.spoiled else happening
        if draw.random() < settings.malformed:
            yield malformed(happening, draw)
        if draw.random() < settings.truncated:
            yield _cut_off(happening, draw)


def _shuffled(stream: Stream, window: int, draw: Random, partitions: int) -> Stream:
    held: list[Record] = []
    for happening in stream:
        if isinstance(happening, Pause):
            yield happening
            continue
        held.append(replace(happening, partition=draw.randrange(partitions)))
        if len(held) == window:
            draw.shuffle(held)
            yield from held
            held.clear()
    draw.shuffle(held)
    yield from held


def _cut_off(record: Record, draw: Random) -> Record:
    """One draw, whatever the length: which records meet a fault does not hang on the digits of an id."""
    value = record.value or b""
    return replace(record, value=value[: 1 + int(draw.random() * (len(value) - 1))])


def malformed(record: Record, draw: Random) -> Record:
    """A copy that no reader of the contract can take for an event."""
    return replace(record, value=draw.choice(MALFORMATIONS)(record.value or b"{}"))


def _without_data(value: bytes) -> bytes:
    envelope = json.loads(value)
    return json.dumps({name: part for name, part in envelope.items() if name != "data"}).encode("utf-8")


def _data_as_text(value: bytes) -> bytes:
    envelope = json.loads(value)
    return json.dumps({**envelope, "data": json.dumps(envelope["data"])}).encode("utf-8")


def _batch_without_the_rest(value: bytes) -> bytes:
    """Says which batch it is about, as every kind does, and nothing else."""
    data = json.loads(value)["data"]
    names = {"entity_id", "batch_id", "request_metadata"} & data.keys()
    metadata = {"bos_batch_id": data.get("request_metadata", {}).get("bos_batch_id")}
    kept = {name: metadata if name == "request_metadata" else data[name] for name in names}
    return json.dumps({"event_id": None, "data": kept}).encode("utf-8")


MALFORMATIONS: Sequence[Callable[[bytes], bytes | None]] = (
    _without_data,
    _data_as_text,
    _batch_without_the_rest,
    lambda _: b"",
    lambda _: None,
    lambda _: b"null",
    lambda _: b"[]",
    lambda value: value.decode("utf-8").encode("utf-16"),
    lambda value: b"\x00\x00\x00\x00\x07" + value,
)

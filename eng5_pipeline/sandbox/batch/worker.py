"""CJ at work: takes requests off Kafka, plays their batches, publishes what they say.

Each batch runs in a thread of its own, for a real CJ works on many at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED
from eng5_pipeline.sandbox.batch.batch_run import Batches
from eng5_pipeline.sandbox.batch.feed_faults import distorted
from eng5_pipeline.sandbox.batch.feed_settings import Moment
from eng5_pipeline.sandbox.batch.intake import Request, envelope_key, read_request
from eng5_pipeline.sandbox.batch.records import Happening, Pause, Record
from eng5_pipeline.sandbox.messages import PARTITIONS
from eng5_pipeline.sandbox.options import SandboxOptions

MOMENTS: Mapping[str, Moment] = {COMPARISON: "comparison", COMPLETED: "completed"}

Publish = Callable[[Record], None]
Play = Callable[[Request], Iterator[Happening]]


def playing(batches: Batches, options: SandboxOptions) -> Play:
    """What becomes of a request: its batch, judged and misbehaving as the options want it for its label."""

    def play(request: Request) -> Iterator[Happening]:
        own = options.of_batch(request.label)
        draw = Random(f"{own.feed.seed} {request.event_id}")
        batch = replace(batches, judge=own.judge, settings=own.batches).play(request)
        return distorted(batch, own.feed, draw, PARTITIONS)

    return play


class Worker:
    """`first_seen` tells whether an envelope is new; `noticed` hears of every request and record.

    Once `stopping` is set every batch ends at its next pause.
    """

    def __init__(
        self,
        play: Play,
        first_seen: Callable[[str], bool],
        publish: Publish,
        noticed: Callable[[Moment], None],
        stopping: threading.Event,
    ) -> None:
        self._play = play
        self._first_seen = first_seen
        self._publish = publish
        self._noticed = noticed
        self._stopping = stopping

    def take(self, value: bytes | None, headers: Mapping[str, bytes]) -> threading.Thread | None:
        """Begins the batch of a request; None where CJ would say nothing."""
        self._noticed("request")
        request = read_request(value)
        if value is None or request is None or not self._first_seen(envelope_key(value, headers)):
            return None
        batch = threading.Thread(target=self._work, args=(request,), name="batch", daemon=True)
        batch.start()
        return batch

    def _work(self, request: Request) -> None:
        for happening in self._play(request):
            if isinstance(happening, Pause):
                if self._stopping.wait(happening.seconds):
                    return
                continue
            self._publish(happening)
            moment = MOMENTS.get(happening.topic)
            if moment is not None:
                self._noticed(moment)

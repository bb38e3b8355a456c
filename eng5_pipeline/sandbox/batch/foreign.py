"""Traffic about other people's batches, for readers that must tell it from their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from random import Random

from eng5_pipeline.sandbox.batch import batch_records
from eng5_pipeline.sandbox.batch.batch_records import Job, Place
from eng5_pipeline.sandbox.batch.batches import Pair
from eng5_pipeline.sandbox.batch.comparison_records import Asked, comparison_record
from eng5_pipeline.sandbox.batch.intake import EssayToCompare, Request, RequestData
from eng5_pipeline.sandbox.batch.judge import JudgeSettings, Question, answer
from eng5_pipeline.sandbox.batch.records import Pen, Record

COMPARISONS = 20
ESSAYS = 8
FIRST_JOB = 1_000_000
BEAT_S = 0.05


def foreign_records(pen: Pen, draw: Random) -> Iterator[Record]:
    """For ever: the comparisons of one small batch, its completion and its result, then the next batch."""
    number = FIRST_JOB
    while True:
        job = Job(number, _request(pen), pen.clock())
        for _ in range(COMPARISONS):
            yield _comparison(pen, job, draw)
        places = [Place(essay, 0.0, n, is_anchor=False) for n, essay in enumerate(job.request.essays, 1)]
        yield batch_records.completed(pen, job, places)
        yield batch_records.result(pen, job, places)
        number += 1


def throng(
    records: Iterator[Record], per_s: float, publish: Callable[[Record], None], stopping: threading.Event
) -> None:
    """Publishes records at that rate until it is stopped."""
    due = 0.0
    while not stopping.wait(BEAT_S):
        due += per_s * BEAT_S
        while due >= 1:
            publish(next(records))
            due -= 1


def _request(pen: Pen) -> Request:
    essays = [EssayToCompare(essay_id=pen.new_id(), text_storage_id="") for _ in range(ESSAYS)]
    return Request.model_validate(
        {
            "event_id": pen.new_id(),
            "correlation_id": pen.new_id(),
            "data": RequestData(
                entity_id=pen.new_id(),
                essays_for_cj=tuple(essays),
                language="en",
                course_code="ENG5",
                user_id="someone-else",
            ),
        }
    )


def _comparison(pen: Pen, job: Job, draw: Random) -> Record:
    a, b = draw.sample(list(job.request.essays), 2)
    asked = Asked(pen.new_id(), job.request.batch_id, job.id, Pair(a, b), f"{a} or {b}?", pen.clock())
    return comparison_record(pen, asked, answer(JudgeSettings(), Question(asked.prompt, a, b, 0)))

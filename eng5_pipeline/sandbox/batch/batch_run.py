"""A batch from its request to its end, as the records it publishes and the pauses between them.

`Batches.play` is a generator: whoever drives it waits out the pauses and publishes the records; what CJ would
keep is written on the way. Nothing here knows Kafka or sleeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from eng5_pipeline.sandbox.batch import batch_records
from eng5_pipeline.sandbox.batch.batch_facts import Essay
from eng5_pipeline.sandbox.batch.batch_records import Job, Place
from eng5_pipeline.sandbox.batch.batch_rows import BatchRows
from eng5_pipeline.sandbox.batch.batches import (
    BatchSettings,
    Outset,
    Pair,
    Standing,
    Wave,
    comparison_limit,
    ending,
    outset,
    standing,
    waves,
)
from eng5_pipeline.sandbox.batch.comparison_records import Asked, Bundle, comparison_record
from eng5_pipeline.sandbox.batch.gathering import Gathering
from eng5_pipeline.sandbox.batch.grades import UNGRADED
from eng5_pipeline.sandbox.batch.intake import PROVIDERS, Request, early_failure
from eng5_pipeline.sandbox.batch.judge import Answer, JudgeSettings, NoAnswer, Question, Task, answer
from eng5_pipeline.sandbox.batch.progress import Progress, calibration_of, ranking
from eng5_pipeline.sandbox.batch.records import Happening, Pause, Pen
from eng5_pipeline.sandbox.kept.registry import Instruction

PUBLISHABLE_GRADE = re.compile(rf"[A-F][+-]?|{UNGRADED}")

Verdict = tuple[Asked, Answer | NoAnswer]


@dataclass(frozen=True)
class Work:
    """What a batch has to do: its essays with the students first, and what to judge them by."""

    job: Job
    essays: tuple[Essay, ...]
    task: Task
    limit: int
    scale: str | None


@dataclass(frozen=True)
class Batches:
    rows: BatchRows
    gathering: Gathering
    pen: Pen
    judge: JudgeSettings
    settings: BatchSettings

    def play(self, request: Request) -> Iterator[Happening]:
        yield Pause(self.settings.start_s)
        assignment = self.gathering.assignment(request)
        failure = early_failure(request, assignment.context_origin if assignment else None, self._first_text(request))
        if failure is not None:
            yield batch_records.failed_early(self.pen, request, failure)
            return
        work = self._begin(request, assignment)
        anchors = sum(essay.is_anchor for essay in work.essays)
        match outset(len(work.essays) - anchors, anchors):
            case Outset.SILENCE:
                self.rows.ended(work.job, "COMPLETE_INSUFFICIENT_ESSAYS", "COMPLETED")
            case Outset.SINGLE:
                yield from self._single(work)
            case Outset.COMPARED:
                yield from self._compared(work)

    def _first_text(self, request: Request) -> str:
        texts = map(self.gathering.text, request.essays.values())
        return next((text for text in texts if text is not None), "")

    def _begin(self, request: Request, assignment: Instruction | None) -> Work:
        limit = comparison_limit(request.metadata.max_comparisons if request.metadata else None)
        job = self.rows.begin(request, limit)
        students = self.gathering.students(request)
        anchors = self.gathering.anchor_essays(assignment, self.pen.new_id)
        essays = tuple(sorted([*students, *anchors], key=lambda essay: essay.is_anchor))
        self.rows.take_in(job, essays)
        scale = assignment.grade_scale if assignment else None
        return Work(job, essays, self.gathering.task(request, assignment), limit, scale)

    def _single(self, work: Work) -> Iterator[Happening]:
        """One student alone is not compared; the completion says that the batch failed, a result follows."""
        places = [Place(essay.id, 0.0, 1, is_anchor=False) for essay in work.essays]
        self.rows.ended(work.job, "COMPLETE_INSUFFICIENT_ESSAYS", "COMPLETED")
        yield batch_records.completed(self.pen, work.job, places)
        yield Pause(self.settings.result_s)
        yield batch_records.result(self.pen, work.job, places)

    def _compared(self, work: Work) -> Iterator[Happening]:
        progress = Progress(work.essays, work.limit)
        if not self._answers(work.job.request):
            yield from self._stuck(work, progress)
            return
        asked_before: Counter[Pair] = Counter()
        where, last = Standing.GOES_ON, ""
        for wave in waves(self._order(work.essays), work.limit):
            verdicts = yield from self._wave(work, wave, progress.iteration, asked_before)
            progress = progress.after([(asked.pair, said) for asked, said in verdicts])
            self.rows.scored(work.job, progress.scoring())
            last = verdicts[-1][0].correlation_id
            where = standing(len(work.essays), work.limit, progress.tally, progress.change, self.settings.stable_change)
            if where is not Standing.GOES_ON:
                break
        yield from self._ended(work, progress, where, last)

    def _answers(self, request: Request) -> bool:
        return self.judge.reachable and request.overrides.provider_override in {None, *PROVIDERS}

    def _wave(
        self, work: Work, wave: Wave, iteration: int, asked_before: Counter[Pair]
    ) -> Generator[Happening, None, list[Verdict]]:
        """The comparisons of one wave, sent off together and answered one after the other."""
        sent = [self._asked(work, pair, iteration, len(wave.pairs)) for pair in wave.pairs]
        verdicts: list[Verdict] = []
        for asked in sent:
            yield Pause(self.judge.spacing_s if verdicts else self.judge.latency_s)
            said = self._answer(work, asked, asked_before[asked.pair])
            asked_before[asked.pair] += 1
            self.rows.answered(work.job, wave.mode, asked, said)
            verdicts.append((asked, said))
            yield comparison_record(self.pen, asked, said)
        return verdicts

    def _asked(self, work: Work, pair: Pair, iteration: int, size: int) -> Asked:
        texts = {essay.id: essay.text for essay in work.essays}
        request = work.job.request
        hint = request.metadata.llm_batching_mode_hint if request.metadata else None
        return Asked(
            correlation_id=self.pen.new_id(),
            batch_id=request.batch_id,
            job_id=work.job.id,
            pair=pair,
            prompt=work.task.prompt((pair.a, texts[pair.a]), (pair.b, texts[pair.b])),
            requested_at=self.pen.clock(),
            bundle=Bundle(iteration, hint, size) if hint == "serial_bundle" else None,
            reasoning_effort=request.overrides.reasoning_effort,
            output_verbosity=request.overrides.output_verbosity,
        )

    def _answer(self, work: Work, asked: Asked, before: int) -> Answer | NoAnswer:
        texts = {essay.id: essay.text for essay in work.essays}
        return answer(self.judge, Question(asked.prompt, texts[asked.pair.a], texts[asked.pair.b], before))

    def _order(self, essays: Sequence[Essay]) -> list[str]:
        """A shuffle that depends on the seed and the texts alone, not on ids made up for this batch."""

        def lot(essay: Essay) -> str:
            return sha256(f"{self.judge.seed}\0{essay.text}".encode()).hexdigest()

        return [essay.id for essay in sorted(essays, key=lot)]

    def _ended(self, work: Work, progress: Progress, where: Standing, last: str) -> Iterator[Happening]:
        if where is Standing.STALLED:
            yield Pause(self.settings.sweep_s)
            where = ending(progress.tally)
        if where is Standing.FAILED:
            self.rows.ended(work.job, "ERROR_PROCESSING", "FAILED")
            yield batch_records.failed_low_success(self.pen, work.job, progress.tally, work.limit, last)
        else:
            yield from self._finished(work, progress)

    def _finished(self, work: Work, progress: Progress) -> Iterator[Happening]:
        """Completion and result of the essays that no later batch has taken away meanwhile.

        A grade that is not a letter cannot be published: the completion says success and nothing follows.
        """
        kept = self.rows.kept(work.job)
        essays, scoring = [essay for essay in work.essays if essay.id in kept], progress.scoring()
        calibration = calibration_of(essays, scoring, work.scale)
        places = ranking(essays, scoring, calibration)
        students = [place for place in places if not place.is_anchor]
        if calibration is not None and work.scale is not None:
            self.rows.projected(work.job, students, scoring, calibration, work.scale)
        if not all(PUBLISHABLE_GRADE.fullmatch(place.grade) for place in students):
            self.rows.left_scoring(work.job)
            yield batch_records.completed(self.pen, work.job, places)
            return
        self.rows.ended(work.job, "COMPLETE_STABLE", "COMPLETED")
        yield batch_records.completed(self.pen, work.job, places)
        yield Pause(self.settings.result_s)
        yield batch_records.result(self.pen, work.job, places)
        yield batch_records.consumption(self.pen, work.job, places)

    def _stuck(self, work: Work, progress: Progress) -> Iterator[Happening]:
        yield Pause(self.settings.monitor_s)
        self.rows.ended(work.job, "ERROR_PROCESSING", "FAILED")
        yield batch_records.stuck(self.pen, work.job, progress.tally)

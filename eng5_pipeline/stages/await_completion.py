"""Collect every event of the batch until it has ended and stayed quiet.

Done means: completion and result are there, every partition has been read past its end as of then, and nothing of ours
has come for the grace period. Comparisons that arrive after the completion are collected that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from eng5_pipeline.context import RunContext
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.batch_ends import failed, timed_out, vanished, without_result
from eng5_pipeline.domain.events import Unreadable, read
from eng5_pipeline.domain.positions import Gap, Offsets, Record
from eng5_pipeline.domain.recent_rate import RecentRate
from eng5_pipeline.domain.same_kafka import recreated, require_same_cluster
from eng5_pipeline.domain.tally import Outlook, Tally
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.ports import Clock, EventBus, EventFile, EventReader
from eng5_pipeline.results import AnchorsVerified, Awaited, Published, ResolvedAssignment, Uploaded

POLL_SECONDS = 0.2
POSITION_EVERY_SECONDS = 10.0
ASIDE_TOLD = 10  # so many records put aside are told one by one; the rest are counted


@dataclass(frozen=True)
class AwaitCompletion:
    """`timeout` and `grace` in seconds; `max_cost` in USD warns when it is passed, for CJ cannot be stopped."""

    bus: EventBus
    events: EventFile
    batch_uuid: UUID
    clock: Clock
    timeout: float
    grace: float
    max_cost: Decimal | None
    awaits: bool

    name = "await"
    needs = (ResolvedAssignment, AnchorsVerified, Uploaded, Published)
    gives = Awaited
    touches = Touches.READS_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None if self.awaits else "flags.await_completion is false"

    def ready(self, ctx: RunContext) -> None:
        return None  # publish asks for the result topics as well

    def run(self, ctx: RunContext, log: StageLog) -> Awaited:
        watch = _Watch(self, ctx, log)
        start = watch.take_up(ctx.get(Published))
        with self.bus.reader(start) as reader:
            watch.until_over(reader)
        return watch.conclude()


class _Watch:
    """One stretch of waiting: what has been seen, since when it has been quiet, how far reading has come."""

    def __init__(self, stage: AwaitCompletion, ctx: RunContext, log: StageLog) -> None:
        self.stage = stage
        self.log = log
        self.batch = str(stage.batch_uuid)
        self.grade_scale = ctx.get(ResolvedAssignment).assignment.grade_scale
        self.allowed = ctx.get(AnchorsVerified).counts.allowed
        self.local_ids = {essay.essay_id: essay.local_id for essay in ctx.get(Uploaded).essays}
        self.tally = Tally(frozenset(self.local_ids))
        self.put_aside = stage.events.put_aside_so_far()
        self.last_own = self.last_position = self.begun = stage.clock.monotonic()
        self.ends: Offsets | None = None
        self.ends_taken_for: Outlook = "waiting"
        self.caught_up_at: float | None = None
        self.cost_told = False

    def take_up(self, published: Published) -> Offsets:
        """Where to read on: from the ends before the request, or from what is kept already."""
        kept = self.stage.events.replay(self._retell)
        now = self.stage.bus.cluster(topics.RESULTS)
        require_same_cluster(published.cluster, now)
        start = {}
        for topic, before in published.before.next.items():
            start[topic] = {**before, **kept.next.get(topic, {})}
            if recreated(topic, published.cluster, now):
                self._tell_gaps([_lost(topic, partition, at) for partition, at in start[topic].items()])
                start[topic] = {}
        return Offsets(next=start)

    def until_over(self, reader: EventReader) -> None:
        deadline = self.begun + self.stage.timeout
        rate = RecentRate(self._now(), self.tally.own.comparisons)
        while not self._over(reader) and not (self.caught_up_at is None and self._now() >= deadline):
            self.log.safe_point()
            self._take(reader.poll(POLL_SECONDS), reader)
            self._tell_progress(rate)
        self._keep([], reader)  # not after a failure: what was read last may not be kept yet

    def conclude(self) -> Awaited:
        """Raises BatchFailed and BatchPartial; a timeout is never a success."""
        tally, outlook = self.tally, self.tally.outlook()
        self._tell_other_jobs()
        if outlook == "failed":
            raise failed(self.stage.batch_uuid, tally)
        if self.caught_up_at is None:
            quiet = self._now() - self.last_own
            raise timed_out(self.stage.batch_uuid, tally, self.allowed, self.stage.timeout, quiet)
        if outlook == "without_result":
            raise without_result(self.stage.batch_uuid, self.grade_scale)
        if tally.vanished():
            raise vanished(tally, self.local_ids)
        own = tally.own
        return Awaited(job_id=tally.own_job or "", comparisons=own.comparisons, failed_comparisons=own.failed)

    def _retell(self, record: Record) -> None:
        fact = read(record, self.batch)
        if fact is not None:
            self.tally.add(fact)

    def _take(self, records: Sequence[Record], reader: EventReader) -> None:
        own, aside = self._sorted(records)
        if aside:
            self.stage.events.put_aside(aside)
            self.put_aside += len(aside)
            self._tell_aside(aside)
        if own:
            self.last_own = self._now()
        if own or aside or self._now() - self.last_position >= POSITION_EVERY_SECONDS:
            self._keep(own, reader)

    def _sorted(self, records: Sequence[Record]) -> tuple[list[Record], list[tuple[Record, str]]]:
        own, aside = [], []
        for record in records:
            try:
                fact = read(record, self.batch)
            except Unreadable as why:
                aside.append((record, str(why)))
                continue
            if fact is not None and self.tally.add(fact):
                own.append(record)
        return own, aside

    def _keep(self, own: Sequence[Record], reader: EventReader) -> None:
        self._tell_gaps(reader.take_gaps())  # first: from the position that is kept next, nobody would see them again
        self.stage.events.keep(own, reader.position())
        self.last_position = self._now()

    def _over(self, reader: EventReader) -> bool:
        outlook = self.tally.outlook()
        if outlook != self.ends_taken_for:
            self.ends, self.caught_up_at, self.ends_taken_for = None, None, outlook
        if outlook == "waiting":
            return False
        if self.ends is None:
            self.ends = reader.ends()
        if self.ends is not None and self.caught_up_at is None and reader.position().reaches(self.ends):
            self.caught_up_at = self._now()
        if self.caught_up_at is None:
            return False
        return self._now() - max(self.caught_up_at, self.last_own) >= self.stage.grace

    def _now(self) -> float:
        return self.stage.clock.monotonic()

    def _tell_progress(self, rate: RecentRate) -> None:
        own, limit = self.tally.own, self.stage.max_cost
        self.log.progress(
            own.comparisons,
            self.allowed,
            failed=own.failed,
            cost_usd=own.cost,
            max_cost_usd=limit,
            comparisons_per_minute=rate.per_minute(self._now(), own.comparisons),
            quiet_seconds=self._now() - self.last_own,
            waited_seconds=self._now() - self.begun,
            put_aside=self.put_aside,
        )
        if limit is not None and own.cost > limit and not self.cost_told:
            self.cost_told = True
            self.log.warn("cost-above-limit", f"{own.cost} USD so far, the limit is {limit}; CJ cannot be stopped")

    def _tell_aside(self, aside: Sequence[tuple[Record, str]]) -> None:
        for record, reason in aside[: max(0, ASIDE_TOLD - (self.put_aside - len(aside)))]:
            place = f"{record.topic}, partition {record.partition}, offset {record.offset}"
            self.log.warn("event-put-aside", f"{place}: {reason}")

    def _tell_gaps(self, gaps: Sequence[Gap]) -> None:
        for gap in gaps:
            self.log.note("gap", **gap.model_dump(mode="json"))
            place = f"{gap.topic}, partition {gap.partition}"
            self.log.warn("events-gap", f"{place}: {gap.expected} to {gap.resumed_at} cannot be read: {gap.reason}")

    def _tell_other_jobs(self) -> None:
        others = self.tally.other_jobs
        if others:
            told = ", ".join(f"{job} ({tally.comparisons} comparisons)" for job, tally in sorted(others.items()))
            self.log.warn("other-jobs", f"this batch_uuid was also run by CJ as job {told}: kept, not counted")


def _lost(topic: str, partition: int, at: int) -> Gap:
    return Gap(topic=topic, partition=partition, expected=at, resumed_at=0, reason="the topic was made anew")

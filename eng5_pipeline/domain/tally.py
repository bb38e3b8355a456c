"""The running fold over the facts of a batch, and what can be concluded from it.

One batch_uuid can name several jobs of CJ: the same id sent again with another event_id is run again. Ours is the
first job that judged or reported one of the essays we sent; the others are kept, counted and reported apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from eng5_pipeline.domain.events import ComparisonFact, CompletionFact, Fact, FailureFact, Identity, ResultFact

Outlook = Literal["waiting", "completed", "without_result", "failed"]


@dataclass
class JobTally:
    """Counts of one job: `failed` comparisons are those that nobody won; `cost` is exact, in USD."""

    comparisons: int = 0
    failed: int = 0
    cost: Decimal = Decimal(0)
    tokens: int = 0
    ours: bool = False
    completion: CompletionFact | None = None
    result: ResultFact | None = None
    failure: FailureFact | None = None


@dataclass
class Tally:
    """`sent` are the essay ids of our request."""

    sent: frozenset[str]
    jobs: dict[str, JobTally] = field(default_factory=dict)
    early_failure: FailureFact | None = None
    _seen: set[Identity] = field(default_factory=set)

    def add(self, fact: Fact) -> bool:
        """False for a fact that is here already."""
        if fact.identity in self._seen:
            return False
        self._seen.add(fact.identity)
        if isinstance(fact, FailureFact) and fact.job is None:
            self.early_failure = self.early_failure or fact
        else:
            self._count(fact, self.jobs.setdefault(fact.job or "", JobTally()))
        return True

    def _count(self, fact: Fact, job: JobTally) -> None:
        match fact:
            case ComparisonFact():
                job.comparisons += 1
                job.failed += fact.winner is None
                job.cost += fact.cost
                job.tokens += fact.tokens
                job.ours = job.ours or fact.essay_a in self.sent or fact.essay_b in self.sent
            case CompletionFact():
                job.completion = job.completion or fact
                job.ours = job.ours or not self.sent.isdisjoint(fact.essays)
            case ResultFact():
                job.result = job.result or fact
                job.ours = job.ours or not self.sent.isdisjoint(fact.essays)
            case FailureFact():
                job.failure = job.failure or fact

    @property
    def own_job(self) -> str | None:
        """The earliest job that names an essay of ours; while none does, the earliest of all."""
        named = [job for job, tally in self.jobs.items() if tally.ours]
        return min(named or self.jobs, key=_age, default=None)

    @property
    def own(self) -> JobTally:
        job = self.own_job
        return JobTally() if job is None else self.jobs[job]

    @property
    def other_jobs(self) -> dict[str, JobTally]:
        return {job: tally for job, tally in self.jobs.items() if job != self.own_job}

    def outlook(self) -> Outlook:
        own = self.own
        if self.early_failure is not None and not own.ours:
            return "failed"
        if own.failure is not None or (own.completion is not None and not own.completion.succeeded):
            return "failed"
        if own.completion is not None:
            return "completed" if own.result is not None else "without_result"
        return "waiting"

    def vanished(self) -> list[str]:
        """Essays sent that the result, else the completion, does not name."""
        own = self.own
        came_back: Iterable[str] = own.result.essays if own.result else own.completion.essays if own.completion else ()
        return sorted(self.sent.difference(came_back))

    def failure_reason(self) -> str:
        failure = self.own.failure or self.early_failure
        return failure.reason if failure else "CJ reported the completion as failed_critically"


def _age(job: str) -> tuple[int, str]:
    """CJ numbers its jobs upwards."""
    return (int(job), job) if job.isdecimal() else (2**63, job)

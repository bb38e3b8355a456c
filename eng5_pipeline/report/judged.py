"""What the kept events of a run add up to.

Comparisons are counted one by one and forgotten, so that memory grows with the essays and not with the comparisons.
Counts are of our own job; another job of CJ under the same batch_uuid is counted apart.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal

from eng5_pipeline.contracts.events import ComparisonData, Result, ResultData
from eng5_pipeline.domain.events import ComparisonFact, Fact, ResultFact
from eng5_pipeline.domain.positions import Record
from eng5_pipeline.domain.tally import JobTally, Tally
from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import MachineFailed
from eng5_pipeline.report.answers import Answer, AnswerData
from eng5_pipeline.report.kept_events import new_facts, put_aside_by_reason
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.report.statistics.pairs import Pairs, pairs_of
from eng5_pipeline.results import Awaited

SIMULATED_PROVIDER = "mock"
Judge = tuple[str | None, str | None]  # provider and model
_EXACT = Context(prec=100)  # the default of 28 digits could round a long sum of long costs


class EssayCount(Value):
    """Comparisons that an essay took part in; nobody won the `undecided` ones."""

    wins: int = 0
    losses: int = 0
    undecided: int = 0

    @property
    def decided(self) -> int:
        return self.wins + self.losses

    @property
    def appearances(self) -> int:
        return self.decided + self.undecided


class Spending(Value):
    """What one model was asked, and what it cost in USD; `unpriced` comparisons state no cost.

    `failed_tokens` and `failed_usd` are what the `failed` ones took of all that.
    """

    provider: str | None
    model: str | None
    comparisons: int
    failed: int
    unpriced: int
    prompt_tokens: int
    completion_tokens: int
    usd: Decimal
    failed_tokens: int
    failed_usd: Decimal


class OtherJob(Value):
    job_id: str
    comparisons: int
    failed: int
    tokens: int
    usd: Decimal
    completed: bool
    result: bool


@dataclass(frozen=True)
class Judged:
    """`counts` by essay id; `result` is CJ's own; `vanished` essays were sent and did not come back.

    `pairs` are the decided comparisons; `spent` is what each comparison cost in USD, in the order they came, rounded to
    a float. `put_aside` counts records by reason. `simulated` is None where nothing tells who judged.
    """

    job_id: str | None
    counts: Mapping[str, EssayCount]
    pairs: Pairs
    spent: Sequence[float]
    spending: tuple[Spending, ...]
    result: ResultData | None
    vanished: tuple[str, ...]
    other_jobs: tuple[OtherJob, ...]
    put_aside: Mapping[str, int]
    simulated: bool | None

    @property
    def comparisons(self) -> int:
        return sum(spent.comparisons for spent in self.spending)

    @property
    def failed(self) -> int:
        return sum(spent.failed for spent in self.spending)

    @property
    def total_usd(self) -> Decimal:
        return exact_sum(spent.usd for spent in self.spending)

    @property
    def tokens(self) -> int:
        return sum(spent.prompt_tokens + spent.completion_tokens for spent in self.spending)


def read_judged(record: RunRecord) -> Judged:
    """All of events.jsonl and quarantine.jsonl. Raises MachineFailed where one is damaged."""
    tally = Tally(record.sent)
    jobs: dict[str, _JobSums] = defaultdict(_JobSums)
    put_aside = put_aside_by_reason(record.folder.quarantine)
    for kept, fact in new_facts(record, tally, put_aside):
        jobs[fact.job or ""].add(kept, fact)
    _require_whole(record, tally)
    own, sums = tally.own, jobs[tally.own_job or ""]
    spending = sums.frozen_spending()
    return Judged(
        job_id=tally.own_job,
        counts=sums.frozen_counts(),
        pairs=sums.frozen_pairs(),
        spent=sums.spent,
        spending=spending,
        result=sums.result,
        vanished=tuple(tally.vanished()) if own.result or own.completion else (),
        other_jobs=tuple(_other(job, counted) for job, counted in sorted(tally.other_jobs.items())),
        put_aside=dict(sorted(put_aside.items())),
        simulated=_simulated(record, spending),
    )


def _require_whole(record: RunRecord, tally: Tally) -> None:
    """What was awaited to its end has been on the disk: less than that is a file that was shortened since."""
    awaited = record.result(Awaited)
    if awaited is None:
        return
    job = tally.jobs.get(awaited.job_id, JobTally())
    if job.comparisons < awaited.comparisons or job.result is None:
        result = "" if job.result else ", and without CJ's result"
        raise MachineFailed(
            "events-damaged",
            f"{record.folder.events} is not whole: {job.comparisons} of {awaited.comparisons} comparisons{result}",
            hint="restore the file from a backup",
        )


def judge_of(data: ComparisonData | AnswerData) -> Judge:
    """As resolved for the call: an answer that failed names a provider and model that were never used."""
    asked = data.request_metadata
    if data.error_detail is not None:
        return asked.resolved_provider, asked.resolved_model
    return asked.resolved_provider or data.provider, asked.resolved_model or data.model


def judge_name(judge: Judge) -> str:
    return " ".join(filter(None, judge)) or "not named"


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


@dataclass
class _Sum:
    comparisons: int = 0
    failed: int = 0
    unpriced: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: Decimal = Decimal(0)
    failed_tokens: int = 0
    failed_usd: Decimal = Decimal(0)

    def add(self, data: AnswerData, fact: ComparisonFact) -> None:
        self.comparisons += 1
        self.failed += fact.winner is None
        self.unpriced += data.cost_estimate is None
        self.usd = _EXACT.add(self.usd, fact.cost)
        if fact.winner is None:
            self.failed_tokens += fact.tokens
            self.failed_usd = _EXACT.add(self.failed_usd, fact.cost)
        if data.token_usage is not None:
            self.prompt_tokens += data.token_usage.prompt_tokens
            self.completion_tokens += data.token_usage.completion_tokens


@dataclass
class _JobSums:
    """Of one job: [wins, losses, undecided] by essay, [first won, second won] by essays and judge, sums by judge."""

    counts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    pairs: dict[tuple[str, str, Judge], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    spent: array[float] = field(default_factory=lambda: array("d"))
    spending: dict[Judge, _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    result: ResultData | None = None

    def add(self, kept: Record, fact: Fact) -> None:
        value = kept.value or b""
        if isinstance(fact, ResultFact):
            self.result = self.result or Result.model_validate_json(value).data
        elif isinstance(fact, ComparisonFact):
            for essay in (fact.essay_a, fact.essay_b):
                self.counts[essay][_column(fact, essay)] += 1
            data = Answer.model_validate_json(value).data
            judge = judge_of(data)
            self.spending[judge].add(data, fact)
            self.spent.append(float(fact.cost))
            if fact.winner is not None:
                self.pairs[fact.essay_a, fact.essay_b, judge][fact.winner != fact.essay_a] += 1

    def frozen_counts(self) -> dict[str, EssayCount]:
        return {
            essay: EssayCount(wins=wins, losses=losses, undecided=undecided)
            for essay, (wins, losses, undecided) in self.counts.items()
        }

    def frozen_pairs(self) -> Pairs:
        counted = self.pairs.items()
        return pairs_of((a, b, judge_name(judge), won_a, won_b) for (a, b, judge), (won_a, won_b) in counted)

    def frozen_spending(self) -> tuple[Spending, ...]:
        by_name = sorted(self.spending, key=lambda judge: (judge[0] or "", judge[1] or ""))
        return tuple(Spending(provider=judge[0], model=judge[1], **vars(self.spending[judge])) for judge in by_name)


def _column(fact: ComparisonFact, essay: str) -> int:
    if fact.winner is None:
        return 2
    return 0 if essay == fact.winner else 1


def _other(job: str, counted: JobTally) -> OtherJob:
    return OtherJob(
        job_id=job,
        comparisons=counted.comparisons,
        failed=counted.failed,
        tokens=counted.tokens,
        usd=counted.cost,
        completed=counted.completion is not None and counted.completion.succeeded,
        result=counted.result is not None,
    )


def _simulated(record: RunRecord, spending: tuple[Spending, ...]) -> bool | None:
    """By whom it was judged; while nothing is judged, by whom it was to be."""
    if spending:
        return any(spent.provider == SIMULATED_PROVIDER for spent in spending)
    overrides = record.request.data.llm_config_overrides if record.request else None
    asked_for = overrides.provider_override if overrides else None
    return None if asked_for is None else asked_for == SIMULATED_PROVIDER

"""A run as two tables, for those who go on working with it: an essay a row, and a comparison a row.

Columns keep their names and their meaning from version to version; new ones are added at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from eng5_pipeline.contracts.events import Comparison
from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.domain.events import ComparisonFact
from eng5_pipeline.report.account import Account
from eng5_pipeline.report.judged import EssayCount, judge_of
from eng5_pipeline.report.kept_events import own_comparisons
from eng5_pipeline.report.ranking import RankedEssay, anchor_of, is_anchor_id, registered_anchors
from eng5_pipeline.report.run_record import Student


class EssayRow(NamedTuple):
    """`rank`, `theta`, `grade` and `confidence` are CJ's own; `theta_here`, `standard_error`, `infit` and `outfit` are
    computed here. `expert_grade` is an anchor's. What is not known is None.
    """

    essay_id: str
    local_id: str | None
    kind: str
    rank: int | None
    theta: float | None
    grade: str | None
    confidence: float | None
    confidence_label: str | None
    theta_here: float | None
    standard_error: float | None
    infit: float | None
    outfit: float | None
    wins: int
    losses: int
    undecided: int
    anchor_id: int | None
    anchor_label: str | None
    expert_grade: str | None
    text_sha256: str | None
    words: int | None


class ComparisonRow(NamedTuple):
    """`winner` is `a`, `b` or None; `cost_usd` as it was written, `started_at` and `completed_at` too.

    `justification` is the judge's, who may quote an essay in it.
    """

    sequence: int
    request_id: str
    essay_a_id: str
    essay_a: str
    essay_b_id: str
    essay_b: str
    winner: str | None
    winner_id: str | None
    loser_id: str | None
    confidence: float | None
    justification: str | None
    provider: str | None
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: Decimal | None
    started_at: str | None
    completed_at: str | None
    response_time_ms: int | None
    error_code: str | None


def essay_rows(account: Account) -> Iterator[EssayRow]:
    """Every essay that was sent, reported or compared: by CJ's rank, those without one last."""
    known = _known(account)
    ranked = {essay.essay_id: essay for essay in account.ranked}
    others = sorted((account.record.sent | account.judged.counts.keys()) - ranked.keys())
    return (_essay(known, essay, ranked.get(essay)) for essay in [*ranked, *others])


def comparison_rows(account: Account) -> Iterator[ComparisonRow]:
    """Those of our own job of CJ, in the order they came."""
    known = _known(account)
    kept = own_comparisons(account.record, account.judged.job_id)
    return (_comparison(known, number, event, fact) for number, (event, fact) in enumerate(kept, start=1))


@dataclass(frozen=True)
class _Known:
    account: Account
    students: Mapping[str, Student]
    anchors: Mapping[int, Anchor]

    def name(self, essay_id: str) -> str:
        """The local id, an anchor's label, else the essay id."""
        anchor = anchor_of(essay_id, self.anchors)
        return self.account.record.local_ids.get(essay_id) or (anchor.label if anchor else None) or essay_id


def _known(account: Account) -> _Known:
    students = {student.essay_id: student for student in account.record.students}
    return _Known(account, students, registered_anchors(account.record))


def _essay(known: _Known, essay_id: str, ranked: RankedEssay | None) -> EssayRow:
    account, student, anchor = known.account, known.students.get(essay_id), anchor_of(essay_id, known.anchors)
    diagnosis, count = account.diagnosis, account.judged.counts.get(essay_id, EssayCount())
    fit = diagnosis.fit.essays.get(essay_id) if diagnosis else None
    return EssayRow(
        essay_id=essay_id,
        local_id=account.record.local_ids.get(essay_id),
        kind="anchor" if is_anchor_id(essay_id) else "student",
        rank=ranked.rank if ranked else None,
        theta=ranked.theta if ranked else None,
        grade=ranked.grade if ranked else None,
        confidence=ranked.confidence_score if ranked else None,
        confidence_label=ranked.confidence_label if ranked else None,
        theta_here=diagnosis.fitted.theta.get(essay_id) if diagnosis else None,
        standard_error=diagnosis.fitted.errors.get(essay_id) if diagnosis else None,
        infit=fit.infit if fit else None,
        outfit=fit.outfit if fit else None,
        wins=count.wins,
        losses=count.losses,
        undecided=count.undecided,
        anchor_id=anchor.anchor_id if anchor else None,
        anchor_label=anchor.label if anchor else None,
        expert_grade=anchor.grade if anchor else None,
        text_sha256=student.text_sha256 if student else None,
        words=student.words if student else None,
    )


def _comparison(known: _Known, number: int, event: Comparison, fact: ComparisonFact) -> ComparisonRow:
    data, tokens, (provider, model) = event.data, event.data.token_usage, judge_of(event.data)
    return ComparisonRow(
        sequence=number,
        request_id=data.request_id,
        essay_a_id=fact.essay_a,
        essay_a=known.name(fact.essay_a),
        essay_b_id=fact.essay_b,
        essay_b=known.name(fact.essay_b),
        winner={fact.essay_a: "a", fact.essay_b: "b"}.get(fact.winner or ""),
        winner_id=fact.winner,
        loser_id=fact.loser,
        confidence=data.confidence,
        justification=data.justification,
        provider=provider,
        model=model,
        prompt_tokens=tokens.prompt_tokens if tokens else None,
        completion_tokens=tokens.completion_tokens if tokens else None,
        cost_usd=data.cost_estimate,
        started_at=data.requested_at,
        completed_at=data.completed_at,
        response_time_ms=data.response_time_ms,
        error_code=data.error_detail.error_code if data.error_detail else None,
    )

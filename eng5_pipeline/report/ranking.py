"""The ranking of a batch: what CJ says of each essay, beside what the run knows of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from eng5_pipeline.contracts.events import EssayResult
from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.domain.value import Value
from eng5_pipeline.report.judged import EssayCount, Judged
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.results import AnchorsVerified

_ANCHOR_ID = re.compile(r"ANCHOR_(\d+)_[0-9a-fA-F]+")


class RankedEssay(Value):
    """`theta` is CJ's Bradley-Terry score, `grade` its projection for a student.

    Of an anchor CJ projects none: `anchor` is what its registry holds, the true grade with it, None where the registry
    id is not among the anchors that the run was checked against.
    """

    essay_id: str
    local_id: str | None
    is_anchor: bool
    rank: int | None
    theta: float | None
    grade: str | None
    normalized_score: float | None
    confidence_score: float | None
    confidence_label: str | None
    anchor: Anchor | None
    count: EssayCount

    @property
    def name(self) -> str:
        """What a person calls it."""
        label = self.anchor.label if self.anchor else None
        return self.local_id or label or self.essay_id


def ranking(record: RunRecord, judged: Judged) -> tuple[RankedEssay, ...]:
    """By rank; nothing where CJ published no result."""
    anchors = registered_anchors(record)
    results = judged.result.essay_results if judged.result else ()
    ranked = [_ranked(result, record, judged, anchors) for result in results]
    return tuple(sorted(ranked, key=lambda essay: (essay.rank is None, essay.rank or 0)))


def registered_anchors(record: RunRecord) -> Mapping[int, Anchor]:
    """By registry id, as CJ listed them before the upload."""
    verified = record.result(AnchorsVerified)
    return {anchor.anchor_id: anchor for anchor in verified.summary.anchors} if verified else {}


def anchor_of(essay_id: str, anchors: Mapping[int, Anchor]) -> Anchor | None:
    """CJ names an anchor in a batch ANCHOR_<registry id>_<hex>."""
    match = _ANCHOR_ID.fullmatch(essay_id)
    return anchors.get(int(match[1])) if match else None


def is_anchor_id(essay_id: str) -> bool:
    return _ANCHOR_ID.fullmatch(essay_id) is not None


def _ranked(result: EssayResult, record: RunRecord, judged: Judged, anchors: Mapping[int, Anchor]) -> RankedEssay:
    student = not result.is_anchor
    return RankedEssay(
        essay_id=result.essay_id,
        local_id=record.local_ids.get(result.essay_id),
        is_anchor=result.is_anchor,
        rank=result.rank,
        theta=result.bt_score,
        grade=result.letter_grade if student else None,
        normalized_score=result.normalized_score if student else None,
        confidence_score=result.confidence_score if student else None,
        confidence_label=result.confidence_label if student else None,
        anchor=anchor_of(result.essay_id, anchors) if result.is_anchor else None,
        count=judged.counts.get(result.essay_id, EssayCount()),
    )

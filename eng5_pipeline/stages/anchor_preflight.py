"""Read CJ's anchors. They are CJ's: a run never uploads or registers one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import Expected, anchor_findings
from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.comparisons import apply_comparison_limit, count_warnings
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.ports import AssignmentService
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, Validated
from eng5_pipeline.stages.refusing import refuse_or_warn

Review = Callable[[Validated, ResolvedAssignment, AnchorsVerified], Iterable[Caution]]


@dataclass(frozen=True)
class AnchorPreflight(AlwaysReady):
    """`limit` is the spec's max_comparisons. A review sees all that is known before anything is uploaded: it raises
    what stops the batch, and gives what to warn of."""

    service: AssignmentService
    expected: Expected
    limit: int | None
    allow: tuple[str, ...]
    spec: str
    reviews: tuple[Review, ...]

    name = "anchor_preflight"
    needs = (Validated, ResolvedAssignment)
    gives = AnchorsVerified
    touches = Touches.READS_SERVICES

    def run(self, ctx: RunContext, log: StageLog) -> AnchorsVerified:
        summary = self.service.anchors(ctx.get(ResolvedAssignment).assignment.assignment_id)
        refuse_or_warn(list(anchor_findings(summary, self.expected, self.spec)), self.allow, log)
        students = len(ctx.get(Validated).essays)
        counts = apply_comparison_limit(len(summary.anchors), students, self.limit)
        for warning in count_warnings(counts):
            log.warn(warning.reference, warning.what)
        verified = AnchorsVerified(summary=summary, counts=counts)
        for review in self.reviews:
            for caution in review(ctx.get(Validated), ctx.get(ResolvedAssignment), verified):
                log.warn(caution.reference, caution.what)
        return verified

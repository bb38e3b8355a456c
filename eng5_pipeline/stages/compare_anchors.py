"""Look what CJ holds under the labels of the anchors that are to be registered."""

from __future__ import annotations

from dataclasses import dataclass

from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.results import AnchorsCompared, AnchorsRead, ResolvedAssignment
from eng5_pipeline.stages.holdings import Holdings


@dataclass(frozen=True)
class CompareAnchors(AlwaysReady):
    holdings: Holdings

    name = "compare_anchors"
    needs = (AnchorsRead, ResolvedAssignment)
    gives = AnchorsCompared
    touches = Touches.READS_SERVICES

    def run(self, ctx: RunContext, log: StageLog) -> AnchorsCompared:
        held = self.holdings.by_label(ctx.get(ResolvedAssignment).assignment.assignment_id)
        anchors = ctx.get(AnchorsRead).anchors
        found = AnchorsCompared(
            anchors=tuple(self.holdings.compare(anchor, held.get(anchor.label)) for anchor in anchors)
        )
        for each in found.of("different"):
            log.warn("anchor-held-differently", f"CJ holds {each.anchor.label} with {' and '.join(each.differs)}")
        return found

"""Ask CJ what the assignment is, and refuse what its word rules out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import Assignment, Finding
from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.ports import AssignmentService
from eng5_pipeline.results import ResolvedAssignment
from eng5_pipeline.stages.refusing import refuse_or_warn


@dataclass(frozen=True)
class ResolveAssignment(AlwaysReady):
    """`rules` say what each verb needs of an assignment, `cautions` what may go wrong with asking again later."""

    service: AssignmentService
    assignment_id: str
    rules: tuple[Callable[[Assignment], Iterable[Finding]], ...]
    allow: tuple[str, ...]
    cautions: Callable[[], Iterable[Caution]]

    name = "resolve_assignment"
    needs = ()
    gives = ResolvedAssignment
    touches = Touches.READS_SERVICES

    def run(self, ctx: RunContext, log: StageLog) -> ResolvedAssignment:
        assignment = self.service.assignment(self.assignment_id)
        for caution in self.cautions():
            log.warn(caution.reference, caution.what)
        refuse_or_warn([finding for rule in self.rules for finding in rule(assignment)], self.allow, log)
        return ResolvedAssignment(assignment=assignment)

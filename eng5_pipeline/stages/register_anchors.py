"""Register anchors with CJ, each read back: CJ is known to acknowledge what it does not keep."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, AnchorToRegister
from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import Differs, OutcomeUnknown, ServiceFailed
from eng5_pipeline.ports import AssignmentService, ContentStore, EssayFiles, RegisteredAnchor
from eng5_pipeline.results import AnchorsRead, AnchorsRegistered, KeptAnchor, ResolvedAssignment


@dataclass(frozen=True)
class RegisterAnchors:
    """`replace` lets what CJ holds under the same label be overwritten."""

    files: EssayFiles
    service: AssignmentService
    store: ContentStore
    replace: bool

    name = "register_anchors"
    needs = (AnchorsRead, ResolvedAssignment)
    gives = AnchorsRegistered
    touches = Touches.CHANGES_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        """Nothing is overwritten without being asked for."""
        held = self._held(ctx.get(ResolvedAssignment).assignment.assignment_id)
        for anchor in ctx.get(AnchorsRead).anchors:
            there = held.get(anchor.label)
            if there is not None and not self.replace and not self._is(there, anchor):
                raise Differs(
                    "anchor-held-differently",
                    f"CJ holds another text or grade under label {anchor.label} (grade {there.grade})",
                    hint="look at both; to overwrite it:  eng5-pipeline register-anchors SPEC --replace",
                )

    def run(self, ctx: RunContext, log: StageLog) -> AnchorsRegistered:
        assignment = ctx.get(ResolvedAssignment).assignment
        anchors = ctx.get(AnchorsRead).anchors
        held = self._held(assignment.assignment_id)
        kept: list[KeptAnchor] = []
        for anchor in anchors:
            log.safe_point()
            there = held.get(anchor.label)
            if there is not None and self._is(there, anchor):
                kept.append(_kept(anchor, there.anchor_id))
            else:
                kept.append(self._register(assignment.assignment_id, anchor, log, first=not kept))
            log.progress(len(kept), len(anchors))
        self._all_are_there(assignment.assignment_id, anchors)
        return AnchorsRegistered(anchors=tuple(kept), grade_scale=assignment.grade_scale)

    def _register(self, assignment_id: str, anchor: AnchorToRegister, log: StageLog, *, first: bool) -> KeptAnchor:
        text = self.files.read(PurePosixPath(anchor.path)).text
        if text_sha256(text) != anchor.text_sha256:
            raise Differs("essay-changed", f"{anchor.local_id} has changed since it was read", hint="start again")
        log.effect()
        registered = self.service.register_anchor(assignment_id, anchor, text)
        log.note("acknowledged", label=anchor.label, anchor_id=registered.anchor_id)
        if first:
            self._must_be_kept(assignment_id, anchor, registered)
        return _kept(anchor, registered.anchor_id)

    def _must_be_kept(self, assignment_id: str, anchor: AnchorToRegister, registered: RegisteredAnchor) -> None:
        there = self._held(assignment_id).get(anchor.label)
        if there is None or there.anchor_id != registered.anchor_id or not self._is(there, anchor):
            raise not_kept([anchor.label])

    def _all_are_there(self, assignment_id: str, anchors: tuple[AnchorToRegister, ...]) -> None:
        held = self._held(assignment_id)
        lost = [a.label for a in anchors if a.label not in held or held[a.label].grade != a.grade]
        if lost:
            raise not_kept(lost)

    def _held(self, assignment_id: str) -> dict[str, Anchor]:
        summary: AnchorSummary = self.service.anchors(assignment_id)
        return {anchor.label or anchor.grade: anchor for anchor in summary.anchors}

    def _is(self, there: Anchor, anchor: AnchorToRegister) -> bool:
        if there.grade != anchor.grade or there.storage_id is None:
            return False
        try:
            content = self.store.get(there.storage_id)
        except ServiceFailed:
            return False
        return hashlib.sha256(content).hexdigest() == anchor.text_sha256


def not_kept(labels: list[str]) -> OutcomeUnknown:
    """Another attempt would be acknowledged and lost as well, so the hint is not this command."""
    return OutcomeUnknown(
        "anchors-not-kept",
        f"CJ acknowledged {len(labels)} anchor registration{'s' if len(labels) > 1 else ''} and did not keep: "
        f"{', '.join(labels[:5])}",
        hint="tell CJ's operators that its writes are not committed; pdm run cj-admin scales list shows it is up",
    )


def _kept(anchor: AnchorToRegister, anchor_id: int) -> KeptAnchor:
    return KeptAnchor(local_id=anchor.local_id, anchor_id=anchor_id, label=anchor.label, grade=anchor.grade)

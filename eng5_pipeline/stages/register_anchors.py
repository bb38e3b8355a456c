"""Register anchors with CJ, read back: CJ is known to acknowledge what it does not keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.anchor_holdings import ComparedAnchor
from eng5_pipeline.domain.assignment import Anchor, AnchorToRegister, Assignment
from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import Differs, Eng5Error, OutcomeUnknown, Refused, typed
from eng5_pipeline.ports import EssayFiles, RegisteredAnchor
from eng5_pipeline.results import AnchorsCompared, AnchorsRegistered, KeptAnchor, ResolvedAssignment
from eng5_pipeline.stages.holdings import Holdings

NAMED = 5  # labels in an error's one line

Asked = dict[str, RegisteredAnchor | None]
"""What CJ acknowledged, by label; None where it was asked and nothing came back."""


@dataclass(frozen=True)
class RegisterAnchors:
    """`replace` lets what CJ holds under the same label be overwritten; `spec` is named in hints."""

    files: EssayFiles
    holdings: Holdings
    replace: bool
    spec: str

    name = "register_anchors"
    needs = (AnchorsCompared, ResolvedAssignment)
    gives = AnchorsRegistered
    touches = Touches.CHANGES_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        """Nothing is overwritten without being asked for, and what is sent can be read back."""
        different = ctx.get(AnchorsCompared).of("different")
        if different and not self.replace:
            command = f"eng5-pipeline register-anchors {typed(self.spec)}"
            told = ", ".join(f"{each.anchor.label} ({' and '.join(each.differs)})" for each in different[:NAMED])
            raise Refused(
                "anchors-held-differently",
                f"CJ holds {len(different)} of {len(ctx.get(AnchorsCompared).anchors)} anchors differently: {told}",
                hint=f"look at both; to overwrite what CJ holds:  {command} --replace",
            )
        self.holdings.store.check()

    def run(self, ctx: RunContext, log: StageLog) -> AnchorsRegistered:
        assignment, anchors = ctx.get(ResolvedAssignment).assignment, ctx.get(AnchorsCompared).anchors
        asked: Asked = {}
        try:
            self._send_all(assignment, anchors, asked, log)
            held = self.holdings.by_label(assignment.assignment_id)
            kept = self._kept(anchors, asked, held)
            if len(kept) < len(anchors):
                raise not_kept([each.anchor.label for each in anchors if each.anchor.label not in kept])
        except Eng5Error:
            self._tell_what_is_kept(assignment, anchors, asked, log)
            raise
        return AnchorsRegistered(
            anchors=tuple(_as_kept(each.anchor, held[each.anchor.label]) for each in anchors),
            grade_scale=assignment.grade_scale,
        )

    def _send_all(self, assignment: Assignment, anchors: Sequence[ComparedAnchor], asked: Asked, log: StageLog) -> None:
        """The first is read back before the second is sent."""
        to_send = [each for each in anchors if each.state != "kept"]
        for number, each in enumerate(to_send, start=1):
            log.safe_point()
            registered = self._register(assignment, each.anchor, asked, log)
            if number == 1:
                self._must_be_kept(assignment, each.anchor, registered)
            log.progress(len(anchors) - len(to_send) + number, len(anchors))

    def _register(
        self, assignment: Assignment, anchor: AnchorToRegister, asked: Asked, log: StageLog
    ) -> RegisteredAnchor:
        text = self.files.read(PurePosixPath(anchor.path)).text
        if text_sha256(text) != anchor.text_sha256:
            raise Differs("essay-changed", f"{anchor.local_id} has changed since it was read", hint="start again")
        log.effect()
        asked[anchor.label] = None
        registered = self.holdings.service.register_anchor(assignment.assignment_id, anchor, text)
        asked[anchor.label] = registered
        log.note("acknowledged", label=anchor.label, **registered.model_dump(mode="json"))
        return registered

    def _must_be_kept(self, assignment: Assignment, anchor: AnchorToRegister, registered: RegisteredAnchor) -> None:
        """Id, label, grade, scale, storage id, and the bytes at the Content Service."""
        there = self.holdings.by_label(assignment.assignment_id).get(anchor.label)
        same_scale = registered.grade_scale == assignment.grade_scale
        if not (same_scale and _agree(anchor, registered, there) and self._holds(anchor, there)):
            raise not_kept([anchor.label])

    def _holds(self, anchor: AnchorToRegister, there: Anchor | None) -> bool:
        return self.holdings.compare(anchor, there).state == "kept"

    def _kept(self, anchors: Sequence[ComparedAnchor], asked: Asked, held: Mapping[str, Anchor]) -> set[str]:
        """Labels of the anchors that CJ holds as they are here."""
        return {label for each in anchors if self._is_kept(each, asked, held.get(label := each.anchor.label))}

    def _is_kept(self, each: ComparedAnchor, asked: Asked, there: Anchor | None) -> bool:
        label = each.anchor.label
        if label not in asked:
            return each.state == "kept" and each.there == there
        registered = asked[label]
        return self._holds(each.anchor, there) if registered is None else _agree(each.anchor, registered, there)

    def _tell_what_is_kept(
        self, assignment: Assignment, anchors: Sequence[ComparedAnchor], asked: Asked, log: StageLog
    ) -> None:
        if not asked:
            return
        try:
            kept = self._kept(anchors, asked, self.holdings.by_label(assignment.assignment_id))
        except Eng5Error as unreadable:
            acknowledged = [label for label, registered in asked.items() if registered]
            what = f"CJ acknowledged {_listed(acknowledged)}; what it keeps cannot be read back: {unreadable.what}"
        else:
            in_order = [each.anchor.label for each in anchors if each.anchor.label in kept]
            what = f"CJ keeps {len(kept)} of {len(anchors)} anchors: {_listed(in_order)}"
        log.warn("anchors-kept-so-far", what)


def _agree(anchor: AnchorToRegister, registered: RegisteredAnchor, there: Anchor | None) -> bool:
    """What CJ shows is what it acknowledged."""
    if there is None:
        return False
    shown = (there.anchor_id, there.label, there.grade, there.storage_id)
    return shown == (registered.anchor_id, anchor.label, anchor.grade, registered.storage_id or there.storage_id)


def not_kept(labels: Sequence[str]) -> OutcomeUnknown:
    """Another attempt would be acknowledged and lost as well, so the hint is not this command."""
    return OutcomeUnknown(
        "anchors-not-kept",
        f"CJ acknowledged {len(labels)} anchor registration{'s' if len(labels) > 1 else ''} and did not keep: "
        f"{_listed(labels[:NAMED])}",
        hint="tell CJ's operators that it answers registrations with success and does not commit them; "
        "sending them again would not help",
    )


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels) or "none"


def _as_kept(anchor: AnchorToRegister, there: Anchor) -> KeptAnchor:
    return KeptAnchor(local_id=anchor.local_id, anchor_id=there.anchor_id, label=anchor.label, grade=anchor.grade)

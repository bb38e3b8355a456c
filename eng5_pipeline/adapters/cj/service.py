"""CJ's HTTP side as the stages see it: assignments, their anchors, and the registration of one anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from eng5_pipeline.adapters.auth.check import MISSING, examine
from eng5_pipeline.adapters.auth.credential import Credential
from eng5_pipeline.adapters.cj.diagnosis import Diagnosis
from eng5_pipeline.adapters.cj.requests import (
    LIST,
    REGISTER,
    Allowance,
    Budget,
    CjRequests,
    Inquiry,
    anchors_path,
    instructions_path,
)
from eng5_pipeline.adapters.http.caller import Answer, HttpCaller, TransportFailed, one_line
from eng5_pipeline.contracts.http import (
    AnchorRegistrationRequest,
    AnchorRegistrationResponse,
    AnchorSummaryPayload,
    InstructionsList,
    InstructionsPayload,
)
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, AnchorToRegister, Assignment
from eng5_pipeline.errors import OutcomeUnknown, ServiceFailed
from eng5_pipeline.ports import Clock, RegisteredAnchor

P = TypeVar("P", InstructionsPayload, AnchorSummaryPayload)

AGAIN = "registering again is safe: give the same command once more"

_LABEL_SHOWN = 80


@dataclass(frozen=True)
class HttpAssignmentService:
    """Safe in several threads. `correlation_id` names this run in CJ's log.

    `budget` is for each lookup; its seconds are for all of them together until a registration comes between.

    The token is looked for when it is first needed, so that what is wrong with it belongs to whoever asks. A
    lookup without a token, or with one that is malformed or expired, sends nothing.
    """

    caller: HttpCaller
    base_url: str
    find_credential: Callable[[], Credential | None] = field(repr=False)
    clock: Clock
    correlation_id: UUID
    allow_plain_http: bool = False
    budget: Budget = field(default_factory=Budget)

    @cached_property
    def credential(self) -> Credential | None:
        return self.find_credential()

    @cached_property
    def _allowance(self) -> Allowance:
        return Allowance(self.budget)

    def check(self) -> None:
        """Raises ServiceFailed unless CJ lists its assignments for this token."""
        inquiry, diagnosis = self._inquiry()
        outcome = inquiry.look_up(LIST)
        if not isinstance(outcome, Answer) or not outcome.ok:
            raise diagnosis.of_list(outcome)
        try:
            self.caller.read(InstructionsList, outcome)
        except ServiceFailed as failure:
            raise diagnosis.of_strange(failure.what) from None

    def assignment(self, assignment_id: str) -> Assignment:
        found = self._look_up(InstructionsPayload, assignment_id, instructions_path(assignment_id))
        return Assignment(
            assignment_id=assignment_id,
            grade_scale=found.grade_scale,
            context_origin=found.context_origin,
            course_id=found.course_id,
            student_prompt_storage_id=found.student_prompt_storage_id,
        )

    def anchors(self, assignment_id: str) -> AnchorSummary:
        found = self._look_up(AnchorSummaryPayload, assignment_id, anchors_path(assignment_id))
        return AnchorSummary(
            assignment_id=assignment_id,
            grade_scale=found.grade_scale,
            anchors=tuple(
                Anchor(
                    anchor_id=anchor.id,
                    label=anchor.anchor_label,
                    grade=anchor.grade,
                    storage_id=anchor.text_storage_id,
                )
                for anchor in found.anchors
                if anchor.grade_scale == found.grade_scale
            ),
            count_by_scale=found.anchor_count_by_scale,
        )

    def register_anchor(self, assignment_id: str, anchor: AnchorToRegister, text: str) -> RegisteredAnchor:
        """Once, without retry: the same label again keeps the anchor's id, so that a rerun is safe.

        Raises ServiceFailed `anchor-refused` with CJ's words, OutcomeUnknown where CJ may or may not have it.
        """
        self._allowance.renew()
        body = AnchorRegistrationRequest(
            assignment_id=assignment_id, grade=anchor.grade, essay_text=text, anchor_label=anchor.label
        )
        try:
            answer = self._requests.post(REGISTER, body.model_dump_json().encode())
        except TransportFailed as lost:
            raise (_unknown(anchor, lost.what) if lost.passing else lost) from None
        if not answer.ok:
            raise _refused(anchor, answer.status, self._requests.words(answer, sent=text))
        return self._registered(anchor, answer)

    def _registered(self, anchor: AnchorToRegister, answer: Answer) -> RegisteredAnchor:
        try:
            made = self.caller.read(AnchorRegistrationResponse, answer)
        except ServiceFailed as failure:
            raise _unknown(anchor, failure.what) from None
        return RegisteredAnchor(anchor_id=made.anchor_id, storage_id=made.storage_id, grade_scale=made.grade_scale)

    def _look_up(self, kind: type[P], assignment_id: str, path: str) -> P:
        inquiry, diagnosis = self._inquiry()
        try:
            return self._found(kind, assignment_id, path, inquiry, diagnosis)
        finally:
            self._allowance.spend(inquiry.seconds())

    def _found(self, kind: type[P], assignment_id: str, path: str, inquiry: Inquiry, diagnosis: Diagnosis) -> P:
        outcome = inquiry.look_up(path)
        if not isinstance(outcome, Answer) or not outcome.ok:
            raise diagnosis.of(outcome, assignment_id, path)
        try:
            found = self.caller.read(kind, outcome)
        except ServiceFailed as failure:
            raise diagnosis.of_strange(failure.what) from None
        if found.assignment_id != assignment_id:
            raise diagnosis.of_strange(f"CJ at {outcome.url} answered for another assignment")
        return found

    def _inquiry(self) -> tuple[Inquiry, Diagnosis]:
        credential = self._usable_credential()
        inquiry = Inquiry(self._requests, self.clock, self._allowance.left())
        return inquiry, Diagnosis(inquiry, credential, self.clock.now())

    def _usable_credential(self) -> Credential:
        if self.credential is None:
            raise MISSING.as_error()
        self._requests.check_address()
        for problem in examine(self.credential, self.clock.now()):
            if problem.weight == "unusable":
                raise problem.as_error()
        return self.credential

    @property
    def _requests(self) -> CjRequests:
        return CjRequests(
            self.caller, self.base_url.rstrip("/"), self.credential, self.correlation_id, self.allow_plain_http
        )


def _shown(anchor: AnchorToRegister) -> str:
    return f"anchor {one_line(anchor.label)[:_LABEL_SHOWN]}"


def _refused(anchor: AnchorToRegister, status: int, words: str) -> ServiceFailed:
    if 400 <= status < 500:
        return ServiceFailed("anchor-refused", f"CJ refuses {_shown(anchor)}: {words}", hint=f"correct it; {AGAIN}")
    what = f"CJ answered {status} to the registration of {_shown(anchor)}: {words}"
    return ServiceFailed("anchor-not-registered", what, hint=f"see CJ's log; {AGAIN}")


def _unknown(anchor: AnchorToRegister, what: str) -> OutcomeUnknown:
    return OutcomeUnknown("anchor-outcome-unknown", f"CJ may or may not have {_shown(anchor)}: {what}", hint=AGAIN)

"""Why CJ did not answer a lookup, found by asking what tells the causes apart.

As it is, CJ answers every refusal of an admin route with one and the same 500; repaired, with 400, 401, 403
and 404. Both lead to the same errors here:

    assignment-unknown   the list of assignments answers with this token, and does not show it
    cj-token-…           the list does not answer either, CJ is well, and the token has a fault of its own
    cj-token-refused     ... and the token looks right
    cj-wrong-service     an HTML page, a redirect, another service, or CJ under another path
    cj-broken            CJ is there and fails
    cj-unreachable, cj-timeout, cj-tls, cj-address   as `http` tells them
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from eng5_pipeline.adapters.auth.check import examine
from eng5_pipeline.adapters.auth.credential import Credential
from eng5_pipeline.adapters.cj.requests import HEALTH, LIST, Inquiry, Outcome, instructions_path
from eng5_pipeline.adapters.http.caller import Answer, TransportFailed, one_line, shown
from eng5_pipeline.contracts.http import (
    CodedErrorBody,
    ErrorBody,
    InstructionsList,
    Payload,
    PlainErrorBody,
    read_error,
)
from eng5_pipeline.errors import Eng5Error, Refused, ServiceFailed

CJ_NAME = "cj_assessment_service"
ADDRESS_HINT = "give CJ's address:  CJ_SERVICE_URL, or services.cj in the spec"

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,39}")  # a name is repeated in an error, a longer text never
_NAMES_OF_NOBODY = frozenset({None, "", "unknown", CJ_NAME})


class HealthPayload(Payload):
    """`GET /healthz`, where every service of the platform says its name; so do CJ's refusals as it is."""

    service: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class Health:
    """Who answers at an address; `service` is None where nobody says."""

    service: str | None
    well: bool

    @property
    def is_cj(self) -> bool:
        return self.service == CJ_NAME and self.well

    @property
    def is_another(self) -> bool:
        return self.service not in _NAMES_OF_NOBODY


NOBODY = Health(service=None, well=False)


@dataclass(frozen=True)
class Diagnosis:
    """Of one lookup that failed."""

    inquiry: Inquiry
    credential: Credential
    now: datetime

    def of(self, outcome: Outcome, assignment_id: str, path: str) -> Eng5Error:
        """The cause of a request without an answer, or of an answer without success, from `path`."""
        if not isinstance(outcome, Answer):
            return self._of_no_answer(outcome)
        if _hides_its_cause(outcome):
            return self._of_hidden_cause(outcome, assignment_id, path)
        return self._of_answer(outcome, unknown=_unknown(assignment_id))

    def of_list(self, outcome: Outcome) -> Eng5Error:
        """The same where the list of assignments was asked for, which CJ refuses for the token alone."""
        if not isinstance(outcome, Answer):
            return self._of_no_answer(outcome)
        if _hides_its_cause(outcome):
            return self._by_health(on_well=self._of_token(), else_=self._broken(self._told(outcome)))
        return self._of_answer(outcome, unknown=_wrong(self._told(outcome)))

    def of_strange(self, what: str) -> Eng5Error:
        """The cause of an answer that CJ does not give: a page, a redirect, too much, not its form."""
        return self._by_health(on_well=self._broken(f"{what}, though {HEALTH} answers"), else_=_wrong(what))

    def _of_no_answer(self, failure: ServiceFailed) -> Eng5Error:
        return self._of_silence(failure) if isinstance(failure, TransportFailed) else self.of_strange(failure.what)

    def _of_silence(self, failure: TransportFailed) -> Eng5Error:
        if not failure.passing:
            return failure
        told = f"{failure.what}, though {HEALTH} answers"
        if failure.reference == "cj-unreachable":
            return self._by_health(on_well=self._broken(told), else_=failure)
        return self._by_health(on_well=ServiceFailed(failure.reference, told, hint=self._log_hint), else_=failure)

    def _of_answer(self, answer: Answer, *, unknown: Eng5Error) -> Eng5Error:
        """`unknown` is what it means that there is nothing of that name."""
        if answer.status >= 500 or answer.status == 429:
            return self._of_failure(answer)
        body, cause = read_error(answer.body), self._of_status(answer.status, unknown)
        if body is None or cause is None:
            return self.of_strange(self._told(answer))
        if _is_of_cj(body):
            return cause
        return self._by_health(on_well=cause, else_=_wrong(self._told(answer)))

    def _of_status(self, status: int, unknown: Eng5Error) -> Eng5Error | None:
        if status in (401, 403):
            return self._of_token()
        return unknown if status in (400, 404) else None

    def _of_failure(self, answer: Answer) -> Eng5Error:
        told = self._told(answer)
        return self._by_health(on_well=self._broken(f"{told}, though {HEALTH} answers"), else_=self._broken(told))

    def _of_hidden_cause(self, answer: Answer, assignment_id: str, path: str) -> Eng5Error:
        if self._knows(assignment_id, path):
            return self._broken(f"{self._told(answer)}, though CJ knows the assignment")
        listing = self.inquiry.ask(LIST)
        if isinstance(listing, Answer) and listing.ok:
            return self._by_list(answer, listing, assignment_id)
        if isinstance(listing, Answer) and (listing.status in (401, 403) or _hides_its_cause(listing)):
            return self._by_health(on_well=self._of_token(), else_=self._broken(self._told(answer)))
        return self._of_failure(answer)

    def _by_list(self, answer: Answer, listing: Answer, assignment_id: str) -> Eng5Error:
        try:
            page = self.inquiry.requests.caller.read(InstructionsList, listing)
        except ServiceFailed:
            return self._of_failure(answer)
        if any(item.assignment_id == assignment_id for item in page.items):
            return self._broken(f"{self._told(answer)}, though CJ lists the assignment")
        return _unknown(assignment_id)

    def _of_token(self) -> ServiceFailed:
        for problem in examine(self.credential, self.now):
            if problem.weight != "warning":
                return problem.as_error()
        return ServiceFailed(
            "cj-token-refused",
            f"CJ refuses the token ({self.credential.source}) although it looks right: "
            "it is signed with another secret, or all admin routes of CJ fail",
            hint=f"{self.credential.renewal}   (what it says:  eng5-pipeline verify-auth)",
        )

    def _knows(self, assignment_id: str, path: str) -> bool:
        """Whether the assignment itself can be looked up, where something else of it was asked for."""
        own = instructions_path(assignment_id)
        if own == path:
            return False
        outcome = self.inquiry.ask(own)
        return isinstance(outcome, Answer) and outcome.ok

    def _by_health(self, *, on_well: Eng5Error, else_: Eng5Error) -> Eng5Error:
        """`on_well` where CJ itself answers that it is well; another cause where someone else answers."""
        base = self.inquiry.requests.base_url
        health = self._health(base)
        if health.is_cj:
            return on_well
        if health.is_another:
            return _wrong(f"{health.service} answers at {shown(base)}, not CJ")
        root = _root(base)
        if root != base and self._health(root).is_cj:
            return _wrong(f"CJ answers at {shown(root)}, not at {shown(base)}")
        return else_

    def _health(self, base: str) -> Health:
        outcome = self.inquiry.look(f"{base}{HEALTH}")
        if not isinstance(outcome, Answer):
            return NOBODY
        try:
            said = self.inquiry.requests.caller.read(HealthPayload, outcome)
        except ServiceFailed:
            return NOBODY
        service = said.service if _NAME.fullmatch(said.service or "") else None
        return Health(service, well=outcome.ok and said.status in (None, "healthy"))

    def _told(self, answer: Answer) -> str:
        return self.inquiry.requests.told(answer)

    def _broken(self, what: str) -> ServiceFailed:
        return ServiceFailed("cj-broken", what, hint=self._log_hint)

    @property
    def _log_hint(self) -> str:
        return f"look for {self.inquiry.requests.correlation_id} in CJ's log, then:  eng5-pipeline doctor SPEC"


def _unknown(assignment_id: str) -> Refused:
    return Refused(
        "assignment-unknown",
        f"CJ knows no assignment {one_line(assignment_id)}",
        hint="see which there are:  pdm run cj-admin instructions list   "
        "or create it:  pdm run cj-admin instructions create",
    )


def _wrong(what: str) -> ServiceFailed:
    return ServiceFailed("cj-wrong-service", what, hint=ADDRESS_HINT)


def _hides_its_cause(answer: Answer) -> bool:
    """Whether this is the 500 that CJ, as it is, gives for every refusal of an admin route."""
    body = read_error(answer.body)
    return answer.status == 500 and isinstance(body, PlainErrorBody) and _is_of_cj(body)


def _is_of_cj(body: ErrorBody) -> bool:
    if isinstance(body, CodedErrorBody):
        return body.error.service == CJ_NAME
    return isinstance(body, PlainErrorBody) and body.service == CJ_NAME


def _root(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"

"""The captured answers of both services, as the client's adapters take them.

Each exchange that the client has a call for is answered by a server that says what was captured and nothing else;
what the adapter makes of it is compared with the capture's own words, or with the error that it must become.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pytest_httpserver import HTTPServer

from eng5_pipeline.adapters.cj.requests import HEALTH, LIST, REGISTER, anchors_path, instructions_path
from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.content.store import HttpContentStore
from eng5_pipeline.adapters.http.caller import CONTENT, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy
from eng5_pipeline.domain.assignment import AnchorSummary, AnchorToRegister, Assignment
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.ports import RegisteredAnchor, StoredContent
from tests.support.cj import ImpatientClock, a_token, asking, assignment_of, captured, replay
from tests.support.http_captures import Exchange

# The error that an answer becomes, the same for both sets unless two are named: as it is, repaired.
ERRORS: Mapping[str, str | tuple[str, str]] = {
    "content-post-empty-body": "content-refused",
    "content-post-content-type-over-100-chars": "content-failed",
    "content-post-17MiB": "content-failed",
    "content-get-ok-uppercase-id": "content-refused",
    "content-get-missing": "content-refused",
    "content-get-malformed-id": "content-refused",
    "content-get-dashed-uuid": "content-refused",
    "content-unknown-route": "content-refused",
    "cj-healthz": "cj-broken",
    "cj-instr-get-after-create": ("assignment-unknown", ""),
    "cj-instr-list": "assignment-unknown",
    "cj-instr-list-filter-scale": "assignment-unknown",
    "cj-instr-list-bad-page": ("cj-token-refused", "cj-broken"),
    "cj-instr-get-404": "assignment-unknown",
    "cj-instr-get-no-auth": "cj-token-refused",
    "cj-instr-get-wrong-role": "cj-token-without-role",
    "cj-instr-get-no-roles": "cj-token-without-role",
    "cj-instr-get-garbage-token": "cj-token-refused",
    "cj-instr-get-not-bearer": "cj-token-refused",
    "cj-instr-get-expired-token": "cj-token-refused",
    "cj-instr-get-wrong-audience": "cj-token-wrong-audience",
    "cj-unknown-route": "cj-wrong-service",
    "cj-anchor-register-bad-grade": "anchor-refused",
    "cj-anchor-register-unknown-assignment": "anchor-refused",
    "cj-anchor-register-text-99-chars": "anchor-refused",
    "cj-anchor-register-missing-field": "anchor-refused",
    "cj-anchor-register-empty-grade": "anchor-refused",
    "cj-anchor-register-label-256-chars": "anchor-not-registered",
    "cj-anchor-register-invalid-json": "anchor-refused",
    "cj-anchor-register-wrong-type": "anchor-refused",
    "cj-anchors-summary-404": "assignment-unknown",
    "cj-anchors-summary-no-auth": "cj-token-refused",
}

_BY_ADMIN = "cj-admin writes instructions, the client only reads them"
_PROMPTS = "cj-admin keeps the student prompt, the client reads its storage id with the instructions"
_RUBRICS = "cj-admin keeps the rubric, the client never asks for it"

WITHOUT_A_CALL: Mapping[str, str] = {
    "cj-instr-create": _BY_ADMIN,
    "cj-instr-update": _BY_ADMIN,
    "cj-instr-update-other-grade-scale": _BY_ADMIN,
    "cj-instr-update-other-context-origin": _BY_ADMIN,
    "cj-instr-unknown-grade-scale": _BY_ADMIN,
    "cj-instr-too-short-instructions": _BY_ADMIN,
    "cj-instr-no-scope": _BY_ADMIN,
    "cj-instr-both-scopes": _BY_ADMIN,
    "cj-instr-missing-grade-scale": _BY_ADMIN,
    "cj-instr-unknown-extra-field": _BY_ADMIN,
    "cj-instr-invalid-json": _BY_ADMIN,
    "cj-instr-assignment-id-101-chars": _BY_ADMIN,
    "cj-instr-student-prompt-id-not-checked": _BY_ADMIN,
    "cj-instr-delete-ok": _BY_ADMIN,
    "cj-prompt-get-none-configured": _PROMPTS,
    "cj-prompt-upload-ok": _PROMPTS,
    "cj-prompt-get-ok": _PROMPTS,
    "cj-prompt-upload-too-short": _PROMPTS,
    "cj-prompt-upload-unknown-assignment": _PROMPTS,
    "cj-rubric-get-none-configured": _RUBRICS,
    "cj-rubric-upload-ok": _RUBRICS,
    "cj-rubric-get-after-upload": _RUBRICS,
    "cj-rubric-get-ok": _RUBRICS,
    "cj-wrong-method": "the client asks every route by its own method",
}

# What the token of a lookup says where CJ was captured to refuse it. A token that the client itself would not
# send (none, garbage, expired, not as a bearer) is replaced by a good one, so that the answer is met at all.
_CLAIMS: Mapping[str, Mapping[str, object]] = {
    "cj-instr-get-wrong-role": {"roles": ["teacher"]},
    "cj-instr-get-no-roles": {"roles": None},
    "cj-instr-get-wrong-audience": {"aud": "another-platform"},
}
_OF_THE_TOKEN = ("no-auth", "-role", "-roles", "-token", "not-bearer", "-audience")

_ANCHOR = AnchorToRegister(
    local_id="anchors/A1.docx", path="anchors/A1.docx", label="A1", grade="A", text_sha256="0" * 64, characters=190
)
_TEXT = "School uniforms hide what pupils are. " * 5

Made = Assignment | AnchorSummary | RegisteredAnchor | StoredContent | bytes | None


@dataclass(frozen=True)
class Client:
    """Both adapters against `server`, which says what was captured of the services in this form."""

    face: str
    server: HTTPServer

    def differ(self, exchange: Exchange) -> list[str]:
        """What the adapter makes of an exchange otherwise than it should, a line each."""
        wanted = ERRORS.get(exchange.name, "")
        error = wanted if isinstance(wanted, str) else wanted[self.face == "repaired"]
        self.server.clear()
        try:
            made = self._call(exchange)
        except Eng5Error as failed:
            return _of_failure(failed, error)
        wrong = [f"no {error}: {made!r}"] if error else []
        return wrong + [f"{key}: {told!r} is not {said!r}" for key, told, said in _both(made, exchange) if told != said]

    def _call(self, exchange: Exchange) -> Made:
        if exchange.service == "content_service":
            return self._of_content(exchange)
        if exchange.path == REGISTER:
            return self._registered(exchange)
        if exchange.path == HEALTH:
            return self._looked_up_with_health(exchange)
        if exchange.path.partition("?")[0] == LIST:
            return self._looked_up_with_list(exchange)
        if exchange.name == "cj-unknown-route":
            return self._looked_up_elsewhere(exchange)
        return self._looked_up(exchange)

    def _of_content(self, exchange: Exchange) -> Made:
        replay(self.server, exchange)
        folder, _, last = exchange.path.rpartition("/")
        if exchange.path == HEALTH:
            return self._store("/v1/content", lambda store: store.check())
        if exchange.method == "POST":
            return self._store(exchange.path, lambda store: store.put(exchange.body.encode()))
        return self._store(folder, lambda store: store.get(last))

    def _store(self, path: str, call: Callable[[HttpContentStore], Made]) -> Made:
        with Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
            clock = ImpatientClock()
            caller = HttpCaller(CONTENT, client, clock.monotonic)
            retrier = Retrier(RetryPolicy(), clock, lambda: 0.0)
            return call(HttpContentStore(self.server.url_for(path), caller, retrier))

    def _registered(self, exchange: Exchange) -> Made:
        replay(self.server, exchange)
        with self._asking("") as service:
            return service.register_anchor("any", _ANCHOR, _TEXT)

    def _looked_up(self, exchange: Exchange) -> Made:
        """A token that one admin route refuses is refused by the list too; else the list shows other assignments."""
        refused = exchange.name.endswith(_OF_THE_TOKEN)
        replay(self.server, exchange)
        replay(self.server, exchange if refused else captured(self.face, "cj-instr-list-filter-scale"), LIST)
        replay(self.server, captured(self.face, "cj-healthz"))
        assignment = assignment_of(exchange)
        with self._asking("", a_token(**_CLAIMS.get(exchange.name, {}))) as service:
            if exchange.path == anchors_path(assignment):
                return service.anchors(assignment)
            return service.assignment(assignment)

    def _looked_up_with_list(self, exchange: Exchange) -> Made:
        """The list is asked for when CJ does not say why it refuses, as it does as it is."""
        refusal = captured("as-is", "cj-instr-get-404")
        replay(self.server, refusal)
        replay(self.server, exchange, LIST)
        replay(self.server, captured(self.face, "cj-healthz"))
        with self._asking("") as service:
            return service.assignment(assignment_of(refusal))

    def _looked_up_with_health(self, exchange: Exchange) -> Made:
        """Who answers is asked when a page comes in the place of an answer."""
        replay(self.server, captured(self.face, "content-unknown-route"), instructions_path("any"))
        replay(self.server, exchange)
        with self._asking("") as service:
            return service.assignment("any")

    def _looked_up_elsewhere(self, exchange: Exchange) -> Made:
        """An address with a path too much leads to routes that CJ does not know."""
        for path in (instructions_path("any"), LIST, HEALTH):
            replay(self.server, exchange, f"/cj{path}")
        replay(self.server, captured(self.face, "cj-healthz"))
        with self._asking("/cj") as service:
            return service.assignment("any")

    @contextmanager
    def _asking(self, path: str, token: str | None = None) -> Iterator[HttpAssignmentService]:
        with asking(self.server.url_for(path), token) as service:
            yield service


@contextmanager
def client(face: str) -> Iterator[Client]:
    with HTTPServer(host="127.0.0.1") as server:
        yield Client(face, server)


def _of_failure(failed: Eng5Error, wanted: str) -> list[str]:
    told = [] if failed.reference == wanted else [f"{failed.reference} instead of {wanted or 'an answer'}"]
    lines = [] if failed.what.isprintable() and failed.hint else [f"not one line with a hint: {failed.what!r}"]
    return told + lines


def _both(made: Made, exchange: Exchange) -> Iterator[tuple[str, object, object]]:
    """What was made of an answer beside what the capture says, by key."""
    match made:
        case bytes():
            yield "body", made, exchange.answer.text.encode()
        case StoredContent():
            yield "storage_id", made.storage_id, _said(exchange)["storage_id"]
        case RegisteredAnchor():
            said = _said(exchange)
            yield from ((key, getattr(made, key), said[key]) for key in ("anchor_id", "storage_id", "grade_scale"))
        case Assignment():
            said = _said(exchange)
            yield from ((key, value, said[key]) for key, value in made.model_dump().items())
        case AnchorSummary():
            said = _said(exchange)
            yield "grade_scale", made.grade_scale, said["grade_scale"]
            yield "count_by_scale", made.count_by_scale, said["anchor_count_by_scale"]
            told = [(a.anchor_id, a.label, a.grade, a.storage_id) for a in made.anchors]
            keys = ("id", "anchor_label", "grade", "text_storage_id")
            yield "anchors", told, [tuple(anchor[key] for key in keys) for anchor in said["anchors"]]


def _said(exchange: Exchange) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(exchange.answer.text)
    return said

"""Every cause of a failed lookup is told by its name, whether CJ says it or hides it behind a 500."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from eng5_pipeline.adapters.cj.requests import Budget
from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.http.caller import CJ, HttpCaller
from eng5_pipeline.adapters.http.causes import NAME_NOT_FOUND, NoAnswer
from eng5_pipeline.adapters.http.connection import Reply, Timeouts
from eng5_pipeline.errors import Eng5Error, Refused, ServiceFailed
from tests.support.cj import (
    LIST,
    RUN,
    ImpatientClock,
    a_credential,
    a_token,
    asking,
    assignment_of,
    captured,
    everything_said,
    repeats,
    replay,
    requests_to,
    response,
    signed_with,
)
from tests.support.clock import START, FakeClock

FACES = ("as-is", "repaired")
OTHER_SECRET = "quite another secret of thirty-two bytes"


def cause(url: str, token: str | None = None, *, lookup: str = "assignment", of: str = "any") -> Eng5Error:
    with asking(url, token) as service, pytest.raises(Eng5Error) as failed:
        getattr(service, lookup)(of)
    return failed.value


# Refusals, as captured


def refusing(server: HTTPServer, face: str, name: str) -> str:
    """A CJ that is well and refuses every admin route as in one captured exchange; the assignment asked for."""
    refusal = captured(face, name)
    for path in (refusal.path, refusal.path.replace("assessment-instructions", "anchors"), LIST):
        replay(server, refusal, path)
    replay(server, captured(face, "cj-healthz"))
    return assignment_of(refusal)


TOKENS: Mapping[str, tuple[str, str, str]] = {
    "role missing": ("cj-instr-get-wrong-role", a_token(roles=["teacher"]), "cj-token-without-role"),
    "no roles": ("cj-instr-get-no-roles", a_token(roles=None), "cj-token-without-role"),
    "audience": ("cj-instr-get-wrong-audience", a_token(aud="another-platform"), "cj-token-wrong-audience"),
    "issuer": ("cj-instr-get-garbage-token", a_token(iss="someone"), "cj-token-wrong-issuer"),
    "not yet": ("cj-instr-get-garbage-token", a_token(nbf=4_000_000_000), "cj-token-not-yet-valid"),
    "signature": ("cj-instr-get-garbage-token", signed_with(OTHER_SECRET), "cj-token-refused"),
    "CJ's clock is ahead": ("cj-instr-get-expired-token", a_token(), "cj-token-refused"),
}


@pytest.mark.parametrize("lookup", ["assignment", "anchors"])
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("case", TOKENS)
def test_what_is_wrong_with_the_token_is_found(httpserver: HTTPServer, face: str, case: str, lookup: str) -> None:
    name, token, reference = TOKENS[case]
    error = cause(httpserver.url_for(""), token, lookup=lookup, of=refusing(httpserver, face, name))
    assert isinstance(error, ServiceFailed)
    assert error.reference == reference
    assert "pdm run cj-admin login" in error.hint
    assert len(requests_to(httpserver)) <= 4
    assert not repeats(token, everything_said(error))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", ["cj-instr-get-404", "cj-anchors-summary-404"])
def test_an_unknown_assignment_is_found(httpserver: HTTPServer, face: str, name: str) -> None:
    for each in ("cj-instr-get-404", "cj-anchors-summary-404", "cj-healthz"):
        replay(httpserver, captured(face, each))
    replay(httpserver, captured(face, "cj-instr-list"), LIST)
    lookup = "assignment" if "instr" in name else "anchors"
    error = cause(httpserver.url_for(""), lookup=lookup, of=assignment_of(captured(face, name)))
    assert isinstance(error, Refused)
    assert error.reference == "assignment-unknown"
    assert len(requests_to(httpserver)) <= 4


@pytest.mark.parametrize("case", TOKENS)
def test_both_forms_of_cj_lead_to_the_same_words(httpserver: HTTPServer, case: str) -> None:
    name, token, _ = TOKENS[case]
    said = []
    for face in FACES:
        httpserver.clear()
        error = cause(httpserver.url_for(""), token, of=refusing(httpserver, face, name))
        said.append((type(error), error.reference, error.what, error.hint))
    assert said[0] == said[1]


def test_a_repaired_cj_is_not_asked_twice(httpserver: HTTPServer) -> None:
    of = refusing(httpserver, "repaired", "cj-instr-get-wrong-role")
    cause(httpserver.url_for(""), a_token(roles=[]), of=of)
    assert len(requests_to(httpserver)) == 1


def test_no_more_is_asked_than_the_budget_allows(httpserver: HTTPServer) -> None:
    of = refusing(httpserver, "as-is", "cj-instr-get-wrong-role")
    with asking(httpserver.url_for(""), budget=Budget(requests=2)) as service, pytest.raises(ServiceFailed):
        service.anchors(of)
    assert len(requests_to(httpserver)) == 2


def test_a_400_of_a_repaired_cj_means_that_no_assignment_is_called_so(httpserver: HTTPServer) -> None:
    refusal = captured("repaired", "cj-instr-too-short-instructions")
    httpserver.expect_request(f"{LIST}/assignment/any").respond_with_response(response(refusal))
    assert cause(httpserver.url_for("")).reference == "assignment-unknown"


def test_an_assignment_that_cj_lists_and_cannot_show_is_cjs_fault(httpserver: HTTPServer) -> None:
    listed = captured("as-is", "cj-instr-get-ok-no-student-prompt")
    replay(httpserver, captured("as-is", "cj-instr-get-404"), listed.path)
    replay(httpserver, captured("as-is", "cj-instr-list"), LIST)
    error = cause(httpserver.url_for(""), of=assignment_of(listed))
    assert (error.reference, "lists the assignment" in error.what) == ("cj-broken", True)


def test_anchors_of_a_known_assignment_that_cannot_be_shown_are_cjs_fault(httpserver: HTTPServer) -> None:
    known = captured("as-is", "cj-instr-get-ok-no-student-prompt")
    replay(httpserver, known)
    replay(
        httpserver, captured("as-is", "cj-anchors-summary-404"), f"/admin/v1/anchors/assignment/{assignment_of(known)}"
    )
    error = cause(httpserver.url_for(""), lookup="anchors", of=assignment_of(known))
    assert (error.reference, "knows the assignment" in error.what) == ("cj-broken", True)


def test_a_hidden_cause_of_a_cj_that_is_not_well_is_cjs_fault(httpserver: HTTPServer) -> None:
    of = refusing(httpserver, "as-is", "cj-instr-get-404")
    httpserver.clear_all_handlers()
    for path in (f"{LIST}/assignment/{of}", LIST):
        replay(httpserver, captured("as-is", "cj-instr-get-404"), path)
    httpserver.expect_request("/healthz").respond_with_json(
        {"service": "cj_assessment_service", "status": "unhealthy"}, status=503
    )
    assert cause(httpserver.url_for(""), of=of).reference == "cj-broken"


# Another service, another address


def test_another_service_of_the_platform_is_named(httpserver: HTTPServer) -> None:
    page = captured("as-is", "content-unknown-route")
    httpserver.expect_request("/healthz").respond_with_response(response(captured("as-is", "content-healthz")))
    replay(httpserver, page, f"{LIST}/assignment/any")
    error = cause(httpserver.url_for(""))
    assert (error.reference, "content_service" in error.what) == ("cj-wrong-service", True)
    assert "CJ_SERVICE_URL" in error.hint


@pytest.mark.parametrize("face", FACES)
def test_cj_under_another_path_is_found(httpserver: HTTPServer, face: str) -> None:
    unknown_route = captured(face, "cj-unknown-route")
    replay(httpserver, captured(face, "cj-healthz"))
    for path in (f"/v1{LIST}/assignment/any", f"/v1{LIST}", "/v1/healthz"):
        replay(httpserver, unknown_route, path)
    error = cause(httpserver.url_for("/v1"))
    assert (error.reference, error.what.startswith("CJ answers at")) == ("cj-wrong-service", True)
    assert len(requests_to(httpserver)) <= 4


def test_a_plain_404_of_who_knows_whom_is_not_an_unknown_assignment(httpserver: HTTPServer) -> None:
    httpserver.expect_request("").respond_with_json({"error": "Not Found"}, status=404)
    assert cause(httpserver.url_for("")).reference == "cj-wrong-service"


def test_a_form_that_is_not_cjs_is_not_cj(httpserver: HTTPServer) -> None:
    httpserver.expect_request("").respond_with_json({"items": []})
    assert cause(httpserver.url_for("")).reference == "cj-wrong-service"


def test_an_answer_about_another_assignment_is_not_taken(httpserver: HTTPServer) -> None:
    known = captured("repaired", "cj-instr-get-ok-no-student-prompt")
    replay(httpserver, known, f"{LIST}/assignment/any")
    replay(httpserver, captured("repaired", "cj-healthz"))
    error = cause(httpserver.url_for(""))
    assert (error.reference, "another assignment" in error.what) == ("cj-broken", True)


@pytest.mark.parametrize("status", [404, 200])
def test_ten_megabytes_are_not_read(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("").respond_with_data(b"x" * 10_000_000, status=status)
    error = cause(httpserver.url_for(""))
    assert (error.reference, "more than" in error.what) == ("cj-wrong-service", True)


# Nobody


def test_nobody_there_is_told_as_such() -> None:
    error = cause("http://127.0.0.1:1")
    assert (error.reference, "nothing listens there" in error.what) == ("cj-unreachable", True)


class Nowhere:
    """Finds no name; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        self.asked.append(url)
        raise NoAnswer(NAME_NOT_FOUND)
        yield


def test_a_name_that_is_not_found_is_looked_for_once() -> None:
    """Looking for a name may take long, whatever the budget."""
    clock, nowhere = ImpatientClock(), Nowhere()
    caller = HttpCaller(CJ, nowhere, clock.monotonic)
    service = HttpAssignmentService(caller, "https://cj.invalid", lambda: a_credential(a_token()), clock, RUN)
    with pytest.raises(ServiceFailed, match="name that is not found"):
        service.assignment("any")
    assert len(nowhere.asked) == 1


@dataclass
class Sluggish:
    """Busy at first, then refusing as CJ does; each answer is whole just before it would be given up."""

    clock: FakeClock
    asked: int = 0

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        self.asked += 1
        self.clock.sleep(timeouts.whole)
        refusal = captured("as-is", "cj-instr-get-wrong-role").answer.text.encode()
        yield Reply(503 if self.asked == 1 else 500, {"retry-after": "2"}, iter([refusal]))


def test_a_cause_is_looked_for_with_four_requests_in_ten_seconds() -> None:
    clock, credential = FakeClock(), a_credential(a_token(exp=START + timedelta(hours=1)))
    cj = Sluggish(clock)
    caller = HttpCaller(CJ, cj, clock.monotonic)
    service = HttpAssignmentService(caller, "https://cj.invalid", lambda: credential, clock, RUN)
    with pytest.raises(ServiceFailed, match="answered 50"):
        service.anchors("any")
    assert (cj.asked, clock.monotonic() <= 10) == (4, True)


def test_tls_where_there_is_none_is_told_as_such(httpserver: HTTPServer) -> None:
    assert cause(f"https://localhost:{httpserver.port}").reference == "cj-tls"

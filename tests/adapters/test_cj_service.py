"""The real adapter: what it sends, what it makes of odd answers, and that the token stays where it belongs."""

from __future__ import annotations

import json
import logging
import ssl

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.http.caller import CJ, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.domain.assignment import AnchorToRegister
from eng5_pipeline.errors import Eng5Error, OutcomeUnknown, Refused, ServiceFailed
from tests.support.cj import (
    RUN,
    ImpatientClock,
    a_token,
    asking,
    assignment_of,
    captured,
    everything_said,
    renamed,
    repeats,
    replay,
    replay_registrations,
    requests_to,
    response,
)

KNOWN = "cj-instr-get-ok-no-student-prompt"
REGISTER = "/api/v1/anchors/register"
TEXT = "School uniforms hide what pupils are. " * 5
ANCHOR = AnchorToRegister(
    local_id="anchors/B1.docx", path="anchors/B1.docx", label="B1", grade="B", text_sha256="0" * 64, characters=190
)


def test_a_lookup_carries_the_token_and_the_runs_correlation_id(httpserver: HTTPServer) -> None:
    exchange = captured("repaired", KNOWN)
    replay(httpserver, exchange)
    token = a_token()
    with asking(httpserver.url_for(""), token) as service:
        service.assignment(assignment_of(exchange))
    ((request, _),) = httpserver.log
    assert request.headers["Authorization"] == f"Bearer {token}"
    assert request.headers["X-Correlation-ID"] == str(RUN)


@pytest.mark.parametrize("slug", ["np 2017/vt", "åäö", "a?b#c", "..", "100%"])
def test_a_slug_stays_one_segment_of_the_path(httpserver: HTTPServer, slug: str) -> None:
    exchange = captured("repaired", KNOWN)
    answer = renamed(exchange, assignment_of(exchange), slug)
    asked: list[str] = []

    def answered(request: Request) -> Response:
        asked.append(request.environ["REQUEST_URI"])
        return response(answer)

    httpserver.expect_request("").respond_with_handler(answered)
    with asking(httpserver.url_for("")) as service:
        assert service.assignment(slug).assignment_id == slug
    assert [uri.count("/") for uri in asked] == [5]


def test_an_address_may_end_in_a_slash(httpserver: HTTPServer) -> None:
    exchange = captured("repaired", KNOWN)
    replay(httpserver, exchange, f"/cj{exchange.path}")
    with asking(httpserver.url_for("/cj/")) as service:
        service.assignment(assignment_of(exchange))
    assert [request.environ["REQUEST_URI"] for request, _ in httpserver.log] == [f"/cj{exchange.path}"]


@pytest.mark.parametrize("date", ["Sun, 22 Nov 2026 09:43:06 GMT", "2026-11-22T09:43:06Z", "yesterday", 7, None])
def test_no_date_stops_a_lookup(httpserver: HTTPServer, date: object) -> None:
    exchange = captured("repaired", KNOWN)
    assignment_id = assignment_of(exchange)
    httpserver.expect_request(exchange.path).respond_with_json(json.loads(exchange.answer.text) | {"created_at": date})
    with asking(httpserver.url_for("")) as service:
        assert service.assignment(assignment_id).assignment_id == assignment_id


def test_an_anchor_of_another_scale_is_left_out(httpserver: HTTPServer) -> None:
    exchange = captured("repaired", "cj-anchors-summary-ok")
    summary = json.loads(exchange.answer.text)
    summary["anchors"][0]["grade_scale"] = "swedish_8_anchor"
    httpserver.expect_request(exchange.path).respond_with_json(summary)
    with asking(httpserver.url_for("")) as service:
        anchors = service.anchors(assignment_of(exchange)).anchors
    assert [anchor.anchor_id for anchor in anchors] == [anchor["id"] for anchor in summary["anchors"][1:]]


def test_a_registration_sends_grade_label_and_text(httpserver: HTTPServer) -> None:
    replay_registrations(httpserver, "repaired", known="known")
    with asking(httpserver.url_for("")) as service:
        service.register_anchor("known", ANCHOR, TEXT)
    ((request, _),) = httpserver.log
    assert request.get_json() == {"assignment_id": "known", "grade": "B", "anchor_label": "B1", "essay_text": TEXT}


def test_a_wrong_grade_is_refused_in_cjs_words(httpserver: HTTPServer) -> None:
    replay_registrations(httpserver, "as-is", known="known")
    wrong = ANCHOR.model_copy(update={"grade": "Z"})
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed, match="B1: Invalid grade 'Z'"):
        service.register_anchor("known", wrong, TEXT)


def test_words_of_cj_that_repeat_the_essay_are_left_out(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REGISTER).respond_with_json({"error": f"Bad input: '{TEXT[10:60]}'"}, status=400)
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed) as refused:
        service.register_anchor("known", ANCHOR, TEXT)
    assert refused.value.reference == "anchor-refused"
    assert "uniforms" not in everything_said(refused.value)


def test_an_error_is_one_line_whatever_the_label(httpserver: HTTPServer) -> None:
    replay_registrations(httpserver, "as-is", known="known")
    odd = ANCHOR.model_copy(update={"label": "B1\n\x1b[2J" + "x" * 500})
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed) as refused:
        service.register_anchor("unknown", odd, TEXT)
    assert refused.value.what.isprintable()
    assert len(refused.value.what) < 250


def test_a_500_to_a_registration_names_the_anchor(httpserver: HTTPServer) -> None:
    replay(httpserver, captured("as-is", "cj-anchor-register-label-256-chars"))
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed, match=r"500 .*anchor B1") as failed:
        service.register_anchor("known", ANCHOR, TEXT)
    assert (failed.value.reference, failed.value.exit_code(effects=True)) == ("anchor-not-registered", 4)


def test_an_acknowledgement_that_cannot_be_read_leaves_the_outcome_unknown(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REGISTER).respond_with_data("{", status=201, content_type="application/json")
    with (
        asking(httpserver.url_for("")) as service,
        pytest.raises(OutcomeUnknown, match="may or may not have anchor B1"),
    ):
        service.register_anchor("known", ANCHOR, TEXT)


def test_a_connection_that_is_lost_leaves_the_outcome_unknown() -> None:
    with asking("http://127.0.0.1:1") as service, pytest.raises(OutcomeUnknown, match="anchor B1") as unknown:
        service.register_anchor("known", ANCHOR, TEXT)
    assert "safe" in unknown.value.hint


def test_a_request_that_cannot_have_arrived_leaves_nothing_unknown(httpserver: HTTPServer) -> None:
    with asking(f"https://localhost:{httpserver.port}") as service, pytest.raises(ServiceFailed) as failed:
        service.register_anchor("known", ANCHOR, TEXT)
    assert failed.value.reference == "cj-tls"


def test_ten_megabytes_for_an_acknowledgement_are_not_read(httpserver: HTTPServer) -> None:
    httpserver.expect_request(REGISTER).respond_with_data(b"x" * 10_000_000, status=201)
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed, match="more than"):
        service.register_anchor("known", ANCHOR, TEXT)


@pytest.mark.parametrize("host", ["cj.example.org", "192.0.2.7", "localhost.example.org", "0.0.0.0"])
@pytest.mark.parametrize("lookup", ["assignment", "anchors"])
def test_a_token_is_not_sent_in_clear_text_to_another_machine(host: str, lookup: str) -> None:
    with asking(f"http://{host}:1") as service, pytest.raises(Refused) as refused:
        getattr(service, lookup)("any")
    assert refused.value.reference == "plain-http"
    assert "allow" in refused.value.hint


def test_nor_with_a_registration() -> None:
    with asking("http://192.0.2.7:1") as service, pytest.raises(Refused, match="in clear text"):
        service.register_anchor("any", ANCHOR, TEXT)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.9:1", "http://[::1]:1"])
def test_this_machine_may_be_asked_in_clear_text(url: str) -> None:
    with asking(url) as service, pytest.raises(ServiceFailed) as failed:
        service.assignment("any")
    assert failed.value.reference == "cj-unreachable"


def test_so_may_another_where_the_spec_allows_it() -> None:
    with asking("http://cj.invalid:1", allow_plain_http=True) as service, pytest.raises(ServiceFailed) as failed:
        service.assignment("any")
    assert failed.value.reference == "cj-unreachable"


@pytest.mark.parametrize("lookup", ["assignment", "anchors"])
@pytest.mark.parametrize(
    ("token", "reference"), [("garbage", "cj-token-malformed"), (a_token(exp=1), "cj-token-expired")]
)
def test_a_token_that_cannot_do_is_told_without_a_request(
    httpserver: HTTPServer, lookup: str, token: str, reference: str
) -> None:
    with asking(httpserver.url_for(""), token) as service, pytest.raises(ServiceFailed) as failed:
        getattr(service, lookup)("any")
    assert (failed.value.reference, httpserver.log) == (reference, [])
    assert "pdm run cj-admin login" in failed.value.hint


def test_a_missing_token_is_told_without_a_request(httpserver: HTTPServer) -> None:
    with Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
        clock = ImpatientClock()
        caller = HttpCaller(CJ, client, clock.monotonic)
        service = HttpAssignmentService(caller, httpserver.url_for(""), lambda: None, clock, RUN)
        with pytest.raises(ServiceFailed) as failed:
            service.assignment("any")
    assert (failed.value.reference, httpserver.log) == ("cj-token-missing", [])
    assert "HULEEDU_SERVICE_ACCOUNT_TOKEN" in failed.value.what


def test_a_token_is_not_taken_along_by_a_redirect(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/elsewhere").respond_with_json({})
    for path in ("/admin/v1/assessment-instructions/assignment/any", "/healthz"):
        httpserver.expect_request(path).respond_with_data(status=302, headers={"location": "/elsewhere"})
    with asking(httpserver.url_for("")) as service, pytest.raises(ServiceFailed) as failed:
        service.assignment("any")
    assert failed.value.reference == "cj-wrong-service"
    assert "GET /elsewhere" not in requests_to(httpserver)


def test_no_error_and_no_log_line_holds_the_token(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    """CJ itself repeats it here, in every answer."""
    caplog.set_level(logging.DEBUG)
    token = a_token()
    httpserver.expect_request("").respond_with_json({"error": f"no use for {token}", "service": token}, status=401)
    said: list[str] = []
    with asking(httpserver.url_for(""), token) as service:
        for fail in (service.assignment, service.anchors, lambda name: service.register_anchor(name, ANCHOR, TEXT)):
            with pytest.raises(Eng5Error) as failed:
                fail("any")
            said += [everything_said(failed.value), failed.value.what, failed.value.hint]
        said += [repr(service), repr(service.credential)]
    assert not repeats(token, "\n".join([*said, caplog.text]))
    assert repeats(token, f"Bearer {token}")
    assert httpserver.log

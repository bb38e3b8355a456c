"""Every way in which no whole answer comes has a name of its own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from eng5_pipeline.adapters.http.caller import (
    CJ,
    CONTENT,
    JSON_LIMIT,
    Answer,
    HttpCaller,
    Timeouts,
    TransportFailed,
    said,
    shown,
)
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.contracts.http import StoredContent
from eng5_pipeline.errors import ServiceFailed
from tests.support.raw_server import resets, says, serving, unused_port

SHORT = Timeouts(connect=0.2, read=0.1, write=0.2, whole=5.0)


@pytest.fixture
def caller() -> Iterator[HttpCaller]:
    with Connections(ssl.create_default_context()) as client:
        yield HttpCaller(CONTENT, client, lambda: 0.0, SHORT)


def failure(caller: HttpCaller, url: str, **options: dict[str, str]) -> ServiceFailed:
    with pytest.raises(ServiceFailed) as why:
        caller.send("GET", url, **options)  # type: ignore[arg-type]
    return why.value


def is_passing(failed: ServiceFailed) -> bool:
    return isinstance(failed, TransportFailed) and failed.passing


def test_an_answer_of_any_status_is_returned(caller: HttpCaller, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("no", status=503, headers={"Retry-After": "2"})
    answer = caller.send("GET", httpserver.url_for("/x"))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"no", "2")


def test_a_port_where_nothing_listens(caller: HttpCaller) -> None:
    url = f"http://127.0.0.1:{unused_port()}/v1/content"
    failed = failure(caller, url)
    assert failed.reference == "content-unreachable"
    assert failed.what == f"the Content Service at {url} refused the connection: nothing listens there"
    assert "CONTENT_SERVICE_URL" in failed.hint
    assert is_passing(failed)


def test_a_name_that_is_not_found(caller: HttpCaller) -> None:
    failed = failure(caller, "http://no-such-host.invalid/")
    assert failed.reference == "content-unreachable"
    assert "has a name that is not found" in failed.what
    assert not is_passing(failed)


def test_tls_against_a_plain_port(caller: HttpCaller, httpserver: HTTPServer) -> None:
    failed = failure(caller, f"https://127.0.0.1:{httpserver.port}/")
    assert failed.reference == "content-tls"
    assert not is_passing(failed)


def test_a_service_that_takes_the_request_and_says_nothing(caller: HttpCaller) -> None:
    def hang(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with serving(hang) as url:
        failed = failure(caller, url)
    assert failed.reference == "content-timeout"
    assert "did not answer in time" in failed.what
    assert is_passing(failed)


def test_an_answer_that_never_ends(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("x" * 100_000)
    seconds = iter(range(0, 1000, 4))
    with Connections(ssl.create_default_context()) as client:
        failed = failure(HttpCaller(CJ, client, lambda: next(seconds), SHORT), httpserver.url_for("/x"))
    assert failed.reference == "cj-timeout"
    assert "did not finish its answer in time" in failed.what


@pytest.mark.parametrize(
    "talk",
    [resets, says(b""), says(b"SSH-2.0-OpenSSH\r\n"), says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")],
    ids=["reset", "closed", "not HTTP", "half a body"],
)
def test_a_connection_that_breaks(caller: HttpCaller, talk: Callable[[socket.socket], None]) -> None:
    with serving(talk) as url:
        failed = failure(caller, url)
    assert failed.reference == "content-unreachable"
    assert is_passing(failed)


def test_a_redirect_is_not_followed_and_its_query_not_shown(caller: HttpCaller, httpserver: HTTPServer) -> None:
    target = "http://user:pass@login.example.org/in?token=abc"
    httpserver.expect_request("/x").respond_with_response(Response(status=302, headers={"Location": target}))
    failed = failure(caller, httpserver.url_for("/x"))
    assert failed.reference == "content-redirected"
    assert failed.what.endswith("answered 302: go to http://login.example.org/in")


def test_an_answer_beyond_measure_is_not_read(caller: HttpCaller, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("x" * (JSON_LIMIT + 1))
    assert failure(caller, httpserver.url_for("/x")).reference == "content-too-large"


@pytest.mark.parametrize("url", ["ftp://localhost/x", "http://", "http://[::1", "localhost:8001"])
def test_an_address_that_is_none(caller: HttpCaller, url: str) -> None:
    failed = failure(caller, url)
    assert failed.reference == "content-address"
    assert not is_passing(failed)


@pytest.mark.parametrize("token", ["se\ncret", "secrét"])
def test_a_header_that_is_none_is_not_repeated(caller: HttpCaller, httpserver: HTTPServer, token: str) -> None:
    httpserver.expect_request("/x").respond_with_data("ok")
    failed = failure(caller, httpserver.url_for("/x"), headers={"Authorization": f"Bearer {token}"})
    assert failed.reference == "content-address"
    assert "cr" not in failed.what.replace("://", "")
    assert failed.__cause__ is None


def answer(body: bytes, status: int = 201, kind: str = "application/json") -> Answer:
    return Answer(status, "http://c/v1/content", body, {"content-type": kind})


@pytest.mark.parametrize(
    ("given", "reference", "words"),
    [
        (answer(b"<!doctype html><p>Sign in", kind="text/html"), "content-not-json", "answered 201 with a page"),
        (answer(b'{"storage_id": "ab'), "content-not-json", "something that is not JSON"),
        (answer(b"\xff\xfe"), "content-not-json", "something that is not JSON"),
        (answer(b"[" * 100_000), "content-not-json", "something that is not JSON"),
        (answer(b'{"id": "secret"}'), "content-unexpected", "a form that is not known: storage_id"),
        (answer(b"[]"), "content-unexpected", "a form that is not known: the whole"),
    ],
    ids=["page", "half", "bytes", "deep", "other keys", "list"],
)
def test_an_answer_of_another_form_is_told(caller: HttpCaller, given: Answer, reference: str, words: str) -> None:
    with pytest.raises(ServiceFailed, match=words) as why:
        caller.read(StoredContent, given)
    assert why.value.reference == reference
    assert "secret" not in why.value.what


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"error": {"code": "NOT_FOUND", "message": "no\\nsuch thing"}}', "NOT_FOUND: no such thing"),
        (b'{"error": {"error_code": "VALIDATION", "message": "No data"}}', "VALIDATION: No data"),
        (b'{"error": "Internal server error", "message": "Oh"}', "Internal server error: Oh"),
        (b'{"error": "a\\u001b[31mred"}', "a[31mred"),
        (b"<html>", "a page, no message"),
        (b"", "no message"),
    ],
)
def test_the_services_own_message_is_one_line(body: bytes, line: str) -> None:
    assert said(answer(body, kind="")) == line


def test_a_message_that_repeats_what_was_sent_is_not_shown() -> None:
    essay = "My name is Anna Andersson and I live\nin Vik."
    body = b'{"error": "cannot take: Anna Andersson and I live in Vik"}'
    assert said(answer(body), sent=essay) == "a message that repeats what was sent"
    assert said(answer(b'{"error": "too long"}'), sent=essay) == "too long"


def test_an_address_is_shown_without_password_and_query() -> None:
    assert shown("https://me:pw@[::1]:8443/v1?key=1#x") == "https://[::1]:8443/v1"


def test_nothing_of_the_environment_is_used(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    httpserver.expect_request("/x").respond_with_data("direct")
    with Connections(ssl.create_default_context()) as client:
        caller = HttpCaller(CONTENT, client, lambda: 0.0, SHORT)
        assert caller.send("GET", httpserver.url_for("/x")).body == b"direct"

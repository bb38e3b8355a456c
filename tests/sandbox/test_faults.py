"""Misbehaviour, seen at the socket by a client that knows nothing of HTTP libraries."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from eng5_pipeline.sandbox.http.faults import FaultPlan
from eng5_pipeline.sandbox.http.settings import HttpFaults, HttpSettings
from tests.support import web
from tests.support.http_stack import SECRET, HttpStack, http_stack

POST = b"POST /v1/content HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
CLOSE = POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStack]:
    settings = HttpSettings(jwt_secret=SECRET)
    with http_stack(tmp_path_factory.mktemp("stack"), settings) as running:
        yield running


def _misbehave(stack: HttpStack, **do: object) -> None:
    answered = web.put(f"{stack.content.url}/_sandbox/faults", json={"faults": [{"times": 1, "do": do}]})
    assert answered.status_code == 204


def _talk(stack: HttpStack, request: bytes = CLOSE) -> bytes:
    """All that comes until the end of the connection."""
    with socket.create_connection(("127.0.0.1", stack.content.port), timeout=5) as client:
        client.sendall(request)
        received = b""
        while piece := client.recv(65536):
            received += piece
    return received


def _stored(stack: HttpStack) -> int:
    row = stack.store.row("SELECT count(*) AS n FROM contents")
    assert row is not None
    return int(row["n"])


def test_a_status_comes_with_retry_after_and_the_service_sees_nothing(stack: HttpStack) -> None:
    before = _stored(stack)
    _misbehave(stack, kind="status", status=429, retry_after=3)
    answer = _talk(stack)
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"retry-after: 3\r\n" in answer
    assert _stored(stack) == before


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_carries_a_small_json_body(stack: HttpStack, status: int) -> None:
    _misbehave(stack, kind="status", status=status)
    head, body = _talk(stack).split(b"\r\n\r\n", 1)
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert set(json.loads(body)) == {"error"}


def test_a_retry_after_may_be_a_date(stack: HttpStack) -> None:
    date = "Sun, 22 Nov 2026 09:43:06 GMT"
    _misbehave(stack, kind="status", status=503, retry_after=date)
    assert f"retry-after: {date}\r\n".encode() in _talk(stack)


def test_a_reset_is_a_reset_before_the_service_has_seen_the_request(stack: HttpStack) -> None:
    before = _stored(stack)
    _misbehave(stack, kind="reset")
    with pytest.raises(ConnectionResetError):
        _talk(stack)
    assert _stored(stack) == before


def test_a_lost_answer_is_a_reset_after_the_service_has_done_its_work(stack: HttpStack) -> None:
    before = _stored(stack)
    _misbehave(stack, kind="lost-answer")
    with pytest.raises(ConnectionResetError):
        _talk(stack)
    assert _stored(stack) == before + 1


def test_a_half_body_ends_short_of_the_length_it_announced(stack: HttpStack) -> None:
    _misbehave(stack, kind="half-body")
    head, body = _talk(stack).split(b"\r\n\r\n", 1)
    assert b"content-length: 106" in head
    assert len(body) == 53


def test_a_hang_sends_nothing_and_keeps_the_connection(stack: HttpStack) -> None:
    _misbehave(stack, kind="hang")
    with socket.create_connection(("127.0.0.1", stack.content.port), timeout=0.2) as client:
        client.sendall(POST)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_garbage_says_json_and_is_not(stack: HttpStack) -> None:
    _misbehave(stack, kind="garbage")
    head, body = _talk(stack).split(b"\r\n\r\n", 1)
    assert b"content-type: application/json" in head
    with pytest.raises(ValueError, match="decode"):
        json.loads(body)


def test_not_http_is_not_http(stack: HttpStack) -> None:
    _misbehave(stack, kind="not-http")
    assert not _talk(stack).startswith(b"HTTP/")


def test_a_page_is_html_with_status_200(stack: HttpStack) -> None:
    _misbehave(stack, kind="html")
    answer = _talk(stack)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"content-type: text/html" in answer


def test_a_redirect_names_where_to(stack: HttpStack) -> None:
    _misbehave(stack, kind="redirect", location="http://elsewhere/login", status=307)
    answer = _talk(stack)
    assert answer.startswith(b"HTTP/1.1 307 ")
    assert b"location: http://elsewhere/login\r\n" in answer


def test_a_slow_answer_is_whole_and_late(stack: HttpStack) -> None:
    _misbehave(stack, kind="slow", seconds=0.2)
    started = time.monotonic()
    assert _talk(stack).startswith(b"HTTP/1.1 201 ")
    assert time.monotonic() - started >= 0.2


def test_a_dripping_answer_is_whole_and_comes_in_pieces(stack: HttpStack) -> None:
    _misbehave(stack, kind="drip", seconds=0.002)
    started = time.monotonic()
    body = _talk(stack).split(b"\r\n\r\n", 1)[1]
    assert len(json.loads(body)["storage_id"]) == 32
    assert time.monotonic() - started >= 0.2


def test_an_unending_delay_does_not_hold_up_the_end_of_the_stack(tmp_path: Path) -> None:
    with http_stack(tmp_path, HttpSettings(jwt_secret=SECRET)) as stack:
        _misbehave(stack, kind="slow", seconds=3600)
        client = socket.create_connection(("127.0.0.1", stack.content.port), timeout=5)
        client.sendall(POST)
        started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 2


def test_after_its_faults_the_service_is_well_again_on_the_same_connection(stack: HttpStack) -> None:
    _misbehave(stack, kind="status", status=503)
    with web.client() as client:
        assert [client.post(stack.content_url, content=b"x").status_code for _ in range(2)] == [503, 201]


# Which request meets a rule


def _plan(**rule: object) -> FaultPlan:
    return FaultPlan(HttpFaults.model_validate({"faults": [{"do": {"kind": "reset"}, **rule}]}))


def _met(plan: FaultPlan, times: int) -> list[bool]:
    return [plan.next("cj", "GET", "/healthz") is not None for _ in range(times)]


def test_a_rule_without_limits_meets_every_request() -> None:
    assert _met(_plan(), 3) == [True, True, True]


def test_a_rule_lets_the_first_ones_pass_and_fires_so_many_times() -> None:
    assert _met(_plan(skip=1, times=2), 5) == [False, True, True, False, False]


def test_a_probability_meets_about_its_share_and_the_same_ones_again() -> None:
    plan = _plan(probability=0.25)
    first = _met(plan, 400)
    plan.replace(plan.faults)
    assert 60 < sum(first) < 140
    assert _met(plan, 400) == first


@pytest.mark.parametrize(
    ("rule", "meets"),
    [
        ({"service": "cj"}, True),
        ({"service": "content"}, False),
        ({"method": "get"}, True),
        ({"method": "POST"}, False),
        ({"path": "/health*"}, True),
        ({"path": "/health"}, False),
    ],
)
def test_a_rule_asks_for_service_method_and_path(rule: dict[str, object], meets: bool) -> None:
    assert _met(_plan(**rule), 1) == [meets]


def test_the_first_rule_that_fires_decides() -> None:
    faults = [{"times": 1, "do": {"kind": "hang"}}, {"do": {"kind": "reset"}}]
    plan = FaultPlan(HttpFaults.model_validate({"faults": faults}))
    met = [plan.next("cj", "GET", "/") for _ in range(3)]
    assert [what.kind for what in met if what] == ["hang", "reset", "reset"]

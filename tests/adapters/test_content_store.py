"""Uploads to the Content Service: what is sent, what is retried, what a refusal says."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.content.store import HttpContentStore, health_address
from eng5_pipeline.adapters.http.caller import CONTENT, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy
from eng5_pipeline.errors import ServiceFailed
from tests.support.clock import FakeClock
from tests.support.content_service import ContentService, as_json, refusal

ESSAY = "Åsa är min förebild.\r\n".encode()


@pytest.fixture
def service(httpserver: HTTPServer) -> ContentService:
    return ContentService(httpserver)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(service: ContentService, clock: FakeClock) -> Iterator[HttpContentStore]:
    with Connections(ssl.create_default_context()) as client:
        caller = HttpCaller(CONTENT, client, clock.monotonic)
        yield HttpContentStore(service.url, caller, Retrier(RetryPolicy(), clock, lambda: 0.0))


def refused(store: HttpContentStore) -> ServiceFailed:
    with pytest.raises(ServiceFailed) as why:
        store.put(ESSAY)
    return why.value


def test_the_exact_bytes_are_sent_as_utf_8_text(service: ContentService, store: HttpContentStore) -> None:
    store.put(ESSAY)
    assert service.posts[0].get_data() == ESSAY
    assert service.posts[0].headers["Content-Type"] == "text/plain; charset=utf-8"


def test_an_upload_counts_its_attempts(service: ContentService, store: HttpContentStore, clock: FakeClock) -> None:
    busy = Response(status=429, headers={"Retry-After": "3"})
    service.faults = [lambda _: busy, lambda _: refusal(500, "UNKNOWN_ERROR", "Oh")]
    assert store.put(ESSAY).attempts == 3
    assert clock.seconds == 4.0
    assert list(service.stored.values()) == [ESSAY]


def test_a_refusal_is_told_in_the_services_words(service: ContentService, store: HttpContentStore) -> None:
    service.faults = [lambda _: refusal(400, "VALIDATION_ERROR", "No data provided")]
    failed = refused(store)
    assert failed.reference == "content-refused"
    assert failed.what.endswith("/v1/content answered 400: VALIDATION_ERROR: No data provided")
    assert len(service.posts) == 1


def test_a_refusal_that_repeats_the_essay_does_not(service: ContentService, store: HttpContentStore) -> None:
    def echo(request: Request) -> Response:
        return refusal(422, "VALIDATION_ERROR", f"bad: {request.get_data(as_text=True)}")

    service.faults = [echo]
    assert "förebild" not in refused(store).what


def test_a_service_that_goes_on_failing_is_told_with_the_attempts(
    service: ContentService, store: HttpContentStore
) -> None:
    service.faults = [lambda _: refusal(500, "UNKNOWN_ERROR", "Oh")] * 9
    failed = refused(store)
    assert failed.reference == "content-failed"
    assert failed.what.endswith("answered 500 (tried 5 times): UNKNOWN_ERROR: Oh")


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        (as_json(201, {"storage_id": "1" * 31}), "content-unexpected"),
        (as_json(201, {"storage_id": "A" * 32}), "content-unexpected"),
        (as_json(201, {"id": "1" * 32}), "content-unexpected"),
        (Response("<html>", 201), "content-not-json"),
        (as_json(200, {"storage_id": "1" * 32}), "content-failed"),
        (Response(status=307, headers={"Location": "/elsewhere"}), "content-redirected"),
    ],
    ids=["short id", "upper case", "no id", "page", "not 201", "redirect"],
)
def test_only_a_storage_id_is_an_acknowledgement(
    service: ContentService, store: HttpContentStore, answer: Response, reference: str
) -> None:
    service.faults = [lambda _: answer]
    assert refused(store).reference == reference
    assert len(service.posts) == 1


def test_the_check_asks_the_services_root() -> None:
    assert health_address("http://localhost:8001/v1/content") == "http://localhost:8001/healthz"


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (503, "no", "/healthz answered 503"),
        (200, "<html>Log in</html>", "answered 200 with a page"),
        (200, "well", "answered 200 with something that is not JSON"),
    ],
)
def test_a_service_that_is_not_well_or_another_fails_the_check_at_once(
    httpserver: HTTPServer, clock: FakeClock, status: int, body: str, says: str
) -> None:
    httpserver.expect_request("/healthz").respond_with_data(body, status=status)
    with Connections(ssl.create_default_context()) as client:
        caller = HttpCaller(CONTENT, client, clock.monotonic)
        store = HttpContentStore(httpserver.url_for("/v1/content"), caller, Retrier(RetryPolicy(), clock, lambda: 0.0))
        with pytest.raises(ServiceFailed, match=says):
            store.check()
    assert len(httpserver.log) == 1

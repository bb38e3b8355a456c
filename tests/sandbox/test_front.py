from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from eng5_pipeline.sandbox.http.settings import HttpSettings
from tests.support import web
from tests.support.http_stack import SECRET, HttpStack, admin, http_stack


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStack]:
    with http_stack(tmp_path_factory.mktemp("stack"), HttpSettings(jwt_secret=SECRET)) as stack:
        yield stack


@pytest.fixture
def stack(running: HttpStack) -> HttpStack:
    for server in (running.content, running.cj):
        web.delete(f"{server.url}/_sandbox/requests")
        web.put(f"{server.url}/_sandbox/faults", json={})
    return running


def _counts(url: str) -> dict[str, int]:
    answered: dict[str, dict[str, int]] = web.get(f"{url}/_sandbox/requests").json()
    return {route: count["received"] for route, count in answered.items()}


def test_nothing_was_asked_of_a_fresh_service(stack: HttpStack) -> None:
    assert _counts(stack.content.url) == {}


def test_uploads_and_downloads_are_counted_by_route_whatever_the_id(stack: HttpStack) -> None:
    for _ in range(3):
        stored = web.post(stack.content_url, content=b"x").json()["storage_id"]
        web.get(f"{stack.content_url}/{stored}")
    assert _counts(stack.content.url) == {"POST /v1/content": 3, "GET /v1/content/{content_id}": 3}


def test_each_service_counts_its_own(stack: HttpStack) -> None:
    web.get(f"{stack.cj.url}/healthz")
    assert (_counts(stack.content.url), _counts(stack.cj.url)) == ({}, {"GET /healthz": 1})


def test_refused_requests_are_counted_too(stack: HttpStack) -> None:
    web.get(f"{stack.cj.url}/admin/v1/anchors/assignment/a")
    web.get(f"{stack.cj.url}/nowhere")
    assert _counts(stack.cj.url) == {
        "GET /admin/v1/anchors/assignment/{assignment_id}": 1,
        "GET (no route)": 1,
    }


def test_a_request_that_met_a_fault_is_counted_as_such(stack: HttpStack) -> None:
    rule = {"times": 1, "do": {"kind": "status", "status": 503}}
    web.put(f"{stack.content.url}/_sandbox/faults", json={"faults": [rule]})
    for _ in range(2):
        web.post(stack.content_url, content=b"x")
    counted = web.get(f"{stack.content.url}/_sandbox/requests").json()
    assert counted == {"POST /v1/content": {"received": 2, "misbehaved": 1}}


def test_faults_set_at_one_service_hold_for_both(stack: HttpStack) -> None:
    rule = {"service": "cj", "do": {"kind": "status", "status": 502}}
    web.put(f"{stack.content.url}/_sandbox/faults", json={"faults": [rule]})
    assert web.get(f"{stack.cj.url}/healthz").status_code == 502
    assert web.get(f"{stack.content.url}/healthz").status_code == 200


def test_faults_can_be_read_back_and_put_again(stack: HttpStack) -> None:
    url = f"{stack.cj.url}/_sandbox/faults"
    web.put(url, json={"faults": [{"path": "/healthz", "do": {"kind": "hang"}}]})
    before = web.get(url).json()
    assert before["faults"][0]["do"] == {"kind": "hang"}
    assert web.put(url, json=before).status_code == 204


def test_faults_that_make_no_sense_are_refused_and_the_old_ones_stay(stack: HttpStack) -> None:
    url = f"{stack.cj.url}/_sandbox/faults"
    assert web.put(url, json={"faults": [{"do": {"kind": "explode"}}]}).status_code == 422
    assert web.get(url).json()["faults"] == []


def test_faults_never_meet_the_control_routes(stack: HttpStack) -> None:
    url = f"{stack.cj.url}/_sandbox/faults"
    web.put(url, json={"faults": [{"do": {"kind": "reset"}}]})
    assert web.get(url).status_code == 200


def test_faults_of_the_settings_are_in_force_from_the_start(tmp_path: Path) -> None:
    faults = {"faults": [{"do": {"kind": "status", "status": 500}}]}
    settings = HttpSettings.model_validate({"jwt_secret": SECRET, "faults": faults})
    with http_stack(tmp_path, settings) as stack:
        assert web.get(f"{stack.content.url}/healthz").status_code == 500


def test_counts_outlive_the_services(tmp_path: Path) -> None:
    settings = HttpSettings(jwt_secret=SECRET)
    with http_stack(tmp_path, settings) as stack:
        web.get(f"{stack.cj.url}/admin/v1/assessment-instructions", headers=admin())
    with http_stack(tmp_path, settings) as stack:
        assert _counts(stack.cj.url) == {"GET /admin/v1/assessment-instructions": 1}


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing_and_harms_nothing(
    stack: HttpStack, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", stack.content.port)) as client:
        client.sendall(b"POST /v1/content HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert web.post(stack.content_url, content=b"x").status_code == 201
    assert capfd.readouterr() == ("", "")

"""What the captured exchanges do not show, and the README of the contracts or plain sense asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from eng5_pipeline.sandbox.http.settings import Dates, Face, HttpSettings
from tests.support import web
from tests.support.http_stack import SECRET, HttpStack, admin, admin_claims, bearer, http_stack

ESSAY = "A text about a teacher who never gave up on anybody. " * 3
INSTRUCTIONS = {"instructions_text": "Compare the two essays.", "grade_scale": "eng5_np_legacy_9_step"}


def _stack(folder: Path, face: Face = "repaired", dates: Dates = "rfc822") -> Iterator[HttpStack]:
    with http_stack(folder, HttpSettings(face=face, dates=dates, jwt_secret=SECRET)) as running:
        yield running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStack]:
    yield from _stack(tmp_path_factory.mktemp("repaired"))


@pytest.fixture(scope="module")
def iso_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStack]:
    yield from _stack(tmp_path_factory.mktemp("iso"), dates="iso8601")


def _create(stack: HttpStack, assignment_id: str) -> httpx.Response:
    return web.post(
        f"{stack.cj.url}/admin/v1/assessment-instructions",
        json={"assignment_id": assignment_id, **INSTRUCTIONS},
        headers=admin(),
    )


def _get(stack: HttpStack, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return web.get(f"{stack.cj.url}/admin/v1/{path}", headers=headers or admin())


def _register(stack: HttpStack, **fields: str) -> httpx.Response:
    return web.post(f"{stack.cj.url}/api/v1/anchors/register", json=fields)


def test_text_comes_back_with_the_content_type_it_was_stored_with(stack: HttpStack) -> None:
    stored = web.post(stack.content_url, content=b"x", headers={"Content-Type": "text/plain"}).json()
    got = web.get(f"{stack.content_url}/{stored['storage_id']}")
    assert (got.headers["content-type"], got.content) == ("text/plain", b"x")


def test_a_body_of_exactly_16_mebibytes_is_stored(stack: HttpStack) -> None:
    assert web.post(stack.content_url, content=b"a" * 16 * 1024 * 1024).status_code == 201


def test_the_connection_is_good_after_a_body_that_was_too_long(stack: HttpStack) -> None:
    with web.client() as client:
        refused = client.post(stack.content_url, content=b"a" * (16 * 1024 * 1024 + 1))
        assert (refused.status_code, client.post(stack.content_url, content=b"a").status_code) == (500, 201)


def test_the_callers_correlation_id_is_answered(stack: HttpStack) -> None:
    answered = web.post(stack.content_url, content=b"x", headers={"X-Correlation-ID": "mine"})
    assert answered.json()["correlation_id"] == "mine"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "somebody else"}, "invalid_issuer"),
        ({"aud": "somewhere else"}, "invalid_audience"),
        ({"exp": int(time.time()) - 1}, "token_expired"),
    ],
)
def test_a_token_for_another_purpose_is_refused_with_its_reason(
    stack: HttpStack, claims: dict[str, object], reason: str
) -> None:
    answered = _get(stack, "assessment-instructions", bearer(admin_claims() | claims))
    assert (answered.status_code, answered.json()["error"]["details"]["reason"]) == (401, reason)


@pytest.mark.parametrize("claim", ["exp", "aud", "iss"])
def test_a_token_without_a_claim_it_needs_is_refused(stack: HttpStack, claim: str) -> None:
    claims = admin_claims()
    del claims[claim]
    assert _get(stack, "assessment-instructions", bearer(claims)).status_code == 401


def test_a_token_signed_with_another_key_is_refused(stack: HttpStack) -> None:
    forged = bearer(admin_claims(), "another secret of thirty-two bytes or more")
    assert _get(stack, "assessment-instructions", forged).status_code == 401


def test_roles_must_be_a_list(stack: HttpStack) -> None:
    assert _get(stack, "assessment-instructions", bearer(admin_claims() | {"roles": "admin"})).status_code == 403


def test_the_same_label_again_keeps_the_anchor_and_changes_its_text(stack: HttpStack) -> None:
    _create(stack, "labels")
    first, second = (
        _register(stack, assignment_id="labels", grade=grade, anchor_label="one", essay_text=ESSAY).json()
        for grade in ("A", "B")
    )
    assert first["anchor_id"] == second["anchor_id"]
    assert first["storage_id"] != second["storage_id"]
    (anchor,) = _get(stack, "anchors/assignment/labels").json()["anchors"]
    assert (anchor["grade"], anchor["text_storage_id"]) == ("B", second["storage_id"])


def test_an_anchors_text_is_in_the_content_service(stack: HttpStack) -> None:
    _create(stack, "texts")
    stored = _register(stack, assignment_id="texts", grade="A", essay_text=ESSAY).json()["storage_id"]
    assert web.get(f"{stack.content_url}/{stored}").text == ESSAY


def test_an_assignment_may_be_a_slug_and_is_gone_when_deleted(stack: HttpStack) -> None:
    _create(stack, "a-slug")
    path = "assessment-instructions/assignment/a-slug"
    assert web.delete(f"{stack.cj.url}/admin/v1/{path}", headers=admin()).status_code == 200
    assert _get(stack, path).status_code == 404


def test_an_update_that_names_no_prompt_keeps_the_one_there_is(stack: HttpStack) -> None:
    _create(stack, "kept")
    web.post(
        f"{stack.cj.url}/admin/v1/student-prompts",
        json={"assignment_id": "kept", "prompt_text": "Write about a role model."},
        headers=admin(),
    )
    assert _create(stack, "kept").json()["student_prompt_storage_id"] is not None


def test_a_missing_prompt_is_a_404(stack: HttpStack) -> None:
    _create(stack, "no-prompt")
    assert _get(stack, "student-prompts/assignment/no-prompt").status_code == 404


def test_a_course_may_have_instructions_too(stack: HttpStack) -> None:
    created = web.post(
        f"{stack.cj.url}/admin/v1/assessment-instructions",
        json={"course_id": "ENG5", **INSTRUCTIONS},
        headers=admin(),
    )
    assert (created.json()["course_id"], created.json()["assignment_id"]) == ("ENG5", None)


def test_pages_hold_each_assignment_once(stack: HttpStack) -> None:
    for n in range(5):
        _create(stack, f"page-{n}")
    first = _get(stack, "assessment-instructions?page=1&page_size=3").json()
    second = _get(stack, "assessment-instructions?page=2&page_size=3").json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(set(ids)) == 6 == len(ids)
    assert first["total"] == second["total"] >= 6


def test_dates_are_iso_8601_on_demand(iso_stack: HttpStack) -> None:
    assert "T" in _create(iso_stack, "dated").json()["created_at"]
    _register(iso_stack, assignment_id="dated", grade="A", essay_text=ESSAY)
    (anchor,) = _get(iso_stack, "anchors/assignment/dated").json()["anchors"]
    assert anchor["created_at"].endswith("+00:00")
    refused = web.get(f"{iso_stack.content_url}/none").json()
    assert refused["error"]["timestamp"].endswith("+00:00")


def test_the_as_is_face_keeps_an_anchors_text_but_not_the_anchor(tmp_path: Path) -> None:
    for stack in _stack(tmp_path, face="repaired"):
        _create(stack, "known")
    for stack in _stack(tmp_path, face="as-is"):
        registered = _register(stack, assignment_id="known", grade="A", essay_text=ESSAY).json()
        assert web.get(f"{stack.content_url}/{registered['storage_id']}").text == ESSAY
        assert _get(stack, "anchors/assignment/known").json()["anchor_count_total"] == 0


def test_what_the_repaired_face_was_told_is_there_after_a_restart(tmp_path: Path) -> None:
    for stack in _stack(tmp_path):
        _create(stack, "lasting")
    for stack in _stack(tmp_path):
        assert _get(stack, "assessment-instructions/assignment/lasting").status_code == 200


def test_json_that_is_no_object_is_refused(stack: HttpStack) -> None:
    url = f"{stack.cj.url}/admin/v1/assessment-instructions"
    assert web.post(url, json=["a"], headers=admin()).status_code == 400
    assert web.post(f"{stack.cj.url}/api/v1/anchors/register", json=["a"]).json() == {"error": "Invalid JSON body"}

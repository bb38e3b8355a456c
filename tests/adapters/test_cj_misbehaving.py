"""Lookups against the embedded CJ, in both forms: refusing, failing, slow, and not itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from eng5_pipeline.adapters.cj.requests import Budget
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.kept.store import RequestCounts
from tests.support import web
from tests.support.cj import ImpatientClock, a_token, asking, signed_with
from tests.support.http_stack import SECRET, HttpStack, http_stack

EVERYWHERE, ADMIN = "*", "/admin/*"
OTHER_SECRET = "quite another secret of thirty-two bytes"


@pytest.fixture(scope="module", params=["as-is", "repaired"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpStack]:
    settings = HttpSettings.model_validate({"face": request.param, "jwt_secret": SECRET})
    with http_stack(tmp_path_factory.mktemp("stack"), settings) as stack:
        yield stack


@pytest.fixture
def stack(running: HttpStack) -> HttpStack:
    """Well behaved, and asked nothing yet."""
    misbehave(running)
    web.delete(f"{running.cj.url}/_sandbox/requests", verify=False).raise_for_status()
    return running


def misbehave(stack: HttpStack, **rule: object) -> None:
    rules = {"faults": [rule] if rule else []}
    web.put(f"{stack.cj.url}/_sandbox/faults", json=rules, verify=False).raise_for_status()


def cause(stack: HttpStack, token: str | None = None, budget: Budget | None = None) -> Eng5Error:
    with asking(stack.cj.url, token, budget=budget) as service, pytest.raises(Eng5Error) as failed:
        service.assignment("any")
    return failed.value


@pytest.mark.parametrize(
    ("token", "reference"),
    [
        (a_token(), "assignment-unknown"),
        (a_token(roles=["teacher"]), "cj-token-without-role"),
        (a_token(aud="another-platform"), "cj-token-wrong-audience"),
        (a_token(iss="someone"), "cj-token-wrong-issuer"),
        (signed_with(OTHER_SECRET), "cj-token-refused"),
    ],
)
def test_a_refusal_is_told_by_its_cause(stack: HttpStack, token: str, reference: str) -> None:
    assert cause(stack, token).reference == reference


@pytest.mark.parametrize(
    ("path", "do", "reference"),
    [
        (EVERYWHERE, {"kind": "reset"}, "cj-unreachable"),
        (ADMIN, {"kind": "reset"}, "cj-broken"),
        (EVERYWHERE, {"kind": "not-http"}, "cj-unreachable"),
        (EVERYWHERE, {"kind": "half-body"}, "cj-unreachable"),
        (ADMIN, {"kind": "half-body"}, "cj-broken"),
        (EVERYWHERE, {"kind": "garbage"}, "cj-wrong-service"),
        (ADMIN, {"kind": "garbage"}, "cj-broken"),
        (EVERYWHERE, {"kind": "html"}, "cj-wrong-service"),
        (EVERYWHERE, {"kind": "html", "status": 404}, "cj-wrong-service"),
        (EVERYWHERE, {"kind": "redirect"}, "cj-wrong-service"),
        (EVERYWHERE, {"kind": "status", "status": 503}, "cj-broken"),
        (ADMIN, {"kind": "status", "status": 500}, "cj-broken"),
        (ADMIN, {"kind": "status", "status": 502}, "cj-broken"),
        (EVERYWHERE, {"kind": "status", "status": 429, "retry_after": 3600}, "cj-broken"),
        (ADMIN, {"kind": "status", "status": 418}, "cj-broken"),
    ],
)
def test_a_failure_is_told_by_its_cause(stack: HttpStack, path: str, do: dict[str, object], reference: str) -> None:
    misbehave(stack, path=path, do=do)
    error = cause(stack)
    assert error.reference == reference
    assert error.what.isprintable()
    assert sum(count.received for count in RequestCounts(stack.store, "cj").all()) <= 4


@pytest.mark.parametrize("do", [{"kind": "hang"}, {"kind": "slow", "seconds": 0.25}, {"kind": "drip", "seconds": 0.25}])
@pytest.mark.parametrize("path", [EVERYWHERE, ADMIN])
def test_a_cj_that_takes_its_time_is_given_up_in_time(stack: HttpStack, do: dict[str, object], path: str) -> None:
    misbehave(stack, path=path, do=do)
    began = time.monotonic()
    error = cause(stack, budget=Budget(seconds=0.4))
    assert error.reference == "cj-timeout"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "do", [{"kind": "reset"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 429, "retry_after": 1}]
)
def test_a_passing_failure_is_passed_over(stack: HttpStack, do: dict[str, object]) -> None:
    misbehave(stack, path=ADMIN, times=1, do=do)
    assert cause(stack).reference == "assignment-unknown"


def test_a_busy_cj_is_not_waited_for_as_long_as_it_likes(stack: HttpStack) -> None:
    misbehave(stack, path=ADMIN, do={"kind": "status", "status": 429, "retry_after": 3600})
    clock = ImpatientClock()
    with asking(stack.cj.url, clock=clock) as service, pytest.raises(Eng5Error):
        service.assignment("any")
    assert [wait <= 2 for wait in clock.waits] == [True]

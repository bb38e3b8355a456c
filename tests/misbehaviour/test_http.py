"""Every way in which Content and CJ can misbehave over HTTP leads a run to its status and exit code, and is told.

What passes after one or two tries is tried again, and the run completes. What lasts ends it: with 3 before the first
upload, with 4 after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox.http.settings import Misbehaviour
from tests.support import web
from tests.support.misbehaving import (
    COMPLETED,
    IMPATIENT,
    LEFT_SOCKETS,
    NOTHING,
    WHOLE,
    End,
    Ended,
    Play,
    Runs,
    Story,
    lanes,
    mistakes,
    run,
    stage,
)

pytestmark = pytest.mark.filterwarnings(LEFT_SOCKETS)

UPLOAD = {"service": "content", "method": "POST"}
LOOK = {"service": "content", "path": "/healthz"}
LOOKUP = {"service": "cj", "path": "/admin/*"}
CJ = {"service": "cj"}

BUSY = {"kind": "status", "status": 429, "retry_after": 2}
RESET, LOST, HANG, HALF, NOT_HTTP, GARBAGE, PAGE, REDIRECT = (
    {"kind": kind} for kind in ("reset", "lost-answer", "hang", "half-body", "not-http", "garbage", "html", "redirect")
)


def status(number: int) -> dict[str, object]:
    return {"kind": "status", "status": number}


def slow(seconds: float) -> dict[str, object]:
    return {"kind": "slow", "seconds": seconds}


def drip(seconds: float) -> dict[str, object]:
    return {"kind": "drip", "seconds": seconds}


@dataclass(frozen=True)
class Case:
    """`do` befalls the first `times` requests to `where`, every one where `times` is None.

    `told` is a part of what the artefact says of the stage that met it.
    """

    where: Mapping[str, object]
    do: Mapping[str, object]
    times: int | None
    end: End
    told: str
    patience: Patience = field(default_factory=Patience)

    @property
    def stage(self) -> str:
        return "upload" if self.where in (UPLOAD, LOOK) else "resolve_assignment"

    @property
    def facts(self) -> Mapping[str, int]:
        return WHOLE if self.end == COMPLETED else NOTHING


def retried(where: Mapping[str, object], do: Mapping[str, object], times: int, **more: Patience) -> Case:
    told = f"{times} retries" if where is UPLOAD else "scale eng5_np_legacy_9_step"
    return Case(where, do, times, COMPLETED, told, **more)


def borne(where: Mapping[str, object], do: Mapping[str, object]) -> Case:
    """What is no failure is not tried again."""
    return Case(where, do, None, COMPLETED, "3 uploaded, 0 reused" if where is UPLOAD else "")


def gives_up(do: Mapping[str, object], reference: str, told: str, **more: Patience) -> Case:
    return Case(UPLOAD, do, None, ("error", 4, False, reference), told, **more)


def refused(where: Mapping[str, object], do: Mapping[str, object], reference: str, told: str, **more: Patience) -> Case:
    return Case(where, do, None, ("refused", 3, True, reference), told, **more)


TRIED = "(tried 5 times)"
IN_HASTE = {"patience": IMPATIENT}

CASES: Mapping[str, Case] = {
    # An upload that fails once or twice.
    "upload-busy": retried(UPLOAD, BUSY, 2),
    "upload-500": retried(UPLOAD, status(500), 2),
    "upload-502": retried(UPLOAD, status(502), 1),
    "upload-503": retried(UPLOAD, status(503), 2),
    "upload-reset": retried(UPLOAD, RESET, 2),
    "upload-answer-lost": retried(UPLOAD, LOST, 1),
    "upload-hangs": retried(UPLOAD, HANG, 1, **IN_HASTE),
    "upload-half-an-answer": retried(UPLOAD, HALF, 1),
    "upload-not-http": retried(UPLOAD, NOT_HTTP, 1),
    "upload-slow": borne(UPLOAD, slow(0.1)),
    "upload-dripping": borne(UPLOAD, drip(0.0005)),
    # One that goes on failing.
    "uploads-busy": gives_up(BUSY, "content-refused", "answered 429"),
    "uploads-500": gives_up(status(500), "content-failed", f"answered 500 {TRIED}"),
    "uploads-502": gives_up(status(502), "content-failed", f"answered 502 {TRIED}"),
    "uploads-503": gives_up(status(503), "content-failed", f"answered 503 {TRIED}"),
    "uploads-reset": gives_up(RESET, "content-unreachable", TRIED),
    "uploads-answer-lost": gives_up(LOST, "content-unreachable", TRIED),
    "uploads-hang": gives_up(HANG, "content-timeout", TRIED, **IN_HASTE),
    "uploads-half-an-answer": gives_up(HALF, "content-unreachable", TRIED),
    "uploads-not-http": gives_up(NOT_HTTP, "content-unreachable", TRIED),
    "uploads-too-slow": gives_up(slow(5), "content-timeout", TRIED, **IN_HASTE),
    "uploads-dripping-for-ever": gives_up(drip(0.1), "content-timeout", TRIED, **IN_HASTE),
    # What no second try mends.
    "upload-garbage": gives_up(GARBAGE, "content-failed", "answered 200"),
    "upload-page": gives_up(PAGE, "content-failed", "answered 200: a page"),
    "upload-redirected": gives_up(REDIRECT, "content-redirected", "answered 302: go to /login"),
    "upload-refused": gives_up(status(401), "content-refused", "answered 401"),
    # Content is looked at before anything is uploaded.
    "content-503": refused(LOOK, status(503), "content-failed", "answered 503"),
    "content-reset": refused(LOOK, RESET, "content-unreachable", "/healthz"),
    "content-hangs": refused(LOOK, HANG, "content-timeout", "did not answer in time", **IN_HASTE),
    "content-half-an-answer": refused(LOOK, HALF, "content-unreachable", "/healthz"),
    "content-garbage": refused(LOOK, GARBAGE, "content-not-json", "not JSON"),
    "content-page": refused(LOOK, PAGE, "content-not-json", "a page"),
    "content-redirected": refused(LOOK, REDIRECT, "content-redirected", "go to /login"),
    # A question to CJ that fails once.
    "cj-busy": retried(LOOKUP, BUSY, 1),
    "cj-502": retried(LOOKUP, status(502), 1),
    "cj-503": retried(LOOKUP, status(503), 1),
    "cj-reset": retried(LOOKUP, RESET, 1),
    "cj-answer-lost": retried(LOOKUP, LOST, 1),
    "cj-half-an-answer": retried(LOOKUP, HALF, 1),
    "cj-not-http": retried(LOOKUP, NOT_HTTP, 1),
    "cj-slow": borne(LOOKUP, slow(0.1)),
    "cj-dripping": borne(LOOKUP, drip(0.0002)),
    # One that goes on failing. A 500 is how CJ refuses, so that it is never asked again.
    "cj-always-busy": refused(LOOKUP, BUSY, "cj-broken", "answered 429"),
    "cj-always-500": refused(LOOKUP, status(500), "cj-broken", "answered 500"),
    "cj-always-502": refused(LOOKUP, status(502), "cj-broken", "answered 502"),
    "cj-always-503": refused(LOOKUP, status(503), "cj-broken", "answered 503"),
    "cj-always-reset": refused(LOOKUP, RESET, "cj-broken", "though /healthz answers"),
    "cj-always-lost": refused(LOOKUP, LOST, "cj-broken", "though /healthz answers"),
    "cj-always-half-an-answer": refused(LOOKUP, HALF, "cj-broken", "though /healthz answers"),
    "cj-never-http": refused(LOOKUP, NOT_HTTP, "cj-broken", "though /healthz answers"),
    "cj-hangs": refused(LOOKUP, HANG, "cj-timeout", "though /healthz answers", **IN_HASTE),
    "cj-too-slow": refused(LOOKUP, slow(5), "cj-timeout", "though /healthz answers", **IN_HASTE),
    "cj-dripping-for-ever": refused(LOOKUP, drip(0.1), "cj-timeout", "did not finish", **IN_HASTE),
    "cj-garbage": refused(LOOKUP, GARBAGE, "cj-broken", "though /healthz answers"),
    "cj-page": refused(LOOKUP, PAGE, "cj-broken", "with a page"),
    "cj-redirected": refused(LOOKUP, REDIRECT, "cj-broken", "go to /login"),
    # Nobody answers in CJ's name.
    "no-cj-but-resets": refused(CJ, RESET, "cj-unreachable", "cut the connection"),
    "no-cj-but-silence": refused(CJ, HANG, "cj-timeout", "did not answer in time", **IN_HASTE),
    "no-cj-but-pages": refused(CJ, PAGE, "cj-wrong-service", "with a page"),
    "no-cj-but-redirects": refused(CJ, REDIRECT, "cj-wrong-service", "go to /login"),
}


def lane(case: Case) -> str:
    """The faults of a stack are in force for all who ask, so that its cases go one after the other."""
    return f"{case.stage}-mended" if case.where is UPLOAD and case.end == COMPLETED else case.stage


def play(case: Case, label: str, stack: Embedded, folder: Path) -> Ended:
    rule = {**case.where, "times": case.times, "do": case.do}
    url = f"{stack.variables['CJ_SERVICE_URL']}/_sandbox/faults"
    web.put(url, json={"faults": [rule]}).raise_for_status()
    return run(folder, stack, label, Story({"limits.grace": "100ms"}, patience=case.patience))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    plays: dict[str, dict[str, Play]] = defaultdict(dict)
    for name, case in CASES.items():
        plays[lane(case)][name] = partial(play, case, name)
    with lanes(tmp_path_factory.mktemp("http"), plays) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_a_run_ends_as_it_should_and_its_artefact_says_why(runs: Runs, name: str) -> None:
    ended, case = runs[name].result(), CASES[name]
    assert ended.end == ended.told == case.end
    assert mistakes(ended.artefact) == []
    assert ended.facts() == case.facts
    met = stage(ended, case.stage)
    assert case.told in f"{met['headline']} {met['what']}"


def test_a_service_that_is_busy_is_asked_again_when_it_says(runs: Runs) -> None:
    assert [wait >= 2 for wait in runs["upload-busy"].result().waits] == [True, True]


def test_every_kind_of_misbehaviour_has_its_case() -> None:
    union, _discriminator = get_args(Misbehaviour)
    assert {case.do["kind"] for case in CASES.values()} == {
        each.model_fields["kind"].default for each in get_args(union)
    }

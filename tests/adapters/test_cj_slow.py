"""What slow lookups may take together, by a clock that only they move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import httpx
import pytest

from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.http.caller import CJ, HttpCaller
from eng5_pipeline.adapters.http.causes import NoAnswer, of
from eng5_pipeline.adapters.http.connection import Reply, Timeouts
from eng5_pipeline.domain.assignment import AnchorToRegister
from eng5_pipeline.errors import ServiceFailed
from tests.support.cj import RUN, a_credential, a_token, assignment_of, captured
from tests.support.clock import START, FakeClock
from tests.support.http_captures import Exchange

ASSIGNMENT = captured("as-is", "cj-instr-get-ok-no-student-prompt")
KNOWN = assignment_of(ASSIGNMENT)
ANCHORS = captured("as-is", "cj-anchors-summary-ok")
REGISTERED = captured("as-is", "cj-anchor-register-ok-no-auth")


class Says(NamedTuple):
    """`after` seconds."""

    after: float
    status: int
    headers: Mapping[str, str] = {}
    body: str = ""


def busy(after: float) -> Says:
    return Says(after, 503, {"retry-after": "2"})


def well(after: float, exchange: Exchange) -> Says:
    return Says(after, 200, body=exchange.answer.text.replace(assignment_of(exchange), KNOWN))


class SlowCj:
    """Says what it is given, and then hangs: connects, takes the request and never answers, each as late as it may."""

    def __init__(self, clock: FakeClock, *given: Says) -> None:
        self._clock = clock
        self._given = list(given)

    @contextmanager
    def exchange(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Iterator[Reply]:
        if not self._given or self._given[0].after > timeouts.read:
            self._clock.sleep(timeouts.connect + timeouts.write + timeouts.read)
            raise NoAnswer(of(httpx.ReadTimeout("")))
        said = self._given.pop(0)
        self._clock.sleep(said.after)
        yield Reply(said.status, said.headers, iter([said.body.encode()]))


def asking(clock: FakeClock, *given: Says) -> HttpAssignmentService:
    return HttpAssignmentService(
        caller=HttpCaller(CJ, SlowCj(clock, *given), clock.monotonic),
        base_url="http://localhost:1",
        find_credential=partial(a_credential, a_token(exp=START + timedelta(hours=1))),
        clock=clock,
        correlation_id=RUN,
    )


def test_a_cj_that_hangs_after_a_slow_lookup_is_given_up_within_thirteen_seconds() -> None:
    clock = FakeClock()
    service = asking(clock, busy(4), well(1.9, ASSIGNMENT))
    service.assignment(KNOWN)
    with pytest.raises(ServiceFailed, match="did not answer in time"):
        service.anchors(KNOWN)
    assert clock.seconds < 13


def test_after_a_lookup_that_took_nearly_all_the_time_the_next_has_some_left() -> None:
    service = asking(FakeClock(), busy(4.9), well(1.5, ASSIGNMENT), well(1.2, ANCHORS))
    service.assignment(KNOWN)
    assert service.anchors(KNOWN).assignment_id == KNOWN


def test_what_was_registered_is_read_back_with_all_the_time() -> None:
    service = asking(FakeClock(), busy(4.9), well(1.5, ASSIGNMENT), well(3, REGISTERED), well(4.9, ANCHORS))
    service.assignment(KNOWN)
    anchor = AnchorToRegister(
        local_id="B1.docx", path="B1.docx", label="B1", grade="B", text_sha256="0" * 64, characters=190
    )
    service.register_anchor(KNOWN, anchor, "A text.")
    assert service.anchors(KNOWN).assignment_id == KNOWN

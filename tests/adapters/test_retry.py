"""When a request is sent again and how long the wait before it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eng5_pipeline.adapters.http.caller import Answer, TransportFailed
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy, Tried
from eng5_pipeline.errors import ServiceFailed
from tests.support.clock import FakeClock

POLICY = RetryPolicy(attempts=4, first_wait=1.0, factor=2.0, longest_wait=3.0, longest_asked=20.0, jitter=0.5, total=60)
RESET = TransportFailed("content-unreachable", "cut the connection", hint="h", passing=True)
BAD_NAME = TransportFailed("content-unreachable", "no such name", hint="h", passing=False)
REDIRECT = ServiceFailed("content-redirected", "go elsewhere", hint="h")


class Service:
    """Gives one outcome after the other, then 201; remembers when it was asked."""

    def __init__(self, *outcomes: int | Answer | ServiceFailed) -> None:
        self.clock = FakeClock()
        self.asked_at: list[float] = []
        self._outcomes = [*outcomes]

    def send(self) -> Answer:
        self.asked_at.append(self.clock.monotonic())
        outcome = self._outcomes.pop(0) if self._outcomes else 201
        if isinstance(outcome, ServiceFailed):
            raise outcome
        return outcome if isinstance(outcome, Answer) else Answer(outcome, "http://c", b"")

    def call(self, policy: RetryPolicy = POLICY, chance: Callable[[], float] = lambda: 0.0) -> Tried:
        return Retrier(policy, self.clock, chance).call(self.send)


def asked(seconds: str) -> Answer:
    return Answer(429, "http://c", b"", {"retry-after": seconds})


@pytest.mark.parametrize("passing", [429, 500, 502, 503, 504, RESET])
def test_what_may_pass_is_tried_again(passing: int | ServiceFailed) -> None:
    tried = Service(passing).call()
    assert (tried.answer.status, tried.attempts) == (201, 2)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 409, 413])
def test_what_stands_is_taken_at_once(status: int) -> None:
    assert Service(status).call().attempts == 1


@pytest.mark.parametrize("error", [BAD_NAME, REDIRECT])
def test_a_failure_that_will_not_pass_is_raised_at_once(error: ServiceFailed) -> None:
    service = Service(error)
    with pytest.raises(ServiceFailed) as why:
        service.call()
    assert why.value is error
    assert service.asked_at == [0.0]


def test_waits_grow_up_to_the_longest() -> None:
    service = Service(500, 500, 500)
    service.call()
    assert service.asked_at == [0.0, 1.0, 3.0, 6.0]


def test_chance_shortens_a_wait() -> None:
    service = Service(500)
    service.call(chance=lambda: 0.5)
    assert service.asked_at == [0.0, 0.75]


def test_the_last_answer_is_given_when_no_attempt_is_left() -> None:
    tried = Service(503, 503, 503, 503, 503).call()
    assert (tried.answer.status, tried.attempts) == (503, 4)


def test_the_last_failure_says_how_often_it_was_tried() -> None:
    with pytest.raises(TransportFailed, match=r"cut the connection \(tried 4 times\)"):
        Service(RESET, RESET, RESET, RESET).call()


@pytest.mark.parametrize(
    ("wish", "wait"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("3600", 20.0),
        ("9" * 400, 20.0),
        ("Sun, 22 Nov 2026 09:00:09 GMT", 9.0),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
    ],
)
def test_what_the_service_asks_for_is_honoured_within_measure(wish: str, wait: float) -> None:
    service = Service(asked(wish))
    service.call()
    assert service.asked_at == [0.0, wait]


def test_no_attempt_begins_after_the_whole_time() -> None:
    service = Service(asked("20"), asked("20"), asked("20"), asked("20"))
    tried = service.call(RetryPolicy(attempts=9, total=50.0))
    assert (service.asked_at, tried.attempts) == ([0.0, 20.0, 40.0], 3)


def test_a_stop_by_the_user_is_not_tried_again() -> None:
    clock = FakeClock()

    def stopped() -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Retrier(POLICY, clock, lambda: 0.0).call(stopped)
    assert clock.seconds == 0.0

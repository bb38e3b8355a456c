"""When to send again, and how long to wait before: a value, with sleep, clock and chance passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import NamedTuple

from tenacity import RetryCallState, Retrying

from eng5_pipeline.adapters.http.caller import Answer, TransportFailed
from eng5_pipeline.contracts.http import parse_date
from eng5_pipeline.ports import Clock


@dataclass(frozen=True)
class RetryPolicy:
    """Seconds, but for `attempts`, `factor` and `jitter`.

    The wait after attempt n is first_wait * factor^(n-1), at most `longest_wait`, less a random part of up to
    `jitter` of it. A Retry-After lengthens it, at most to `longest_asked`. No attempt begins later than
    `total` after the first began.
    """

    attempts: int = 5
    first_wait: float = 0.5
    factor: float = 2.0
    longest_wait: float = 8.0
    longest_asked: float = 30.0
    jitter: float = 0.5
    total: float = 90.0

    def wait(self, attempt: int, asked: float | None, chance: float) -> float:
        """Seconds to wait after `attempt` (from 1) failed; `chance` is in [0, 1)."""
        backoff = min(self.longest_wait, self.first_wait * self.factor ** (attempt - 1))
        own = backoff * (1 - self.jitter * chance)
        return own if asked is None else max(own, min(asked, self.longest_asked))


class Tried(NamedTuple):
    """The last answer, whatever its status, and how many requests were sent for it."""

    answer: Answer
    attempts: int


@dataclass(frozen=True)
class Retrier:
    """Sends until an answer stands: 429, 5xx, lost connections and timeouts are tried again, nothing else."""

    policy: RetryPolicy
    clock: Clock
    chance: Callable[[], float]

    def call(self, send: Callable[[], Answer]) -> Tried:
        """Raises what `send` raises when it is not worth another attempt, or none is left."""
        until = self.clock.monotonic() + self.policy.total
        try:
            answer = send()
        except TransportFailed as error:
            if not error.passing:
                raise
            return self._call_again(_raising(error), send, until)
        if is_passing(answer.status):
            return self._call_again(lambda: answer, send, until)
        return Tried(answer, attempts=1)

    def _call_again(self, first: Callable[[], Answer], send: Callable[[], Answer], until: float) -> Tried:
        """As if `first` were yet to be called: nearly every call succeeds at once and need not come this way."""
        retrying = Retrying(
            retry=_worth_another,
            wait=self._wait,
            stop=lambda state: self._enough(state, until),
            sleep=self.clock.sleep,
            retry_error_callback=_give_up,
        )
        attempts = chain([first], repeat(send))
        answer: Answer = retrying(lambda: next(attempts)())
        return Tried(answer, retrying.statistics["attempt_number"])

    def _wait(self, state: RetryCallState) -> float:
        outcome = state.outcome
        asked = None
        if outcome is not None and not outcome.failed:
            asked = retry_after(outcome.result().headers, self.clock.now())
        return self.policy.wait(state.attempt_number, asked, self.chance())

    def _enough(self, state: RetryCallState, until: float) -> bool:
        late = self.clock.monotonic() + state.upcoming_sleep > until
        return late or state.attempt_number >= self.policy.attempts


def _raising(error: TransportFailed) -> Callable[[], Answer]:
    def fail() -> Answer:
        raise error

    return fail


def is_passing(status: int) -> bool:
    """A status that may be another a moment later."""
    return status == 429 or status >= 500


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After asks for, as a number or as an HTTP date (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    moment = parse_date(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _worth_another(state: RetryCallState) -> bool:
    if state.outcome is None:
        return False
    error = state.outcome.exception()
    if error is None:
        return is_passing(state.outcome.result().status)
    return isinstance(error, TransportFailed) and error.passing


def _give_up(state: RetryCallState) -> Answer:
    assert state.outcome is not None  # tenacity asks only after an attempt
    error = state.outcome.exception()
    if isinstance(error, TransportFailed) and state.attempt_number > 1:
        raise error.after(state.attempt_number) from None
    answer: Answer = state.outcome.result()
    return answer

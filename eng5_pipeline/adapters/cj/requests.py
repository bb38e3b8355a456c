"""Requests to CJ: its routes, the token that goes with them, and inquiries bounded in number and time."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit
from uuid import UUID

from eng5_pipeline.adapters.auth.credential import Credential
from eng5_pipeline.adapters.http.caller import Answer, HttpCaller, Timeouts, TransportFailed, said, shown
from eng5_pipeline.adapters.http.connection import Headers
from eng5_pipeline.adapters.http.retry import retry_after
from eng5_pipeline.errors import Refused, ServiceFailed
from eng5_pipeline.ports import Clock

LIST = "/admin/v1/assessment-instructions"
REGISTER = "/api/v1/anchors/register"
HEALTH = "/healthz"

LARGEST = 4 << 20
"""Bytes that are read of an answer; a page of 50 assignments with long instructions is under 1 MiB."""

_WAIT = 0.5
_LONGEST_WAIT = 2.0
_WORTH_ANOTHER = frozenset({429, 502, 503, 504})  # not 500: that is how CJ refuses

Outcome = Answer | ServiceFailed
"""What became of a request; a redirect and an answer of more than LARGEST bytes are failures too."""


def instructions_path(assignment_id: str) -> str:
    return f"{LIST}/assignment/{_segment(assignment_id)}"


def anchors_path(assignment_id: str) -> str:
    return f"/admin/v1/anchors/assignment/{_segment(assignment_id)}"


def _segment(text: str) -> str:
    quoted = quote(text, safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")  # `..` would be the folder above


@dataclass(frozen=True)
class CjRequests:
    """Raises Refused `plain-http` before a token would leave this machine in clear text."""

    caller: HttpCaller
    base_url: str
    credential: Credential | None
    correlation_id: UUID
    allow_plain_http: bool

    def check_address(self) -> None:
        parts = urlsplit(self.base_url)
        in_clear = parts.scheme != "https" and not _is_loopback(parts.hostname or "")
        if self.credential is None or not in_clear or self.allow_plain_http:
            return
        raise Refused(
            "plain-http",
            f"the token for CJ would go to {shown(self.base_url)} in clear text",
            hint="give CJ's address with https (CJ_SERVICE_URL or services.cj), or name plain-http in allow",
        )

    def get(self, path: str, timeouts: Timeouts) -> Answer:
        """With the token."""
        return self._get(f"{self.base_url}{path}", self._headers(), timeouts)

    def look(self, url: str, timeouts: Timeouts) -> Answer:
        """Without the token, at any address."""
        return self._get(url, self._plain_headers(), timeouts)

    def post(self, path: str, body: bytes) -> Answer:
        headers = self._headers()
        headers["Content-Type"] = "application/json"
        url = f"{self.base_url}{path}"
        return self.caller.send("POST", url, content=body, headers=headers, largest=LARGEST)

    def told(self, answer: Answer) -> str:
        """An answer of a status that is not wanted, in one line; never with the token."""
        return self.caller.refused(answer, sent=self._secret()).what

    def words(self, answer: Answer, sent: str) -> str:
        """What CJ says in an answer, in one line; never with the token, nor with what was sent."""
        return said(answer, sent=f"{self._secret()} {sent}")

    def _secret(self) -> str:
        return self.credential.token.get_secret_value() if self.credential else ""

    def _get(self, url: str, headers: Headers, timeouts: Timeouts) -> Answer:
        return self.caller.send("GET", url, headers=headers, timeouts=timeouts, largest=LARGEST)

    def _headers(self) -> Headers:
        self.check_address()
        headers = self._plain_headers()
        if self.credential is not None and self.credential.claims is not None:
            headers["Authorization"] = f"Bearer {self._secret()}"
        return headers

    def _plain_headers(self) -> Headers:
        # No plain dict, for the token must not be seen where a value is shown.
        return Headers({"X-Correlation-ID": str(self.correlation_id), "Accept": "application/json"})


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Budget:
    """What a lookup may cost, all questions about its failure included; lookups in a row share the seconds."""

    requests: int = 4
    seconds: float = 10.0


class Allowance:
    """What is left of a budget's seconds from one lookup to the next.

    Never less than a quarter of them, for a CJ that took its time may be well.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._spent = 0.0

    def left(self) -> Budget:
        whole = self._budget.seconds
        return replace(self._budget, seconds=max(whole - self._spent, whole / 4))

    def spend(self, seconds: float) -> None:
        self._spent += seconds

    def renew(self) -> None:
        self._spent = 0.0


class Inquiry:
    """A lookup, and what is asked to find out why it failed, within one budget."""

    def __init__(self, requests: CjRequests, clock: Clock, budget: Budget) -> None:
        self.requests = requests
        self._clock = clock
        self._left = budget.requests
        self._began = clock.monotonic()
        self._until = self._began + budget.seconds

    def seconds(self) -> float:
        """That it took until now."""
        return self._clock.monotonic() - self._began

    def look_up(self, path: str) -> Outcome:
        """Asked once more where CJ was busy or the connection was lost; neither is how CJ refuses."""
        outcome = self.ask(path)
        assert outcome is not None  # a budget allows for one request
        if not _is_worth_another(outcome):
            return outcome
        self._clock.sleep(self._wait(outcome))
        return self.ask(path) or outcome

    def ask(self, path: str) -> Outcome | None:
        """With the token; None where the budget is spent."""
        return self._asked(lambda timeouts: self.requests.get(path, timeouts))

    def look(self, url: str) -> Outcome | None:
        """Without the token; None where the budget is spent."""
        return self._asked(lambda timeouts: self.requests.look(url, timeouts))

    def _asked(self, request: Callable[[Timeouts], Answer]) -> Outcome | None:
        seconds = self._until - self._clock.monotonic()
        if self._left < 1 or seconds <= 0:
            return None
        self._left -= 1
        try:
            return request(_within(seconds))
        except ServiceFailed as failure:
            return failure

    def _wait(self, outcome: Outcome) -> float:
        headers = outcome.headers if isinstance(outcome, Answer) else {}
        asked = retry_after(headers, self._clock.now()) or 0.0
        return min(max(_WAIT, asked), _LONGEST_WAIT)


def _is_worth_another(outcome: Outcome) -> bool:
    if isinstance(outcome, Answer):
        return outcome.status in _WORTH_ANOTHER
    return outcome.reference == "cj-unreachable" and isinstance(outcome, TransportFailed) and outcome.passing


def _within(seconds: float) -> Timeouts:
    """Limits that together end within `seconds`: the last read may begin just before `whole` is over."""
    half, quarter = min(5.0, seconds / 2), min(2.0, seconds / 4)
    return Timeouts(connect=quarter, read=half, write=quarter, whole=half)

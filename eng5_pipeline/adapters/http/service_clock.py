"""What time it is for a service, by the Date header of its answers (RFC 9110, section 6.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from eng5_pipeline.adapters.http.caller import HttpCaller, Timeouts
from eng5_pipeline.contracts.http import parse_date
from eng5_pipeline.errors import ServiceFailed
from eng5_pipeline.ports import Clock

HALF_A_SECOND = timedelta(seconds=0.5)  # the header says whole seconds, cut off


@dataclass(frozen=True)
class ServiceClock:
    """`url` is asked without a token; any answer will do."""

    caller: HttpCaller
    url: str
    clock: Clock
    timeouts: Timeouts

    @property
    def title(self) -> str:
        return self.caller.service.title

    def behind(self) -> timedelta | None:
        """How much later it is here, give or take a second; None where the service does not tell its time."""
        before = self.clock.now()
        try:
            answer = self.caller.send("GET", self.url, timeouts=self.timeouts)
        except ServiceFailed:
            return None
        told = parse_date(answer.headers.get("date"))
        here = before + (self.clock.now() - before) / 2
        return None if told is None else here - (told + HALF_A_SECOND)

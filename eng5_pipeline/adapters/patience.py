"""How long the outside world is waited for: one value, so that a trial run need not wait as long as a real one."""

from __future__ import annotations

from dataclasses import dataclass, field

from eng5_pipeline.adapters.cj.requests import Budget
from eng5_pipeline.adapters.http.caller import CHECK_TIMEOUTS, USUAL_TIMEOUTS, Timeouts


@dataclass(frozen=True)
class Patience:
    """`http` for each request, `check` for a look whether the Content Service is there, `lookup` for a question to CJ.

    A record that is not acknowledged within `delivery_seconds` is given up, unknown whether it arrived.
    """

    http: Timeouts = USUAL_TIMEOUTS
    check: Timeouts = CHECK_TIMEOUTS
    lookup: Budget = field(default_factory=Budget)
    delivery_seconds: int = 60

"""What an answer of the judge says of its judge and its price: a part of the event, read in half of the time.

Every comparison was read as a whole before; here it is met again for what a fact does not hold.
"""

from __future__ import annotations

from decimal import Decimal

from eng5_pipeline.contracts.events import ErrorDetail, Observed, TokenUsage


class Resolved(Observed):
    resolved_provider: str | None = None
    resolved_model: str | None = None


class AnswerData(Observed):
    """As in `ComparisonData`."""

    error_detail: ErrorDetail | None = None
    provider: str | None = None
    model: str | None = None
    token_usage: TokenUsage | None = None
    cost_estimate: Decimal | None = None
    request_metadata: Resolved


class Answer(Observed):
    data: AnswerData

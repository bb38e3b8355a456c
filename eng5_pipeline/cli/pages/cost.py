"""What a batch is likely to cost and how long it is likely to take, for a person."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from eng5_pipeline.cli.wording import count, seconds, usd, visible
from eng5_pipeline.domain.forecast import Forecast, Outlook
from eng5_pipeline.spec.model import Limits


def cost_lines(cost: Forecast, limits: Limits) -> Iterator[str]:
    expected, high = cost.expected, cost.high
    limit = f"; the limit is {usd(limits.max_cost_usd)}" if limits.max_cost_usd is not None else ""
    yield f"cost        {_amounts(cost)}{limit}"
    yield f"            expected: {_used(expected)}"
    yield f"            90th percentile: {_used(high)}"
    if cost.prices is not None:
        yield f"            prices: {visible(cost.prices)}"
    yield f"            {_basis(cost)}"
    yield from (f"            assumed: {what}" for what in cost.assumed)
    yield f"time        {_time(cost)}"


def _amounts(cost: Forecast) -> str:
    if cost.expected.usd is None or cost.high.usd is None:
        model = visible(cost.model) if cost.model else "CJ's own model, for the spec names none"
        return f"not known: no price of {model}"
    return f"{usd(cost.expected.usd)} expected, {usd(cost.high.usd)} at the 90th percentile"


def _used(outlook: Outlook) -> str:
    tokens = outlook.tokens
    return f"{count(outlook.comparisons, 'comparison')}, {tokens.prompt} tokens in, {tokens.answer} out"


def _basis(cost: Forecast) -> str:
    if not cost.runs:
        return "from the lengths of texts and prompts; no earlier run of this model is there"
    named = ", ".join(run[:8] for run in cost.runs)
    return f"calibrated by {count(len(cost.runs), 'earlier run')} of this model: {named}"


def _time(cost: Forecast) -> str:
    if cost.expected.seconds is None or cost.high.seconds is None:
        return "not known: no earlier run of this model is there"
    return f"{seconds(cost.expected.seconds)} expected, {seconds(cost.high.seconds)} as the slowest of these runs"


def amount(cost: Forecast | None) -> str:
    """`$0.42 (90th percentile $0.75)`, or that it is not known."""
    if cost is None or cost.expected.usd is None or cost.high.usd is None:
        return "not known"
    return f"{usd(_cents(cost.expected.usd))} (90th percentile {usd(_cents(cost.high.usd))})"


def _cents(amount: Decimal) -> Decimal:
    """To the cent where that leaves something to see."""
    return round(amount, 2) if amount >= 1 else amount

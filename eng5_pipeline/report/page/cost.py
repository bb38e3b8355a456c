"""What the batch cost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from eng5_pipeline.report.judged import Judged, Spending, exact_sum, judge_name
from eng5_pipeline.report.page.amounts import about, usd, usd_about
from eng5_pipeline.report.page.markup import Content, Markup, Number, definitions, el, table
from eng5_pipeline.report.page.parts import Part, View, conventions, figure, long_table, part
from eng5_pipeline.report.page.plots.spent import cost_plot
from eng5_pipeline.report.wording import count

MOST_POINTS = 200
STEPS = 10
_SPENT = ("Comparisons", "Failed", "Prompt tokens", "Answer tokens", "Cost")


def cost(view: View) -> Part:
    judged = view.account.judged
    if not judged.spending:
        return part("cost", "Cost", el("p", "Nothing was compared, so nothing was charged for comparisons."))
    return part("cost", "Cost", _shares(judged), _by_judge(judged), *_unpriced(judged), *_course(view))


def _shares(judged: Judged) -> Markup:
    total, essays = float(judged.total_usd), len(judged.counts)
    failed = exact_sum(spent.failed_usd for spent in judged.spending)
    tokens = sum(spent.failed_tokens for spent in judged.spending)
    return definitions(
        [
            ("In all", f"{usd(judged.total_usd)}, {count(judged.tokens, 'token')}"),
            ("Per comparison", _share(total, judged.tokens, judged.comparisons)),
            ("Per essay, anchors included", _share(total, judged.tokens, essays)),
            ("On failed calls", f"{usd(failed)}, {count(tokens, 'token')}, {count(judged.failed, 'call')}"),
        ]
    )


def _share(total: float, tokens: int, among: int) -> str:
    return f"{usd_about(total / among)}, {about(tokens / among)} tokens"


def _by_judge(judged: Judged) -> Markup:
    caption = f"As the comparisons state it: {usd(judged.total_usd)} in all."
    return long_table(["Judge", *map(Number, _SPENT)], judged.spending, _spent, caption)


def _spent(spent: Spending) -> list[Content]:
    return [
        judge_name((spent.provider, spent.model)),
        Number(spent.comparisons),
        Number(spent.failed),
        Number(spent.prompt_tokens),
        Number(spent.completion_tokens),
        Number(usd(spent.usd)),
    ]


def _unpriced(judged: Judged) -> Iterator[Markup]:
    unpriced = sum(spent.unpriced for spent in judged.spending)
    if unpriced:
        yield el("p", f"Comparisons that state no cost: {unpriced}; they are not in the sum.")


def _course(view: View) -> Iterator[Content]:
    """The exact sum stands at the end; on the way there sums are floats."""
    sums = list(accumulate(view.account.judged.spent, initial=0.0))
    effective = view.account.record.effective
    limit = effective.spec.limits.max_cost_usd if effective else None
    rows = [[Number(n), Number(usd_about(sums[n]))] for n in _evenly(len(sums) - 1, STEPS)[1:]]
    beside = table([Number("Comparisons"), Number("Cost so far")], rows, "Cost so far, rounded.")
    points = [(n, sums[n]) for n in _evenly(len(sums) - 1, MOST_POINTS)]
    yield figure(cost_plot(points, float(limit) if limit else None), "Cost after each comparison.", beside)
    yield conventions("cost")


def _evenly(last: int, steps: int) -> list[int]:
    """From 0 to `last`, at most so many steps."""
    among = min(last, steps)
    return [last * n // among for n in range(among + 1)]

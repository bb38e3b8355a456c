"""What a batch had cost after each comparison."""

from __future__ import annotations

from collections.abc import Sequence

from eng5_pipeline.report.page.markup import Markup
from eng5_pipeline.report.page.plots.svg import Axis, bottom_axis, left_axis, line, path, plot, px, text

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 480.0, 300.0, 70.0, 34.0, 44.0


def cost_plot(points: Sequence[tuple[int, float]], limit: float | None) -> Markup:
    """Points of (comparisons so far, USD so far), from (0, 0); `limit` is the spec's own, if it has one."""
    last, total = points[-1]
    across = Axis(0, last, LEFT, WIDTH - 12, finest=1)
    up = Axis(0, (max(total, limit or 0) or 1.0) * 1.06, HEIGHT - BOTTOM, TOP)
    steps = [f"{'L' if number else 'M'}{px(across.at(x))} {px(up.at(y))}" for number, (x, y) in enumerate(points)]
    return plot(
        "spent",
        "Cost so far",
        f"USD after each comparison, in the order in which they came; {total:g} USD in the end.",
        WIDTH,
        HEIGHT,
        left_axis(up, LEFT, WIDTH - 12, "USD"),
        bottom_axis(across, HEIGHT - BOTTOM, HEIGHT - BOTTOM, "comparisons"),
        path(steps, "curve strong"),
        line(LEFT, up.at(limit), WIDTH - 12, up.at(limit), "reference") if limit else None,
        text(LEFT + 6, up.at(limit) - 5, "limits.max_cost_usd", "small") if limit else None,
    )

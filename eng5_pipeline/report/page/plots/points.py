"""Share won against theta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eng5_pipeline.report.page.markup import Markup
from eng5_pipeline.report.page.plots.svg import Axis, axis, bottom_axis, diamond, dot, left_axis, path, plot, px, text
from eng5_pipeline.report.statistics.bradley_terry import chance

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 480.0, 360.0, 46.0, 34.0, 44.0
STEPS = 60


class Point(NamedTuple):
    theta: float
    share: float
    is_anchor: bool


def win_rate_plot(points: Sequence[Point]) -> Markup:
    across = axis([point.theta for point in points], LEFT, WIDTH - 12)
    up = Axis(-0.03, 1.03, HEIGHT - BOTTOM, TOP)
    return plot(
        "wins",
        "Share of comparisons won against theta",
        "Each point is an essay: a dot for a student, a diamond for an anchor. The curve is the share expected against "
        "an essay of theta 0.",
        WIDTH,
        HEIGHT,
        left_axis(up, LEFT, WIDTH - 12, "share won", ".1f"),
        bottom_axis(across, HEIGHT - BOTTOM, TOP, "theta (logits)"),
        path(_curve(across, up), "curve"),
        *_points(points, across, up),
        text(WIDTH - 16, HEIGHT - BOTTOM - 8, "curve: expected against theta 0", "end small"),
    )


def _curve(across: Axis, up: Axis) -> list[str]:
    width = (across.high - across.low) / STEPS
    thetas = [across.low + width * step for step in range(STEPS + 1)]
    return [
        f"{'L' if number else 'M'}{px(across.at(theta))} {px(up.at(chance(theta, 0)))}"
        for number, theta in enumerate(thetas)
    ]


def _points(points: Sequence[Point], across: Axis, up: Axis) -> list[Markup]:
    radius = 4.5 if len(points) <= 200 else 2.0
    return [
        (diamond if point.is_anchor else dot)(
            across.at(point.theta), up.at(point.share), radius, "anchor" if point.is_anchor else "student"
        )
        for point in points
    ]

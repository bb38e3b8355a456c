"""Theta with 1.96 standard errors in rank order, anchors marked, grade bands behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eng5_pipeline.report.page.markup import Markup, el, join
from eng5_pipeline.report.page.plots.svg import (
    Axis,
    bottom_axis,
    cut,
    diamond,
    dot,
    line,
    path,
    plot,
    px,
    rect,
    text,
    width_of,
)
from eng5_pipeline.report.statistics.grade_bands import Bands
from eng5_pipeline.report.statistics.position import Z

WIDTH, RIGHT, TOP, BOTTOM = 640.0, 12.0, 46.0, 44.0
WIDEST_NAME, MARK, NO_NAMES = 180.0, 40.0, 40.0
TALLEST = 1200.0
ROW = 19.0
FARTHEST = 3.0  # an interval may reach so far beyond the outermost theta before it is cut
NARROWEST_LABEL = 9.0


@dataclass(frozen=True)
class Placed:
    """`error` is None where there is none; `mark` stands beside the name, as an anchor's grade."""

    name: str
    theta: float
    error: float | None
    is_anchor: bool
    mark: str


def theta_plot(essays: Sequence[Placed], bands: Bands | None) -> Markup:
    """One row for each essay, in the order given; without names where there are too many of them."""
    row = min(ROW, TALLEST / len(essays))
    height = TOP + row * len(essays) + BOTTOM
    names = min(WIDEST_NAME, max(width_of(essay.name) for essay in essays)) if row == ROW else 0.0
    across = _across(essays, names + MARK if names else NO_NAMES)
    floor = height - BOTTOM + 4
    return plot(
        "theta",
        "Theta of every essay with 1.96 standard errors",
        "Essays in rank order from the top. Dots are students, diamonds anchors; lines are intervals of 1.96 standard "
        "errors to both sides; upright stripes are projected grades.",
        WIDTH,
        height,
        _bands(bands, across, floor) if bands else None,
        bottom_axis(across, floor, TOP - 6, "theta (logits)"),
        *_rows(essays, across, row, names),
    )


def _across(essays: Sequence[Placed], left: float) -> Axis:
    thetas = [essay.theta for essay in essays]
    low, high = min(thetas), max(thetas)
    reach = [Z * (essay.error or 0) for essay in essays]
    lowest = max(low - FARTHEST, min(t - r for t, r in zip(thetas, reach, strict=True)))
    highest = min(high + FARTHEST, max(t + r for t, r in zip(thetas, reach, strict=True)))
    return Axis(lowest - 0.2, highest + 0.2, left, WIDTH - RIGHT)


def _bands(bands: Bands, across: Axis, floor: float) -> Markup:
    parts: list[Markup] = []
    for number, grade in enumerate(bands.grades):
        low, high = (across.at(across.within(edge)) for edge in bands.edges(grade))
        if high > low:
            shade = "band dark" if number % 2 else "band"
            parts.append(rect(low, TOP - 6, high - low, floor - TOP + 6, shade))
            if high - low >= NARROWEST_LABEL:
                parts.append(text((low + high) / 2, TOP - (26 if number % 2 else 12), grade, "mid strong"))
    edges = {across.at(edge) for edge in bands.boundaries if across.low < edge < across.high}
    return el("g", *parts, *(line(edge, TOP - 6, edge, floor, "boundary") for edge in sorted(edges)))


def _rows(essays: Sequence[Placed], across: Axis, row: float, names: float) -> Iterator[Markup]:
    for number, essay in enumerate(essays):
        y = TOP + row * (number + 0.5)
        yield join(
            [
                *_name(essay, y, names),
                _interval(essay, across, y) if essay.error is not None else None,
                (diamond if essay.is_anchor else dot)(across.at(essay.theta), y, min(4.5, row / 2), _look(essay)),
            ]
        )


def _name(essay: Placed, y: float, names: float) -> Iterator[Markup]:
    if names:
        yield text(names, y + 4, cut(essay.name, names), "end")
        yield text(names + MARK / 2, y + 4, essay.mark, "mid small")


def _interval(essay: Placed, across: Axis, y: float) -> Markup:
    reach = Z * (essay.error or 0)
    low, high = essay.theta - reach, essay.theta + reach
    left, right = across.at(across.within(low)), across.at(across.within(high))
    steps = [f"M{px(left)} {px(y)}H{px(right)}"]
    if low < across.low:
        steps.append(f"M{px(left + 6)} {px(y - 3)}L{px(left)} {px(y)}L{px(left + 6)} {px(y + 3)}")
    if high > across.high:
        steps.append(f"M{px(right - 6)} {px(y - 3)}L{px(right)} {px(y)}L{px(right - 6)} {px(y + 3)}")
    return path(steps, "interval")


def _look(essay: Placed) -> str:
    return "anchor" if essay.is_anchor else "student"

"""Counts as bars, and shares as intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eng5_pipeline.report.page.markup import Markup, el
from eng5_pipeline.report.page.plots.svg import (
    Axis,
    bottom_axis,
    cut,
    diamond,
    left_axis,
    line,
    path,
    plot,
    px,
    rect,
    text,
    width_of,
)
from eng5_pipeline.report.statistics.position import Share

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 480.0, 300.0, 46.0, 34.0, 44.0
WIDEST_NAME, ROW = 190.0, 30.0


class Bin(NamedTuple):
    """So many `essays` with `low` to `high` appearances."""

    low: int
    high: int
    essays: int

    @property
    def name(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


def appearances_plot(bins: Sequence[Bin], recommended: int) -> Markup:
    """The bins follow each other without a gap."""
    lowest = 0 if bins[0].low <= recommended else bins[0].low
    across = Axis(lowest - 0.5, max(bins[-1].high, recommended) + 0.5, LEFT, WIDTH - 12, finest=1)
    up = Axis(0, max(each.essays for each in bins) * 1.08, HEIGHT - BOTTOM, TOP, finest=1)
    mark = across.at(recommended - 0.5)
    return plot(
        "appearances",
        "Essays by their number of comparisons",
        f"A bar is so many essays that appeared in so many comparisons; the dashed line marks {recommended}.",
        WIDTH,
        HEIGHT,
        left_axis(up, LEFT, WIDTH - 12, "essays"),
        bottom_axis(across, HEIGHT - BOTTOM, HEIGHT - BOTTOM, "comparisons that an essay appeared in"),
        *(_bar(each, across, up) for each in bins if each.essays),
        line(mark, TOP, mark, HEIGHT - BOTTOM, "reference"),
        text(mark - 4, TOP + 10, f"recommended: {recommended} or more", "end small"),
    )


def _bar(each: Bin, across: Axis, up: Axis) -> Markup:
    left, right = across.at(each.low - 0.45), across.at(each.high + 0.45)
    top = up.at(each.essays)
    return rect(left, top, right - left, up.start - top, "bar")


def share_plot(shares: Sequence[tuple[str, Share]]) -> Markup:
    """Intervals one below the other, with a line at one half."""
    height = TOP + ROW * len(shares) + BOTTOM
    names = min(WIDEST_NAME, max(width_of(name) for name, _ in shares))
    across = Axis(0, 1, names + 12, WIDTH - 16)
    floor = height - BOTTOM
    return plot(
        "position",
        "Share won by the essay shown first",
        "A diamond is a share, its line Wilson's 95 % interval; the dashed line is one half, where the place makes no "
        "difference.",
        WIDTH,
        height,
        bottom_axis(across, floor, TOP - 8, "share won by the essay shown first", ".1f"),
        line(across.at(0.5), TOP - 12, across.at(0.5), floor, "reference"),
        *(_share(name, share, TOP + ROW * (n + 0.5), across, names) for n, (name, share) in enumerate(shares)),
    )


def _share(name: str, share: Share, y: float, across: Axis, names: float) -> Markup:
    low, high = across.at(share.low), across.at(share.high)
    whiskers = f"M{px(low)} {px(y - 5)}v10M{px(low)} {px(y)}H{px(high)}M{px(high)} {px(y - 5)}v10"
    return el(
        "g",
        text(names, y + 4, cut(name, names), "end"),
        path([whiskers], "interval"),
        diamond(across.at(share.share), y, 5, "student"),
    )

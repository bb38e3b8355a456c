"""Tables drawn as squares: expert against projected grade, and who was compared with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eng5_pipeline.report.page.markup import Markup, el
from eng5_pipeline.report.page.plots.svg import cut, line, path, plot, px, rect, text

CELL, LEFT, TOP = 38.0, 78.0, 40.0
NAMES, NUMBERED = 190.0, 34.0


@dataclass(frozen=True)
class Cell:
    """So many `times`, of which the essay of the row won `won`; None among essays that share a row."""

    times: int
    won: int | None

    @property
    def share(self) -> float:
        return (self.won or 0) / self.times

    def __str__(self) -> str:
        return str(self.times) if self.won is None else f"{self.won}/{self.times}"


def grade_grid(grades: Sequence[str], counts: Mapping[tuple[str, str], int]) -> Markup:
    """`counts` of anchors by expert grade and projected grade; `grades` from the lowest."""
    side = CELL * len(grades)
    content = [
        _framed(x, y, counts.get((expert, projected), 0), expert == projected)
        for x, expert in enumerate(grades)
        for y, projected in enumerate(reversed(grades))
    ]
    below = [text(LEFT + CELL * (x + 0.5), TOP + side + 18, grade, "mid") for x, grade in enumerate(grades)]
    beside = [text(LEFT - 8, TOP + CELL * (y + 0.5) + 4, grade, "end") for y, grade in enumerate(reversed(grades))]
    return plot(
        "grades",
        "Expert grade against projected grade of the anchors",
        "Columns are expert grades, rows the grade that CJ's boundaries give, both from the lowest at the lower left. "
        "Numbers count anchors; thick frames mark where both agree.",
        LEFT + side + 12,
        TOP + side + 44,
        *content,
        *below,
        *beside,
        text(LEFT + side / 2, TOP + side + 38, "expert grade", "mid"),
        text(4, TOP - 14, "projected grade"),
    )


def _framed(x: int, y: int, count: int, agrees: bool) -> Markup:
    left, top = LEFT + CELL * x, TOP + CELL * y
    return el(
        "g",
        rect(left, top, CELL, CELL, "cell"),
        rect(left + 2, top + 2, CELL - 4, CELL - 4, "cell agrees") if agrees else None,
        rect(left + 6, top + 6, CELL - 12, CELL - 12, "count") if count else None,
        text(left + CELL / 2, top + CELL / 2 + 5, str(count), "mid strong") if count else None,
    )


def matrix_plot(names: Sequence[str], cells: Mapping[tuple[int, int], Cell]) -> Markup:
    """Rows won against columns, both in the order of `names`; `cells` by row and column."""
    cell = 26.0 if len(names) <= 30 else 40.0
    side = cell * len(names)
    rows = [
        text(NAMES - 6, NUMBERED + cell * (n + 0.5) + 4, f"{n + 1}. {cut(name, NAMES - 40)}", "end")
        for n, name in enumerate(names)
    ]
    columns = [text(NAMES + cell * (n + 0.5), NUMBERED - 8, str(n + 1), "mid") for n in range(len(names))]
    return plot(
        "matrix",
        "Who was compared with whom",
        "Rows and columns are essays in rank order. A number is how often the row's essay won against the column's, of "
        "how many comparisons; the darker, the greater that share. Below the diagonal the row's essay ranks lower.",
        NAMES + side + 8,
        NUMBERED + side + 8,
        *rows,
        *columns,
        *(_compared(row, column, found, cell) for (row, column), found in sorted(cells.items())),
        _lattice(len(names), cell),
        line(NAMES, NUMBERED, NAMES + side, NUMBERED + side, "boundary"),
    )


def _compared(row: int, column: int, found: Cell, cell: float) -> Markup:
    left, top = NAMES + cell * column, NUMBERED + cell * row
    shade = 0.06 + 0.3 * found.share
    return el(
        "g",
        rect(left, top, cell, cell, "compared", fill_opacity=f"{shade:.2f}"),
        text(left + cell / 2, top + cell / 2 + 4, str(found), "mid small"),
    )


def _lattice(size: int, cell: float) -> Markup:
    side = cell * size
    steps = [f"M{px(NAMES)} {px(NUMBERED + cell * n)}h{px(side)}" for n in range(size + 1)]
    steps += [f"M{px(NAMES + cell * n)} {px(NUMBERED)}v{px(side)}" for n in range(size + 1)]
    return path(steps, "grid")

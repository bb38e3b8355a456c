"""How often essays were compared, and with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from eng5_pipeline.report.cautions import FEWEST_APPEARANCES
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.page.amounts import about
from eng5_pipeline.report.page.markup import Content, Markup, Number, definitions, el, table
from eng5_pipeline.report.page.parts import Part, View, conventions, figure, long_table, part
from eng5_pipeline.report.page.plots.bars import Bin, appearances_plot
from eng5_pipeline.report.page.plots.grid import Cell, matrix_plot

MOST_BINS = 24
MOST_NAMED = 30  # essays of a matrix with a row each
GROUPS = 12


def coverage(view: View) -> Part:
    judged, diagnosis = view.account.judged, view.account.diagnosis
    if not judged.counts:
        return part("coverage", "Comparisons per essay", el("p", "No comparison was kept."))
    return part(
        "coverage",
        "Comparisons per essay",
        *(_amount(diagnosis) if diagnosis else ()),
        *_appearances(view),
        *(_matrix(view, diagnosis) if diagnosis else ()),
        conventions("coverage"),
    )


def _amount(diagnosis: Diagnosis) -> Iterator[Content]:
    found = diagnosis.coverage
    yield definitions(
        [
            ("Appearances per essay", f"{about(found.appearances_per_essay)} on average"),
            ("Fewest, median, most", f"{found.fewest}, {about(found.median)}, {found.most}"),
            ("Comparisons / essays", about(found.comparisons_per_essay)),
        ]
    )


def _appearances(view: View) -> Iterator[Content]:
    counts = view.account.judged.counts
    bins = _bins([count.appearances for count in counts.values()])
    by_bin = table(
        [Number("Comparisons"), Number("Essays")],
        [[Number(each.name), Number(each.essays)] for each in bins if each.essays],
        "Essays by the number of comparisons that they appeared in.",
    )
    yield figure(appearances_plot(bins, FEWEST_APPEARANCES), "Essays by their number of comparisons.", by_bin)
    yield long_table(
        ["Essay", *map(Number, ("Won", "Lost", "Undecided", "All"))],
        sorted(counts, key=view.names.essay),
        lambda essay: [
            view.essay(essay),
            Number(counts[essay].wins),
            Number(counts[essay].losses),
            Number(counts[essay].undecided),
            Number(counts[essay].appearances),
        ],
        "Counted here from the comparisons that were kept. Nobody won an undecided one: the judge failed or tied.",
    )


def _bins(appearances: Sequence[int]) -> list[Bin]:
    """Without a gap from the fewest to the most."""
    lowest, highest = min(appearances), max(appearances)
    width = -(-(highest - lowest + 1) // MOST_BINS)
    there = Counter((number - lowest) // width for number in appearances)
    return [Bin(lowest + width * n, lowest + width * (n + 1) - 1, there[n]) for n in range(max(there) + 1)]


def _matrix(view: View, diagnosis: Diagnosis) -> Iterator[Content]:
    order = _order(view, diagnosis)
    groups = _groups(order)
    names = [view.names.short(order[low]) if high - low == 1 else f"ranks {low + 1} to {high}" for low, high in groups]
    cells = _cells(diagnosis, order, groups)
    told = "" if len(names) == len(order) else f" {len(order)} essays are drawn together by rank."
    said = f"Who was compared with whom, in rank order.{told}"
    yield el("h3", "Who was compared with whom")
    yield figure(matrix_plot(names, cells), said)
    yield _matrix_table(names, cells)


def _order(view: View, diagnosis: Diagnosis) -> list[str]:
    ranks = {essay.essay_id: essay.rank for essay in view.account.ranked if essay.rank is not None}
    theta = diagnosis.fitted.theta
    return sorted(diagnosis.pairs.essays, key=lambda essay: (ranks.get(essay, len(ranks) + 1), -theta[essay]))


def _groups(order: Sequence[str]) -> list[tuple[int, int]]:
    """Places from and to, not included."""
    rows = len(order) if len(order) <= MOST_NAMED else GROUPS
    return [(len(order) * n // rows, len(order) * (n + 1) // rows) for n in range(rows)]


def _cells(
    diagnosis: Diagnosis, order: Sequence[str], groups: Sequence[tuple[int, int]]
) -> Mapping[tuple[int, int], Cell]:
    row = {order[place]: n for n, (low, high) in enumerate(groups) for place in range(low, high)}
    rows = [row[essay] for essay in diagnosis.pairs.essays]
    times: Counter[tuple[int, int]] = Counter()
    won: Counter[tuple[int, int]] = Counter()
    for one, other, met, won_by_one in diagnosis.met:
        there, back = (rows[one], rows[other]), (rows[other], rows[one])
        for at, wins in {there: won_by_one, back: met - won_by_one}.items():  # of one group both are the same
            times[at] += met
            won[at] += wins
    return {at: Cell(number, won[at] if at[0] != at[1] else None) for at, number in times.items()}


def _matrix_table(names: Sequence[str], cells: Mapping[tuple[int, int], Cell]) -> Markup:
    pairs = [(row, column, cell) for (row, column), cell in sorted(cells.items()) if row <= column]
    return long_table(
        ["Essay", "Compared with", Number("Comparisons"), Number("Won")],
        pairs,
        lambda pair: [
            Markup(el("bdi", names[pair[0]])),
            Markup(el("bdi", names[pair[1]])),
            Number(pair[2].times),
            Number(pair[2].won) if pair[2].won is not None else None,
        ],
        "The same as a table: each pair once, the higher ranked first.",
    )

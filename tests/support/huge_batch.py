"""A completed run of a batch far beyond what CJ judges today."""

from __future__ import annotations

from pathlib import Path
from random import Random

from eng5_pipeline.report.statistics.bradley_terry import thetas
from eng5_pipeline.report.statistics.pairs import met_in
from tests.support.judged_pairs import judged, true_thetas
from tests.support.judged_run import begun_run, essays_of, result_of
from tests.support.run_folders import Run, comparison

ANCHORS = 12


def huge_run(folder: Path, comparisons: int, essays: int) -> Run:
    """Students of known truth and anchors, random pairs, two models in turn."""
    run = begun_run(folder, [f"essays/student-{n:04}.docx" for n in range(essays - ANCHORS)], anchors=ANCHORS)
    random, names = Random(1), essays_of(run)
    truth = true_thetas(essays, random)
    pairs = [random.sample(range(essays), 2) for _ in range(comparisons)]
    wins = [judged(truth, random, first, second) for first, second in pairs]
    run.kept(
        comparison(
            run,
            number,
            (names[first], names[second]),
            winner="Essay A" if win.winner == first else "Essay B",
            model=("claude", "gpt")[number % 2],
        )
        for number, ((first, second), win) in enumerate(zip(pairs, wins, strict=True))
    )
    theta = dict(zip(names, thetas(essays, met_in(wins)), strict=True))
    return run.kept([result_of(run, theta)]).completed("1", comparisons)

"""How long the report of a huge batch takes, and how big its page is.

    python benchmarks/report.py [COMPARISONS] [ESSAYS] [RUNS]

Everything is read from a run folder, as `report RUN` does it in a process of its own. The floor is reading the same
events as JSON and nothing else. The aim is under 10 s and under 3 MB for 100,000 comparisons.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from eng5_pipeline.report.statistics.bradley_terry import thetas
from eng5_pipeline.report.statistics.pairs import met_in
from tests.support.judged_pairs import judged, true_thetas
from tests.support.judged_run import begun_run, essays_of, result_of
from tests.support.run_folders import Run, comparison

ANCHORS = 12
FLOOR = """
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(json.loads(line)["value"])
"""


def judged_batch(folder: Path, comparisons: int, essays: int) -> Run:
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


def seconds(arguments: list[str], runs: int) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main(comparisons: int, essays: int, runs: int) -> None:
    with TemporaryDirectory() as place:
        folder = judged_batch(Path(place), comparisons, essays).folder
        floor = seconds(["-c", FLOOR, str(folder.events)], runs)
        report = seconds(["-m", "eng5_pipeline", "report", str(folder.path)], runs)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = folder.report.stat().st_size
        print(f"{comparisons} comparisons of {essays} essays, {folder.events.stat().st_size / 1e6:.0f} MB of events")
        print(f"  events read as JSON (floor) {floor:6.2f} s")
        print(
            f"  report RUN                  {report:6.2f} s   {report / floor:4.1f} x, at most {memory:.0f} MB of memory"
        )
        print(f"  report.html                 {size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["100000", "1000", "3"][len(sys.argv) - 1 :])))

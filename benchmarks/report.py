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
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.huge_batch import huge_run

FLOOR = """
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(json.loads(line)["value"])
"""


def seconds(arguments: list[str], runs: int) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main(comparisons: int, essays: int, runs: int) -> None:
    with TemporaryDirectory() as place:
        folder = huge_run(Path(place), comparisons, essays).folder
        floor = seconds(["-c", FLOOR, str(folder.events)], runs)
        report = seconds(["-m", "eng5_pipeline", "report", str(folder.path)], runs)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = folder.report.stat().st_size
        print(f"{comparisons} comparisons of {essays} essays, {folder.events.stat().st_size / 1e6:.0f} MB of events")
        print(f"  events read as JSON (floor) {floor:6.2f} s")
        print(f"  report RUN                  {report:6.2f} s   {report / floor:4.1f} x, {memory:.0f} MB of memory")
        print(f"  report.html                 {size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["100000", "1000", "3"][len(sys.argv) - 1 :])))

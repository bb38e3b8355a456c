"""How long the artefact of a large batch takes to write, and what it costs in memory.

    python benchmarks/artefact.py [COMPARISONS...]

Batches of 60 students and 12 anchors. Each is written in a process of its own, from its run folder: printed are the
wall time, the size of the file, and by how much the most memory that the process held exceeds that of the smallest
batch. The aim is that memory hardly grows: of a comparison that was read, little more than its identity is kept.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from eng5_pipeline.report.account import read_account
from eng5_pipeline.report.artefact import put_artefact
from eng5_pipeline.run_folder import runs_in
from tests.support.judged_run import begun_run, completed_run, simulated

STUDENTS = tuple(f"essays/students/{number:03}.docx" for number in range(60))
ANCHORS = 12
MAXRSS_UNITS_IN_A_MIB = 2**20 if sys.platform == "darwin" else 2**10


def make(folder: Path, comparisons: int) -> None:
    run = begun_run(folder, STUDENTS, anchors=ANCHORS)
    completed_run(run, simulated(run, comparisons, seed=1))


def write(folder: Path) -> None:
    """Prints seconds, bytes, and the most memory in MiB."""
    [run] = runs_in(folder)
    begun = time.perf_counter()
    size = put_artefact(read_account(run)).stat().st_size
    seconds = time.perf_counter() - begun
    print(seconds, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_UNITS_IN_A_MIB)


def told(*words: str) -> list[float]:
    """What this file prints when it is started with these words."""
    done = subprocess.run([sys.executable, __file__, *words], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def main(sizes: list[str]) -> None:
    """Small all the time: a process begins with the most memory that its parent ever held."""
    least = 0.0
    print("comparisons  seconds      MB  MiB of memory beyond the first")
    with TemporaryDirectory() as place:
        for comparisons in sizes:
            folder = f"{place}/{comparisons}"
            told("make", folder, comparisons)
            seconds, size, mib = told("write", folder)
            least = least or mib
            print(f"{int(comparisons):>11,}  {seconds:>7.2f}  {size / 1e6:>6.1f}  {mib - least:>30.1f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", folder, comparisons]:
            make(Path(folder), int(comparisons))
        case ["write", folder]:
            write(Path(folder))
        case sizes:
            main(sizes or ["1000", "10000", "100000"])

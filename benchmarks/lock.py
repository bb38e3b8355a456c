"""How long a lock of many essays takes when nothing changed: `lock`, `lock --check`, and `lock` the first time.

    python benchmarks/lock.py [ESSAYS] [RUNS]

The essays are .docx, which are slow to read as texts. Prints the median wall time of each command, and of the same with
two essays, which is what starting costs; the aim is under 1 s for 500 essays that are as they were.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from docx import Document

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.batch_world import essay
from tests.support.project import Project, stack

WORDS = {"lock --check": ("lock", "spec.yaml", "--check"), "lock": ("lock", "spec.yaml", "-q")}

COMPILED_ANEW = "PYTHONDONTWRITEBYTECODE"
"""Set where a tree is worked on; an installed program's modules are compiled once."""


def write_essays(folder: Path, count: int) -> None:
    for number in range(count):
        document = Document()
        for paragraph in essay(number % 10).split(". "):
            document.add_paragraph(f"{paragraph}. {number}")
        document.save(str(folder / f"student-{number:04}.docx"))


def seconds(project: Project, words: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "eng5_pipeline", *words],
        cwd=project.folder,
        env={name: value for name, value in project.environment.items() if name != COMPILED_ANEW},
        check=True,
        capture_output=True,
    )
    assert done.returncode == 0
    return time.perf_counter() - begun


def measure(project: Project, count: int, runs: int) -> None:
    write_essays(project.folder / "students", count)
    print(f"{count} essays")
    print(f"  {'lock, the first time':24} {seconds(project, WORDS['lock']):6.2f} s")
    for name, words in WORDS.items():
        taken = statistics.median(seconds(project, words) for _ in range(runs))
        print(f"  {name + ', unchanged':24} {taken:6.2f} s")


def main(count: int, runs: int) -> None:
    with TemporaryDirectory() as place, stack(Path(place)) as services:
        for number in (2, count):
            folder = Path(place) / f"project-{number}"
            project = Project(folder, services, {"essays.students.files": ["students/*.docx"]})
            measure(project, number, runs)


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["500", "5"][len(sys.argv) - 1 :])))

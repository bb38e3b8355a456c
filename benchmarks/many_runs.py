"""How long eight specs take in one process, by how many run at once.

    python -m benchmarks.many_runs [N ...]

Each spec is the bundled example (12 students, 12 anchors, 60 comparisons) with texts of its own, on one embedded stack
that is up before the clock starts. Its judge answers after LATENCY seconds, so that a run mostly waits, as a real one
does. Printed: seconds on the wall, seconds of processor of the program alone, its most memory, texts uploaded.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eng5_pipeline.embedded import embedded_stack
from eng5_pipeline.run_folder import runs_in
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.wiring.world import real_world

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "role-models"
SPECS = 8
LATENCY = 2.0
MAXRSS_UNITS_IN_A_MIB = 1024 if sys.platform == "linux" else 1024 * 1024


def main(at_once: list[int]) -> None:
    print("at once  wall s  processor s  MiB  uploaded")
    for number in at_once:
        with tempfile.TemporaryDirectory() as temporary:
            print("{:7}  {:6.1f}  {:11.1f}  {:3.0f}  {:8}".format(number, *_measured(Path(temporary), number)))


def _measured(folder: Path, at_once: int) -> tuple[float, float, float, int]:
    specs = [_study(folder / f"study-{number}", number) for number in range(SPECS)]
    with _stack(folder) as environment:
        words = [sys.executable, "-m", "benchmarks.many_runs", "--child", str(at_once), *map(str, specs)]
        began = time.monotonic()
        done = subprocess.run(words, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=True)
        wall = time.monotonic() - began
    processor, memory = map(float, done.stdout.splitlines()[-1].split())
    return wall, processor, memory, _uploaded(folder)


def _study(folder: Path, number: int) -> Path:
    """Texts of its own, one output folder for all."""
    shutil.copytree(EXAMPLE, folder)
    for essay in (folder / "essays" / "students").glob("*.txt"):
        essay.write_text(f"{essay.read_text(encoding='utf-8')}\n\nStudy {number}.\n", encoding="utf-8")
    spec = folder / "spec.yaml"
    spec.write_text(
        spec.read_text(encoding="utf-8").replace("output: artefacts", "output: ../artefacts"), encoding="utf-8"
    )
    return spec


@contextmanager
def _stack(folder: Path) -> Iterator[Mapping[str, str]]:
    output = folder / "artefacts"
    output.mkdir()
    rows = (EXAMPLE / "essays" / "anchors.csv").read_text(encoding="utf-8").splitlines()[1:]
    anchors = [
        {"label": label, "grade": grade, "text": f"An anchor of grade {grade}, called {label}. " * 10}
        for _, grade, label in (row.split(",") for row in rows)
    ]
    assignment = {
        "id": "00000000-0000-0000-0000-000000000001",
        "instructions": "Which essay fulfils the task better?",
        "grade_scale": "eng5_np_legacy_9_step",
        "student_prompt": "Write about a role model of yours.",
        "anchors": anchors,
    }
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"assignments": [assignment]}), encoding="utf-8")
    options = SandboxOptions(seed=seed, judge=JudgeSettings(latency_s=LATENCY))
    with embedded_stack(output, replace(real_world(), here=folder), options) as stack:
        yield {**os.environ, **stack.variables, "PYTHONPATH": str(ROOT)}


def _uploaded(folder: Path) -> int:
    runs = runs_in(folder / "artefacts")
    assert len(runs) == SPECS
    cache = folder / "artefacts" / "content_upload_cache.jsonl"
    return len(cache.read_text(encoding="utf-8").splitlines())


def _child(at_once: str, specs: list[str]) -> None:
    from eng5_pipeline.cli.app import main as program

    sys.argv = ["eng5-pipeline", "run", *specs, "-j", at_once, "--display", "none"]
    code = program()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / MAXRSS_UNITS_IN_A_MIB)
    raise SystemExit(code)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(sys.argv[2], sys.argv[3:])
    main([int(word) for word in sys.argv[1:]] or [1, 2, 4, 8])

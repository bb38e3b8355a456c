"""A small project on an embedded stack: a spec, three students, three anchors, and the command line on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.run_folder import RunFolder, runs_in
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.wiring.world import real_world
from tests.support.batch_world import essay

ROOT = Path(__file__).parents[2]
ASSIGNMENT = "role-models"
SCALE = "eng5_np_legacy_9_step"
ANCHORS = {"A": 9, "C+": 5, "F+": 1}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """`folder` holds spec.yaml; runs are in `folder`/artefacts."""

    folder: Path
    stack: Embedded
    changes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        students = self.folder / "students"
        students.mkdir(parents=True, exist_ok=True)
        for strength in (2, 5, 8):
            (students / f"student-{strength}.txt").write_text(essay(strength), encoding="utf-8")
        self.write_spec(**self.changes)

    def write_spec(self, **changes: Any) -> None:
        """The spec with dotted keys set, such as `**{"limits.max_comparisons": 12}`."""
        spec: dict[str, Any] = {
            "spec": "eng5-pipeline/v1",
            "assignment": {"id": ASSIGNMENT},
            "essays": {"students": {"files": ["students/*.txt"]}},
            "limits": {"max_comparisons": 8, "completion_timeout": "20s", "grace": "300ms"},
        }
        for key, value in changes.items():
            *sections, name = key.split(".")
            place = spec
            for section in sections:
                place = place.setdefault(section, {})
            place[name] = value
        (self.folder / "spec.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        python_path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        return {**os.environ, **self.stack.variables, "PYTHONPATH": python_path}

    @property
    def runs(self) -> list[RunFolder]:
        return runs_in(self.folder / "artefacts")

    def run(self, *words: str, timeout: float = 60) -> Ran:
        """The command line, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "eng5_pipeline", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "eng5_pipeline", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def artefact(run: RunFolder) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(run.artefact.read_text(encoding="utf-8"))
    return value


def write_seed(folder: Path) -> Path:
    """The assignment and its anchors."""
    anchors = [{"label": f"{grade}1", "grade": grade, "text": essay(at)} for grade, at in ANCHORS.items()]
    assignment = {
        "id": ASSIGNMENT,
        "instructions": "Which essay fulfils the task better?",
        "grade_scale": SCALE,
        "student_prompt": "Write about a role model of yours.",
        "anchors": anchors,
    }
    seed = folder / "seed.yaml"
    seed.write_text(yaml.safe_dump({"assignments": [assignment]}), encoding="utf-8")
    return seed


@contextmanager
def stack(output: Path, options: SandboxOptions | None = None) -> Iterator[Embedded]:
    """An embedded stack that knows the assignment and its anchors; its judge answers fast."""
    wanted = (options or SandboxOptions()).model_copy(update={"seed": write_seed(output)})
    with embedded_stack(output, replace(real_world(), here=output), wanted) as embedded:
        yield embedded

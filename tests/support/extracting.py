"""A small project whose extraction command is a script of the test's own, and what is left of its runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import extract_session, resume_session, run_session
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.session import Outcome, Session
from tests.support.misbehaving import mistakes
from tests.support.observers import Remembering
from tests.support.project import ROOT, Project, artefact

COMMAND = (sys.executable, "extract.py", "{job_id}", "{batch_uuid}", "{output_dir}", "{run_dir}")
COUNTED = "open('starts.txt', 'a').write('started\\n')\n"
WRITES = "import pathlib, sys; pathlib.Path(sys.argv[3], 'seen.json').write_text('{}'); print('job', sys.argv[1])\n"
FAILS = "import sys; sys.exit('no such table')\n"


class Extracting:
    """`options` of the spec by dotted key; the command of the spec is `extract.py` beside it."""

    def __init__(self, folder: Path, stack: Embedded, options: Mapping[str, object] | None = None) -> None:
        wanted = {"extraction.command": list(COMMAND), "flags.auto_extract_eng5_db": True, **(options or {})}
        self.project = Project(folder, stack, wanted)
        self.environment: dict[str, str] = {}
        self.script(WRITES)

    def script(self, text: str) -> None:
        """What the command does from now on, besides noting that it was started."""
        (self.project.folder / "extract.py").write_text(COUNTED + text, encoding="utf-8")

    @property
    def starts(self) -> int:
        noted = self.project.folder / "starts.txt"
        return len(noted.read_text(encoding="utf-8").splitlines()) if noted.exists() else 0

    def run(self, stop_requested: Callable[[], bool] = lambda: False) -> Outcome:
        return _executed(run_session(self.project.folder / "spec.yaml", {}, self._world), stop_requested)

    def resume(self) -> Outcome:
        return _executed(resume_session(self.folder, {}, self._world))

    def extract(self) -> Outcome:
        return _executed(extract_session(self.folder, self._world))

    @cached_property
    def _world(self) -> Any:
        stack = self.project.stack.world
        environment = {**stack.environment, "PYTHONPATH": str(ROOT), **self.environment}
        return replace(stack, here=self.project.folder, environment=environment)

    @property
    def folder(self) -> RunFolder:
        [run] = self.project.runs
        return run

    def kept(self, name: str) -> str:
        return (self.folder.extraction / name).read_text(encoding="utf-8")

    @property
    def told(self) -> tuple[str, int]:
        """Status and exit code as the artefact has them."""
        written = self.artefact
        return written["status"], written["exit_code"]

    @property
    def artefact(self) -> dict[str, Any]:
        written = artefact(self.folder)
        assert mistakes(written) == []
        return written

    @property
    def stage(self) -> dict[str, Any]:
        """What the artefact says of the stage."""
        found: dict[str, Any] = next(stage for stage in self.artefact["stages"] if stage["name"] == "extract")
        return found


def _executed(session: Session, stop_requested: Callable[[], bool] = lambda: False) -> Outcome:
    """Raises what is a bug."""
    with session:
        outcome = session.execute(Remembering(), stop_requested)
    if outcome.bug is not None:
        raise outcome.bug
    return outcome

"""One batch on a recorded platform, killed somewhere and resumed, beside the same batch left alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.positions import Offsets
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import resume_session
from eng5_pipeline.run_folder import RunFolder
from tests.support.observers import Remembering
from tests.support.project import Project, artefact
from tests.support.recorded import BATCH, PAIRS, Feeder, comparable, kept_comparisons

NEVER = 0


@dataclass(frozen=True)
class Trial:
    """`folder` is new for each; every trial has the same batch_uuid and is played the same feed."""

    folder: Path
    stack: Embedded
    feeder: Feeder

    def undisturbed(self) -> dict[str, Any]:
        self.feeder.arm()
        process = self._start(NEVER)
        assert process.wait(60) == 0
        return comparable(artefact(self.run))

    def killed_at_line(self, line: int) -> dict[str, Any]:
        before = self.feeder.arm()
        assert self._start(line).wait(60) == -signal.SIGKILL
        return self._resumed(before)

    def killed_after(self, seconds: float) -> dict[str, Any]:
        before = self.feeder.arm()
        process = self._start(NEVER)
        SystemClock().sleep(seconds)
        process.kill()
        process.wait(60)
        return self._resumed(before)

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.folder / "artefacts" / str(BATCH))

    def _start(self, line: int) -> subprocess.Popen[bytes]:
        project = Project(self.folder, self.stack)
        command = [sys.executable, "-m", "tests.support.dying", str(line), "run", "spec.yaml", str(BATCH)]
        return subprocess.Popen(command, cwd=self.folder, env=project.environment)

    def _resumed(self, before: Offsets) -> dict[str, Any]:
        if not self.run.journal.exists() or not self.run.journal.read_bytes():
            assert self._start(NEVER).wait(60) == 0  # killed before its first line: it never was
        else:
            with resume_session(self.run, {}, self.stack.world) as session:
                assert session.execute(Remembering(), lambda: False).exit_code == 0
        requests = self._requests_since(before)
        assert requests == 1, self.run.journal.read_text(encoding="utf-8")
        assert kept_comparisons(self.run.events) == len(PAIRS)
        return comparable(artefact(self.run))

    def _requests_since(self, before: Offsets) -> int:
        count = 0
        with KafkaBus(self.feeder.settings).reader(before) as reader:
            ends = reader.ends()
            assert ends is not None
            while not reader.position().reaches(ends):
                count += sum(record.key == str(BATCH).encode() for record in reader.poll(0.1))
        assert topics.REQUEST in before.next
        return count

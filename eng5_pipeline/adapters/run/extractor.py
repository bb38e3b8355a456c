"""The extraction command as a child process; what it said and left behind is kept in the run's `extraction/`.

    command.json    the program and its arguments, as started
    stdout.txt      and stderr.txt, as the child wrote them
    exit_code.txt   a number, negative for a signal; `time limit` where it was ended, none where the user stopped it
    outcome.json    exit code, seconds, and the files it left with their digests
    earlier-<n>/    the same of an earlier start, moved out of the way

All else in the folder is the command's output.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.durable import make_folder, replace_file, told_as_machine_failure, told_as_unreadable
from eng5_pipeline.errors import ToolMissing
from eng5_pipeline.ports import Clock

OWN_FILES = ("command.json", "stdout.txt", "stderr.txt", "exit_code.txt", "outcome.json")

BESIDE_PYTHON = Path(sys.executable).parent
"""Where the programs of this installation are, on PATH or not."""

LOOK_SECONDS = 0.2
"""How long a request to stop may go unseen."""

_EARLIER = re.compile(r"earlier-([0-9]+)")
_PLACEHOLDER = re.compile(r"\{(batch_uuid|job_id|output_dir|run_dir)\}")


@dataclass(frozen=True)
class CommandExtractor:
    """Starts `command`, never through a shell.

    `values` are {batch_uuid} and {run_dir}; {output_dir} is `folder`, {job_id} is known when it runs. The
    child gets `environment` and nothing else of ours, and works in `working`, where a relative program path
    is looked for too; where that is gone, as with a run that was moved, in `folder`. After PATH, the folder
    `beside` is searched for the program. `timeout` is in seconds, and `grace` those between asking it to end and
    ending it.
    """

    command: tuple[str, ...]
    values: Mapping[str, str]
    folder: Path
    timeout: float
    environment: Mapping[str, str]
    clock: Clock
    working: Path = Path()
    beside: Path = BESIDE_PYTHON
    grace: float = 3.0

    def check(self) -> None:
        self._program()

    def run(self, job_id: str, safe_point: Callable[[], None]) -> ProcessOutcome:
        """One start of the command; raises ToolMissing where there is nothing to start.

        `safe_point` is asked all the while; what it raises ends the command as the time limit would.
        """
        arguments = (self._program(), *(self._filled(part, job_id) for part in self.command[1:]))
        make_folder(self.folder)
        self._move_earlier()
        command = json.dumps(arguments, ensure_ascii=False).encode("utf-8", "backslashreplace")
        replace_file(self.folder / "command.json", [command])
        began = self.clock.monotonic()
        exit_code = self._run(arguments, safe_point)
        seconds = self.clock.monotonic() - began
        ending = "time limit" if exit_code is None else str(exit_code)
        replace_file(self.folder / "exit_code.txt", [f"{ending}\n".encode()])
        files = tuple(self._outputs())
        outcome = ProcessOutcome(command=arguments, exit_code=exit_code, seconds=seconds, files=files)
        replace_file(self.folder / "outcome.json", [_as_json(outcome)])
        return outcome

    def _program(self) -> str:
        name = self._filled(self.command[0], "")
        if os.sep in name:
            found = shutil.which(self.working / name)
        else:
            path = os.pathsep.join([self.environment.get("PATH", os.defpath), str(self.beside)])
            found = shutil.which(name, path=path)
        if found is None:
            raise ToolMissing(
                "extraction-command-missing",
                f"the extraction command {name} is not there, or may not be started",
                hint="install it, mend extraction.command, or go on with --no-auto-extract-eng5-db",
            )
        return str(Path(found).absolute())

    def _filled(self, part: str, job_id: str) -> str:
        values = {**self.values, "output_dir": str(self.folder.absolute()), "job_id": job_id}
        return _PLACEHOLDER.sub(lambda match: values[match[1]], part)

    def _run(self, arguments: tuple[str, ...], safe_point: Callable[[], None]) -> int | None:
        with (
            told_as_machine_failure(self.folder),
            (self.folder / "stdout.txt").open("wb") as out,
            (self.folder / "stderr.txt").open("wb") as err,
        ):
            child = self._start(arguments, out, err)
            try:
                return self._ended(child, safe_point)
            finally:
                self._end(child)

    def _ended(self, child: subprocess.Popen[bytes], safe_point: Callable[[], None]) -> int | None:
        """None at the time limit."""
        limit = self.clock.monotonic() + self.timeout
        while (left := limit - self.clock.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return child.wait(min(left, LOOK_SECONDS))
            safe_point()
        return None

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """What still runs, and also what the command left running: asked first, then killed."""
        if child.poll() is None:
            _signal(child, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(self.grace)
        _signal(child, signal.SIGKILL)
        child.wait()

    def _start(self, arguments: tuple[str, ...], out: BinaryIO, err: BinaryIO) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.working if self.working.is_dir() else self.folder,
                env=dict(self.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise ToolMissing(
                "extraction-command-missing",
                f"the extraction command {arguments[0]} cannot be started: {error.strerror}",
                hint="see to the program, or mend extraction.command",
            ) from error

    def _move_earlier(self) -> None:
        with told_as_machine_failure(self.folder):
            found = sorted(self.folder.iterdir())
            numbers = [int(match[1]) for path in found if (match := _EARLIER.fullmatch(path.name))]
            left = [path for path in found if not _EARLIER.fullmatch(path.name)]
            if left:
                place = self.folder / f"earlier-{max(numbers, default=0) + 1}"
                place.mkdir()
                for path in left:
                    path.rename(place / path.name)

    def _outputs(self) -> Iterator[tuple[str, str, int]]:
        with told_as_unreadable(self.folder):
            for path in sorted(self.folder.rglob("*")):
                name = path.relative_to(self.folder)
                if str(name) in OWN_FILES or _EARLIER.fullmatch(name.parts[0]):
                    continue
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as file:
                        digest = hashlib.file_digest(file, "sha256").hexdigest()
                    yield str(name), digest, path.stat().st_size


def _as_json(outcome: ProcessOutcome) -> bytes:
    files = [dict(zip(("path", "sha256", "bytes"), file, strict=True)) for file in outcome.files]
    told = {"exit_code": outcome.exit_code, "seconds": outcome.seconds, "files": files}
    return json.dumps(told, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the child's whole process group, which may outlive the child or be gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)

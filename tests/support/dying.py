"""Processes of the program, to be killed or not: `python -m tests.support.dying` forks one for every order it reads.

The program is imported once, and a process costs next to nothing. An order is a line on stdin, and a line on stdout
says how its process ended: with an exit code, or minus the number of a signal.

Every journal line asks the clock for its time, and the clock is passed in: no name of the program is touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal
from uuid import UUID

from pydantic import TypeAdapter

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.cli.app import main
from eng5_pipeline.domain.value import Value
from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.run_folder import find_run
from eng5_pipeline.wiring.world import real_world
from tests.support.observers import Remembering
from tests.support.project import Project, Ran

ROOT = Path(__file__).parents[2]
LONGEST_LIFE_SECONDS = 60


class Order(Value):
    """Killed when about to write its nth journal line, or so many seconds after its start; else it lives to its end."""

    folder: Path
    environment: dict[str, str]
    verb: Literal["run", "resume"]
    name: str
    batch_uuid: UUID | None = None
    at_line: int | None = None
    after_seconds: float | None = None


class CommandLine(Value):
    """A whole command, its output left in the files `out` and `err` of the folder."""

    folder: Path
    environment: dict[str, str]
    words: tuple[str, ...]
    out: Path
    err: Path


Wanted = TypeAdapter[Order | CommandLine](Order | CommandLine)


class DyingClock(SystemClock):
    def __init__(self, left: int) -> None:
        self.left = left

    def now(self) -> datetime:
        caller = sys._getframe(1).f_code
        if caller.co_name == "append" and caller.co_filename.endswith("journal.py"):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().now()


@dataclass(frozen=True)
class Mortals:
    """Where processes are ordered, one at a time."""

    orders: IO[str]
    ends: IO[str]

    def live(self, order: Order | CommandLine) -> int:
        """Returns when the process is gone: -9 where it was killed."""
        print(order.model_dump_json(), file=self.orders, flush=True)
        return int(self.ends.readline())

    def run(self, project: Project, *words: str) -> Ran:
        """As `project.run` does, without the cost of a start."""
        with TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            code = self.live(
                CommandLine(folder=project.folder, environment=project.environment, words=words, out=out, err=err)
            )
            return Ran(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


@contextmanager
def mortals() -> Iterator[Mortals]:
    command = [sys.executable, "-m", "tests.support.dying"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Mortals(process.stdin, process.stdout)
        process.stdin.close()


def serve(orders: IO[str]) -> None:
    for line in orders:
        order = Wanted.validate_json(line)
        pid = os.fork()
        if pid == 0:
            _live_and_end(order)
        print(_end_of(pid, order.after_seconds if isinstance(order, Order) else None), flush=True)


def _end_of(pid: int, after_seconds: float | None) -> int:
    if after_seconds is not None:
        time.sleep(after_seconds)
        os.kill(pid, signal.SIGKILL)  # one that has ended is still ours: nobody has waited for it
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _live_and_end(order: Order | CommandLine) -> None:
    code = 70
    try:
        signal.alarm(LONGEST_LIFE_SECONDS)
        os.chdir(order.folder)
        os.environ.clear()
        os.environ.update(order.environment)
        code = _live(order) if isinstance(order, Order) else _perform(order)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _live(order: Order) -> int:
    world = replace(real_world(), clock=DyingClock(order.at_line or 0))
    batch_uuid = order.batch_uuid
    if batch_uuid is not None:
        world = replace(world, new_uuid=lambda: batch_uuid)
    if order.verb == "run":
        session = run_session(Path(order.name), {}, world)
    else:
        session = resume_session(find_run(order.name, None, world.here), {}, world)
    with session:
        return session.execute(Remembering(), lambda: False).exit_code


def _perform(command: CommandLine) -> int:
    for path, stream in ((command.out, sys.stdout), (command.err, sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["eng5-pipeline", *command.words]
    try:
        return main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    serve(sys.stdin)

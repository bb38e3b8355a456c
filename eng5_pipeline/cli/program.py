"""What every command is given: where to write, and how to open the sessions that do the work.

`Sessions` is the real thing in `real.py`, and a fake in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self, TextIO, TypeAlias
from uuid import UUID

from eng5_pipeline.cli.streams import Stream

if TYPE_CHECKING:
    from eng5_pipeline.context import RunContext
    from eng5_pipeline.engine.ending import Status
    from eng5_pipeline.engine.observe import Observer
    from eng5_pipeline.errors import Eng5Error
    from eng5_pipeline.ports import Clock
    from eng5_pipeline.run_folder import RunFolder
    from eng5_pipeline.spec.effective import Effective, OptionValue

Options: TypeAlias = "Mapping[str, OptionValue]"
"""What was given on the command line, by the option's name; what was not given is left out."""

OutcomeChoice = Literal["assume-published", "publish-again"]


class Outcome(Protocol):
    """How a session ended; `bug` is an exception that nobody foresaw."""

    @property
    def exit_code(self) -> int: ...

    @property
    def status(self) -> Status | None: ...

    @property
    def final(self) -> bool: ...

    @property
    def error(self) -> Eng5Error | None: ...

    @property
    def bug(self) -> Exception | None: ...

    @property
    def effects(self) -> bool: ...

    @property
    def stage(self) -> str | None: ...

    @property
    def context(self) -> RunContext: ...


class Session(Protocol):
    """A pipeline that is ready to go; `folder` is None where none is left behind."""

    @property
    def name(self) -> str: ...

    @property
    def batch_uuid(self) -> UUID: ...

    @property
    def label(self) -> str: ...

    @property
    def effective(self) -> Effective: ...

    @property
    def folder(self) -> RunFolder | None: ...

    @property
    def stage_names(self) -> tuple[str, ...]: ...

    def execute(self, observer: Observer, stop_requested: Callable[[], bool]) -> Outcome: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Sessions(Protocol):
    """Opens sessions; an opening raises SpecInvalid, UsageError or MachineFailed."""

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def here(self) -> Path: ...

    @property
    def home(self) -> Path: ...

    @property
    def clock(self) -> Clock: ...

    def validate(self, spec: Path, options: Options) -> Session: ...

    def plan(self, spec: Path, options: Options) -> Session: ...

    def lock(self, spec: Path, options: Options) -> Session: ...

    def run(self, spec: Path, options: Options, plan: Path | None = None) -> Session:
        """`plan` is a saved one that the run must not differ from."""

    def register(self, spec: Path, options: Options, *, replace: bool) -> Session: ...

    def resume(self, run: RunFolder, options: Options, choice: OutcomeChoice | None) -> Session: ...

    def extract(self, run: RunFolder) -> Session: ...

    def on_sandbox(
        self, output: Path, seed: Path | None = None, options: Path | None = None
    ) -> AbstractContextManager[Inside]:
        """An embedded stack with its state in the output folder.

        `seed` names what to put in place there, `options` how it is to behave.
        """


@dataclass(frozen=True)
class Inside:
    """Sessions on an embedded stack, what a shell would export, what is to be said, whether it stands."""

    sessions: Sessions
    variables: Mapping[str, str]
    notes: tuple[str, ...]
    alive: Callable[[], bool]


@dataclass(frozen=True)
class Program:
    """`out` is for data, `err` for talk; the sessions are made when a command first needs them.

    `answers` is where a person at a terminal types them; None where nobody can be asked.
    """

    out: Stream
    err: Stream
    make_sessions: Callable[[], Sessions]
    answers: TextIO | None = None

    @cached_property
    def sessions(self) -> Sessions:
        return self.make_sessions()

    def inside(self, sessions: Sessions) -> Program:
        """The same program, its sessions in another place."""
        return replace(self, make_sessions=lambda: sessions)


Job: TypeAlias = Callable[[Program], int]
"""What a parsed command line comes to."""

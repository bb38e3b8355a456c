"""Where a command's services are: those that spec, environment and options name, or an embedded stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from eng5_pipeline.cli.afterwards import Afterwards, BrokerEnds, ServicesStay
from eng5_pipeline.cli.options import refuse_beside_sandbox
from eng5_pipeline.cli.program import Options, Program


class Place(Protocol):
    @property
    def after(self) -> Afterwards: ...

    def check(self, options: Options) -> None:
        """Raises UsageError where the options contradict it."""

    def stands(self, program: Program, output: Path) -> AbstractContextManager[Program]:
        """The program as it is to be used while the services of this output folder are up."""


class Platform:
    after = ServicesStay()

    def check(self, options: Options) -> None:
        return None

    @contextmanager
    def stands(self, program: Program, output: Path) -> Iterator[Program]:
        yield program


class EmbeddedStack:
    after = BrokerEnds()

    def check(self, options: Options) -> None:
        refuse_beside_sandbox(options)

    @contextmanager
    def stands(self, program: Program, output: Path) -> Iterator[Program]:
        with program.sessions.on_sandbox(output) as inside:
            program.err.lines([f"sandbox: {note}" for note in inside.notes])
            yield program.inside(inside.sessions)

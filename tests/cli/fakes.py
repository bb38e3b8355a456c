"""A program whose sessions do what a test tells them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from uuid import UUID

from eng5_pipeline.cli.app import perform
from eng5_pipeline.cli.program import Inside, Options, OutcomeChoice, Program, Sessions
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.ending import Status
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.ports import Clock
from eng5_pipeline.results import StageResult
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.spec.effective import Effective, from_spec
from tests.support.clock import FakeClock
from tests.support.run_folders import BATCH, Run
from tests.support.run_specs import MINIMAL, loaded

Play = Callable[["FakeSession", Observer, Callable[[], bool]], OutcomeShape]


@dataclass(frozen=True)
class Outcome:
    exit_code: int = 0
    status: Status | None = "completed"
    final: bool = True
    error: Eng5Error | None = None
    bug: Exception | None = None
    effects: bool = False
    stage: str | None = None
    context: RunContext = field(default_factory=RunContext)


def ends(outcome: Outcome) -> Play:
    return lambda _session, _observer, _stop: outcome


def found(*results: StageResult) -> RunContext:
    context = RunContext()
    for result in results:
        context.put(result)
    return context


@dataclass
class FakeSession:
    name: str = "run"
    label: str = "role-models"
    batch_uuid: UUID = BATCH
    folder: RunFolder | None = None
    stage_names: tuple[str, ...] = ("validate", "upload")
    effective: Effective = field(default_factory=lambda: from_spec(loaded(MINIMAL)))
    play: Play = field(default_factory=lambda: ends(Outcome()))

    def execute(self, observer: Observer, stop_requested: Callable[[], bool]) -> OutcomeShape:
        return self.play(self, observer, stop_requested)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@dataclass
class FakeSessions:
    """Opens the sessions it was given, by verb, in their order; remembers what it was asked for."""

    here: Path
    sessions: dict[str, list[FakeSession]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=FakeClock)
    asked: list[tuple[str, str, Options]] = field(default_factory=list)
    stack_stands: bool = True

    @property
    def home(self) -> Path:
        return self.here

    def validate(self, spec: Path, options: Options) -> FakeSession:
        return self._open("validate", spec.name, options)

    def plan(self, spec: Path, options: Options) -> FakeSession:
        return self._open("plan", spec.name, options)

    def lock(self, spec: Path, options: Options) -> FakeSession:
        return self._open("lock", spec.name, options)

    def run(self, spec: Path, options: Options, plan: Path | None = None) -> FakeSession:
        return self._open("run --plan" if plan else "run", spec.name, options)

    def register(self, spec: Path, options: Options, *, replace: bool) -> FakeSession:
        return self._open("register-anchors --replace" if replace else "register-anchors", spec.name, options)

    def resume(self, run: RunFolder, options: Options, choice: OutcomeChoice | None) -> FakeSession:
        return self._open(f"resume --{choice}" if choice else "resume", run.path.name, options)

    def extract(self, run: RunFolder) -> FakeSession:
        return self._open("extract", run.path.name, {})

    @contextmanager
    def on_sandbox(self, output: Path, seed: Path | None = None, options: Path | None = None) -> Iterator[Inside]:
        given = {"--seed": seed, "--options": options}
        self.asked.append(("sandbox", str(output), {name: path for name, path in given.items() if path}))
        variables = {"CJ_SERVICE_URL": "http://127.0.0.1:5", "JWT_SECRET_KEY": "a b"}
        yield Inside(self, variables, ("port 7 was taken",), lambda: self.stack_stands)
        self.asked.append(("sandbox ends", str(output), {}))

    def _open(self, verb: str, what: str, options: Options) -> FakeSession:
        self.asked.append((verb, what, options))
        return self.sessions[verb.split()[0]].pop(0)


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def talk(self) -> str:
        """What stands on standard error, its times of day taken off."""
        return re.sub(r"(?m)^\d\d:\d\d:\d\dZ ", "", self.err)


def tell(sessions: Sessions, *words: str) -> Told:
    """The command line, in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = perform(words, Program(Stream(out), Stream(err), lambda: sessions))
    return Told(code, out.getvalue(), err.getvalue())


def spec_in(folder: Path, name: str = "a.yaml", text: str = MINIMAL) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def one_run(here: Path, play: Play) -> FakeSessions:
    """A run that plays this, in a folder that has been begun."""
    run = Run(here / "artefacts", BATCH).opened()
    session = FakeSession(folder=run.folder, play=play)
    return FakeSessions(here, {"run": [session], "resume": [session]})

"""One batch on a recorded platform, killed somewhere and resumed, beside the same batch left alone."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from eng5_pipeline.adapters.kafka.bus import KafkaBus
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.errors import ServiceFailed
from eng5_pipeline.opening import resume_session
from eng5_pipeline.run_folder import RunFolder
from tests.support.dying import Mortals, Order, mortals
from tests.support.observers import Remembering
from tests.support.project import Project, artefact
from tests.support.recorded import (
    BATCH,
    PAIRS,
    Feeder,
    comparable,
    kept_comparisons,
    nothing_happens,
    recorded_platform,
)

LINES_OF_A_RUN = 18
SERVICE_FAILED, PARTIAL = 4, 6


@dataclass(frozen=True)
class Undisturbed:
    artefact: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Trials:
    """Every one has the same batch_uuid and is played the same feed.

    `interlude` happens in the midst of it. Where it, or something else, keeps the broker from working, the run is
    resumed for so many seconds again and again; else the first resume must come to the end.
    """

    stack: Embedded
    feeder: Feeder
    mortals: Mortals
    interlude: Callable[[], None] = nothing_happens
    patience_seconds: float = 0.0

    def undisturbed(self, folder: Path) -> Undisturbed:
        begun = time.monotonic()
        trial = Trial(self, folder)
        assert trial.lives("run", "spec.yaml") == 0
        assert trial.run.journal.read_bytes().count(b"\n") == LINES_OF_A_RUN
        return Undisturbed(comparable(artefact(trial.run)), time.monotonic() - begun)

    def killed_at_line(self, folder: Path, *lines: int) -> dict[str, Any]:
        """Of a run, of its resumption, of the resumption of that; then resumed to its end."""
        trial = Trial(self, folder)
        for number, line in enumerate(lines):
            again = number and trial.began
            trial.dies(*(("resume", str(BATCH)) if again else ("run", "spec.yaml")), at_line=line)
        return trial.resumed()

    def killed_after(self, folder: Path, seconds: float) -> dict[str, Any]:
        trial = Trial(self, folder)
        trial.lives("run", "spec.yaml", after_seconds=seconds)
        return trial.resumed()


@contextmanager
def trials_on(stack: Embedded) -> Iterator[Trials]:
    """`stack` has a CJ that says nothing on Kafka."""
    with recorded_platform(stack) as (recorded, feeder), mortals() as deaths:
        yield Trials(recorded, feeder, deaths)


def by_way_of(bootstrap: str, trials: Trials) -> Trials:
    """The same, but the program meets the broker at another address."""
    at = {"KAFKA_BOOTSTRAP_SERVERS": bootstrap}
    world = replace(trials.stack.world, environment={**trials.stack.world.environment, **at})
    return replace(trials, stack=replace(trials.stack, world=world, variables={**trials.stack.variables, **at}))


class Trial:
    """`folder` is new for each."""

    def __init__(self, trials: Trials, folder: Path) -> None:
        self._trials = trials
        self._project = Project(folder, trials.stack)
        self._before = trials.feeder.arm(trials.interlude)

    @property
    def run(self) -> RunFolder:
        return RunFolder(self._project.folder / "artefacts" / str(BATCH))

    @property
    def began(self) -> bool:
        """Killed before its first line, a run never was."""
        return self.run.journal.exists() and bool(self.run.journal.read_bytes())

    def lives(
        self, verb: Literal["run", "resume"], name: str, *, at_line: int = 0, after_seconds: float | None = None
    ) -> int:
        folder, environment = self._project.folder, self._project.environment
        return self._trials.mortals.live(
            Order(
                folder=folder,
                environment=environment,
                verb=verb,
                name=name,
                batch_uuid=BATCH,
                at_line=at_line,
                after_seconds=after_seconds,
            )
        )

    def dies(self, verb: Literal["run", "resume"], name: str, *, at_line: int) -> None:
        assert self.lives(verb, name, at_line=at_line) == -signal.SIGKILL

    def resumed(self) -> dict[str, Any]:
        """What the run leaves behind, once all that was asked of it has been seen to hold."""
        if not self.began:
            self.lives("run", "spec.yaml")
        self._resume_to_the_end()
        requests = self._patiently(self._requests_on_topic)
        assert requests == [self.run.request.read_bytes()], self.run.journal.read_text(encoding="utf-8")
        assert kept_comparisons(self.run.events) == len(PAIRS)
        return comparable(artefact(self.run))

    def _resume_to_the_end(self) -> None:
        """A broker that fails, fails one attempt, or lets it see but a part: the next goes on."""
        give_up = time.monotonic() + self._trials.patience_seconds
        while (code := self._resume()) in (SERVICE_FAILED, PARTIAL) and time.monotonic() < give_up:
            pass
        assert code == 0, self.run.journal.read_text(encoding="utf-8")

    def _resume(self) -> int:
        with resume_session(self.run, {}, self._trials.stack.world) as session:
            return session.execute(Remembering(), lambda: False).exit_code

    def _patiently(self, ask: Callable[[], list[bytes | None]]) -> list[bytes | None]:
        give_up = time.monotonic() + self._trials.patience_seconds
        while time.monotonic() < give_up:
            with suppress(ServiceFailed):
                return ask()
        return ask()

    def _requests_on_topic(self) -> list[bytes | None]:
        """Since the trial began."""
        requests = []
        with KafkaBus(self._trials.feeder.settings).reader(self._before) as reader:
            if (ends := reader.ends()) is None:
                raise ServiceFailed("kafka-silent", "it does not say where its topics end", hint="")
            while not reader.position().reaches(ends):
                requests += [each.value for each in reader.poll(0.1) if each.key == str(BATCH).encode()]
        return requests

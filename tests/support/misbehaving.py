"""Runs on an embedded stack that misbehaves on command, and what is left of each of them."""

from __future__ import annotations

import gc
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import jsonschema
import yaml

from eng5_pipeline.adapters.cj.requests import Budget
from eng5_pipeline.adapters.http.caller import Timeouts
from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.opening import run_session
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.session import Outcome
from eng5_pipeline.wiring.world import real_world
from tests.support.batch_world import essay
from tests.support.observers import Remembering
from tests.support.project import ASSIGNMENT, SCALE, Project, artefact

SCHEMA = Path(__file__).parents[2] / "eng5_pipeline" / "report" / "assessment_run.schema.json"
NUMERIC = "on-the-numeric-scale"
SCALES = {ASSIGNMENT: (SCALE, {"A": 9, "C+": 5, "F+": 1}), NUMERIC: ("eng5_np_national_9_step", {"9": 9, "1": 1})}
HASTE = 100.0
QUICK = SandboxOptions(
    judge=JudgeSettings(latency_s=0.02, spacing_s=0.005, noise=0), batches=BatchSettings(start_s=0.01, result_s=0)
)
_BRIEF = Timeouts(connect=1.0, read=0.3, write=1.0, whole=0.4)
IMPATIENT = Patience(http=_BRIEF, check=_BRIEF, lookup=Budget(seconds=1.6))

End = tuple[str | None, int, bool, str | None]
"""Status, exit code, whether it is final, and the reference of what stopped the run."""

Deed = Callable[[Embedded, Path], None]
"""Done while a run goes on, with its stack and the folder of its project."""

COMPLETED: End = ("completed", 0, True, None)
WHOLE: Mapping[str, int] = {"comparisons": 8, "failed": 0, "put aside": 0, "gaps": 0, "vanished": 0}
NOTHING: Mapping[str, int] = {**WHOLE, "comparisons": 0}


class Some(int):
    """Any number above zero."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other > 0

    __hash__ = int.__hash__


SOME = Some(1)


class HastyClock:
    """The real time, and waits that are noted and pass a hundred times as fast; it can leap ahead by hours."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._ahead = 0.0

    def leap(self) -> None:
        self._ahead += 24 * 3600.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        time.sleep(seconds / HASTE)


class Prompted(Remembering):
    """Does something when a stage starts, or once it is under way; `over` is told of all progress while waiting."""

    def __init__(
        self,
        on_start: Mapping[str, Callable[[], None]],
        while_in: Mapping[str, Callable[[], None]],
        over: Callable[[Mapping[str, object]], None],
    ) -> None:
        super().__init__()
        self._on_start = on_start
        self._while_in = dict(while_in)
        self._over = over

    def stage_started(self, stage: str) -> None:
        self._on_start.get(stage, lambda: None)()

    def progressed(self, stage: str, done: int, total: int | None, facts: Mapping[str, object]) -> None:
        self._while_in.pop(stage, lambda: None)()
        if stage == "await":
            self._over({"comparisons": done, **facts})


@dataclass(frozen=True)
class Ended:
    """How a run ended, what its folder says of it, and the waits between tries."""

    outcome: Outcome
    run: RunFolder
    waits: tuple[float, ...] = ()

    @property
    def artefact(self) -> dict[str, Any]:
        return artefact(self.run)

    @property
    def end(self) -> End:
        error = self.outcome.error
        return self.outcome.status, self.outcome.exit_code, self.outcome.final, error.reference if error else None

    @property
    def told(self) -> End:
        """The end as the artefact tells it."""
        written = self.artefact
        stopped = [stage["reference"] for stage in written["stages"] if stage["state"] == "stopped"]
        return written["status"], written["exit_code"], written["final"], stopped[0] if stopped else None

    def facts(self) -> dict[str, int]:
        written = self.artefact
        compared = [each["status"] for each in written["llm_comparisons"]]
        return {
            "comparisons": len(compared),
            "failed": compared.count("failed"),
            "put aside": written["quarantine"]["records"],
            "gaps": len(written["gaps"]),
            "vanished": len(written["vanished"]),
        }


@dataclass(frozen=True)
class Story:
    """One run of the small project: keys of its spec, what is done meanwhile by stage, how long it waits.

    Once so much of what `heard` names was met while waiting (comparisons, put_aside), the completion timeout is over.
    """

    spec: Mapping[str, object] = field(default_factory=dict)
    on_start: Mapping[str, Deed] = field(default_factory=dict)
    while_in: Mapping[str, Deed] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    heard: Mapping[str, int] | None = None


def batch_of(label: str) -> UUID:
    return uuid5(NAMESPACE_OID, label)


def run(folder: Path, stack: Embedded, name: str, story: Story) -> Ended:
    """`name` is the label and decides the batch_uuid. Raises what is a bug."""
    clock = HastyClock()
    world = replace(stack.world, clock=clock, patience=story.patience, new_uuid=lambda: batch_of(name))
    project = Project(folder, stack, {"label": name, "limits.completion_timeout": "2m", **story.spec})
    on_start, while_in = (
        {stage: partial(deed, stack, folder) for stage, deed in deeds.items()}
        for deeds in (story.on_start, story.while_in)
    )

    def over(facts: Mapping[str, object]) -> None:
        heard = {name: number for name, number in facts.items() if isinstance(number, int)}
        if story.heard is not None and all(heard[name] >= number for name, number in story.heard.items()):
            clock.leap()

    with run_session(project.folder / "spec.yaml", {}, world) as session:
        outcome = session.execute(Prompted(on_start, while_in, over), lambda: False)
    if outcome.bug is not None:
        raise outcome.bug
    assert session.folder is not None
    return Ended(outcome, session.folder, tuple(clock.waits))


def stage(ended: Ended, name: str) -> dict[str, Any]:
    """What the artefact says of a stage."""
    found: dict[str, Any] = next(stage for stage in ended.artefact["stages"] if stage["name"] == name)
    return found


@contextmanager
def misbehaving(output: Path, options: SandboxOptions) -> Iterator[Embedded]:
    """A stack that knows two assignments with their anchors, one of them on a scale of numbers."""
    seed = output / "seed.yaml"
    seed.write_text(yaml.safe_dump({"assignments": [_assignment(name) for name in SCALES]}), encoding="utf-8")
    wanted = options.model_copy(update={"seed": seed})
    with embedded_stack(output, replace(real_world(), here=output), wanted) as embedded:
        yield embedded


LEFT_SOCKETS = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
"""The Kafka library leaves the socket of a connection that was lost to the garbage collector."""


@contextmanager
def sockets_collected() -> Iterator[None]:
    """At the end, so that no other test meets what was left."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


Play = Callable[[Embedded, Path], Ended]
Runs = Mapping[str, Future[Ended]]


@contextmanager
def lanes(
    folder: Path, plays: Mapping[str, Mapping[str, Play]], options: Mapping[str, SandboxOptions] | None = None
) -> Iterator[Runs]:
    """Each lane has a stack of its own, on which its runs go one after the other; the lanes go on at once."""
    found: dict[str, Future[Ended]] = {}
    with sockets_collected(), ExitStack() as hold:
        for lane, named in plays.items():
            (folder / lane).mkdir()
            stack = hold.enter_context(misbehaving(folder / lane, (options or {}).get(lane, QUICK)))
            pool = hold.enter_context(ThreadPoolExecutor(1))
            found |= {name: pool.submit(play, stack, folder / lane / name) for name, play in named.items()}
        yield found


def _assignment(name: str) -> dict[str, object]:
    scale, anchors = SCALES[name]
    return {
        "id": name,
        "instructions": "Which essay fulfils the task better?",
        "grade_scale": scale,
        "student_prompt": "Write about a role model of yours.",
        "anchors": [{"label": f"{grade}1", "grade": grade, "text": essay(at)} for grade, at in anchors.items()],
    }


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def mistakes(written: object) -> list[str]:
    """Where an artefact is not as its schema says."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(written)]

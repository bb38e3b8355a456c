"""The only loop: every verb is this function with another tuple of stages or a journal that is not empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.journal import Journal
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.engine.stage import Note, Stage, Touches
from eng5_pipeline.errors import Differs, Eng5Error, Interrupted
from eng5_pipeline.results import StageResult

AnyStage = Stage[StageResult]


@dataclass(frozen=True)
class Surroundings:
    """What the loop is given besides stages: nothing here is looked up anywhere."""

    journal: Journal
    observer: Observer
    seconds: Callable[[], float]
    stop_requested: Callable[[], bool]


def execute(pipeline: Pipeline, ctx: RunContext, around: Surroundings) -> None:
    """Run the stages in order, journalling each line before the effect that depends on it.

    After the point of no return a finished stage is taken from the journal, unless the user asks for it again. Before
    it every stage runs again, and one that only reads must find what it found before. Raises what a stage raised,
    journalled under the stage's name.
    """
    asked_ready = False
    for index, stage in enumerate(pipeline.stages):
        page = Page(stage.name, around)
        with _stops_journalled(stage.name, around):
            if _replayed(stage, ctx, around) or _skipped(stage, ctx, around):
                continue
        if stage.touches is Touches.CHANGES_SERVICES and not asked_ready and page.committed() is None:
            _ask_ready(pipeline.stages[index:], ctx, around)
            asked_ready = True
        with _stops_journalled(stage.name, around):
            _run(stage, ctx, page, around)


@contextmanager
def _stops_journalled(stage: str, around: Surroundings) -> Iterator[None]:
    """A failure is kept under the name of the stage it belongs to, then goes on up."""
    try:
        yield
    except Eng5Error as error:
        code = error.exit_code(effects=had_effects(around.journal))
        around.journal.append(
            "stopped", stage=stage, name=error.reference, what=error.what, hint=error.hint, exit_code=code
        )
        around.observer.stage_stopped(stage, error.reference, error.what)
        raise


def had_effects(journal: Journal) -> bool:
    return journal.last("effect") is not None or journal.last("committed") is not None


def _replayed(stage: AnyStage, ctx: RunContext, around: Surroundings) -> bool:
    journal = around.journal
    finished, started = journal.last("finished", stage=stage.name), journal.last("started", stage=stage.name)
    if finished is None or journal.last("committed") is None or journal.asked_again(stage.name):
        return False
    if started is not None and started.n > finished.n:
        return False
    result = stage.gives.model_validate(finished.data["result"])
    ctx.put(result)
    around.observer.stage_replayed(stage.name, result)
    return True


def _skipped(stage: AnyStage, ctx: RunContext, around: Surroundings) -> bool:
    why = stage.skip(ctx)
    if why is None:
        return False
    around.journal.append("skipped", stage=stage.name, why=why)
    around.observer.stage_skipped(stage.name, why)
    return True


def _ask_ready(stages: tuple[AnyStage, ...], ctx: RunContext, around: Surroundings) -> None:
    for stage in stages:
        with _stops_journalled(stage.name, around):
            if stage.skip(ctx) is None:
                stage.ready(ctx)


def _run(stage: AnyStage, ctx: RunContext, page: Page, around: Surroundings) -> None:
    page.safe_point()
    page.begin()
    around.observer.stage_started(stage.name)
    begun = around.seconds()
    result = stage.run(ctx, page)
    if type(result) is not stage.gives:
        raise TypeError(f"{stage.name} gave {type(result).__name__} instead of {stage.gives.__name__}")
    _must_agree(stage, result, around.journal)
    seconds = around.seconds() - begun
    ctx.put(result)
    around.journal.append(
        "finished", stage=stage.name, result=result.model_dump(mode="json"), seconds=round(seconds, 3)
    )
    around.observer.stage_finished(stage.name, result, seconds)


def _must_agree(stage: AnyStage, result: StageResult, journal: Journal) -> None:
    """A stage that only reads and has run before must find the same again."""
    before = journal.last("finished", stage=stage.name)
    if before is None or stage.touches is Touches.CHANGES_SERVICES:
        return
    changed = list(differences(before.data["result"], result.model_dump(mode="json")))
    if changed:
        raise Differs(
            "inputs-changed",
            f"{stage.name} found something else than before the interruption: {'; '.join(changed[:5])}",
            hint="put the inputs back, or start a new run; this one published nothing",
        )


def differences(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """`a.b[2]: 1 -> 2` for each leaf that differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), f"{where}.{key}" if where else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from differences(left, right, f"{where}[{index}]")
    elif isinstance(before, list) and isinstance(after, list):
        yield f"{where}: {len(before)} entries -> {len(after)}"
    elif before != after:
        yield f"{where}: {before} -> {after}"


@dataclass
class Page:
    """The journal as one stage sees it; satisfies StageLog."""

    stage: str
    around: Surroundings
    _began_before: bool = field(default=False, init=False)

    def begin(self) -> None:
        journal = self.around.journal
        started, finished = (
            journal.last("started", stage=self.stage),
            journal.last("finished", stage=self.stage),
        )
        left_open = started is not None and (finished is None or finished.n < started.n)
        self._began_before = left_open and not journal.asked_again(self.stage)
        journal.append("started", stage=self.stage)

    def note(self, name: str, **data: Any) -> None:
        self.around.journal.append("note", stage=self.stage, name=name, **data)

    def last(self, name: str) -> Note | None:
        entry = self.around.journal.last("note", stage=self.stage, name=name)
        return entry.data if entry else None

    def started_before(self) -> bool:
        return self._began_before

    def effect(self) -> None:
        if not had_effects(self.around.journal):
            self.around.journal.append("effect", stage=self.stage)

    def commit(self, **data: Any) -> None:
        self.around.journal.append("committed", stage=self.stage, **data)

    def committed(self) -> Mapping[str, Any] | None:
        entry = self.around.journal.last("committed")
        return entry.data if entry else None

    def warn(self, reference: str, what: str) -> None:
        self.around.journal.append("warning", stage=self.stage, name=reference, what=what)
        self.around.observer.warned(self.stage, reference, what)

    def progress(self, done: int, total: int | None, **facts: object) -> None:
        self.around.observer.progressed(self.stage, done, total, facts)

    def safe_point(self) -> None:
        if self.around.stop_requested():
            raise Interrupted("interrupted", "stopped on request", hint="")

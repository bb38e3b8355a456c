"""For a terminal: stages as lines, the one that is running below them, with a bar where its end is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Column
from rich.text import Text

from eng5_pipeline.cli.display import phrases
from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.results import StageResult

WIDEST_BAR: Final = 16


class _KnownEnd(ProgressColumn):
    """A bar, for stages whose end is known; where the words are many it is the one that yields."""

    _bar = BarColumn(bar_width=None)

    def __init__(self) -> None:
        super().__init__(Column(max_width=WIDEST_BAR))

    def render(self, task: Task) -> RenderableType:
        return self._bar.render(task) if task.total else Text()


class LiveDisplay:
    """Colours repeat what the words say; `environment` is where NO_COLOR, TERM and COLUMNS are looked up."""

    def __init__(self, err: Stream, environment: Mapping[str, str], here: Path) -> None:
        self._console = Console(file=cast("IO[str]", err), _environ=environment, highlight=False, soft_wrap=True)
        self._here = here
        self._running: TaskID | None = None
        self._progress = Progress(
            SpinnerColumn("line"),
            TextColumn("{task.description}", markup=False),
            _KnownEnd(),
            TextColumn("{task.fields[told]}", markup=False),
            Elapsed(Column(no_wrap=True)),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def opened(self, session: Session) -> None:
        for line in phrases.heading(session, self._here):
            self._print(line, "bold")

    def say(self, text: str) -> None:
        self._print(text, "bold")

    def ended(self, session: Session, outcome: Outcome) -> None:
        return None

    def stage_started(self, stage: str) -> None:
        self._running = self._progress.add_task(stage, total=None, told="")

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self._stage(stage, "done", phrases.finished(result, seconds), "green")

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self._stage(stage, "kept", result.headline(), "green")

    def stage_skipped(self, stage: str, why: str) -> None:
        self._stage(stage, "skipped", why, "dim")

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self._stage(stage, "stopped", reference, "red")

    def warned(self, stage: str, reference: str, what: str) -> None:
        self._print(phrases.warning(stage, reference, what), "yellow")

    def progressed(self, stage: str, done: int, total: int | None, facts: phrases.Facts) -> None:
        if self._running is not None:
            told = phrases.short_progress(done, total, facts)
            self._progress.update(self._running, completed=done, total=total, told=told)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _stage(self, stage: str, state: str, told: str, style: str) -> None:
        if self._running is not None:
            self._progress.remove_task(self._running)
            self._running = None
        self._print(phrases.stage_line(stage, state, told), style)

    def _print(self, line: str, style: str) -> None:
        self._console.print(Text(line, style=style))

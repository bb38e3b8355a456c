"""run.log: JSON lines about one run, in its folder; and what libraries log, for those who want to see it.

Of libraries WARNING and above is taken (with -v INFO too, on the console): below that they show headers and
bodies. Whatever looks like a secret is blanked.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from loguru import logger

from eng5_pipeline.cli.display.pace import Pace
from eng5_pipeline.cli.display.phrases import Facts, progress
from eng5_pipeline.cli.json_text import json_line
from eng5_pipeline.cli.program import Session
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.cli.wording import visible
from eng5_pipeline.ports import Clock
from eng5_pipeline.results import StageResult
from eng5_pipeline.spec.secrets import blank

if TYPE_CHECKING:
    from loguru import Logger, Message, Record

PROGRESS_SECONDS: Final = 10.0


class RunLog:
    """An observer of one session."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._log = logger.bind(batch_uuid=str(session.batch_uuid), pipeline=session.name)
        self._pace = Pace(PROGRESS_SECONDS, clock.monotonic)

    def stage_started(self, stage: str) -> None:
        self._pace.begin()
        self._of(stage, "stage_started").info("begins")

    def stage_finished(self, stage: str, result: StageResult, seconds: float) -> None:
        self._of(stage, "stage_finished", seconds=round(seconds, 3)).info(result.headline())

    def stage_replayed(self, stage: str, result: StageResult) -> None:
        self._of(stage, "stage_replayed").info(result.headline())

    def stage_skipped(self, stage: str, why: str) -> None:
        self._of(stage, "stage_skipped").info(why)

    def stage_stopped(self, stage: str, reference: str, what: str) -> None:
        self._of(stage, "stage_stopped", reference=reference).error(what)

    def warned(self, stage: str, reference: str, what: str) -> None:
        self._of(stage, "warning", reference=reference).warning(what)

    def progressed(self, stage: str, done: int, total: int | None, facts: Facts) -> None:
        if self._pace.due():
            self._of(stage, "progress", done=done, total=total).debug(progress(stage, done, total, facts))

    def bug(self, error: BaseException) -> None:
        """Its traceback, without the values of variables: these could be an essay or a token."""
        lines = "".join(traceback.format_exception(error)).splitlines()
        self._log.bind(event="bug", traceback="\n".join(map(blank, lines))).critical(type(error).__name__)

    def _of(self, stage: str, event: str, **facts: object) -> Logger:
        return self._log.bind(stage=stage, event=event, **facts)


@contextmanager
def run_log(session: Session, clock: Clock) -> Iterator[RunLog]:
    """What is logged meanwhile goes to the session's folder, where it has one."""
    if session.folder is None:
        yield RunLog(session, clock)
        return
    file, batch_uuid = _LogFile(session.folder.log), str(session.batch_uuid)
    sink = logger.add(file.write, level="DEBUG", filter=partial(_belongs, batch_uuid), format="{message}", catch=False)
    try:
        with logger.contextualize(batch_uuid=batch_uuid):
            yield RunLog(session, clock)
    finally:
        logger.remove(sink)
        file.close()


def _belongs(batch_uuid: str, record: Record) -> bool:
    """A library's threads do not know for which run they work: what they say belongs to every open one."""
    return record["extra"].get("batch_uuid") in (None, batch_uuid)


class _LogFile:
    """A log that cannot be written stops no run: then the lines are lost."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO | None = None
        with suppress(OSError):
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace")

    def write(self, message: Message) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.write(_json_line(message.record))
                self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


def _json_line(record: Record) -> str:
    head = {"at": record["time"].isoformat(), "level": record["level"].name}
    extra = {name: blank(value) if isinstance(value, str) else value for name, value in record["extra"].items()}
    line = {**head, **extra, "message": blank(record["message"])}
    return json_line(line, default=str) + "\n"


@contextmanager
def library_records(err: Stream | None) -> Iterator[None]:
    """Take over what libraries log while this lasts; `err` is where it is shown as well."""
    logger.remove()
    root, taker = logging.getLogger(), _Taker()
    level, root_level = (logging.WARNING if err is None else logging.INFO), root.level
    if err is not None:
        logger.add(partial(_show, err), level="INFO", filter=_is_of_library, format="{message}", catch=False)
    root.addHandler(taker)
    root.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(taker)
        root.setLevel(root_level)
        logger.remove()


class _Taker(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        logger.bind(event="library", library=record.name).log(record.levelname, "{}", blank(record.getMessage()))


def _is_of_library(record: Record) -> bool:
    return record["extra"].get("event") == "library"


def _show(err: Stream, message: Message) -> None:
    record = message.record
    err.line(f"{record['level'].name.lower()}[{record['extra']['library']}] {visible(record['message'])}")

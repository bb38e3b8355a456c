"""How a failure looks to a person, and which exit code it has; the only place that knows.

error[reference]: what
  stage: name · what was done
  hint: the next command
"""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eng5_pipeline.cli.wording import visible
from eng5_pipeline.errors import Eng5Error, Interrupted, SpecInvalid

if TYPE_CHECKING:
    from eng5_pipeline.cli.streams import Stream

BUG: Final = 1
NOTHING_DONE: Final = "nothing was uploaded or published"
NOTHING_NEW: Final = f"{NOTHING_DONE} by this attempt"


def block(
    error: Eng5Error,
    *,
    stage: str | None = None,
    done: str = NOTHING_DONE,
    hints: Sequence[str] | None = None,
) -> list[str]:
    """The lines of an error; `hints` stand for its own, the first is what to do first."""
    told = [f"stage: {stage}"] if stage else []
    lines = [f"error[{error.reference}]: {visible(error.what)}", f"  {' · '.join([*told, done])}"]
    given = [error.hint] if hints is None else list(hints)
    first = [f"  hint: {visible(hint)}" for hint in given[:1] if hint]
    return [*lines, *first, *(f"  then: {visible(hint)}" for hint in given[1:])]


def tell(error: Eng5Error, err: Stream, done: str = NOTHING_DONE) -> int:
    """Of an error outside any session; the exit code."""
    err.lines([*located(error), *block(error, done=done)])
    return error.exit_code(effects=False)


def located(error: Eng5Error) -> Iterator[str]:
    """Every mistake of a spec with its line, as text."""
    if isinstance(error, SpecInvalid):
        from eng5_pipeline.spec.problems import render_text

        yield from render_text(error.problems).split("\n")


def interrupted() -> Interrupted:
    return Interrupted("interrupted", "stopped by the user", hint="")


def tell_bug(error: BaseException, err: Stream, kept_in: Path | None = None, told: Sequence[str] = ()) -> int:
    """What it was and where its traceback is: `kept_in`, or else a file made for it."""
    try:
        kept = f"the traceback is in {kept_in or keep_traceback(error)}"
    except OSError as full:
        kept = f"its traceback could not be kept ({full.strerror}); it was raised at {_raised_at(error)}"
    kind = f"error[bug]: this is a mistake in eng5-pipeline: {type(error).__name__}"
    err.lines([kind, f"  {visible(kept)}", *(f"  {visible(line)}" for line in told if line)])
    return BUG


def keep_traceback(error: BaseException) -> Path:
    """Without the values of variables, for these could be an essay or a token."""
    from eng5_pipeline.spec.secrets import blank

    lines = "".join(traceback.format_exception(error)).splitlines()
    descriptor, path = tempfile.mkstemp(prefix="eng5-pipeline-", suffix=".traceback.txt")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(f"{blank(line)}\n" for line in lines)
    return Path(path)


def _raised_at(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"

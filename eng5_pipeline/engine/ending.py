"""How a run ended, in one word and one number; the only place that turns errors into exit codes."""

from __future__ import annotations

from typing import Literal

from eng5_pipeline.domain.value import Value
from eng5_pipeline.engine.journal import Journal
from eng5_pipeline.engine.run import had_effects
from eng5_pipeline.errors import BatchPartial, Eng5Error

Status = Literal["completed", "partial", "failed", "published", "refused", "interrupted", "error"]

_BY_EXIT_CODE: dict[int, Status] = {
    1: "error",
    2: "refused",
    3: "refused",
    4: "error",
    5: "failed",
    6: "partial",
    7: "completed",
    8: "refused",
    9: "error",
    130: "interrupted",
}
# These say nothing new about a batch: what was known of it before stays.
_LEAVE_THE_RECORD = frozenset({2, 4, 8, 9})


class Ending(Value):
    """`final`: nothing more can come, so resume changes nothing."""

    status: Status
    exit_code: int
    final: bool
    reference: str | None = None


def exit_code(error: BaseException, *, effects: bool) -> int:
    return error.exit_code(effects=effects) if isinstance(error, Eng5Error) else 1


def conclude(journal: Journal, error: BaseException | None, status_when_done: Status) -> int:
    """Journal the ending, unless this attempt only failed to go on with a run whose ending stands; the exit code."""
    code = 0 if error is None else exit_code(error, effects=had_effects(journal))
    ended = journal.last("ended")
    stands = ended is not None or (code in (2, 8) and journal.last("committed") is not None)
    if not (stands and code in _LEAVE_THE_RECORD):
        ending = _ending(error, code, status_when_done)
        # What is over stays so, unless this attempt brought it to another end.
        if ended is None or ending.final or not ended.data["final"]:
            journal.append("ended", **ending.model_dump())
    return code


def recorded_ending(journal: Journal) -> Ending | None:
    """The newest ending, unless a later process went on and was killed."""
    ended = journal.last("ended")
    if ended is None or _went_on(journal, ended.n):
        return None
    return Ending.model_validate(ended.data)


def _went_on(journal: Journal, since: int) -> bool:
    """It began a stage and left no word of how that ended."""
    newest = [entry.kind for entry in journal.entries if entry.n > since and entry.kind in ("started", "stopped")]
    return newest[-1:] == ["started"]


def _ending(error: BaseException | None, code: int, status_when_done: Status) -> Ending:
    status = status_when_done if error is None else _BY_EXIT_CODE[code]
    final = error.final if isinstance(error, BatchPartial) else status in ("completed", "failed", "refused")
    reference = error.reference if isinstance(error, Eng5Error) else None
    return Ending(status=status, exit_code=code, final=final, reference=reference)

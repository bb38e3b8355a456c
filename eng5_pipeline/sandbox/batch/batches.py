"""CJ's rules for a batch, as pure functions: what takes part, which pairs come next, when it ends and how.

n counts students and anchors together. Pairs are sent off in waves:

    coverage     every pair once, in rounds where each essay meets one other (n/2 comparisons a wave)
    resampling   then all pairs again with A and B exchanged, in one wave; for n >= 4 this happens once, for
                 n = 2 or 3 over and over, the order changing each time

A batch ends when as many comparisons were sent off as its limit allows, or earlier when no score moves any
more. It stalls, until a sweep comes along, when n >= 4 and there are no pairs left below the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import count, islice
from typing import Literal

from pydantic import Field

from eng5_pipeline.sandbox.http.settings import Setting

LIMIT = 120
STABLE_FROM = 12
STARTS_OVER_BELOW = 4
SUCCESS_THRESHOLD = 0.8
ANCHOR_PREFIX = "ANCHOR_"

Mode = Literal["coverage", "resampling"]


class BatchSettings(Setting):
    """Delays of CJ's own clockwork, and when scores count as stable.

    `sweep_s`: how long a stalled batch waits (about 270 s in reality). `monitor_s`: after how long a batch
    that hears nothing is failed as stuck (about 4 h). `stable_change`: the greatest change of a theta
    between two waves that still counts as none (inferred). `start_s` and `result_s`: from the request to
    the first wave, and from the completion to the result.
    """

    sweep_s: float = Field(default=2.0, ge=0)
    monitor_s: float = Field(default=4 * 3600.0, ge=0)
    stable_change: float = Field(default=0.05, ge=0)
    start_s: float = Field(default=0.05, ge=0)
    result_s: float = Field(default=0.03, ge=0)


class Outset(Enum):
    """What becomes of the essays that could be read."""

    COMPARED = "compared"
    SINGLE = "single"
    SILENCE = "silence"


class Standing(Enum):
    GOES_ON = "goes on"
    FINISHED = "finished"
    STALLED = "stalled"
    FAILED = "failed"


@dataclass(frozen=True)
class Pair:
    """Essay ids in the order in which the judge sees them."""

    a: str
    b: str


@dataclass(frozen=True)
class Wave:
    mode: Mode
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Tally:
    """Comparisons of one batch so far: sent off, answered, failed."""

    submitted: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def success_rate(self) -> float:
        heard = self.completed + self.failed
        return self.completed / heard if heard else 0.0


def comparison_limit(asked: object) -> int:
    """The limit that CJ takes from `metadata.max_comparisons`.

    Only a JSON integer above 0 counts (true is 1), and never more than LIMIT.
    """
    return min(int(asked), LIMIT) if isinstance(asked, int) and asked > 0 else LIMIT


def is_anchor(essay_id: str) -> bool:
    return essay_id.startswith(ANCHOR_PREFIX)


def anchor_essay_id(registry_id: int, suffix: str) -> str:
    """The id of an anchor within one batch; `suffix` is 8 hexadecimal digits."""
    return f"{ANCHOR_PREFIX}{registry_id}_{suffix}"


def outset(students: int, anchors: int) -> Outset:
    if students > 1:
        return Outset.COMPARED
    return Outset.SINGLE if students == 1 and anchors == 0 else Outset.SILENCE


def pairs_in_all(essays: int) -> int:
    return essays * (essays - 1) // 2


def waves(order: Sequence[str], limit: int) -> Iterator[Wave]:
    """The waves of a batch with these essays, the last one cut at the limit."""
    left = limit
    for wave in _all_waves(order):
        if not left:
            return
        yield Wave(wave.mode, wave.pairs[:left])
        left -= len(wave.pairs[:left])


def standing(essays: int, limit: int, tally: Tally, change: float | None, stable_change: float) -> Standing:
    """Where a batch stands after a wave; `change` is the greatest move of a theta since the wave before."""
    if tally.submitted >= limit:
        return ending(tally)
    if tally.completed >= STABLE_FROM and change is not None and change <= stable_change:
        return Standing.FINISHED
    if essays >= STARTS_OVER_BELOW and tally.submitted >= 2 * pairs_in_all(essays):
        return Standing.STALLED
    return Standing.GOES_ON


def ending(tally: Tally) -> Standing:
    """How a batch ends that sends nothing off any more."""
    return Standing.FINISHED if tally.success_rate >= SUCCESS_THRESHOLD else Standing.FAILED


def _all_waves(order: Sequence[str]) -> Iterator[Wave]:
    rounds = [_round(order, number) for number in range(_rounds(len(order)))]
    for pairs in rounds:
        yield Wave("coverage", pairs)
    every = [pair for pairs in rounds for pair in pairs]
    passes = count(1) if len(order) < STARTS_OVER_BELOW else islice(count(1), 1)
    for number in passes:
        yield Wave("resampling", tuple(Pair(p.b, p.a) if number % 2 else p for p in every))


def _rounds(essays: int) -> int:
    return essays - 1 if essays % 2 == 0 else essays


def _round(order: Sequence[str], number: int) -> tuple[Pair, ...]:
    """One round of the circle method: the first place stands, the others turn; an odd one out rests."""
    places: list[str | None] = [*order, None] if len(order) % 2 else [*order]
    ring = places[1:]
    turned = [places[0], *ring[number:], *ring[:number]]
    opposite = zip(turned[: len(turned) // 2], reversed(turned), strict=False)
    met = [(a, b) for a, b in opposite if a is not None and b is not None]
    return tuple(Pair(a, b) if (number + place) % 2 else Pair(b, a) for place, (a, b) in enumerate(met))

"""What the statistics start from: who was compared with whom, in which order, by whom, and who won.

Counts, sorted by name, so that no number depends on the order in which comparisons arrived.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple


class Pair(NamedTuple):
    """Decided comparisons of two essays in one order by one judge; essays and judge by their place in `Pairs`."""

    first: int
    second: int
    judge: int
    first_won: int
    second_won: int

    @property
    def decided(self) -> int:
        return self.first_won + self.second_won


class Met(NamedTuple):
    """Two essays in whatever order, `one` < `other`, by whatever judge: how often they met, and how often `one` won."""

    one: int
    other: int
    times: int
    won: int


class Win(NamedTuple):
    winner: int
    loser: int


@dataclass(frozen=True)
class Pairs:
    """`essays` have at least one decided comparison each, `judges` made at least one."""

    essays: tuple[str, ...]
    judges: tuple[str, ...]
    rows: tuple[Pair, ...]

    @property
    def size(self) -> int:
        return len(self.essays)

    @property
    def decided(self) -> int:
        return sum(row.decided for row in self.rows)

    def met(self) -> list[Met]:
        return met(self.rows)

    def wins(self) -> list[Win]:
        """Every decided comparison."""
        return wins_of(self.rows)

    def wins_by_judge(self) -> list[list[Win]]:
        """In the order of `judges`."""
        return [wins_of(row for row in self.rows if row.judge == judge) for judge in range(len(self.judges))]


def pairs_of(counted: Iterable[tuple[str, str, str, int, int]]) -> Pairs:
    """Of (first essay, second essay, judge, first won, second won); what nobody won does not count."""
    decided = [entry for entry in counted if entry[3] + entry[4]]
    essays = sorted({essay for entry in decided for essay in entry[:2]})
    judges = sorted({entry[2] for entry in decided})
    place, judge_place = _places(essays), _places(judges)
    rows = sorted((place[a], place[b], judge_place[judge], won, lost) for a, b, judge, won, lost in decided)
    return Pairs(tuple(essays), tuple(judges), tuple(map(_AS_PAIR, rows)))


def met(rows: Iterable[Pair]) -> list[Met]:
    """Sorted. An essay that was compared with itself has met nobody."""
    won: dict[tuple[int, int], int] = defaultdict(int)  # by winner and loser
    for first, second, _, first_won, second_won in rows:
        won[first, second] += first_won
        won[second, first] += second_won
    found = ((a, b, wins + won[b, a], wins) for (a, b), wins in won.items() if a < b)
    return list(map(_AS_MET, sorted(found)))


def met_in(wins: Sequence[Win]) -> list[Met]:
    """The same of single comparisons, in no order."""
    times: Counter[tuple[int, int]] = Counter(wins)
    lost = times.get
    found = [(a, b, n + lost((b, a), 0), n) for (a, b), n in times.items() if a < b]
    found += [(b, a, n, 0) for (a, b), n in times.items() if a > b and (b, a) not in times]
    return list(map(_AS_MET, found))


def wins_of(rows: Iterable[Pair]) -> list[Win]:
    won: list[Win] = []
    for row in rows:
        won += [Win(row.first, row.second)] * row.first_won
        won += [Win(row.second, row.first)] * row.second_won
    return won


# A third of the time of Pair(...) and Met(...), for hundreds of thousands of them.
_AS_PAIR, _AS_MET = partial(tuple.__new__, Pair), partial(tuple.__new__, Met)


def _places(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}

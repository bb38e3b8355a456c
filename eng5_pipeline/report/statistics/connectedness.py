"""Which essays can be put on one scale: groups that met, and groups that won from and lost to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eng5_pipeline.report.statistics.pairs import Met


@dataclass(frozen=True)
class Connectedness:
    """Groups of essays, the largest first, by their places.

    Essays of two `weak` groups never met, not even through others. In a `strong` group each beat each directly or
    through others; between two of them every win goes one way, so that without regularisation no finite estimate
    exists. An essay that never won or never lost is such a group by itself.
    """

    weak: tuple[tuple[int, ...], ...]
    strong: tuple[tuple[int, ...], ...]
    never_won: tuple[int, ...]
    never_lost: tuple[int, ...]


def connectedness(size: int, met: Sequence[Met]) -> Connectedness:
    below = _beaten(met)
    losers = {loser for beaten in below.values() for loser in beaten}
    return Connectedness(
        weak=_largest_first(groups(size, met)),
        strong=_largest_first(_strong(size, below)),
        never_won=tuple(essay for essay in range(size) if essay not in below),
        never_lost=tuple(essay for essay in range(size) if essay not in losers),
    )


def groups(size: int, met: Iterable[Met]) -> list[list[int]]:
    """Essays that met, directly or through others; by the first essay of each."""
    head = list(range(size))
    for one, other, _, _ in met:
        a, b = _head(head, one), _head(head, other)
        head[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = defaultdict(list)
    for essay in range(size):
        found[_head(head, essay)].append(essay)
    return list(found.values())


def _head(head: list[int], essay: int) -> int:
    while head[essay] != essay:
        head[essay] = head[head[essay]]
        essay = head[essay]
    return essay


def _beaten(met: Iterable[Met]) -> dict[int, list[int]]:
    """Whom each essay won from."""
    below: dict[int, list[int]] = defaultdict(list)
    for one, other, times, won in met:
        if won:
            below[one].append(other)
        if won < times:
            below[other].append(one)
    return dict(below)


def _strong(size: int, below: dict[int, list[int]]) -> Iterator[list[int]]:
    """Tarjan's strongly connected components, without recursion."""
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_: list[int] = []
    is_open: set[int] = set()
    for root in range(size):
        walk = [] if root in number else [(root, iter(below.get(root, ())))]
        while walk:
            essay, ahead = walk[-1]
            if essay not in number:
                number[essay] = lowest[essay] = len(number)
                open_.append(essay)
                is_open.add(essay)
            following = next((to for to in ahead if to not in number or to in is_open), None)
            if following is None:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    lowest[above] = min(lowest[above], lowest[essay])
                if lowest[essay] == number[essay]:
                    yield _closed(open_, is_open, essay)
            elif following in number:
                lowest[essay] = min(lowest[essay], number[following])
            else:
                walk.append((following, iter(below.get(following, ()))))


def _closed(open_: list[int], is_open: set[int], essay: int) -> list[int]:
    at = open_.index(essay)
    group = sorted(open_[at:])
    del open_[at:]
    is_open.difference_update(group)
    return group


def _largest_first(found: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(map(tuple, found), key=lambda group: (-len(group), group)))

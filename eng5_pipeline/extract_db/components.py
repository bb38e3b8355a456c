"""Which essays hang together by comparisons, and which by wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Win = tuple[int, int]
"""(winner, loser), as indices of essays."""

Group = tuple[int, ...]


def weak_components(essays: int, wins: Sequence[Win]) -> list[Group]:
    """Groups linked by comparisons, whoever won; an essay without a comparison is a group of its own."""
    both_ways = [*wins, *((loser, winner) for winner, loser in wins)]
    return strong_components(essays, both_ways)


def strong_components(essays: int, wins: Sequence[Win]) -> list[Group]:
    """Groups in which a chain of wins leads from each essay to each other."""
    beaten = _neighbours(essays, wins)
    winners = _neighbours(essays, ((loser, winner) for winner, loser in wins))
    groups: list[Group] = []
    left = set(range(essays))
    while left:
        first = min(left)
        group = _reached(first, beaten) & _reached(first, winners)
        groups.append(tuple(sorted(group)))
        left -= group
    return groups


def _neighbours(essays: int, links: Iterable[Win]) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(essays)]
    for start, end in links:
        found[start].add(end)
    return found


def _reached(start: int, neighbours: Sequence[set[int]]) -> set[int]:
    seen, ahead = {start}, [start]
    while ahead:
        new = neighbours[ahead.pop()] - seen
        seen |= new
        ahead += new
    return seen

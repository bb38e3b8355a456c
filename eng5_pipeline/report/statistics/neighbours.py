"""A graph by its nodes: of each, its neighbours and what lies between, so that sums over neighbours run fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter, mul

from eng5_pipeline.report.statistics.newton import Vector

Pick = Callable[[Sequence[float]], Sequence[float]]
"""What a vector holds at a node's neighbours, and one entry more at the end that means nothing."""


@dataclass(frozen=True)
class Neighbours:
    """By node: `pick` takes a vector's entries at its neighbours, `values` holds a number for each of them."""

    pick: Sequence[Pick]
    values: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Laplacian:
    """A matrix with `diagonal`, and minus `between` at neighbours."""

    pick: Sequence[Pick]
    between: Sequence[Sequence[float]]
    diagonal: Vector

    def times(self, vector: Vector) -> Vector:
        # map stops at the end of a row: what pick adds is passed over.
        return [
            d * v - sum(map(mul, row, pick(vector)))
            for d, v, row, pick in zip(self.diagonal, vector, self.between, self.pick, strict=True)
        ]


def neighbours(size: int, edges: Iterable[tuple[int, int, float]]) -> Neighbours:
    """Of an undirected graph, each edge once."""
    there: list[list[int]] = [[] for _ in range(size)]
    values: list[list[float]] = [[] for _ in range(size)]
    for one, other, value in edges:
        there[one].append(other)
        there[other].append(one)
        values[one].append(value)
        values[other].append(value)
    # With at least two places itemgetter always gives a tuple.
    return Neighbours([itemgetter(*places, 0, 0) for places in there], values)

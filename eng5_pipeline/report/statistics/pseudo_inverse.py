"""The diagonal of the Moore-Penrose inverse of a graph's Laplacian.

For a connected graph of k nodes the inverse is inverse(L + J/k) - J/k with J all ones. Up to `LARGEST` nodes that is
done here, without a numerical library; beyond, numpy does it where it is installed (the extra `report`), up to
`LARGEST_WITH_NUMPY`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from math import sqrt
from operator import mul

LARGEST = 300
LARGEST_WITH_NUMPY = 3000
Edge = tuple[int, int, float]


def diagonal_of_pseudo_inverse(nodes: Sequence[int], edges: Iterable[Edge]) -> list[float] | None:
    """In the order of `nodes`, which are connected by those `edges` (node, node, weight) that touch them.

    None where that is out of reach.
    """
    k = len(nodes)
    if k > (LARGEST_WITH_NUMPY if find_spec("numpy") else LARGEST):
        return None
    place = {node: number for number, node in enumerate(nodes)}
    inside = [(place[a], place[b], weight) for a, b, weight in edges if a in place]
    inverse = diagonal_of_inverse(_shifted_laplacian(k, inside)) if k <= LARGEST else _by_numpy(k, inside)
    return [max(entry - 1 / k, 0.0) for entry in inverse]


def diagonal_of_inverse(matrix: Sequence[Sequence[float]]) -> list[float]:
    """Of a symmetric positive definite matrix, by Cholesky's factor: the squared columns of its inverse, summed."""
    lower = _cholesky(matrix)
    size = len(lower)
    total = [0.0] * size
    for column in range(size):
        solved = _below(lower, column)
        total[column] = sum(map(mul, solved, solved))
    return total


def _shifted_laplacian(k: int, edges: Iterable[Edge]) -> list[list[float]]:
    matrix = [[1 / k] * k for _ in range(k)]
    for i, j, weight in edges:
        matrix[i][i] += weight
        matrix[j][j] += weight
        matrix[i][j] -= weight
        matrix[j][i] -= weight
    return matrix


def _cholesky(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Rows of the lower factor, each up to its diagonal."""
    rows: list[list[float]] = []
    for i, line in enumerate(matrix):
        row: list[float] = []
        for j in range(i):
            row.append((line[j] - sum(map(mul, row, rows[j]))) / rows[j][j])
        row.append(sqrt(line[i] - sum(map(mul, row, row))))
        rows.append(row)
    return rows


def _below(lower: Sequence[Sequence[float]], column: int) -> list[float]:
    """A column of the lower factor's inverse, from its diagonal down."""
    solved = [1 / lower[column][column]]
    for row in lower[column + 1 :]:
        solved.append(-sum(map(mul, row[column:], solved)) / row[-1])
    return solved


def _by_numpy(k: int, edges: Sequence[Edge]) -> list[float]:
    import numpy

    one, other, weight = (numpy.array(column) for column in zip(*edges, strict=True))
    matrix = numpy.full((k, k), 1 / k)
    for rows, columns, sign in ((one, one, 1), (other, other, 1), (one, other, -1), (other, one, -1)):
        numpy.add.at(matrix, (rows, columns), sign * weight)
    inverse: list[float] = numpy.linalg.inv(matrix).diagonal().tolist()
    return inverse

"""Bradley-Terry scores as CJ fits them, without numerical libraries.

P(i beats j) = w_i / (w_i + w_j) with w = exp(theta). CJ regularises with a pseudo-count `ALPHA` of each essay
against every other; the fixed point of its spectral iteration solves, for n essays,

    wins_i - sum_j n_ij w_i / (w_i + w_j) = n ALPHA (w_i - 1)

which is the maximum of a strictly concave function of theta (the log-likelihood less n ALPHA sum(w - theta)),
found here by Newton's method. Thetas are centred on 0 afterwards. Standard errors come from the inverse of
the Fisher information with one essay, the reference, held fixed (its error is 0), and are capped. Every batch
that was observed comes out: thetas within 1e-8, standard errors within 1e-6 (tests/contracts).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt

ALPHA = 0.01
CAP = 2.0
TOLERANCE = 1e-12
STEPS = 200
LONGEST_STEP = 1.0

Matrix = list[list[float]]
Win = tuple[int, int]
"""(winner, loser), as indices of essays."""


def thetas(essays: int, wins: Sequence[Win]) -> list[float]:
    """A score for each essay, mean 0; all 0 without comparisons."""
    theta = [0.0] * essays
    for component in _components(essays, wins):
        for i, score in zip(component, _fit(_within(component, wins), len(component), essays), strict=True):
            theta[i] = score
    mean = sum(theta) / essays if essays else 0.0
    return [t - mean for t in theta]


def _fit(wins: Sequence[Win], size: int, essays: int) -> list[float]:
    """Uncentred scores of one component: the equations of two components share no unknown."""
    pull = essays * ALPHA
    counts = _counts(size, wins)
    won = [sum(1.0 for winner, _ in wins if winner == i) for i in range(size)]
    theta = [0.0] * size
    for _ in range(STEPS):
        slope = [_slope(i, theta, counts[i], pull) + won[i] for i in range(size)]
        step = _solve(_curvature(theta, counts, pull), [[s] for s in slope])
        longest = max(abs(x) for (x,) in step)
        scale = min(1.0, LONGEST_STEP / longest) if longest else 1.0
        theta = [t + scale * x for t, (x,) in zip(theta, step, strict=True)]
        if longest < TOLERANCE:
            break
    return theta


def _within(component: Sequence[int], wins: Sequence[Win]) -> list[Win]:
    """The comparisons of a component, its essays numbered from 0."""
    place = {essay: n for n, essay in enumerate(component)}
    return [(place[winner], place[loser]) for winner, loser in wins if winner in place]


def standard_errors(theta: Sequence[float], wins: Sequence[Win], reference: int) -> list[float]:
    """Capped at CAP; an essay without a comparison is at the cap, the reference at 0."""
    essays = len(theta)
    information = _information(theta, _counts(essays, wins))
    errors = [CAP] * essays
    for component in _components(essays, wins):
        for i, variance in zip(component, _variances(information, component, reference), strict=True):
            errors[i] = min(CAP, sqrt(max(variance, 0.0)))
    errors[reference] = 0.0
    return errors


def _variances(information: Matrix, component: list[int], reference: int) -> list[float]:
    """The diagonal of the inverse within one connected component.

    Where the reference is part of it, that row is left out; elsewhere the singular matrix is inverted as
    Moore and Penrose would: inverse(L + J/k) - J/k for k essays, J all ones.
    """
    k = len(component)
    if k == 1:
        return [CAP * CAP]
    if reference in component:
        kept = [i for i in component if i != reference]
        inverse = _inverse([[information[i][j] for j in kept] for i in kept])
        by_essay = {i: inverse[n][n] for n, i in enumerate(kept)}
        return [by_essay.get(i, 0.0) for i in component]
    shifted = [[information[i][j] + 1 / k for j in component] for i in component]
    return [row[n] - 1 / k for n, row in enumerate(_inverse(shifted))]


def _counts(essays: int, wins: Sequence[Win]) -> Matrix:
    counts = [[0.0] * essays for _ in range(essays)]
    for winner, loser in wins:
        counts[winner][loser] += 1
        counts[loser][winner] += 1
    return counts


def _chance(theta: Sequence[float], i: int, j: int) -> float:
    """P(i beats j)."""
    return 1 / (1 + exp(theta[j] - theta[i]))


def _slope(i: int, theta: Sequence[float], row: Sequence[float], pull: float) -> float:
    """What the wins of essay i are balanced by."""
    expected = sum(n * _chance(theta, i, j) for j, n in enumerate(row) if n)
    return -expected - pull * (exp(theta[i]) - 1)


def _information(theta: Sequence[float], counts: Matrix) -> Matrix:
    """The Fisher information: the Laplacian of the graph with weights n_ij p_ij p_ji."""
    essays = len(theta)
    result = [[0.0] * essays for _ in range(essays)]
    for i in range(essays):
        for j, n in enumerate(counts[i]):
            if n:
                weight = n * _chance(theta, i, j) * _chance(theta, j, i)
                result[i][j] -= weight
                result[i][i] += weight
    return result


def _curvature(theta: Sequence[float], counts: Matrix, pull: float) -> Matrix:
    matrix = _information(theta, counts)
    for i, t in enumerate(theta):
        matrix[i][i] += pull * exp(t)
    return matrix


def _components(essays: int, wins: Sequence[Win]) -> list[list[int]]:
    """Essays that are connected by comparisons, each group in index order."""
    group = list(range(essays))
    for a, b in wins:
        old, new = group[a], group[b]
        group = [new if g == old else g for g in group]
    return [[i for i in range(essays) if group[i] == g] for g in sorted(set(group))]


def _inverse(matrix: Matrix) -> Matrix:
    size = len(matrix)
    return _solve(matrix, [[float(i == j) for j in range(size)] for i in range(size)])


def _solve(matrix: Matrix, right: Matrix) -> Matrix:
    """x of matrix x = right, by elimination with row pivots; the matrix is not singular."""
    size = len(matrix)
    rows = [list(left) + list(answer) for left, answer in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [x / head for x in rows[column]]
        for r in range(size):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[column], strict=True)]
    return [row[size:] for row in rows]

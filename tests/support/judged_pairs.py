"""Comparisons made up for a test: of essays of known quality, by a judge who follows the Bradley-Terry model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp
from random import Random

from eng5_pipeline.report.statistics.pairs import Pairs, Win, pairs_of


def true_thetas(essays: int, random: Random) -> list[float]:
    """From N(0, 1), centred."""
    drawn = [random.gauss(0, 1) for _ in range(essays)]
    mean = sum(drawn) / essays
    return [theta - mean for theta in drawn]


def judged(theta: Sequence[float], random: Random, first: int, second: int, order_effect: float = 0.0) -> Win:
    first_wins = random.random() < 1 / (1 + exp(theta[second] - theta[first] - order_effect))
    return Win(first, second) if first_wins else Win(second, first)


def random_wins(theta: Sequence[float], comparisons: int, random: Random) -> list[Win]:
    """Of pairs drawn at random."""
    essays = range(len(theta))
    return [judged(theta, random, *random.sample(essays, 2)) for _ in range(comparisons)]


def even_wins(theta: Sequence[float], appearances: int, random: Random) -> list[Win]:
    """Of random pairs, every essay in equally many; an even number of essays."""
    wins: list[Win] = []
    for _ in range(appearances):
        order = random.sample(range(len(theta)), len(theta))
        wins += [judged(theta, random, a, b) for a, b in zip(order[::2], order[1::2], strict=True)]
    return wins


def pairs(*shown: tuple[str, str, str], judge: str = "a model") -> Pairs:
    """From (first, second, winner); nobody won where the winner is neither."""
    counted: Counter[tuple[str, str, int]] = Counter()
    for first, second, winner in shown:
        if winner in (first, second):
            counted[first, second, int(winner == second)] += 1
    return pairs_of((a, b, judge, *((n, 0) if not by_second else (0, n))) for (a, b, by_second), n in counted.items())


def pairs_from(shown: Iterable[tuple[int, int, int]]) -> Pairs:
    """The same by number: (first, second, winner)."""
    return pairs(*((f"e{a:03}", f"e{b:03}", f"e{winner:03}") for a, b, winner in shown))

"""How far a batch has come: comparisons counted, scores fitted after every wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from eng5_pipeline.sandbox.batch.batch_facts import Essay, Score, Scoring
from eng5_pipeline.sandbox.batch.batch_records import Place
from eng5_pipeline.sandbox.batch.batches import Pair, Tally
from eng5_pipeline.sandbox.batch.bradley_terry import Win, standard_errors, thetas
from eng5_pipeline.sandbox.batch.grades import Calibration, GradedTheta, calibrate, confidence, normalized
from eng5_pipeline.sandbox.batch.judge import Answer, NoAnswer
from eng5_pipeline.sandbox.kept.scales import SCALES


@dataclass(frozen=True)
class Progress:
    """Students first, then anchors; the last essay is the reference of the standard errors."""

    essays: tuple[Essay, ...]
    limit: int
    iteration: int = 0
    tally: Tally = field(default_factory=Tally)
    wins: tuple[Win, ...] = ()
    thetas: tuple[float, ...] = ()
    change: float | None = None

    def after(self, wave: Sequence[tuple[Pair, Answer | NoAnswer]]) -> Progress:
        wins = (*self.wins, *self._wins(wave))
        fitted = tuple(thetas(len(self.essays), wins))
        moves = [abs(new - old) for new, old in zip(fitted, self.thetas, strict=False)]
        return replace(
            self,
            iteration=self.iteration + 1,
            tally=_count(self.tally, [said for _, said in wave]),
            wins=wins,
            thetas=fitted,
            change=max(moves, default=None),
        )

    def scoring(self) -> Scoring:
        errors = standard_errors(self.thetas, self.wins, len(self.essays) - 1)
        stood = [sum(place in win for win in self.wins) for place in range(len(self.essays))]
        scores = map(Score, self.thetas, errors, stood)
        return Scoring(
            iteration=self.iteration,
            limit=self.limit,
            tally=self.tally,
            scores=dict(zip((essay.id for essay in self.essays), scores, strict=True)),
            change=self.change,
        )

    def _wins(self, wave: Sequence[tuple[Pair, Answer | NoAnswer]]) -> list[Win]:
        place = {essay.id: n for n, essay in enumerate(self.essays)}
        return [
            (place[pair.a], place[pair.b]) if said.winner == "Essay A" else (place[pair.b], place[pair.a])
            for pair, said in wave
            if isinstance(said, Answer)
        ]


def calibration_of(essays: Sequence[Essay], scoring: Scoring, scale: str | None) -> Calibration | None:
    """None where there is no scale, or where the anchors show fewer than two of its grades."""
    if scale is None:
        return None
    anchors = [GradedTheta(e.anchor.grade, scoring.scores[e.id].theta) for e in essays if e.anchor]
    return calibrate(SCALES[scale].grades, anchors)


def ranking(essays: Sequence[Essay], scoring: Scoring, calibration: Calibration | None) -> list[Place]:
    """The best first; students are graded where there is a calibration."""
    best_first = sorted(essays, key=lambda essay: -scoring.scores[essay.id].theta)
    return [
        _place(essay, scoring.scores[essay.id], rank, calibration) for rank, essay in enumerate(best_first, start=1)
    ]


def _place(essay: Essay, score: Score, rank: int, calibration: Calibration | None) -> Place:
    ungraded = Place(essay.id, score.theta, rank, essay.is_anchor)
    if calibration is None or essay.is_anchor:
        return ungraded
    grade, trust = calibration.grade_of(score.theta), confidence(score.comparisons)
    return replace(ungraded, grade=grade, normalized=normalized(grade), confidence=trust.score, label=trust.label)


def _count(tally: Tally, said: Sequence[Answer | NoAnswer]) -> Tally:
    failed = sum(isinstance(each, NoAnswer) for each in said)
    return Tally(tally.submitted + len(said), tally.completed + len(said) - failed, tally.failed + failed)

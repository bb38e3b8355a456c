"""Batches that the statistics are held to: the six of CJ's own database, the captured feeds, three of known truth."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from eng5_pipeline.report.statistics.pairs import Win
from tests.support.feed_wins import feed_wins
from tests.support.judged_pairs import random_wins, true_thetas

DUMP = Path(__file__).parents[1] / "postgres" / "cj_database.sql.gz"
SCALES = (["F+", "E-", "E+", "D-", "D+", "C-", "C+", "B", "A"], ["1", "2", "3", "4", "5", "6", "7", "8", "9"])


@dataclass(frozen=True)
class KnownBatch:
    """Essays by number; `theta` as CJ kept it and `steps`, the places of the anchors' grades, where they are known."""

    size: int
    wins: list[Win]
    theta: Mapping[int, float] = field(default_factory=dict)
    steps: Mapping[int, int] = field(default_factory=dict)


def known_batches() -> dict[str, KnownBatch]:
    """By a name for a test."""
    observed = {f"job {job}": batch for job, batch in _observed().items()}
    feeds = {f"feed {name}": KnownBatch(*feed_wins(name)) for name in ("01", "02", "03", "07", "15a")}
    return {**observed, **feeds, **{f"simulated, {n} essays": _simulated(n, m) for n, m in _SIMULATED}}


_SIMULATED = ((12, 60), (24, 120), (40, 400))


def _simulated(essays: int, comparisons: int) -> KnownBatch:
    """Each third essay is an anchor, whose grade goes roughly with its true quality."""
    truth = true_thetas(essays, Random(essays))
    steps = {essay: min(8, max(0, round(4 + 2 * truth[essay]))) for essay in range(0, essays, 3)}
    return KnownBatch(essays, random_wins(truth, comparisons, Random(comparisons)), steps=steps)


def _observed() -> dict[str, KnownBatch]:
    """By the number of CJ's job, out of the dump itself."""
    tables = gzip.decompress(DUMP.read_bytes()).decode()
    essays = list(_rows(tables, "cj_processed_essays"))
    pairs = list(_rows(tables, "cj_comparison_pairs"))
    jobs = sorted({row["cj_batch_id"] for row in essays}, key=int)
    return {job: _job([r for r in essays if r["cj_batch_id"] == job], _of(pairs, job)) for job in jobs}


def _of(pairs: list[dict[str, str]], job: str) -> list[dict[str, str]]:
    return [row for row in pairs if row["cj_batch_id"] == job and row["winner"] in ("essay_a", "essay_b")]


def _job(essays: list[dict[str, str]], pairs: list[dict[str, str]]) -> KnownBatch:
    """A student's row goes to the last job that the essay was sent with; the comparisons of the others keep its id."""
    shown = [(row["essay_a_els_id"], row["essay_b_els_id"], row["winner"] == "essay_a") for row in pairs]
    place = {essay: number for number, essay in enumerate(sorted({essay for *both, _ in shown for essay in both}))}
    grades = {place[row["els_essay_id"]]: _grade(row["processing_metadata"]) for row in essays}
    return KnownBatch(
        size=len(place),
        wins=[Win(place[a], place[b]) if a_won else Win(place[b], place[a]) for a, b, a_won in shown],
        theta={place[row["els_essay_id"]]: float(row["current_bt_score"]) for row in essays},
        steps={essay: _step(grade) for essay, grade in grades.items() if grade},
    )


def _grade(metadata: str) -> str | None:
    found: str | None = json.loads(metadata).get("known_grade")
    return found


def _step(grade: str) -> int:
    [order] = [scale for scale in SCALES if grade in scale]
    return order.index(grade)


def _rows(tables: str, table: str) -> Iterator[dict[str, str]]:
    """A table as PostgreSQL's own text format has it; no value that is used here has an escape in it."""
    head, *lines = tables.split(f"\nCOPY public.{table} (", 1)[1].split("\n\\.\n", 1)[0].split("\n")
    columns = head.split(")", 1)[0].split(", ")
    for line in lines:
        yield dict(zip(columns, line.split("\t"), strict=True))

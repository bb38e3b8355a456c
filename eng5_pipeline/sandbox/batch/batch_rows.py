"""What CJ keeps of a batch, in CJ's own tables; columns and values as in the batches that were observed.

An essay belongs to one batch at a time: named again in a later one its row moves there, and the earlier batch
loses it. `BatchRows.kept` tells which essays a batch still has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from eng5_pipeline.sandbox.batch.batch_facts import (
    Essay,
    Scoring,
    answer_facts,
    essay_facts,
    projection_facts,
    request_facts,
    scoring_facts,
)
from eng5_pipeline.sandbox.batch.batch_records import Job, Place
from eng5_pipeline.sandbox.batch.batches import Mode
from eng5_pipeline.sandbox.batch.comparison_records import SERVICE, Asked
from eng5_pipeline.sandbox.batch.grades import Calibration
from eng5_pipeline.sandbox.batch.intake import Request
from eng5_pipeline.sandbox.batch.judge import Answer, NoAnswer
from eng5_pipeline.sandbox.batch.records import naive
from eng5_pipeline.sandbox.kept.store import Parameter, Store, as_text

UPLOADS = "cj_batch_uploads"
SEEN_FOR = timedelta(hours=24)
ENVELOPES = """
CREATE TABLE IF NOT EXISTS sandbox_envelopes (
    key TEXT PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
)
"""

EndState = Literal["COMPLETED", "FAILED"]
EndStatus = Literal["COMPLETE_STABLE", "COMPLETE_INSUFFICIENT_ESSAYS", "ERROR_PROCESSING"]


@dataclass(frozen=True)
class BatchRows:
    store: Store

    @classmethod
    def open(cls, store: Store) -> BatchRows:
        with store.committed() as unit:
            unit.execute(ENVELOPES)
        return cls(store)

    def first_seen(self, key: str) -> bool:
        """Whether this envelope is new; it is remembered for 24 hours."""
        now = self.store.clock()
        with self.store.committed() as unit:
            unit.execute("DELETE FROM sandbox_envelopes WHERE seen_at < ?", (as_text(now - SEEN_FOR),))
            added = unit.execute("INSERT OR IGNORE INTO sandbox_envelopes VALUES (?, ?)", (key, as_text(now)))
            return added.rowcount == 1

    def begin(self, request: Request, limit: int) -> Job:
        job = Job(self.store.next_id(UPLOADS), request, self.store.clock())
        facts = json.dumps({"original_request": request_facts(request, limit)})
        with self.store.committed() as unit:
            unit.execute(
                f"INSERT INTO {UPLOADS} VALUES (?, ?, ?, ?, ?, ?, 'PENDING', ?, ?, NULL, ?, ?, ?, ?)",
                (
                    job.id,
                    request.batch_id,
                    str(request.correlation_id),
                    request.data.language,
                    request.data.course_code,
                    len(request.essays),
                    _plain(job.started_at),
                    _plain(job.started_at),
                    facts,
                    request.data.assignment_id,
                    request.data.user_id,
                    request.data.org_id,
                ),
            )
            unit.execute(
                "INSERT INTO cj_batch_states (batch_id, state, total_comparisons, last_activity_at)"
                " VALUES (?, 'INITIALIZING', 0, ?)",
                (job.id, as_text(job.started_at)),
            )
        return job

    def take_in(self, job: Job, essays: Sequence[Essay]) -> None:
        """Puts the essays into this batch, out of whichever they were in."""
        now = _plain(self.store.clock())
        with self.store.committed() as unit:
            unit.executemany(
                "INSERT INTO cj_processed_essays (els_essay_id, cj_batch_id, text_storage_id,"
                " assessment_input_text, comparison_count, created_at, updated_at, processing_metadata,"
                " is_anchor) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT (els_essay_id) DO UPDATE SET"
                " cj_batch_id = excluded.cj_batch_id, text_storage_id = excluded.text_storage_id,"
                " assessment_input_text = excluded.assessment_input_text, comparison_count = 0,"
                " current_bt_score = NULL, current_bt_se = NULL, updated_at = excluded.updated_at",
                [
                    (e.id, job.id, e.storage_id, e.text, now, now, json.dumps(essay_facts(e)), e.is_anchor)
                    for e in essays
                ],
            )
            unit.execute(
                f"UPDATE {UPLOADS} SET expected_essay_count = ?, status = 'FETCHING_CONTENT', updated_at = ?"
                " WHERE id = ?",
                (len(essays), now, job.id),
            )

    def kept(self, job: Job) -> frozenset[str]:
        sql = "SELECT els_essay_id FROM cj_processed_essays WHERE cj_batch_id = ?"
        return frozenset(row["els_essay_id"] for row in self.store.rows(sql, job.id))

    def answered(self, job: Job, mode: Mode, asked: Asked, said: Answer | NoAnswer) -> None:
        """One comparison, sent off and heard of."""
        now = self.store.clock()
        with self.store.committed() as unit:
            unit.execute(
                "INSERT INTO cj_comparison_pairs (cj_batch_id, essay_a_els_id, essay_b_els_id, prompt_text,"
                " winner, confidence, justification, error_code, error_correlation_id, error_timestamp,"
                " error_service, processing_metadata, created_at, request_correlation_id, submitted_at,"
                " completed_at, pair_generation_mode)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.id,
                    asked.pair.a,
                    asked.pair.b,
                    asked.prompt,
                    *_outcome(asked, said, now),
                    _plain(asked.requested_at),
                    asked.correlation_id,
                    as_text(asked.requested_at),
                    as_text(now),
                    mode,
                ),
            )

    def scored(self, job: Job, scoring: Scoring) -> None:
        """Scores after a wave; essays that have moved to another batch keep what they have there."""
        now, tally = self.store.clock(), scoring.tally
        with self.store.committed() as unit:
            unit.executemany(
                "UPDATE cj_processed_essays SET current_bt_score = ?, current_bt_se = ?,"
                " comparison_count = ?, updated_at = ? WHERE els_essay_id = ? AND cj_batch_id = ?",
                [
                    (score.theta, score.error, score.comparisons, _plain(now), essay_id, job.id)
                    for essay_id, score in scoring.scores.items()
                ],
            )
            unit.execute(
                "UPDATE cj_batch_states SET state = 'WAITING_CALLBACKS', total_comparisons = ?,"
                " submitted_comparisons = ?, completed_comparisons = ?, failed_comparisons = ?,"
                " last_activity_at = ?, partial_scoring_triggered = 1, current_iteration = ?,"
                " processing_metadata = ?, total_budget = ? WHERE batch_id = ?",
                (
                    tally.submitted,
                    tally.submitted,
                    tally.completed,
                    tally.failed,
                    as_text(now),
                    scoring.iteration,
                    json.dumps(scoring_facts(job.request, scoring)),
                    scoring.limit,
                    job.id,
                ),
            )

    def projected(
        self, job: Job, graded: Iterable[Place], scoring: Scoring, calibration: Calibration, scale: str
    ) -> None:
        now = as_text(self.store.clock())
        with self.store.committed() as unit:
            for place in graded:
                facts = projection_facts(place, scoring.scores[place.essay_id], calibration, scale)
                unit.execute(
                    "INSERT INTO grade_projections (els_essay_id, cj_batch_id, primary_grade,"
                    " confidence_score, confidence_label, calculation_metadata, created_at,"
                    " population_prior, grade_scale) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        place.essay_id,
                        job.id,
                        place.grade,
                        place.confidence,
                        place.label,
                        json.dumps(facts),
                        now,
                        1 / len(calibration.grades),
                        scale,
                    ),
                )

    def ended(self, job: Job, status: EndStatus, state: EndState) -> None:
        now = _plain(self.store.clock())
        with self.store.committed() as unit:
            unit.execute(
                f"UPDATE {UPLOADS} SET status = ?, updated_at = ?, completed_at = ? WHERE id = ?",
                (status, now, now, job.id),
            )
            unit.execute("UPDATE cj_batch_states SET state = ? WHERE batch_id = ?", (state, job.id))

    def left_scoring(self, job: Job) -> None:
        """The state in which a batch stays for good whose result cannot be published."""
        with self.store.committed() as unit:
            unit.execute("UPDATE cj_batch_states SET state = 'SCORING' WHERE batch_id = ?", (job.id,))


def _outcome(asked: Asked, said: Answer | NoAnswer, now: datetime) -> Sequence[Parameter]:
    """winner, confidence, justification, the four columns of an error, processing_metadata."""
    if isinstance(said, NoAnswer):
        error = ("EXTERNAL_SERVICE_ERROR", asked.correlation_id, as_text(now), SERVICE)
        return ("error", None, None, *error, None)
    winner = "essay_a" if said.winner == "Essay A" else "essay_b"
    facts = json.dumps(answer_facts(said))
    return (winner, said.confidence, said.justification, None, None, None, None, facts)


def _plain(moment: datetime) -> str:
    """A time as it stands in a column without a time zone."""
    return naive(moment).replace("T", " ")

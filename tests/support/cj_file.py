"""CJ's tables in an SQLite file, with the rows that a test wants."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from eng5_pipeline.sandbox.kept.schema import SCHEMA

BATCH = "b0000000-0000-4000-8000-000000000001"
NOW = "2026-11-22 09:45:13.500000"


class CjFile:
    """One file; every method adds rows, job 1 where none is named."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SCHEMA)

    @property
    def environment(self) -> dict[str, str]:
        return {"ENG5_CJ_DATABASE_URL": f"sqlite:///{self.path}"}

    def batch(self, job: int = 1, *, batch_uuid: str = BATCH, status: str = "COMPLETE_STABLE") -> None:
        self.change(
            "INSERT INTO cj_batch_uploads (id, bos_batch_id, event_correlation_id, language, course_code,"
            " expected_essay_count, status, created_at, updated_at, completed_at)"
            " VALUES (?, ?, 'c', 'en', 'ENG5', 2, ?, ?, ?, ?)",
            (job, batch_uuid, status, NOW, NOW, NOW),
        )

    def state(self, facts: dict[str, object], *, job: int = 1) -> None:
        self.change(
            "INSERT INTO cj_batch_states (batch_id, state, total_comparisons, last_activity_at, processing_metadata)"
            " VALUES (?, 'COMPLETED', 4, ?, ?)",
            (job, f"{NOW}+00:00", json.dumps(facts)),
        )

    def essay(self, essay_id: str, *, job: int = 1, score: float | None = None, **anchor: object) -> None:
        """`anchor`: known_grade, anchor_label, anchor_ref_id of an essay that is one."""
        self.change(
            "INSERT INTO cj_processed_essays (els_essay_id, cj_batch_id, text_storage_id, assessment_input_text,"
            " current_bt_score, comparison_count, created_at, updated_at, processing_metadata, is_anchor)"
            " VALUES (?, ?, 's', 'SECRET essay words', ?, 1, ?, ?, ?, ?)",
            (essay_id, job, score, NOW, NOW, json.dumps(anchor) if anchor else None, bool(anchor)),
        )

    def comparison(self, a: str, b: str, winner: str | None, *, job: int = 1, **facts: object) -> None:
        error = "EXTERNAL_SERVICE_ERROR" if winner == "error" else None
        self.change(
            "INSERT INTO cj_comparison_pairs (cj_batch_id, essay_a_els_id, essay_b_els_id, prompt_text, winner,"
            " justification, error_code, created_at, processing_metadata)"
            " VALUES (?, ?, ?, 'SECRET prompt', ?, 'SECRET reasons', ?, ?, ?)",
            (job, a, b, winner, error, NOW, json.dumps(facts) if facts else None),
        )

    def change(self, sql: str, values: tuple[object, ...] = ()) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute(sql, values)
            connection.commit()

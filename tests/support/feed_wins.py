"""The decided comparisons of a captured feed."""

from __future__ import annotations

import json

from eng5_pipeline.contracts import topics
from eng5_pipeline.report.statistics.pairs import Win
from tests.support.run_folders import feed


def feed_wins(name: str) -> tuple[int, list[Win]]:
    """How many essays were compared, and who won."""
    told = [json.loads(record.value or b"")["data"] for record in feed(name) if record.topic == topics.COMPARISON]
    asked = [(data["winner"], data["request_metadata"]) for data in told if data["winner"] in ("Essay A", "Essay B")]
    shown = [(winner, meta["essay_a_id"], meta["essay_b_id"]) for winner, meta in asked]
    place = {essay: number for number, essay in enumerate(sorted({essay for _, *both in shown for essay in both}))}
    wins = [Win(place[a], place[b]) if winner == "Essay A" else Win(place[b], place[a]) for winner, a, b in shown]
    return len(place), wins

"""The Kafka topics of the platform, by what they carry."""

from __future__ import annotations

REQUEST = "huleedu.els.cj_assessment.requested.v1"
COMPARISON = "huleedu.llm_provider.comparison_result.v1"
COMPLETED = "huleedu.cj_assessment.completed.v1"
RESULT = "huleedu.assessment.result.published.v1"
FAILED = "huleedu.cj_assessment.failed.v1"

RESULTS = (COMPARISON, COMPLETED, RESULT, FAILED)

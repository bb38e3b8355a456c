"""What reviews are about: essays, prompts, anchors and forecasts without a spec on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.essays import Essay
from eng5_pipeline.domain.forecast import Asked, Forecast, Material, forecast
from eng5_pipeline.domain.prices import Price, PriceTable
from eng5_pipeline.results import AnchorsVerified, InputFile, ResolvedAssignment, Validated
from tests.support.run_folders import SCALE

TABLE = PriceTable(
    source="list prices as of", as_of=date(2026, 3, 21), models={"judge-1": Price(input=Decimal(3), output=Decimal(15))}
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def essay(name: str, text: str = "some words", raw: str | None = None) -> Essay:
    """`raw` is what stands in the file, by default the text itself."""
    return Essay(
        local_id=name,
        path=name,
        raw_sha256=digest(text if raw is None else raw),
        text_sha256=digest(text),
        size=len(text.encode()),
        words=len(text.split()),
    )


def validated(essays: Mapping[str, str], prompts: Mapping[str, str] | None = None) -> Validated:
    """Texts by local id, and prompt texts by role."""
    return Validated(
        essays=tuple(essay(name, text) for name, text in essays.items()),
        inputs=tuple(
            InputFile(role=role, path=f"{role.rpartition('.')[2]}.md", sha256=digest(text))
            for role, text in (prompts or {}).items()
        ),
        passed_over={},
    )


def anchor(number: int, grade: str, storage: str = "5") -> Anchor:
    return Anchor(anchor_id=number, label=f"{grade}-{number}", grade=grade, storage_id=storage * 32)


def resolved(scale: str = SCALE, prompt: str = "7") -> ResolvedAssignment:
    return ResolvedAssignment(
        assignment=Assignment(
            assignment_id="np_2017_vt",
            grade_scale=scale,
            context_origin=None,
            course_id=None,
            student_prompt_storage_id=prompt * 32,
        )
    )


def verified(*anchors: Anchor, students: int = 3, scale: str = SCALE, limit: int | None = None) -> AnchorsVerified:
    return AnchorsVerified(
        summary=AnchorSummary(
            assignment_id="np_2017_vt", grade_scale=scale, anchors=anchors, count_by_scale={scale: len(anchors)}
        ),
        counts=apply_comparison_limit(len(anchors), students, limit),
    )


def likely(comparisons: int = 20, model: str | None = "judge-1") -> Forecast:
    return forecast(
        Asked(provider=None, model=model, reasoning_effort=None),
        Material(language="en", essay=1000, system_prompt=0, rubric=0),
        apply_comparison_limit(12, 12, comparisons),
        TABLE,
        (),
    )

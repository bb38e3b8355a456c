"""A plan on disk: what a reviewer agreed to, and whether it is still what a run would do.

A plan reserves no identifier, and holds no secret and no essay text: essays are paths, digests and counts. The texts
of prompts stand in its request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, JsonValue, ValidationError

from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.domain.request import STORAGE, Draft
from eng5_pipeline.domain.value import Value
from eng5_pipeline.durable import told_as_unreadable
from eng5_pipeline.errors import UsageError, typed
from eng5_pipeline.results import AnchorsVerified, ResolvedAssignment, Validated
from eng5_pipeline.review import differences
from eng5_pipeline.spec.dump import inline
from eng5_pipeline.spec.effective import Effective, Source

VERSION: Final = 1
LONGEST: Final = 60
_AGAIN: Final = "plan again, and have that reviewed:  eng5-pipeline plan {} --out plan.json"


class PlanError(Value):
    reference: str
    what: str
    hint: str


class PlanWarning(Value):
    stage: str
    reference: str
    what: str


class PlannedValue(Value):
    """A value of the spec as it would count, and where it is from."""

    key: str
    value: JsonValue
    source: Source


class PlannedUpload(Value):
    """Local ids."""

    to_upload: tuple[str, ...]
    to_reuse: tuple[str, ...]


class PlanDocument(Value):
    """`plan --json` and `plan --out`. A part that the plan did not come to is null."""

    v: Literal[1] = VERSION
    program: str = Field(description="The version of eng5-pipeline that made it.")
    label: str
    exit_code: int
    stage: str | None = Field(description="Where it stopped; null where it came to its end.")
    error: PlanError | None
    effective: tuple[PlannedValue, ...]
    essays: Validated | None
    assignment: ResolvedAssignment | None
    anchors: AnchorsVerified | None
    upload: PlannedUpload | None
    request: dict[str, JsonValue] | None = Field(
        description="As it would be sent; <...> marks what only a run can know."
    )
    cost: Forecast | None
    warnings: tuple[PlanWarning, ...]


class SavedPlan(Value):
    """The parts of a whole plan that a run is held against."""

    effective: tuple[PlannedValue, ...]
    essays: Validated
    assignment: ResolvedAssignment
    anchors: AnchorsVerified
    request: dict[str, JsonValue]


def read_plan(raw: bytes, name: str) -> SavedPlan:
    """Raises UsageError for what is not a whole plan of this version."""
    try:
        document = PlanDocument.model_validate_json(raw)
        return SavedPlan.model_validate({key: getattr(document, key) for key in SavedPlan.model_fields})
    except ValidationError:
        raise UsageError(
            "plan-unreadable",
            f"{name} is not a plan that this version made to its end",
            hint=_AGAIN.format("SPEC"),
        ) from None


@dataclass(frozen=True)
class PlanReview:
    """Holds a run against the plan in its folder, where there is one.

    `effective` is where the run's own values are recorded; `drafted` gives the request as it would be sent now.
    """

    plan: Path
    effective: Path
    drafted: Callable[[Validated], Draft]
    spec: str

    def review(
        self, validated: Validated, assignment: ResolvedAssignment, anchors: AnchorsVerified
    ) -> Iterator[Caution]:
        """Raises Differs, naming everything that is no longer as it was planned."""
        if self.plan.exists():
            with told_as_unreadable(self.plan):
                planned, recorded = self.plan.read_bytes(), self.effective.read_bytes()
            rows = Effective.from_json(recorded).rows()
            now = SavedPlan(
                effective=tuple(PlannedValue(key=key, value=value, source=source) for key, value, source in rows),
                essays=validated,
                assignment=assignment,
                anchors=anchors,
                request=self.drafted(validated),
            )
            found = plan_differs(read_plan(planned, self.plan.name), now)
            differences.differs("plan-differs", "the plan", found, _AGAIN.format(typed(self.spec)))
        return iter(())


def plan_differs(planned: SavedPlan, now: SavedPlan) -> Iterator[str]:
    """Everything but the blanks, in words."""
    named = list(_named(planned, now))
    yield from named
    # The request follows from the rest; what differs in it alone is what an upload or another version would change.
    yield from _requests(planned.request, now.request) if not named else ()


def _named(planned: SavedPlan, now: SavedPlan) -> Iterator[str]:
    yield from differences.entries("", _values(planned), _values(now), _arrow)
    yield from differences.inputs_differ(planned.essays.inputs, now.essays.inputs)
    yield from differences.essays_differ(planned.essays.essays, now.essays.essays)
    yield from differences.entries("assignment's ", _assignment(planned), _assignment(now), _arrow)
    yield from differences.anchors_differ(planned.anchors.summary.anchors, now.anchors.summary.anchors)


def _values(plan: SavedPlan) -> Mapping[str, str]:
    return {row.key: _text(row.value) for row in plan.effective}


def _assignment(plan: SavedPlan) -> Mapping[str, str]:
    return {key: str(value) for key, value in plan.assignment.assignment}


def _arrow(before: str, after: str) -> str:
    return f"{before} -> {after}"


def _requests(planned: JsonValue, now: JsonValue, where: str = "request") -> Iterator[str]:
    if isinstance(planned, dict) and isinstance(now, dict):
        for key in sorted(planned.keys() | now.keys()):
            yield from _requests(planned.get(key), now.get(key), f"{where}.{key}")
    elif isinstance(planned, list) and isinstance(now, list) and len(planned) == len(now):
        for index, (before, after) in enumerate(zip(planned, now, strict=True)):
            yield from _requests(before, after, f"{where}[{index}]")
    elif planned != now and not (planned == STORAGE and where.endswith(".text_storage_id")):
        yield f"{where}: {_clipped(planned)} -> {_clipped(now)}"


def _clipped(value: JsonValue) -> str:
    text = _text(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else inline(value)

"""From an attempt to the stages of its pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from eng5_pipeline import pipelines
from eng5_pipeline.adapters.auth.check import cautions
from eng5_pipeline.adapters.essays.text_index import OnlyRead
from eng5_pipeline.adapters.run.event_file import RunEventFile
from eng5_pipeline.adapters.run.request_file import FileRequestFile
from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.assignment import (
    Assignment,
    Expected,
    Finding,
    batch_findings,
    origin_findings,
    scale_findings,
)
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.errors import UsageError
from eng5_pipeline.ports import CacheEntry, TextIndex
from eng5_pipeline.results import Validated
from eng5_pipeline.review.budget import Budget
from eng5_pipeline.review.local_state import file_choice, input_files, student_choice
from eng5_pipeline.review.lock import LockedTexts, LockReview, lock_path
from eng5_pipeline.review.saved_plan import PlanReview
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.stages.anchor_preflight import AnchorPreflight
from eng5_pipeline.stages.await_completion import AwaitCompletion
from eng5_pipeline.stages.compare_anchors import CompareAnchors
from eng5_pipeline.stages.drafting import Drafting
from eng5_pipeline.stages.extract import Extract
from eng5_pipeline.stages.holdings import Holdings
from eng5_pipeline.stages.plan_upload import PlanUpload
from eng5_pipeline.stages.publish import Publish
from eng5_pipeline.stages.register_anchors import RegisterAnchors
from eng5_pipeline.stages.resolve_assignment import ResolveAssignment
from eng5_pipeline.stages.upload import Upload
from eng5_pipeline.stages.validate import Validate
from eng5_pipeline.stages.validate_anchors import ValidateAnchors
from eng5_pipeline.wiring.attempt import Attempt
from eng5_pipeline.wiring.outside import Outside
from eng5_pipeline.wiring.terms import request_terms


@dataclass(frozen=True)
class Wiring:
    """Makes the stages of one pipeline."""

    attempt: Attempt

    @cached_property
    def outside(self) -> Outside:
        return Outside(self.attempt)

    @property
    def spec(self) -> RunSpec:
        return self.attempt.spec

    def pipeline(self, name: str) -> Pipeline:
        makers = {**self._makers, **self._makers_of.get(name, {})}
        return Pipeline(name, tuple(makers[kind]() for kind in pipelines.PIPELINES[name]))

    @cached_property
    def _makers(self) -> dict[type[Any], Callable[[], Any]]:
        return {
            Validate: self._validate,
            ValidateAnchors: self._validate_anchors,
            ResolveAssignment: self._resolve_assignment,
            AnchorPreflight: self._anchor_preflight,
            PlanUpload: self._plan_upload,
            Upload: self._upload,
            Publish: self._publish,
            AwaitCompletion: self._await,
            Extract: self._extract,
            CompareAnchors: self._compare_anchors,
            RegisterAnchors: self._register_anchors,
        }

    @property
    def _makers_of(self) -> dict[str, dict[type[Any], Callable[[], Any]]]:
        """A registration asks less of an assignment than a batch does; a new lock is held against no old one."""
        to_lock = {Validate: self._validate_to_lock, AnchorPreflight: self._anchor_preflight_to_lock}
        return {
            "register-anchors": {ResolveAssignment: self._resolve_scale},
            "lock": to_lock,
            "run": {Validate: self._validate_and_remember},
        }

    # Stages, in the order of the pipelines.

    def _validate(self) -> Validate:
        return self._validating(OnlyRead(self.outside.text_index), self._lock.inputs)

    def _validate_and_remember(self) -> Validate:
        return self._validating(self.outside.text_index, self._lock_unless_planned)

    def _lock_unless_planned(self, validated: Validated) -> None:
        """What differs from a plan is told all at once, when CJ has been asked; the lock is looked at after it."""
        if not self.attempt.run.plan.exists():
            self._lock.inputs(validated)

    def _validate_to_lock(self) -> Validate:
        return self._validating(LockedTexts(OnlyRead(self.outside.text_index), self._lock))

    def _validating(self, index: TextIndex, *reviews: Callable[[Validated], None]) -> Validate:
        return Validate(self.outside.files, index, student_choice(self.spec), input_files(self.spec), reviews)

    def _validate_anchors(self) -> ValidateAnchors:
        anchors = self.spec.essays.anchors
        if anchors is None:
            raise UsageError(
                "anchors-not-named",
                f"{self.attempt.spec_name} names no anchors to register",
                hint="add essays.anchors with files and grades to the spec",
            )
        return ValidateAnchors(self.outside.files, file_choice(anchors), anchors.grades)

    def _resolve_assignment(self) -> ResolveAssignment:
        batch = partial(
            batch_findings,
            awaits=self.spec.flags.await_completion,
            overrides_rubric=self.spec.judge is not None and self.spec.judge.rubric is not None,
        )
        origin = partial(origin_findings, expected=self._expected, spec=self.attempt.spec_name)
        timeout = self.spec.limits.completion_timeout
        return ResolveAssignment(
            self.outside.cj,
            self.spec.assignment.id,
            (self._scale_findings, origin, batch),
            self.spec.allow,
            lambda: cautions(self.outside.credential, self.attempt.world.clock.now(), needed_for=timeout),
        )

    def _resolve_scale(self) -> ResolveAssignment:
        rules = (self._scale_findings,)
        return ResolveAssignment(self.outside.cj, self.spec.assignment.id, rules, self.spec.allow, cautions=tuple)

    @property
    def _scale_findings(self) -> Callable[[Assignment], Iterable[Finding]]:
        return partial(scale_findings, expected=self._expected, spec=self.attempt.spec_name)

    def _anchor_preflight(self) -> AnchorPreflight:
        limit = self.spec.limits.max_comparisons
        reviews = (self._plan.review, self._lock.review, self._budget.review)
        return AnchorPreflight(self.outside.cj, self._expected, limit, self.spec.allow, self.attempt.spec_name, reviews)

    def _anchor_preflight_to_lock(self) -> AnchorPreflight:
        limit = self.spec.limits.max_comparisons
        return AnchorPreflight(
            self.outside.cj, self._expected, limit, self.spec.allow, self.attempt.spec_name, reviews=()
        )

    def _plan_upload(self) -> PlanUpload:
        later: tuple[Upload | Publish | Extract, ...] = (self._upload(), self._publish(), self._extract())
        checks = tuple(partial(_check_unless_skipped, stage) for stage in later)
        return PlanUpload(self.outside.cache, self._reusable, checks, self._drafting.draft, self._budget.forecast)

    def _upload(self) -> Upload:
        return Upload(
            self.outside.files,
            self.outside.content,
            self.outside.cache,
            self._reusable,
            self.spec.limits.uploads,
            self.attempt.batch_uuid,
            self.attempt.world.clock.now,
        )

    def _publish(self) -> Publish:
        request = FileRequestFile(self.attempt.run.request)
        choice = self.attempt.wishes.outcome_choice
        return Publish(
            self.outside.bus,
            request,
            self.outside.files,
            self.attempt.batch_uuid,
            request_terms(self.spec),
            self.attempt.world.clock,
            choice,
        )

    def _await(self) -> AwaitCompletion:
        limits = self.spec.limits
        return AwaitCompletion(
            bus=self.outside.bus,
            events=RunEventFile(self.attempt.run.events, self.attempt.run.quarantine, self.attempt.world.clock.now),
            batch_uuid=self.attempt.batch_uuid,
            clock=self.attempt.world.clock,
            timeout=limits.completion_timeout.total_seconds(),
            grace=limits.grace.total_seconds(),
            max_cost=limits.max_cost_usd,
            awaits=self.spec.flags.await_completion,
        )

    def _extract(self) -> Extract:
        return Extract(self.outside.extractor, self.spec.flags.auto_extract_eng5_db, self.attempt.batch_uuid)

    def _compare_anchors(self) -> CompareAnchors:
        return CompareAnchors(self._holdings)

    def _register_anchors(self) -> RegisterAnchors:
        return RegisterAnchors(
            self.outside.files, self._holdings, self.attempt.wishes.replace_anchors, self.attempt.spec_name
        )

    # What several stages use.

    @property
    def _lock(self) -> LockReview:
        return LockReview(lock_path(self.attempt.folder / Path(self.attempt.spec_name).name), self.attempt.spec_name)

    @property
    def _plan(self) -> PlanReview:
        return PlanReview(
            self.attempt.run.plan, self.attempt.run.effective, self._drafting.draft, self.attempt.spec_name
        )

    @property
    def _budget(self) -> Budget:
        return Budget(self.spec, self.outside.files, self.attempt.output)

    @property
    def _drafting(self) -> Drafting:
        return Drafting(request_terms(self.spec), self.outside.files, self.outside.cache, self._reusable)

    @property
    def _holdings(self) -> Holdings:
        return Holdings(self.outside.cj, self.outside.content)

    @cached_property
    def _expected(self) -> Expected:
        return Expected(**self.spec.assignment.expect.model_dump())

    def _reusable(self, entry: CacheEntry) -> bool:
        """With force_reupload only what this very batch uploaded counts as there."""
        return entry.batch_uuid == self.attempt.batch_uuid if self.spec.flags.force_reupload else True


def _check_unless_skipped(stage: Upload | Publish | Extract, ctx: RunContext) -> None:
    if stage.skip(ctx) is None:
        stage.ready(ctx)

"""From a run spec and the environment to stages that can run: the only reader of the environment."""

from __future__ import annotations

import os
import random
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from eng5_pipeline import pipelines
from eng5_pipeline.adapters.auth import Credential, find_credential
from eng5_pipeline.adapters.auth_check import cautions
from eng5_pipeline.adapters.auth_token import Requester
from eng5_pipeline.adapters.cj_service import HttpAssignmentService
from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.content_store import HttpContentStore, health_address
from eng5_pipeline.adapters.essay_files import EssayFolder
from eng5_pipeline.adapters.event_file import RunEventFile
from eng5_pipeline.adapters.extractor import CommandExtractor
from eng5_pipeline.adapters.http import CJ, CONTENT, HttpCaller, Service
from eng5_pipeline.adapters.http_connection import Connections
from eng5_pipeline.adapters.kafka_bus import KafkaBus
from eng5_pipeline.adapters.kafka_settings import KafkaSettings
from eng5_pipeline.adapters.patience import Patience
from eng5_pipeline.adapters.request_file import FileRequestFile
from eng5_pipeline.adapters.retry import Retrier, RetryPolicy
from eng5_pipeline.adapters.service_clock import ServiceClock
from eng5_pipeline.adapters.text_index import FileTextIndex, OnlyRead
from eng5_pipeline.adapters.upload_cache import FileUploadCache
from eng5_pipeline.context import RunContext
from eng5_pipeline.contracts.events import JudgeOverrides
from eng5_pipeline.domain.assignment import (
    Assignment,
    Expected,
    Finding,
    batch_findings,
    origin_findings,
    scale_findings,
)
from eng5_pipeline.domain.essays import correlation_id
from eng5_pipeline.domain.request import RequestTerms
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.errors import UsageError
from eng5_pipeline.ports import CacheEntry, Clock, TextIndex
from eng5_pipeline.results import Validated
from eng5_pipeline.review.budget import Budget
from eng5_pipeline.review.local_state import file_choice, input_files, student_choice
from eng5_pipeline.review.lock import LockedTexts, LockReview, lock_path
from eng5_pipeline.review.saved_plan import PlanReview
from eng5_pipeline.run_folder import RunFolder, extracted_texts, upload_cache
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.stages.anchor_preflight import AnchorPreflight
from eng5_pipeline.stages.await_completion import AwaitCompletion
from eng5_pipeline.stages.compare_anchors import CompareAnchors
from eng5_pipeline.stages.drafting import Drafting
from eng5_pipeline.stages.extract import Extract
from eng5_pipeline.stages.holdings import Holdings
from eng5_pipeline.stages.plan_upload import PlanUpload
from eng5_pipeline.stages.publish import Choice, Publish
from eng5_pipeline.stages.register_anchors import RegisterAnchors
from eng5_pipeline.stages.resolve_assignment import ResolveAssignment
from eng5_pipeline.stages.upload import Upload
from eng5_pipeline.stages.validate import Validate
from eng5_pipeline.stages.validate_anchors import ValidateAnchors


@dataclass(frozen=True)
class World:
    """What differs between a real start and a test: nothing below looks at these behind its back."""

    environment: Mapping[str, str] = field(repr=False)
    here: Path
    home: Path
    clock: Clock
    new_uuid: Callable[[], UUID]
    patience: Patience = field(default_factory=Patience)


def real_world() -> World:
    return World(dict(os.environ), Path.cwd(), Path.home(), SystemClock(), uuid4)


@dataclass(frozen=True)
class Wishes:
    """What the command line says beyond the spec's own keys."""

    replace_anchors: bool = False
    outcome_choice: Choice | None = None


class Notices:
    """Where an adapter's word for the user goes, once there is somebody to tell."""

    observer: Observer | None = None

    def tell(self, stage: str, what: str) -> None:
        if self.observer is not None:
            self.observer.warned(stage, "cache-held", what)


@dataclass(frozen=True)
class Wiring:
    """Makes the stages of one pipeline. `folder` is where the spec's paths start, `run` where this run is kept."""

    spec: RunSpec
    spec_name: str
    folder: Path
    output: Path
    run: RunFolder
    batch_uuid: UUID
    world: World
    wishes: Wishes
    closing: ExitStack
    notices: Notices

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
        return self._validating(OnlyRead(self.text_index), self._lock.inputs)

    def _validate_and_remember(self) -> Validate:
        return self._validating(self.text_index, self._lock.inputs)

    def _validate_to_lock(self) -> Validate:
        return self._validating(LockedTexts(OnlyRead(self.text_index), self._lock))

    def _validating(self, index: TextIndex, *reviews: Callable[[Validated], None]) -> Validate:
        return Validate(self.files, index, student_choice(self.spec), input_files(self.spec), reviews)

    def _validate_anchors(self) -> ValidateAnchors:
        anchors = self.spec.essays.anchors
        if anchors is None:
            raise UsageError(
                "anchors-not-named",
                f"{self.spec_name} names no anchors to register",
                hint="add essays.anchors with files and grades to the spec",
            )
        return ValidateAnchors(self.files, file_choice(anchors), anchors.grades)

    def _resolve_assignment(self) -> ResolveAssignment:
        batch = partial(
            batch_findings,
            awaits=self.spec.flags.await_completion,
            overrides_rubric=self.spec.judge is not None and self.spec.judge.rubric is not None,
        )
        origin = partial(origin_findings, expected=self._expected, spec=self.spec_name)
        timeout = self.spec.limits.completion_timeout
        return ResolveAssignment(
            self.cj,
            self.spec.assignment.id,
            (self._scale_findings, origin, batch),
            self.spec.allow,
            lambda: cautions(self.credential, self.world.clock.now(), needed_for=timeout),
        )

    def _resolve_scale(self) -> ResolveAssignment:
        rules = (self._scale_findings,)
        return ResolveAssignment(self.cj, self.spec.assignment.id, rules, self.spec.allow, cautions=tuple)

    @property
    def _scale_findings(self) -> Callable[[Assignment], Iterable[Finding]]:
        return partial(scale_findings, expected=self._expected, spec=self.spec_name)

    def _anchor_preflight(self) -> AnchorPreflight:
        limit = self.spec.limits.max_comparisons
        reviews = (self._lock.review, self._plan.review, self._budget.review)
        return AnchorPreflight(self.cj, self._expected, limit, self.spec.allow, self.spec_name, reviews)

    def _anchor_preflight_to_lock(self) -> AnchorPreflight:
        limit = self.spec.limits.max_comparisons
        return AnchorPreflight(self.cj, self._expected, limit, self.spec.allow, self.spec_name, reviews=())

    def _plan_upload(self) -> PlanUpload:
        later: tuple[Upload | Publish | Extract, ...] = (self._upload(), self._publish(), self._extract())
        checks = tuple(partial(_check_unless_skipped, stage) for stage in later)
        return PlanUpload(self.cache, self._reusable, checks, self._drafting.draft, self._budget.forecast)

    def _upload(self) -> Upload:
        return Upload(
            self.files,
            self.content,
            self.cache,
            self._reusable,
            self.spec.limits.uploads,
            self.batch_uuid,
            self.world.clock.now,
        )

    def _publish(self) -> Publish:
        request = FileRequestFile(self.run.request)
        choice = self.wishes.outcome_choice
        return Publish(
            self.bus, request, self.files, self.batch_uuid, request_terms(self.spec), self.world.clock, choice
        )

    def _await(self) -> AwaitCompletion:
        limits = self.spec.limits
        return AwaitCompletion(
            bus=self.bus,
            events=RunEventFile(self.run.events, self.run.quarantine, self.world.clock.now),
            batch_uuid=self.batch_uuid,
            clock=self.world.clock,
            timeout=limits.completion_timeout.total_seconds(),
            grace=limits.grace.total_seconds(),
            max_cost=limits.max_cost_usd,
            awaits=self.spec.flags.await_completion,
        )

    def _extract(self) -> Extract:
        return Extract(self.extractor, self.spec.flags.auto_extract_eng5_db, self.batch_uuid)

    def _compare_anchors(self) -> CompareAnchors:
        return CompareAnchors(self._holdings)

    def _register_anchors(self) -> RegisterAnchors:
        return RegisterAnchors(self.files, self._holdings, self.wishes.replace_anchors, self.spec_name)

    # What the stages talk to, made once.

    @cached_property
    def files(self) -> EssayFolder:
        return EssayFolder(self.folder)

    @cached_property
    def credential(self) -> Credential | None:
        """Looked for when a stage first needs it."""
        world = self.world
        return find_credential(world.environment, world.home, world.clock.now(), mint_for=self._requester)

    @cached_property
    def cj(self) -> HttpAssignmentService:
        return HttpAssignmentService(
            caller=self._caller(CJ),
            base_url=self.spec.services.cj,
            find_credential=lambda: self.credential,
            clock=self.world.clock,
            correlation_id=correlation_id(self.batch_uuid),
            allow_plain_http="plain-http" in self.spec.allow,
            budget=self.world.patience.lookup,
        )

    @cached_property
    def content(self) -> HttpContentStore:
        retrier = Retrier(RetryPolicy(), self.world.clock, random.random)
        return HttpContentStore(
            self.spec.services.content,
            self._caller(CONTENT),
            retrier,
            self.world.patience.check,
        )

    @cached_property
    def cache(self) -> FileUploadCache:
        tell = partial(self.notices.tell, "upload")
        return FileUploadCache(upload_cache(self.output), self.spec.services.content, self.world.clock, tell)

    @cached_property
    def text_index(self) -> FileTextIndex:
        return FileTextIndex(extracted_texts(self.output), self.world.clock, partial(self.notices.tell, "validate"))

    @cached_property
    def bus(self) -> KafkaBus:
        settings = KafkaSettings.from_environment(self.spec.services.kafka, self.world.environment)
        return KafkaBus(replace(settings, delivery_seconds=self.world.patience.delivery_seconds))

    @cached_property
    def extractor(self) -> CommandExtractor:
        wanted = self.spec.extraction
        return CommandExtractor(
            command=wanted.command,
            values={"batch_uuid": str(self.batch_uuid), "run_dir": str(self.run.path)},
            folder=self.run.extraction,
            timeout=wanted.timeout.total_seconds(),
            environment=without_secrets(self.world.environment),
            clock=self.world.clock,
            working=self.folder,
        )

    @property
    def service_clocks(self) -> tuple[ServiceClock, ...]:
        places = ((CONTENT, health_address(self.spec.services.content)), (CJ, health_address(self.spec.services.cj)))
        return tuple(
            ServiceClock(self._caller(service), url, self.world.clock, self.world.patience.check)
            for service, url in places
        )

    @property
    def _lock(self) -> LockReview:
        return LockReview(lock_path(self.folder / Path(self.spec_name).name), self.spec_name)

    @property
    def _plan(self) -> PlanReview:
        return PlanReview(self.run.plan, self.run.effective, self._drafting.draft, self.spec_name)

    @property
    def _budget(self) -> Budget:
        return Budget(self.spec, self.files, self.output)

    @property
    def _drafting(self) -> Drafting:
        return Drafting(request_terms(self.spec), self.files, self.cache, self._reusable)

    @property
    def _holdings(self) -> Holdings:
        return Holdings(self.cj, self.content)

    @property
    def _requester(self) -> Requester:
        return Requester(subject=self.spec.requester.user_id, organisation=self.spec.requester.org_id)

    @cached_property
    def _expected(self) -> Expected:
        return Expected(**self.spec.assignment.expect.model_dump())

    def _reusable(self, entry: CacheEntry) -> bool:
        """With force_reupload only what this very batch uploaded counts as there."""
        return entry.batch_uuid == self.batch_uuid if self.spec.flags.force_reupload else True

    def _caller(self, service: Service) -> HttpCaller:
        timeouts = self.world.patience.http
        client = self.closing.enter_context(Connections(self._trust))
        return HttpCaller(service, client, self.world.clock.monotonic, timeouts)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The system's certificates take some 60 ms to read: only where a service is asked by https."""
        services = self.spec.services
        asked = any(url.lower().startswith("https:") for url in (services.cj, services.content))
        return ssl.create_default_context() if asked else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def request_terms(spec: RunSpec) -> RequestTerms:
    """What the request says besides essays and the texts of prompts, which are read when it is composed."""
    judge = spec.judge
    return RequestTerms(
        label=spec.label,
        assignment_id=spec.assignment.id,
        language=spec.assignment.language,
        course_code=spec.assignment.course_code,
        user_id=spec.requester.user_id,
        org_id=spec.requester.org_id,
        max_comparisons=spec.limits.max_comparisons,
        overrides=None
        if judge is None
        else JudgeOverrides(
            model_override=judge.model,
            temperature_override=judge.temperature,
            max_tokens_override=judge.max_tokens,
            provider_override=judge.provider,
            reasoning_effort=judge.reasoning_effort,
            output_verbosity=judge.output_verbosity,
        ),
        batching_mode_hint=judge.batching_mode_hint if judge else None,
    )


_SECRETS = frozenset(
    {
        "HULEEDU_SERVICE_ACCOUNT_TOKEN",
        "HULEEDU_ADMIN_TOKEN",
        "CJ_ADMIN_TOKEN",
        "JWT_SECRET_KEY",
        "KAFKA_SASL_PLAIN_PASSWORD",
        "KAFKA_SSL_PASSWORD",
    }
)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """For child processes: the platform's tokens, the signing key and Kafka's passwords stay here."""
    return {name: value for name, value in environment.items() if name not in _SECRETS}


def _check_unless_skipped(stage: Upload | Publish | Extract, ctx: RunContext) -> None:
    if stage.skip(ctx) is None:
        stage.ready(ctx)

"""From a run spec and the environment to stages that can run: the only reader of the environment."""

from __future__ import annotations

import os
import random
import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from eng5_pipeline import pipelines
from eng5_pipeline.adapters.auth import find_credential
from eng5_pipeline.adapters.auth_token import Requester
from eng5_pipeline.adapters.cj_service import HttpAssignmentService
from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.content_store import HttpContentStore
from eng5_pipeline.adapters.essay_files import EssayFolder
from eng5_pipeline.adapters.event_file import RunEventFile
from eng5_pipeline.adapters.extractor import CommandExtractor
from eng5_pipeline.adapters.http import CJ, CONTENT, HttpCaller, Service, Timeouts, open_client
from eng5_pipeline.adapters.kafka_bus import KafkaBus
from eng5_pipeline.adapters.kafka_settings import KafkaSettings
from eng5_pipeline.adapters.request_file import FileRequestFile
from eng5_pipeline.adapters.retry import Retrier, RetryPolicy
from eng5_pipeline.adapters.upload_cache import FileUploadCache
from eng5_pipeline.context import RunContext
from eng5_pipeline.contracts.events import JudgeOverrides
from eng5_pipeline.domain.assignment import Expected, batch_findings, scale_findings
from eng5_pipeline.domain.essays import correlation_id
from eng5_pipeline.domain.request import RequestTerms
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.engine.pipeline import Pipeline
from eng5_pipeline.errors import UsageError
from eng5_pipeline.ports import CacheEntry, Clock, FileChoice
from eng5_pipeline.run_folder import RunFolder, upload_cache
from eng5_pipeline.spec.model import FileSet, RunSpec
from eng5_pipeline.stages.anchor_preflight import AnchorPreflight
from eng5_pipeline.stages.await_completion import AwaitCompletion
from eng5_pipeline.stages.extract import Extract
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

    def tell(self, what: str) -> None:
        if self.observer is not None:
            self.observer.warned("upload", "cache-held", what)


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
        return Pipeline(name, tuple(self._made(kind) for kind in pipelines.PIPELINES[name]))

    def _made(self, kind: type[Any]) -> Any:
        return self._makers[kind]()

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
            RegisterAnchors: self._register_anchors,
        }

    # Stages, in the order of the pipelines.

    def _validate(self) -> Validate:
        judge = self.spec.judge
        named = {} if judge is None else {key: getattr(judge, key) for key in ("system_prompt", "rubric", "prices")}
        inputs = tuple((f"judge.{key}", path) for key, path in named.items() if path is not None)
        return Validate(self.files, _choice(self.spec.essays.students), inputs)

    def _validate_anchors(self) -> ValidateAnchors:
        anchors = self.spec.essays.anchors
        if anchors is None:
            raise UsageError(
                "anchors-not-named",
                f"{self.spec_name} names no anchors to register",
                hint="add essays.anchors with files and grades to the spec",
            )
        return ValidateAnchors(self.files, _choice(anchors), anchors.grades)

    def _resolve_assignment(self) -> ResolveAssignment:
        batch = partial(
            batch_findings,
            awaits=self.spec.flags.await_completion,
            overrides_rubric=self.spec.judge is not None and self.spec.judge.rubric is not None,
        )
        scale = partial(scale_findings, expected=self._expected, spec=self.spec_name)
        return ResolveAssignment(self.cj, self.spec.assignment.id, (scale, batch), self.spec.allow)

    def _anchor_preflight(self) -> AnchorPreflight:
        limit = self.spec.limits.max_comparisons
        return AnchorPreflight(self.cj, self._expected, limit, self.spec.allow, self.spec_name)

    def _plan_upload(self) -> PlanUpload:
        later: tuple[Upload | Publish | Extract, ...] = (self._upload(), self._publish(), self._extract())
        checks = tuple(partial(_check_unless_skipped, stage) for stage in later)
        return PlanUpload(self.cache, self._reusable, checks)

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

    def _register_anchors(self) -> RegisterAnchors:
        return RegisterAnchors(self.files, self.cj, self.content, self.wishes.replace_anchors)

    # What the stages talk to, made once.

    @cached_property
    def files(self) -> EssayFolder:
        return EssayFolder(self.folder)

    @cached_property
    def cj(self) -> HttpAssignmentService:
        credential = find_credential(
            self.world.environment, self.world.home, self.world.clock.now(), mint_for=self._requester
        )
        return HttpAssignmentService(
            caller=self._caller(CJ, connections=4),
            base_url=self.spec.services.cj,
            credential=credential,
            clock=self.world.clock,
            correlation_id=str(correlation_id(self.batch_uuid)),
            allow_plain_http="plain-http" in self.spec.allow,
        )

    @cached_property
    def content(self) -> HttpContentStore:
        retrier = Retrier(RetryPolicy(), self.world.clock, random.random)
        return HttpContentStore(
            self.spec.services.content, self._caller(CONTENT, connections=self.spec.limits.uploads), retrier
        )

    @cached_property
    def cache(self) -> FileUploadCache:
        return FileUploadCache(
            upload_cache(self.output), self.spec.services.content, self.world.clock, self.notices.tell
        )

    @cached_property
    def bus(self) -> KafkaBus:
        return KafkaBus(KafkaSettings.from_environment(self.spec.services.kafka, self.world.environment))

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
    def _requester(self) -> Requester:
        return Requester(subject=self.spec.requester.user_id, organisation=self.spec.requester.org_id)

    @cached_property
    def _expected(self) -> Expected:
        return Expected(**self.spec.assignment.expect.model_dump())

    def _reusable(self, entry: CacheEntry) -> bool:
        """With force_reupload only what this very batch uploaded counts as there."""
        return entry.batch_uuid == self.batch_uuid if self.spec.flags.force_reupload else True

    def _caller(self, service: Service, *, connections: int) -> HttpCaller:
        client = self.closing.enter_context(open_client(Timeouts(), connections, self._trust))
        return HttpCaller(service, client, self.world.clock.monotonic)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()


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


def _choice(files: FileSet) -> FileChoice:
    return FileChoice(patterns=files.files, exclude=files.exclude, follow_links=files.follow_links)


def _check_unless_skipped(stage: Upload | Publish | Extract, ctx: RunContext) -> None:
    if stage.skip(ctx) is None:
        stage.ready(ctx)

"""What the stages of an attempt talk to: the adapters, each made once and when first asked for."""

from __future__ import annotations

import random
import ssl
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from eng5_pipeline.adapters.auth.credential import Credential, find_credential
from eng5_pipeline.adapters.auth.token import Requester
from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.content.store import HttpContentStore, health_address
from eng5_pipeline.adapters.content.upload_cache import FileUploadCache
from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.adapters.essays.text_index import FileTextIndex
from eng5_pipeline.adapters.http.caller import CJ, CONTENT, HttpCaller, Service
from eng5_pipeline.adapters.http.connection import Connections
from eng5_pipeline.adapters.http.retry import Retrier, RetryPolicy
from eng5_pipeline.adapters.http.service_clock import ServiceClock
from eng5_pipeline.adapters.run.extractor import CommandExtractor
from eng5_pipeline.domain.essays import correlation_id
from eng5_pipeline.run_folder import extracted_texts, upload_cache
from eng5_pipeline.wiring.attempt import Attempt

if TYPE_CHECKING:
    from eng5_pipeline.adapters.kafka.bus import KafkaBus


class Outside:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    @cached_property
    def files(self) -> EssayFolder:
        return EssayFolder(self._attempt.folder)

    @cached_property
    def credential(self) -> Credential | None:
        """Looked for when a stage first needs it."""
        world = self._attempt.world
        return find_credential(world.environment, world.home, world.clock.now(), mint_for=self._requester)

    @cached_property
    def cj(self) -> HttpAssignmentService:
        return HttpAssignmentService(
            caller=self._caller(CJ),
            base_url=self._attempt.spec.services.cj,
            find_credential=lambda: self.credential,
            clock=self._attempt.world.clock,
            correlation_id=correlation_id(self._attempt.batch_uuid),
            allow_plain_http="plain-http" in self._attempt.spec.allow,
            budget=self._attempt.world.patience.lookup,
        )

    @cached_property
    def content(self) -> HttpContentStore:
        retrier = Retrier(RetryPolicy(), self._attempt.world.clock, random.random)
        return HttpContentStore(
            self._attempt.spec.services.content,
            self._caller(CONTENT),
            retrier,
            self._attempt.world.patience.check,
        )

    @cached_property
    def cache(self) -> FileUploadCache:
        tell = partial(self._attempt.notices.tell, "upload")
        return FileUploadCache(
            upload_cache(self._attempt.output), self._attempt.spec.services.content, self._attempt.world.clock, tell
        )

    @cached_property
    def text_index(self) -> FileTextIndex:
        return FileTextIndex(
            extracted_texts(self._attempt.output),
            self._attempt.world.clock,
            partial(self._attempt.notices.tell, "validate"),
        )

    @cached_property
    def bus(self) -> KafkaBus:
        """Its client takes long to import, and `validate` and `lock` never need it."""
        from eng5_pipeline.adapters.kafka.bus import KafkaBus
        from eng5_pipeline.adapters.kafka.settings import KafkaSettings

        settings = KafkaSettings.from_environment(self._attempt.spec.services.kafka, self._attempt.world.environment)
        return KafkaBus(replace(settings, delivery_seconds=self._attempt.world.patience.delivery_seconds))

    @cached_property
    def extractor(self) -> CommandExtractor:
        wanted = self._attempt.spec.extraction
        return CommandExtractor(
            command=wanted.command,
            values={"batch_uuid": str(self._attempt.batch_uuid), "run_dir": str(self._attempt.run.path)},
            folder=self._attempt.run.extraction,
            timeout=wanted.timeout.total_seconds(),
            environment=without_secrets(self._attempt.world.environment),
            clock=self._attempt.world.clock,
            working=self._attempt.folder,
        )

    @property
    def service_clocks(self) -> tuple[ServiceClock, ...]:
        places = (
            (CONTENT, health_address(self._attempt.spec.services.content)),
            (CJ, health_address(self._attempt.spec.services.cj)),
        )
        return tuple(
            ServiceClock(self._caller(service), url, self._attempt.world.clock, self._attempt.world.patience.check)
            for service, url in places
        )

    @property
    def _requester(self) -> Requester:
        return Requester(subject=self._attempt.spec.requester.user_id, organisation=self._attempt.spec.requester.org_id)

    def _caller(self, service: Service) -> HttpCaller:
        timeouts = self._attempt.world.patience.http
        client = self._attempt.closing.enter_context(Connections(self._trust))
        return HttpCaller(service, client, self._attempt.world.clock.monotonic, timeouts)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """The system's certificates take some 60 ms to read: only where a service is asked by https."""
        services = self._attempt.spec.services
        asked = any(url.lower().startswith("https:") for url in (services.cj, services.content))
        return ssl.create_default_context() if asked else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


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

"""Send the request, once.

What could be known before the send is on disk before it: the request's bytes, the ends of the topics, then the intent.
After the intent the question is never "shall I send?" but "is it there?".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from eng5_pipeline.context import RunContext
from eng5_pipeline.contracts import topics
from eng5_pipeline.domain.essays import essay_id
from eng5_pipeline.domain.positions import Cluster, Offsets, Receipt
from eng5_pipeline.domain.request import RequestTerms, compose
from eng5_pipeline.domain.same_kafka import recreated, require_same_cluster
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import OutcomeUnknown, UsageError
from eng5_pipeline.ports import Clock, EssayFiles, EventBus, EventReader, RequestFile
from eng5_pipeline.results import Published, Uploaded, Validated
from eng5_pipeline.stages.drafting import with_prompt_texts

ALL_TOPICS = (topics.REQUEST, *topics.RESULTS)
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_FOR_A_LOOK = 30.0
STORAGE_ID_LENGTH = 32

Choice = Literal["assume-published", "publish-again"]


@dataclass(frozen=True)
class Publish:
    """`choice` is the user's word where the outcome of an earlier send cannot be known."""

    bus: EventBus
    request: RequestFile
    files: EssayFiles
    batch_uuid: UUID
    terms: RequestTerms
    clock: Clock
    choice: Choice | None = None

    name = "publish"
    needs = (Validated, Uploaded)
    gives = Published
    touches = Touches.CHANGES_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        """Ids have fixed lengths, so the size of the request is known before anything is uploaded."""
        storage_id = "0" * STORAGE_ID_LENGTH
        validated = ctx.get(Validated)
        essays = [(str(essay_id(self.batch_uuid, essay.local_id)), storage_id) for essay in validated.essays]
        likely = compose(self.batch_uuid, self._terms(validated), essays, self.clock.now())
        self.bus.check(topics.REQUEST, ALL_TOPICS, len(likely.encode()))

    def run(self, ctx: RunContext, log: StageLog) -> Published:
        value = self.request.read()
        if value is None:
            value = self._compose(ctx.get(Validated), ctx.get(Uploaded))
            self.request.write(value)
        if log.committed() is None:
            return self._first_send(value, log)
        return self._reconcile(value, log)

    def _compose(self, validated: Validated, uploaded: Uploaded) -> bytes:
        essays = [(essay.essay_id, essay.storage_id) for essay in uploaded.essays]
        return compose(self.batch_uuid, self._terms(validated), essays, self.clock.now()).encode()

    def _terms(self, validated: Validated) -> RequestTerms:
        return with_prompt_texts(self.terms, validated.inputs, self.files)

    def _first_send(self, value: bytes, log: StageLog) -> Published:
        log.safe_point()
        ends, cluster = self.bus.ends(ALL_TOPICS), self.bus.cluster(ALL_TOPICS)
        log.note("before", ends=ends.model_dump(mode="json"), cluster=cluster.model_dump(mode="json"))
        log.commit(event_id=str(_event_id(value)))
        return self._send(value, ends, cluster)

    def _reconcile(self, value: bytes, log: StageLog) -> Published:
        noted = log.last("before")
        assert noted is not None  # noted before the intent, by this stage
        ends, cluster = Offsets.model_validate(noted["ends"]), Cluster.model_validate(noted["cluster"])
        now = self.bus.cluster(ALL_TOPICS)
        require_same_cluster(cluster, now)
        looked_for = self._looked_for(_event_id(value), ends, recreated(topics.REQUEST, cluster, now), log)
        if self.choice is not None and looked_for != "unknowable":
            raise UsageError(
                "choice-not-needed",
                f"the outcome of the publish can be known: the request is {looked_for}",
                hint=f"eng5-pipeline resume {self.batch_uuid}",
            )
        if isinstance(looked_for, Receipt):
            return self._published(value, "found", looked_for, ends, cluster)
        if self.choice == "assume-published":
            return self._published(value, "assumed", None, ends, cluster)
        if looked_for == "unknowable" and self.choice is None:
            raise self._cannot_know()
        return self._send(value, ends, cluster)

    def _looked_for(
        self, event: UUID, ends: Offsets, recreated: bool, log: StageLog
    ) -> Receipt | Literal["not there", "unknowable"]:
        """Look from the noted offset on, and again: the bytes may have been on their way at the first look."""
        start = Offsets(next={topics.REQUEST: ends.next.get(topics.REQUEST, {})})
        for look in range(2):
            if look:
                self._pause(log)
            found = "unknowable" if recreated else self._look(event, start, log)
            if found != "not there":
                return found
        return "not there"

    def _look(self, event: UUID, start: Offsets, log: StageLog) -> Receipt | Literal["not there", "unknowable"]:
        give_up = self.clock.monotonic() + SECONDS_FOR_A_LOOK
        with self.bus.reader(start) as reader:
            ends = reader.ends()
            while ends is not None and self.clock.monotonic() < give_up:
                log.safe_point()
                found = _in_next_records(reader, event)
                if found is not None:
                    return found
                if reader.take_gaps():
                    return "unknowable"
                if reader.position().reaches(ends):
                    return "not there"
        return "unknowable"

    def _pause(self, log: StageLog) -> None:
        until = self.clock.monotonic() + SECONDS_BETWEEN_LOOKS
        while self.clock.monotonic() < until:
            log.safe_point()
            self.clock.sleep(0.2)

    def _send(self, value: bytes, ends: Offsets, cluster: Cluster) -> Published:
        headers = [("event_id", str(_event_id(value)).encode()), ("event_type", topics.REQUEST.encode())]
        try:
            receipt = self.bus.publish(topics.REQUEST, str(self.batch_uuid).encode(), value, headers)
        except OutcomeUnknown as unknown:
            raise OutcomeUnknown(
                unknown.reference, unknown.what, hint=f"look for it, and go on:  {self._resume()}"
            ) from unknown
        return self._published(value, "acknowledged", receipt, ends, cluster)

    def _published(self, value: bytes, how: str, receipt: Receipt | None, ends: Offsets, cluster: Cluster) -> Published:
        before = Offsets(next={topic: ends.next.get(topic, {}) for topic in topics.RESULTS})
        return Published(event_id=_event_id(value), how=how, receipt=receipt, before=before, cluster=cluster)

    def _cannot_know(self) -> OutcomeUnknown:
        return OutcomeUnknown(
            "publish-unknowable",
            "records of the request topic since the send cannot be read: nobody can tell whether the request was sent",
            hint=f"if CJ has the batch:  {self._resume()} --assume-published  ·  if it does not (a second request is "
            f"paid again):  {self._resume()} --publish-again",
        )

    def _resume(self) -> str:
        return f"eng5-pipeline resume {self.batch_uuid}"


def _event_id(value: bytes) -> UUID:
    return UUID(json.loads(value)["event_id"])


def _in_next_records(reader: EventReader, event: UUID) -> Receipt | None:
    needle = str(event).encode()
    for record in reader.poll(0.5):
        if record.value and needle in record.value and _event_id_or_none(record.value) == event:
            return Receipt(topic=record.topic, partition=record.partition, offset=record.offset)
    return None


def _event_id_or_none(value: bytes) -> UUID | None:
    try:
        return _event_id(value)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None

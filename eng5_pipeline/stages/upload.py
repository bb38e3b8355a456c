"""Upload each distinct text once; what a cache line vouches for is not sent again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import PurePosixPath
from queue import SimpleQueue
from uuid import UUID

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.essays import Essay, essay_id, text_sha256
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import Differs, ServiceFailed
from eng5_pipeline.ports import CacheEntry, ContentStore, EssayFiles, UploadCache
from eng5_pipeline.results import AnchorsVerified, Uploaded, UploadedEssay, Validated

Sent = tuple[CacheEntry, int]
"""An acknowledged upload, and how often it was tried."""

STANDING_BY = 4
"""Essays read and ready beyond those that are sent at a time, so that no connection is idle while the disk is busy.

A kill costs at most so many acknowledged uploads, besides those in flight.
"""


@dataclass(frozen=True)
class Upload:
    """`at_once` uploads run at a time; `reusable` says which cache lines count as there."""

    files: EssayFiles
    store: ContentStore
    cache: UploadCache
    reusable: Callable[[CacheEntry], bool]
    at_once: int
    batch_uuid: UUID
    now: Callable[[], datetime]

    name = "upload"
    needs = (Validated, AnchorsVerified)
    gives = Uploaded
    touches = Touches.CHANGES_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None

    def ready(self, ctx: RunContext) -> None:
        self.store.check()

    def run(self, ctx: RunContext, log: StageLog) -> Uploaded:
        essays = ctx.get(Validated).essays
        distinct = _distinct(essays)
        known = self._known(distinct)
        log.progress(len(known), len(distinct), reused=len(known))
        uploaded = retries = 0
        missing = [essay for sha, essay in distinct.items() if sha not in known]
        try:
            for sent in self._send_all(self._still_missing(missing, known), log):
                known |= {entry.sha256: entry.storage_id for entry, _ in sent}
                uploaded += len(sent)
                retries += sum(attempts - 1 for _, attempts in sent)
                log.progress(len(known), len(distinct), retries=retries)
        finally:
            for trouble in self.cache.troubles():  # also of a torn line, which is met by the first write
                log.warn("cache-lines-unusable", trouble)
        _hold_apart(distinct, known)
        return Uploaded(
            essays=tuple(self._uploaded(essay, known[essay.text_sha256]) for essay in essays),
            uploaded=uploaded,
            reused=len(distinct) - uploaded,
            retries=retries,
        )

    def _known(self, wanted: Iterable[str]) -> dict[str, str]:
        """Storage ids of texts, as far as the cache vouches for them."""
        entries = self.cache.entries()
        return {sha: entries[sha].storage_id for sha in wanted if sha in entries and self.reusable(entries[sha])}

    def _still_missing(self, essays: list[Essay], known: dict[str, str]) -> Iterator[Essay]:
        """Each looked up anew when its turn has come, for a run at the same time may have uploaded it.

        In an order of this batch's own: in the same one, two such runs would send the same text at the same time.
        """
        for essay in random.Random(self.batch_uuid.int).sample(essays, len(essays)):
            found = self._known([essay.text_sha256])
            known |= found
            if not found:
                yield essay

    def _send_all(self, essays: Iterator[Essay], log: StageLog) -> Iterator[list[Sent]]:
        """What was acknowledged since the last time, once it is on the disk.

        On a stop or a failure those in flight are let finish, and kept.
        """
        landed: SimpleQueue[Future[Sent]] = SimpleQueue()
        reader, senders = ThreadPoolExecutor(max_workers=1), ThreadPoolExecutor(max_workers=self.at_once)

        def submit(count: int) -> int:
            submitted = 0
            for essay in islice(essays, count):
                log.safe_point()
                log.effect()
                body = reader.submit(self._body, essay)  # ahead of its turn, so that no connection waits for the file
                senders.submit(self._send, essay, body).add_done_callback(landed.put)
                submitted += 1
            return submitted

        try:
            flying = submit(self.at_once + STANDING_BY)
            while flying:
                futures = [landed.get(), *_at_hand(landed)]
                sent = self._kept(futures)
                for future in futures:
                    future.result()  # a failure ends the stage
                flying += submit(len(futures)) - len(futures)
                yield sent
        finally:
            reader.shutdown(wait=False, cancel_futures=True)
            senders.shutdown(cancel_futures=True)
            self._kept(_at_hand(landed))

    def _kept(self, futures: list[Future[Sent]]) -> list[Sent]:
        sent = [future.result() for future in futures if not future.cancelled() and future.exception() is None]
        if sent:
            self.cache.add([entry for entry, _ in sent])
        return sent

    def _send(self, essay: Essay, body: Future[bytes]) -> Sent:
        stored = self.store.put(body.result())
        entry = CacheEntry(
            url=self.store.url,
            sha256=essay.text_sha256,
            storage_id=stored.storage_id,
            local_id=essay.local_id,
            size=essay.size,
            at=self.now(),
            batch_uuid=self.batch_uuid,
        )
        return entry, stored.attempts

    def _body(self, essay: Essay) -> bytes:
        found = self.files.read(PurePosixPath(essay.path))
        if found.raw_sha256 != essay.raw_sha256:
            what = f"{essay.local_id} has changed since it was validated"
            raise Differs("essay-changed", what, hint="start a new run")
        if text_sha256(found.text) != essay.text_sha256:
            what = f"{essay.local_id} gives another text than extracted_texts.jsonl says"
            raise Differs("essay-reads-otherwise", what, hint="remove extracted_texts.jsonl, then start a new run")
        return found.text.encode()

    def _uploaded(self, essay: Essay, storage_id: str) -> UploadedEssay:
        return UploadedEssay(
            local_id=essay.local_id,
            essay_id=str(essay_id(self.batch_uuid, essay.local_id)),
            storage_id=storage_id,
            text_sha256=essay.text_sha256,
        )


def _distinct(essays: Iterable[Essay]) -> dict[str, Essay]:
    """By text; the first essay of a text names it."""
    distinct: dict[str, Essay] = {}
    for essay in essays:
        distinct.setdefault(essay.text_sha256, essay)
    return distinct


def _hold_apart(distinct: Mapping[str, Essay], storage_ids: Mapping[str, str]) -> None:
    """Two texts under one storage id: an answer, now or in an earlier run, was not for the text it was taken for."""
    first: dict[str, str] = {}
    for sha, essay in distinct.items():
        other = first.setdefault(storage_ids[sha], essay.local_id)
        if other != essay.local_id:
            what = f"the Content Service gave {other} and {essay.local_id}, two texts, the same storage id"
            raise ServiceFailed("content-same-id", what, hint="start a new run with --force-reupload")


def _at_hand(landed: SimpleQueue[Future[Sent]]) -> list[Future[Sent]]:
    return [landed.get() for _ in range(landed.qsize())]

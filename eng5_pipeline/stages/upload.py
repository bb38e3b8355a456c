"""Upload each distinct text once; what a cache line vouches for is not sent again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.essays import Essay, essay_id, text_sha256
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import Differs
from eng5_pipeline.ports import CacheEntry, ContentStore, EssayFiles, StoredContent, UploadCache
from eng5_pipeline.results import AnchorsVerified, Uploaded, UploadedEssay, Validated

Sent = tuple[Essay, StoredContent]


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
        distinct: dict[str, Essay] = {}
        for essay in essays:
            distinct.setdefault(essay.text_sha256, essay)
        entries = self.cache.entries()
        for trouble in self.cache.troubles():
            log.warn("cache-lines-unusable", trouble)
        known = {sha: entries[sha].storage_id for sha in distinct if sha in entries and self.reusable(entries[sha])}
        missing = [essay for sha, essay in distinct.items() if sha not in known]
        log.progress(len(known), len(distinct), reused=len(known))
        retries = 0
        for essay, stored in self._send_all(missing, log):
            known[essay.text_sha256] = stored.storage_id
            retries += stored.attempts - 1
            log.progress(len(known), len(distinct), retries=retries)
        return Uploaded(
            essays=tuple(self._uploaded(essay, known[essay.text_sha256]) for essay in essays),
            uploaded=len(missing),
            reused=len(distinct) - len(missing),
            retries=retries,
        )

    def _send_all(self, essays: list[Essay], log: StageLog) -> Iterator[Sent]:
        """Each as it is acknowledged. On a stop or a failure those in flight are let finish and are kept."""
        waiting = deque(essays)
        flying: set[Future[Sent]] = set()
        with ThreadPoolExecutor(max_workers=self.at_once) as pool:
            while waiting or flying:
                while waiting and len(flying) < self.at_once:
                    log.safe_point()
                    log.effect()
                    flying.add(pool.submit(self._send, waiting.popleft()))
                landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                for future in landed:
                    yield future.result()

    def _send(self, essay: Essay) -> Sent:
        text = self.files.read(PurePosixPath(essay.path)).text
        if text_sha256(text) != essay.text_sha256:
            raise Differs(
                "essay-changed",
                f"{essay.local_id} has changed since it was validated",
                hint="start a new run",
            )
        stored = self.store.put(text.encode())
        self.cache.add(
            CacheEntry(
                url=self.store.url,
                sha256=essay.text_sha256,
                storage_id=stored.storage_id,
                local_id=essay.local_id,
                size=essay.size,
                at=self.now(),
                batch_uuid=self.batch_uuid,
            )
        )
        return essay, stored

    def _uploaded(self, essay: Essay, storage_id: str) -> UploadedEssay:
        return UploadedEssay(
            local_id=essay.local_id,
            essay_id=str(essay_id(self.batch_uuid, essay.local_id)),
            storage_id=storage_id,
            text_sha256=essay.text_sha256,
        )

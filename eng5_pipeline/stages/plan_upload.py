"""What an upload would do, and whether the later stages would find what they need."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from eng5_pipeline.context import RunContext
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.domain.request import Draft
from eng5_pipeline.engine.stage import AlwaysReady, StageLog, Touches
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.ports import CacheEntry, UploadCache
from eng5_pipeline.results import AnchorsVerified, UploadPlanned, Validated

ReadyCheck = Callable[[RunContext], None]


@dataclass(frozen=True)
class PlanUpload(AlwaysReady):
    """`checks` are the ready checks of the stages that a run would go on with; what fails is a warning.

    `draft` gives the request as it would be sent, `forecast` what the batch is likely to cost.
    """

    cache: UploadCache
    reusable: Callable[[CacheEntry], bool]
    checks: tuple[ReadyCheck, ...]
    draft: Callable[[Validated], Draft]
    forecast: Callable[[Validated, AnchorsVerified], Forecast]

    name = "upload_plan"
    needs = (Validated, AnchorsVerified)
    gives = UploadPlanned
    touches = Touches.READS_SERVICES

    def run(self, ctx: RunContext, log: StageLog) -> UploadPlanned:
        entries = self.cache.entries()
        for trouble in self.cache.troubles():
            log.warn("cache-lines-unusable", trouble)
        there = {sha for sha, entry in entries.items() if self.reusable(entry)}
        self._warn_of_what_fails(ctx, log)
        validated = ctx.get(Validated)
        essays = validated.essays
        return UploadPlanned(
            to_upload=tuple(essay.local_id for essay in essays if essay.text_sha256 not in there),
            to_reuse=tuple(essay.local_id for essay in essays if essay.text_sha256 in there),
            request=self.draft(validated),
            cost=self.forecast(validated, ctx.get(AnchorsVerified)),
        )

    def _warn_of_what_fails(self, ctx: RunContext, log: StageLog) -> None:
        # Side by side, so that together they take no longer than the slowest one's own time limit.
        with ThreadPoolExecutor(max_workers=max(1, len(self.checks))) as pool:
            failures = list(pool.map(lambda check: _failure(check, ctx), self.checks))
        for failure in failures:
            if failure is not None:
                log.warn(failure.reference, f"a run would stop: {failure.what}")


def _failure(check: ReadyCheck, ctx: RunContext) -> Eng5Error | None:
    try:
        check(ctx)
    except Eng5Error as error:
        return error
    return None

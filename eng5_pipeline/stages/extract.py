"""Run the extraction command, once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.stage import StageLog, Touches
from eng5_pipeline.errors import ExtractionFailed, ToolMissing
from eng5_pipeline.ports import Extractor
from eng5_pipeline.results import Awaited, Extracted


@dataclass(frozen=True)
class Extract:
    extractor: Extractor
    wanted: bool
    batch_uuid: UUID

    name = "extract"
    needs = (Awaited,)
    gives = Extracted
    touches = Touches.CHANGES_SERVICES

    def skip(self, ctx: RunContext) -> str | None:
        return None if self.wanted else "flags.auto_extract_eng5_db is false"

    def ready(self, ctx: RunContext) -> None:
        self.extractor.check()

    def run(self, ctx: RunContext, log: StageLog) -> Extracted:
        if log.started_before():
            raise self._failed("extraction-unknown", "the extraction was started before and nobody saw it end")
        try:
            outcome = self.extractor.run(ctx.get(Awaited).job_id, log.safe_point)
        except ToolMissing as missing:
            raise self._failed(missing.reference, missing.what) from missing
        log.note("outcome", **outcome.model_dump(mode="json"))
        if outcome.exit_code is None:
            raise self._failed("extraction-timeout", f"the extraction was ended after {outcome.seconds:.0f} s")
        if outcome.exit_code != 0:
            raise self._failed("extraction-failed", f"the extraction ended with exit code {outcome.exit_code}")
        return Extracted(outcome=outcome)

    def _failed(self, reference: str, what: str) -> ExtractionFailed:
        return ExtractionFailed(
            reference,
            f"the batch completed, but {what}",
            hint=f"see extraction/stderr.txt of the run, then:  eng5-pipeline extract {self.batch_uuid}",
        )

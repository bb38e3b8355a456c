"""All that is known of a run, read once: for the artefact, the page, listings and exports alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.report.cautions import cautions
from eng5_pipeline.report.diagnosis import Diagnosis, diagnose
from eng5_pipeline.report.judged import Judged, read_judged
from eng5_pipeline.report.ranking import RankedEssay, ranking
from eng5_pipeline.report.run_record import RunRecord, read_run
from eng5_pipeline.run_folder import RunFolder


@dataclass(frozen=True)
class Account:
    """`diagnosis` is None where no comparison was decided."""

    record: RunRecord
    judged: Judged
    ranked: tuple[RankedEssay, ...]
    diagnosis: Diagnosis | None

    @cached_property
    def cautions(self) -> tuple[Caution, ...]:
        """Empty where nothing was compared at all."""
        return cautions(self.judged, self.diagnosis) if self.judged.comparisons else ()


def read_account(folder: RunFolder) -> Account:
    """Raises MachineFailed or Differs where a file of the folder is damaged."""
    record = read_run(folder)
    judged = read_judged(record)
    ranked = ranking(record, judged)
    return Account(record, judged, ranked, diagnose(record, judged, ranked))

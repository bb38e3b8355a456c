"""What stands against a batch is told at once: as one refusal, or as warnings where the spec allows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from eng5_pipeline.domain.assignment import Finding, split_allowed
from eng5_pipeline.engine.stage import StageLog
from eng5_pipeline.errors import AllRefused, Refused


def refuse_or_warn(findings: Sequence[Finding], allow: Collection[str], log: StageLog) -> None:
    """Every finding is told; the first that is not allowed is raised."""
    refusals, warnings = split_allowed(findings, allow)
    for finding in warnings:
        log.warn(finding.reference, finding.what)
    refuse_all([Refused(each.reference, each.what, hint=each.hint) for each in refusals], log)


def refuse_all(refusals: Sequence[Refused], log: StageLog) -> None:
    """Raises AllRefused where there are any; all but the first, which speaks for them, are told as warnings."""
    for refusal in refusals[1:]:
        log.warn(refusal.reference, refusal.what)
    if refusals:
        raise AllRefused(refusals)


@contextmanager
def added_to(refusals: list[Refused]) -> Iterator[None]:
    """What is refused is kept for later, and what follows goes on."""
    try:
        yield
    except Refused as refused:
        refusals.append(refused)

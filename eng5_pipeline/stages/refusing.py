"""Findings become a refusal, or warnings where the spec allows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from eng5_pipeline.domain.assignment import Finding, split_allowed
from eng5_pipeline.engine.stage import StageLog
from eng5_pipeline.errors import Refused


def refuse_or_warn(findings: Sequence[Finding], allow: Collection[str], log: StageLog) -> None:
    """Every finding is told; the first that is not allowed is raised."""
    refusals, warnings = split_allowed(findings, allow)
    for finding in [*warnings, *refusals[1:]]:
        log.warn(finding.reference, finding.what)
    for refusal in refusals[:1]:
        raise Refused(refusal.reference, refusal.what, hint=refusal.hint)

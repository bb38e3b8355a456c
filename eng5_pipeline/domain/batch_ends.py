"""The ways a batch ends that are not a whole result, in words for whoever has to act."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from eng5_pipeline.domain.assignment import RESULT_NEVER_COMES
from eng5_pipeline.domain.tally import Tally
from eng5_pipeline.errors import BatchFailed, BatchPartial

NAMED = 3
"""The most essays that a message names; all of them are in the artefact."""

# A part of CJ's words, and what to do about it.
_REMEDIES = {
    "Unknown assignment_id": "create it:  pdm run cj-admin instructions create",
    "low_success_rate": "see why the judge failed: the provider, its model and its key in LLM Provider Service",
    "value too long": "report it to CJ's operators; start a new run when it is mended",
}


def failed(batch_uuid: UUID, tally: Tally) -> BatchFailed:
    reason = tally.failure_reason()
    remedy = next((remedy for words, remedy in _REMEDIES.items() if words in reason), "ask CJ's operators")
    return BatchFailed(
        "batch-failed",
        f"CJ reported batch {batch_uuid} failed: {reason}",
        hint=f"{remedy}; then start a new run",
    )


def timed_out(batch_uuid: UUID, tally: Tally, allowed: int, seconds: float, quiet: float) -> BatchPartial:
    """Silence told apart as far as can be seen from outside; nothing came in the last `quiet` of the `seconds`."""
    own = tally.own
    if tally.outlook() != "waiting":
        reference, what, check = (
            "events-unread",
            "the batch has ended, but Kafka did not let all of its events be read",
            "see whether the broker is up",
        )
    elif own.comparisons == 0:
        reference, what, check = (
            "batch-silent",
            f"no comparison in {seconds:.0f} s",
            "check that CJ is up and had joined its request topic before the request (an earlier one is lost on it), "
            "that LLM Provider Service is up, and that Content still has the texts (CJ needs two essays it can read)",
        )
    else:
        reference, what, check = (
            "batch-timeout",
            f"no completion in {seconds:.0f} s, comparisons so far: {own.comparisons} of at most {allowed}, "
            f"nothing new for {quiet:.0f} s",
            "check LLM Provider Service; CJ's sweep takes up a batch that stalled after some 5 minutes",
        )
    hint = f"{check}; then go on waiting:  eng5-pipeline resume {batch_uuid}"
    return BatchPartial(reference, what, hint=hint, final=False)


def without_result(batch_uuid: UUID, grade_scale: str) -> BatchPartial:
    if grade_scale in RESULT_NEVER_COMES:
        return BatchPartial(
            "result-never-comes",
            f"CJ reported completion and publishes no result on scale {grade_scale}",
            hint="resume cannot help; the comparisons are in the run folder",
            final=True,
        )
    return BatchPartial(
        "result-missing",
        "CJ reported completion and its result did not come",
        hint=f"it may yet come:  eng5-pipeline resume {batch_uuid}",
        final=False,
    )


def vanished(tally: Tally, local_ids: Mapping[str, str]) -> BatchPartial:
    """`local_ids` by essay id."""
    lost = [local_ids[essay] for essay in tally.vanished()]
    more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return BatchPartial(
        "essays-vanished",
        f"{len(lost)} of {len(tally.sent)} essays sent did not come back: {', '.join(lost[:NAMED])}{more}",
        hint="the Content Service may have lost their text: start a new run with --force-reupload",
        final=True,
    )

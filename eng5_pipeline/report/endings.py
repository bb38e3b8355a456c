"""How a run ended, in words for whoever reads about it."""

from __future__ import annotations

from collections.abc import Mapping

from eng5_pipeline.engine.ending import Ending, Status

_WORDS: Mapping[Status, str] = {
    "completed": "Completed",
    "partial": "Partial",
    "failed": "Failed: CJ reported so",
    "published": "Published and not awaited",
    "refused": "Refused before anything was published",
    "interrupted": "Interrupted by the user",
    "error": "Stopped by an error",
}
NO_END = "No end recorded: killed, or still running"


def in_words(ending: Ending | None) -> str:
    """`Partial` is told apart by whether more can come."""
    if ending is None:
        return NO_END
    if ending.status == "partial":
        return "Partial: nothing more can come" if ending.final else "Partial: resume can go on with it"
    if ending.status == "completed" and ending.exit_code == 7:
        return "Completed; its extraction did not"
    return _WORDS[ending.status]

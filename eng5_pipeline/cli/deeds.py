"""What a session did outside and what it did not, where it ended without success."""

from __future__ import annotations

from collections.abc import Mapping

from eng5_pipeline.cli.failures import NOTHING_DONE, NOTHING_NEW
from eng5_pipeline.cli.program import Outcome, Session
from eng5_pipeline.cli.wording import count
from eng5_pipeline.engine.journal import read_entries
from eng5_pipeline.results import AnchorsRegistered, Published, Uploaded


def what_was_done(session: Session, outcome: Outcome, reached: Mapping[str, int]) -> str:
    """`reached` is how many each stage had done when it last said so."""
    if session.name == "register-anchors":
        return _registered(outcome, reached.get("register_anchors", 0))
    if session.name == "extract":
        return NOTHING_NEW
    if not outcome.effects:
        return NOTHING_DONE
    return f"{_uploaded(outcome, reached.get('upload', 0))}, {_published(session, outcome)}"


def _registered(outcome: Outcome, reached: int) -> str:
    if outcome.context.has(AnchorsRegistered):
        return outcome.context.get(AnchorsRegistered).headline()
    return f"{count(reached, 'anchor')} registered for certain" if outcome.effects else NOTHING_DONE


def _uploaded(outcome: Outcome, reached: int) -> str:
    if outcome.context.has(Uploaded):
        uploaded = outcome.context.get(Uploaded)
        return f"{count(len(uploaded.essays), 'essay')} at the Content Service"
    return f"{count(reached, 'text')} at the Content Service, and any in flight"


def _published(session: Session, outcome: Outcome) -> str:
    if outcome.context.has(Published):
        return f"the request was published ({outcome.context.get(Published).how})"
    return "whether the request was published is unknown" if _intended(session) else "nothing was published"


def _intended(session: Session) -> bool:
    folder = session.folder
    return folder is not None and any(entry.kind == "committed" for entry in read_entries(folder.journal))

"""What is said of a stage, in the same words on every console."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.program import Session
from eng5_pipeline.cli.wording import count, label, near, seconds, usd, visible
from eng5_pipeline.results import StageResult

_WIDEST_STAGE: Final = 19
_WIDEST_STATE: Final = 8

Facts = Mapping[str, object]


def heading(session: Session, here: Path) -> list[str]:
    """`run role-models-example · batch <uuid>`, and its folder."""
    batch = f" · batch {session.batch_uuid}" if session.name in ("run", "extract") else ""
    lines = [f"{session.name} {label(session.label)}{batch}"]
    return lines if session.folder is None else [*lines, f"folder: {near(session.folder.path, here)}"]


def stage_line(stage: str, state: str, told: str) -> str:
    return f"{stage:<{_WIDEST_STAGE}} {state:<{_WIDEST_STATE}} {visible(told)}".rstrip()


def finished(result: StageResult, took: float) -> str:
    return f"{result.headline()} ({seconds(took)})"


def warning(stage: str, reference: str, what: str) -> str:
    return f"warning[{reference}] {stage}: {visible(what)}"


def progress(stage: str, done: int, total: int | None, facts: Facts) -> str:
    return ", ".join([_so_far(stage, done, total), *_facts(facts)])


def short_progress(done: int, total: int | None, facts: Facts) -> str:
    """To stand beside a bar on a narrow terminal."""
    return " ".join([str(done) if total is None else f"{done}/{total}", *_facts(facts)])


def _so_far(stage: str, done: int, total: int | None) -> str:
    thing = {"upload": "text", "await": "comparison", "register_anchors": "anchor"}.get(stage, "")
    if total is None:
        return count(done, thing) if thing else str(done)
    at_most = "at most " if stage == "await" else ""
    return f"{done} of {at_most}{count(total, thing) if thing else total}"


def _facts(facts: Facts) -> list[str]:
    """Those that have something to say; the ones not known here are for programs."""
    told = [f"{facts[name]} {word}" for name, word in (("reused", "reused"), ("failed", "failed")) if facts.get(name)]
    if retries := _number(facts, "retries"):
        told.append(count(int(retries), "retry", "retries"))
    if aside := _number(facts, "put_aside"):
        told.append(f"{int(aside)} put aside")
    if "cost_usd" in facts:
        told.append(_cost(facts))
    if facts.get("comparisons_per_minute") is not None:
        rate = _number(facts, "comparisons_per_minute")
        told.append(f"{rate:.{0 if rate >= 10 else 1}f}/min")
    if "quiet_seconds" in facts:
        told.append(f"quiet {seconds(_number(facts, 'quiet_seconds'))}")
    return told


def _cost(facts: Facts) -> str:
    cost, limit = usd(str(facts["cost_usd"])), facts.get("max_cost_usd")
    return cost if limit is None else f"{cost} of {usd(str(limit))}"


def _number(facts: Facts, name: str) -> float:
    value = facts.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0

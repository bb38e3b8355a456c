"""Asks everything a run will need whether it is there, all at once, and says what to do about what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from eng5_pipeline.adapters.auth.check import MISSING, examine
from eng5_pipeline.adapters.disk_space import free_bytes
from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.stage import Stage
from eng5_pipeline.errors import Eng5Error, Refused
from eng5_pipeline.opening import Options, wiring_without_trace
from eng5_pipeline.results import StageResult, Validated
from eng5_pipeline.spec.load import parse_spec
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.reading import read_spec, with_values
from eng5_pipeline.wiring.wiring import Wiring
from eng5_pipeline.wiring.world import World

LARGEST_DIFFERENCE = timedelta(minutes=1)

_DEFAULTS = b"spec: eng5-pipeline/v1\nassignment: {id: any}\nessays: {students: {files: ['*']}}\n"

_ASKED: Mapping[str, tuple[str, Callable[[RunSpec], str]]] = {
    "upload": ("content", lambda spec: f"{spec.services.content} answers"),
    "publish": ("kafka", lambda spec: f"{spec.services.kafka} has the topics, and they can be used"),
    "extract": ("extraction", lambda spec: f"{spec.extraction.command[0]} can be started"),
}
"""What each stage's ready check is about, and what it means that it does not fail."""


class Finding(NamedTuple):
    """`told` begins with the reference where something failed; `hint` is the remedy then, else empty."""

    name: str
    state: Literal["ok", "failed", "not asked"]
    told: str
    hint: str = ""


Check = Callable[[], Finding]


def patient(spec: Path | None, options: Options, world: World) -> Wiring:
    """What is to be examined; without a spec, the defaults of one with environment and options."""
    if spec is not None:
        return wiring_without_trace(read_spec(spec, options, world), world)
    defaults = parse_spec(_DEFAULTS, Path("defaults.yaml"), world.here)
    return wiring_without_trace(with_values(defaults, options, world), world)


def examined(wiring: Wiring) -> tuple[Finding, ...]:
    """Closes the wiring. Each check is bounded by its own time limits; they run side by side."""
    with wiring.attempt.closing:
        checks = tuple(_checks(wiring))
        with ThreadPoolExecutor(max_workers=len(checks)) as pool:
            return tuple(pool.map(_carried_out, checks))


class _Named(NamedTuple):
    name: str
    check: Check


def _carried_out(named: _Named) -> Finding:
    try:
        return named.check()
    except Eng5Error as error:
        return Finding(named.name, "failed", f"{error.reference}: {error.what}", error.hint)


def _checks(wiring: Wiring) -> Iterator[_Named]:
    yield _Named("token", lambda: _token(wiring))
    yield _Named("cj", lambda: _cj(wiring))
    ctx = RunContext()
    ctx.put(Validated(essays=(), inputs=(), passed_over={}))
    for stage in wiring.pipeline("run").stages:
        if stage.name in _ASKED:
            yield _of_stage(stage, ctx, wiring.attempt.spec)
    yield _Named("clock", lambda: _clock(wiring))
    yield _Named("disk", lambda: _disk(wiring))


def _of_stage(stage: Stage[StageResult], ctx: RunContext, spec: RunSpec) -> _Named:
    name, ready = _ASKED[stage.name]

    def check() -> Finding:
        if (why := stage.skip(ctx)) is not None:
            return Finding(name, "not asked", why)
        stage.ready(ctx)
        return Finding(name, "ok", ready(spec))

    return _Named(name, check)


def _token(wiring: Wiring) -> Finding:
    credential, now = wiring.outside.credential, wiring.attempt.world.clock.now()
    if credential is None:
        raise MISSING.as_error()
    problems = examine(credential, now, needed_for=wiring.attempt.spec.limits.completion_timeout)
    for problem in problems:
        if problem.weight != "warning":
            raise problem.as_error()
    expires = credential.claims.expires if credential.claims else None
    told = f"{credential.source}, valid until {expires:%Y-%m-%d %H:%M:%S} UTC"
    return Finding("token", "ok", "; ".join([told, *(f"warning: {problem.what}" for problem in problems)]))


def _cj(wiring: Wiring) -> Finding:
    if wiring.outside.credential is None:
        return Finding("cj", "not asked", "there is no token to ask with")
    wiring.outside.cj.check()
    return Finding("cj", "ok", f"{wiring.attempt.spec.services.cj} answers, and takes the token")


def _clock(wiring: Wiring) -> Finding:
    """Against the service that differs most."""
    told = [(clock.title, behind) for clock in wiring.outside.service_clocks if (behind := clock.behind()) is not None]
    if not told:
        return Finding("clock", "not asked", "no service told its time")
    title, behind = max(told, key=lambda each: abs(each[1]))
    if abs(behind) > LARGEST_DIFFERENCE:
        side = "ahead of" if behind > timedelta(0) else "behind"
        raise Refused(
            "clock-off",
            f"this machine's clock is {abs(behind).total_seconds():.0f} s {side} that of {title}: "
            "a token may be taken for expired, or for not valid yet",
            hint="set the clock that is wrong; here that is:  timedatectl set-ntp true",
        )
    return Finding("clock", "ok", f"{abs(behind).total_seconds():.0f} s from that of {title}")


def _disk(wiring: Wiring) -> Finding:
    return Finding("disk", "ok", f"{free_bytes(wiring.attempt.output) / 1e9:.1f} GB free for {wiring.attempt.output}")

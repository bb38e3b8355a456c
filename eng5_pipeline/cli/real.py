"""The sessions of the real world. Nothing of it is imported before a command needs one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from eng5_pipeline.cli.program import Inside, Options, OutcomeChoice, Session
from eng5_pipeline.ports import Clock
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.wiring.world import World, real_world


class RealSessions:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def environment(self) -> Mapping[str, str]:
        return self._world.environment

    @property
    def here(self) -> Path:
        return self._world.here

    @property
    def home(self) -> Path:
        return self._world.home

    @property
    def clock(self) -> Clock:
        return self._world.clock

    def validate(self, spec: Path, options: Options) -> Session:
        from eng5_pipeline.opening import validate_session

        return validate_session(spec, options, self._world)

    def plan(self, spec: Path, options: Options) -> Session:
        from eng5_pipeline.opening import plan_session

        return plan_session(spec, options, self._world)

    def lock(self, spec: Path, options: Options) -> Session:
        from eng5_pipeline.opening import lock_session

        return lock_session(spec, options, self._world)

    def run(self, spec: Path, options: Options, plan: Path | None = None) -> Session:
        from eng5_pipeline.opening import run_session

        return run_session(spec, options, self._world, plan)

    def register(self, spec: Path, options: Options, *, replace: bool) -> Session:
        from eng5_pipeline.opening import register_session

        return register_session(spec, options, self._world, replace=replace)

    def resume(self, run: RunFolder, options: Options, choice: OutcomeChoice | None) -> Session:
        from eng5_pipeline.opening import resume_session

        return resume_session(run, options, self._world, choice)

    def extract(self, run: RunFolder) -> Session:
        from eng5_pipeline.opening import extract_session

        return extract_session(run, self._world)

    @contextmanager
    def on_sandbox(self, output: Path, seed: Path | None = None, options: Path | None = None) -> Iterator[Inside]:
        from eng5_pipeline.embedded import embedded_stack, sandbox_options

        with embedded_stack(output, self._world, sandbox_options(self.here, seed, options)) as stack:
            yield Inside(RealSessions(stack.world), stack.variables, stack.notes, stack.alive)


def real_sessions() -> RealSessions:
    return RealSessions(real_world())

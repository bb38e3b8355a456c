"""Specs read before anything is opened: all of them, so that none starts when one is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eng5_pipeline.cli.program import Options, Sessions
from eng5_pipeline.errors import Problem, SpecInvalid
from eng5_pipeline.spec.effective import Effective, apply
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import LoadedSpec


@dataclass(frozen=True)
class ReadSpec:
    """A valid spec; `path` as it was given, `output` absolute."""

    path: Path
    loaded: LoadedSpec
    effective: Effective

    @property
    def output(self) -> Path:
        return (self.loaded.folder / self.effective.spec.output).absolute()


def read_spec(path: Path, options: Options, sessions: Sessions) -> ReadSpec:
    loaded = load_spec(path)
    return ReadSpec(path, loaded, apply(loaded, options, sessions.environment, here=sessions.here))


def read_specs(paths: Sequence[Path], options: Options, sessions: Sessions) -> list[ReadSpec]:
    """Raises SpecInvalid with the mistakes of them all; UsageError where one is not there."""
    read: list[ReadSpec] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            read.append(read_spec(path, options, sessions))
        except SpecInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise SpecInvalid(problems)
    return read


def outputs(specs: Iterable[ReadSpec]) -> list[Path]:
    """Each output folder once."""
    return list(dict.fromkeys(spec.output for spec in specs))

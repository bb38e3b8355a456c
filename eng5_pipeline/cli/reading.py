"""Specs read before anything is opened: all of them, so that none starts when one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from eng5_pipeline.cli.program import Options, Sessions
from eng5_pipeline.errors import Problem, SpecInvalid
from eng5_pipeline.spec.reading import ReadSpec, read_spec

T = TypeVar("T")


def read_specs(paths: Sequence[Path], options: Options, sessions: Sessions) -> list[ReadSpec]:
    return read_all(paths, lambda path: read_spec(path, options, sessions))


def read_all(paths: Sequence[Path], read: Callable[[Path], T]) -> list[T]:
    """Raises SpecInvalid with the mistakes of them all; UsageError where one is not there."""
    done: list[T] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            done.append(read(path))
        except SpecInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise SpecInvalid(problems)
    return done


def outputs(specs: Iterable[ReadSpec]) -> list[Path]:
    """Each output folder once."""
    return list(dict.fromkeys(spec.output for spec in specs))

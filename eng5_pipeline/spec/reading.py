"""A run spec as a command goes by it: what stands in the file, and the values that count."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eng5_pipeline.spec.effective import Effective, OptionValue, apply
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import LoadedSpec


class Surroundings(Protocol):
    """Where relative paths begin, and what the environment says."""

    @property
    def here(self) -> Path: ...

    @property
    def environment(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class ReadSpec:
    """A valid spec with the values that options, environment and defaults leave it."""

    loaded: LoadedSpec
    effective: Effective

    @property
    def path(self) -> Path:
        """As it was given."""
        return self.loaded.path

    @property
    def output(self) -> Path:
        """The folder of all runs, absolute: what a spec says is relative to its own folder."""
        return Path(os.path.normpath(self.loaded.folder / self.effective.spec.output))


def read_spec(path: Path, options: Mapping[str, OptionValue], around: Surroundings) -> ReadSpec:
    """Raises SpecInvalid with every mistake, UsageError for an option, a variable or a file that is not there."""
    return with_values(load_spec(path, around.here), options, around)


def with_values(loaded: LoadedSpec, options: Mapping[str, OptionValue], around: Surroundings) -> ReadSpec:
    return ReadSpec(loaded, apply(loaded, options, around.environment, here=around.here))

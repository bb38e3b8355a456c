"""`lock --check`: the files of specs against their locks; quick, for it is asked before every commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import count, visible
from eng5_pipeline.errors import Eng5Error, Problem, SpecInvalid
from eng5_pipeline.locks import check_lock
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import LoadedSpec


def lock_check(program: Program, specs: Sequence[Path]) -> int:
    """Without network: not what CJ has. 0, or the code of the first in the order given that is not as locked."""
    codes = [_check(program, loaded) for loaded in _loaded(specs)]
    return next(filter(None, codes), 0)


def _loaded(specs: Sequence[Path]) -> list[LoadedSpec]:
    """Raises SpecInvalid with the mistakes of them all."""
    loaded: list[LoadedSpec] = []
    problems: list[Problem] = []
    for path in specs:
        try:
            loaded.append(load_spec(path))
        except SpecInvalid as invalid:
            problems += invalid.problems
    if problems:
        raise SpecInvalid(problems)
    return loaded


def _check(program: Program, loaded: LoadedSpec) -> int:
    try:
        held = check_lock(loaded)
    except Eng5Error as error:
        return failures.tell(error, program.err)
    program.out.line(f"{visible(str(loaded.path))}: as locked, {count(held, 'file')}")
    return 0

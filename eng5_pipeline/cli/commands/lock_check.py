"""`lock --check`: the files of specs against their locks; quick, for it is asked before every commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.reading import read_all
from eng5_pipeline.cli.wording import count, visible
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.locks import check_lock
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import LoadedSpec


def lock_check(program: Program, specs: Sequence[Path]) -> int:
    """Without network: not what CJ has. 0, or the code of the first in the order given that is not as locked."""
    read = read_all(specs, lambda path: load_spec(path, program.sessions.here))
    codes = [_check(program, loaded) for loaded in read]
    return next(filter(None, codes), 0)


def _check(program: Program, loaded: LoadedSpec) -> int:
    try:
        held = check_lock(loaded)
    except Eng5Error as error:
        return failures.tell(error, program.err)
    program.out.line(f"{visible(str(loaded.path))}: as locked, {count(held, 'file')}")
    return 0

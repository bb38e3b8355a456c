"""`lock`: what a spec names, by digest, and what CJ has, written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eng5_pipeline.cli.conduct import Manner, conducting
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program
from eng5_pipeline.cli.reading import read_specs
from eng5_pipeline.cli.wording import near
from eng5_pipeline.locks import write_lock
from eng5_pipeline.spec.reading import ReadSpec


def lock(program: Program, specs: Sequence[Path], options: Options, place: Place, manner: Manner) -> int:
    """All are read first; 0, or the code of the first in the order given that is not locked."""
    place.check(options)
    read = read_specs(specs, options, program.sessions)
    codes = [_lock(program, spec, options, place, manner) for spec in read]
    return next(filter(None, codes), 0)


def _lock(program: Program, spec: ReadSpec, options: Options, place: Place, manner: Manner) -> int:
    here = program.sessions.here
    with conducting(program, manner) as (conductor, stop), place.stands(program, spec.output) as standing:
        with standing.sessions.lock(spec.path, options) as session:
            outcome = conductor.carry_out(session, stop, place.after).outcome
        if outcome.exit_code == 0:
            path = write_lock(spec.loaded.file, outcome.context)
            program.out.lines([f"wrote {near(path, here)}"] if manner.shows_pages else [])
    return outcome.exit_code

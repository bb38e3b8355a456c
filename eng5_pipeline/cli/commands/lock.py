"""`lock`: what a spec names, by digest, and what CJ has, written beside it or held against what is written there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from eng5_pipeline.cli import failures
from eng5_pipeline.cli.conduct import Manner, conducting
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program
from eng5_pipeline.cli.reading import ReadSpec, read_specs
from eng5_pipeline.cli.surroundings import world_of
from eng5_pipeline.cli.wording import count, near, visible
from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.reviewing import check_lock, write_lock


def write_locks(program: Program, specs: Sequence[Path], options: Options, place: Place, manner: Manner) -> int:
    """Asks CJ; 0, or the code of the first that is not locked."""
    place.check(options)
    return _each(program, specs, options, lambda spec: _write(program, spec, options, place, manner))


def _write(program: Program, spec: ReadSpec, options: Options, place: Place, manner: Manner) -> int:
    with conducting(program, manner) as (conductor, stop), place.stands(program, spec.output) as standing:
        with standing.sessions.lock(spec.path, options) as session:
            outcome = conductor.carry_out(session, stop, place.after).outcome
        if outcome.exit_code == 0:
            written = write_lock(spec.path, outcome.context, world_of(standing.sessions))
            program.out.line(f"wrote {near(written, program.sessions.here)}")
    return outcome.exit_code


def check_locks(program: Program, specs: Sequence[Path]) -> int:
    """Without network: the files alone, not what CJ has."""
    return _each(program, specs, {}, lambda spec: _check(program, spec.path))


def _check(program: Program, spec: Path) -> int:
    try:
        held = check_lock(spec, world_of(program.sessions))
    except Eng5Error as error:
        return failures.tell(error, program.err)
    program.out.line(f"{visible(str(spec))}: as locked, {count(held, 'file')}")
    return 0


def _each(program: Program, specs: Sequence[Path], options: Options, act: Callable[[ReadSpec], int]) -> int:
    """All are read first; the first code in the order given that is not 0."""
    codes = [act(spec) for spec in read_specs(specs, options, program.sessions)]
    return next(filter(None, codes), 0)

"""`plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.conduct import Followed, Manner, conducting
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program, Session
from eng5_pipeline.cli.reading import read_spec

Page = Callable[[Session, Followed], list[str]]


def plan(program: Program, spec: Path, options: Options, place: Place, manner: Manner, page: Page) -> int:
    """`page` is shown whatever stopped the plan: it says as much as was found."""
    place.check(options)
    output = read_spec(spec, options, program.sessions).output
    with conducting(program, manner) as (conductor, stop), place.stands(program, output) as standing:
        with standing.sessions.plan(spec, options) as session:
            followed = conductor.carry_out(session, stop, place.after)
        if manner.shows_pages:
            program.out.lines(page(session, followed))
    return followed.outcome.exit_code

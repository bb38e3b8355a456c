"""`register-anchors`: explicit, never part of a run."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.cli.conduct import Manner, conducting
from eng5_pipeline.cli.pages.anchors import anchors_page
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program
from eng5_pipeline.spec.reading import read_spec


def register_anchors(
    program: Program, spec: Path, options: Options, place: Place, manner: Manner, replace: bool
) -> int:
    place.check(options)
    output = read_spec(spec, options, program.sessions).output
    with conducting(program, manner) as (conductor, stop), place.stands(program, output) as standing:
        with standing.sessions.register(spec, options, replace=replace) as session:
            followed = conductor.carry_out(session, stop, place.after)
        if manner.shows_pages:
            program.out.lines(anchors_page(session, followed, program.sessions.here))
    return followed.outcome.exit_code

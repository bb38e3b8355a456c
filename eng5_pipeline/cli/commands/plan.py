"""`plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.conduct import Followed, Manner, conducting
from eng5_pipeline.cli.pages.plan import plan_json
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program, Session
from eng5_pipeline.durable import replace_file
from eng5_pipeline.errors import typed
from eng5_pipeline.spec.reading import read_spec

Page = Callable[[Session, Followed], list[str]]


def plan(
    program: Program,
    spec: Path,
    options: Options,
    place: Place,
    manner: Manner,
    page: Page,
    out: Path | None = None,
) -> int:
    """`page` is shown whatever stopped the plan: it says as much as was found. Only a whole plan is saved in `out`."""
    place.check(options)
    output = read_spec(spec, options, program.sessions).output
    with conducting(program, manner) as (conductor, stop), place.stands(program, output) as standing:
        with standing.sessions.plan(spec, options) as session:
            followed = conductor.carry_out(session, stop, place.after)
        program.out.lines(page(session, followed))
        if out is not None:
            conductor.say(_saved(program, spec, out, session, followed))
    return followed.outcome.exit_code


def _saved(program: Program, spec: Path, out: Path, session: Session, followed: Followed) -> str:
    if followed.outcome.exit_code:
        return f"not saved in {out}: the plan did not come to its end"
    replace_file(program.sessions.here / out, [f"{line}\n".encode() for line in plan_json(session, followed)])
    return f"saved in {out}; what was reviewed is run with:  eng5-pipeline run {typed(spec)} --plan {typed(out)}"

"""`demo`: the bundled example on an embedded stack, from copying its files to a ranking with grades."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.afterwards import BrokerEnds
from eng5_pipeline.cli.conduct import Conductor, Manner, conducting
from eng5_pipeline.cli.pages.batch import tell_batch
from eng5_pipeline.cli.program import Inside, Program, Session
from eng5_pipeline.cli.stop import Stop
from eng5_pipeline.cli.wording import count, near
from eng5_pipeline.durable import make_folder, replace_file, told_as_unreadable
from eng5_pipeline.errors import typed
from eng5_pipeline.run_folder import sandbox_state
from eng5_pipeline.spec.reading import ReadSpec, read_spec
from eng5_pipeline.spec.schema import FILE_NAME, render

SPEC: Final = "spec.yaml"
SIMULATED: Final = (
    "nothing leaves this machine: services and judge are simulated, and so is what they say of the essays"
)


@dataclass(frozen=True)
class Copied:
    """How many files were written, and those that were left as somebody had changed them."""

    written: int
    kept: tuple[Path, ...]


def demo(program: Program, folder: Path, manner: Manner) -> int:
    """Run again in the same folder it uploads nothing: texts and ports are remembered there."""
    home = program.sessions.here / folder
    copied = copy_example(home)
    spec = read_spec(folder / SPEC, {}, program.sessions)
    seed = write_seed(spec, home)
    with conducting(program, manner) as (conductor, stop):
        _tell_copied(conductor, home, copied)
        with program.sessions.on_sandbox(spec.output, seed) as inside:
            for line in (*inside.notes, SIMULATED):
                conductor.say(line)
            return _Steps(program, conductor, stop, inside, spec).all()


@dataclass(frozen=True)
class _Steps:
    """One after the other, until one does not end well."""

    program: Program
    conductor: Conductor
    stop: Stop
    inside: Inside
    spec: ReadSpec

    def all(self) -> int:
        sessions, path = self.inside.sessions, self.spec.path
        with sessions.register(path, {}, replace=False) as session:
            code = self._carry_out(session)
        if code:
            return code
        with sessions.plan(path, {}) as session:
            code = self._carry_out(session)
        return code or self._run()

    def _carry_out(self, session: Session) -> int:
        followed = self.conductor.carry_out(session, self.stop, BrokerEnds())
        return followed.outcome.exit_code

    def _run(self) -> int:
        here = self.program.sessions.here
        with self.inside.sessions.run(self.spec.path, {}) as session:
            code = self._carry_out(session)
            folder = session.folder
        if folder is not None and self.conductor.manner.shows_pages:
            tell_batch(self.program, folder, BrokerEnds(), code)
            self.program.out.lines(self._what_now(here))
        return code

    def _what_now(self, here: Path) -> list[str]:
        return [
            "",
            f"again     eng5-pipeline run {typed(near(self.spec.path, here))} --sandbox",
            f"or first  eng5-pipeline sandbox {typed(near(self.spec.output, here))}",
        ]


def copy_example(home: Path) -> Copied:
    """Put in place what is missing; what is there and differs belongs to the user."""
    example = files("eng5_pipeline").joinpath("examples", "role-models")
    wanted = {**dict(_contents(example, Path())), Path(FILE_NAME): render().encode()}
    kept: list[Path] = []
    written = 0
    for path, content in wanted.items():
        there = home / path
        if not there.exists():
            make_folder(there.parent)
            replace_file(there, [content])
            written += 1
        elif _differs(there, content):
            kept.append(path)
    return Copied(written, tuple(kept))


def _contents(folder: Traversable, below: Path) -> Iterator[tuple[Path, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _contents(entry, below / entry.name)
        else:
            yield below / entry.name, entry.read_bytes()


def _differs(path: Path, content: bytes) -> bool:
    with told_as_unreadable(path):
        return path.read_bytes() != content


def write_seed(spec: ReadSpec, home: Path) -> Path:
    """The assignment that the example's spec is about, for the embedded CJ to hold; without its anchors."""
    assignment = spec.effective.spec.assignment
    state = sandbox_state(spec.output)
    make_folder(state)
    told = {
        "id": assignment.id,
        "instructions": _text(home / "instructions.md"),
        "grade_scale": assignment.expect.grade_scale or "eng5_np_legacy_9_step",
        "context_origin": assignment.expect.context_origin or "research_experiment",
        "student_prompt": _text(home / "prompt.md"),
        "rubric": _text(home / "rubric.md"),
    }
    replace_file(state / "assignment.json", [json.dumps({"assignments": [told]}, ensure_ascii=False).encode()])
    return state / "assignment.json"


def _text(path: Path) -> str:
    with told_as_unreadable(path):
        return path.read_text(encoding="utf-8")


def _tell_copied(conductor: Conductor, home: Path, copied: Copied) -> None:
    here = conductor.program.sessions.here
    conductor.say(f"example in {near(home, here)}: {count(copied.written, 'file')} written")
    for path in copied.kept:
        conductor.say(f"  left as you changed it: {near(home / path, here)}")

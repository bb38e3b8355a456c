"""`validate`: specs and the files they name, without network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Literal

from eng5_pipeline import __version__
from eng5_pipeline.cli import failures
from eng5_pipeline.cli.display import phrases
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.witness import Witness
from eng5_pipeline.cli.wording import count, visible
from eng5_pipeline.errors import AllRefused, Eng5Error, Problem, SpecInvalid
from eng5_pipeline.results import Validated
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.problems import render_github, render_json, render_sarif, render_text
from eng5_pipeline.spec.reading import ReadSpec, read_spec

Format = Literal["text", "json", "github", "sarif"]
STUDENTS: Final = "essays.students.files"

_RENDERERS: Final[Mapping[Format, Callable[[Sequence[Problem]], str]]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": partial(render_sarif, version=__version__),
}


@dataclass
class _Findings:
    """`valid` has a line for each spec without a mistake."""

    problems: list[Problem] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    valid: list[str] = field(default_factory=list)

    def add(self, problems: Sequence[Problem], error: Eng5Error) -> None:
        self.problems += problems
        self.codes.append(error.exit_code(effects=False))


def validate(program: Program, specs: Sequence[Path], form: Format) -> int:
    """2 where a spec is not there or invalid, else 3 where a file is, else 9 where one cannot be read, else 0."""
    findings = _Findings()
    for path in specs:
        try:
            _look_at_files(program, read_spec(path, {}, program.sessions), findings)
        except SpecInvalid as invalid:
            findings.add(invalid.problems, invalid)
        except Eng5Error as error:  # the specs beside it are told all the same, and in the same form
            findings.add([_of_the_whole(path, error)], error)
    _tell(program, findings, form)
    return min(findings.codes, default=0)


def _of_the_whole(path: Path, error: Eng5Error) -> Problem:
    """Of a spec that is not there, or cannot be read: there is no line to show."""
    return Problem(str(path), 1, 1, "", error.what, error.hint, "", error.reference)


def _look_at_files(program: Program, spec: ReadSpec, findings: _Findings) -> None:
    witness = Witness()
    with program.sessions.validate(spec.path, {}) as session:
        outcome = session.execute(witness, lambda: False)
    error = outcome.error
    refused = error.refusals if isinstance(error, AllRefused) else ()
    told = {(each.reference, each.what) for each in refused}
    warnings = [each for each in witness.warnings if (each.reference, each.what) not in told]
    program.err.lines([phrases.warning(str(spec.path), each.reference, each.what) for each in warnings])
    if outcome.bug is not None:
        raise outcome.bug
    if error is not None:
        findings.add([located(each, spec) for each in refused or (error,)], error)
    else:
        found = outcome.context.get(Validated)
        findings.valid.append(f"{visible(str(spec.path))}: valid, {found.headline()}")


def located(error: Eng5Error, spec: ReadSpec) -> Problem:
    """Where the spec names what the error is about; else at the students' files."""
    named = [(len(file), key) for key, file in _files(spec.effective.spec) if file in error.what]
    where = max(named, default=(0, STUDENTS))[1]  # a name may be a part of another
    return spec.loaded.problem(where, error.what, error.hint, error.reference)


def _files(spec: RunSpec) -> Iterator[tuple[str, str]]:
    """Every file and pattern that the spec names, with its key."""
    for name in ("system_prompt", "rubric", "prices"):
        if file := getattr(spec.judge, name, None):
            yield f"judge.{name}", file
    yield from ((f"{STUDENTS}.{index}", pattern) for index, pattern in enumerate(spec.essays.students.files))


def _tell(program: Program, findings: _Findings, form: Format) -> None:
    rendered = _RENDERERS[form](findings.problems)
    lines = rendered.rstrip("\n").split("\n") if rendered else []
    program.out.lines([*lines, *(findings.valid if form == "text" else [])])
    if findings.problems:
        files = count(len({problem.file for problem in findings.problems}), "spec")
        mistakes = count(len(findings.problems), "mistake")
        reference = _speaking(findings.problems)
        program.err.lines([f"error[{reference}]: {mistakes} in {files}", f"  {failures.NOTHING_DONE}"])


def _speaking(problems: Sequence[Problem]) -> str:
    """A reference for them all, that of the exit code."""
    references = [problem.reference for problem in problems]
    return "spec-invalid" if "spec-invalid" in references else references[0]

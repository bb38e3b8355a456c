"""`doctor`: whether everything a run needs is there, a line each, and a remedy for what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from eng5_pipeline.cli.json_text import json_lines
from eng5_pipeline.cli.places import Place
from eng5_pipeline.cli.program import Options, Program, Sessions
from eng5_pipeline.cli.wording import visible
from eng5_pipeline.doctor import Finding, examined, patient
from eng5_pipeline.spec.reading import read_spec
from eng5_pipeline.wiring.world import World

VERSION: Final = 1
FAILED: Final = 3

Page = Callable[[Sequence[Finding]], list[str]]


def doctor(program: Program, spec: Path | None, options: Options, place: Place, page: Page) -> int:
    """3 where anything fails, else 0."""
    place.check(options)
    output = _output(program, spec, options)
    with place.stands(program, output) as standing:
        findings = examined(patient(spec, options, _world(standing.sessions)))
    program.out.lines(page(findings))
    return FAILED if any(finding.state == "failed" for finding in findings) else 0


def _output(program: Program, spec: Path | None, options: Options) -> Path:
    if spec is not None:
        return read_spec(spec, options, program.sessions).output
    return patient(None, options, _world(program.sessions)).attempt.output


def _world(sessions: Sessions) -> World:
    return World(sessions.environment, sessions.here, sessions.home, sessions.clock, uuid4)


def doctor_text(findings: Sequence[Finding]) -> list[str]:
    return [_line(finding) for finding in findings]


def _line(finding: Finding) -> str:
    remedy = f" · hint: {visible(finding.hint)}" if finding.hint else ""
    return f"{finding.name:<11} {finding.state:<10} {visible(finding.told)}{remedy}"


def doctor_json(findings: Sequence[Finding]) -> list[str]:
    told = {"v": VERSION, "findings": [finding._asdict() for finding in findings]}
    return json_lines(told)

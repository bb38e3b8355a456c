"""`init`: a spec to fill in, its schema for editors, and the folders it names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import near
from eng5_pipeline.durable import make_folder, replace_file
from eng5_pipeline.errors import UsageError, typed
from eng5_pipeline.spec.schema import FILE_NAME, render

SPEC: Final = "spec.yaml"
FOLDERS: Final = ("essays/students", "essays/anchors", "prompts")


def init(program: Program, folder: Path) -> int:
    here = program.sessions.here
    home = here / folder
    spec = home / SPEC
    if spec.exists():
        raise UsageError(
            "spec-exists",
            f"{near(spec, here)} is there already",
            hint="choose another folder:  eng5-pipeline init DIR",
        )
    for name in FOLDERS:
        make_folder(home / name)
    replace_file(home / FILE_NAME, [render().encode()])
    replace_file(spec, [template()])
    program.out.lines(
        [f"wrote {near(path, here)}" for path in (spec, home / FILE_NAME, *(home / name for name in FOLDERS))]
    )
    program.err.line(
        f"next: put essays in place, name the assignment, then:  eng5-pipeline validate {typed(near(spec, here))}"
    )
    return 0


def template() -> bytes:
    return files("eng5_pipeline.cli").joinpath("scaffold", SPEC).read_bytes()

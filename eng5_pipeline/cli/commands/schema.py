"""`schema`: the JSON Schema of the run spec, byte for byte as the committed file has it."""

from __future__ import annotations

from eng5_pipeline.cli.program import Program
from eng5_pipeline.spec.schema import render


def schema(program: Program) -> int:
    program.out.write(render())
    return 0

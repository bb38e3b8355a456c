"""Console blocks of the documentation: the commands they hold, and whether what happened is what they show.

A block marked `console` is a list of commands, each after `$ `, with lines that it writes, on standard output or
standard error. `…` stands for anything; lines between those shown may be left out. A command ends with exit code 0
unless `[exit code N]` follows its lines. A block under `<!-- file: PATH -->` is a file that the reader writes.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from eng5_pipeline.cli.app import perform
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.real import RealSessions
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.wiring.world import World
from tests.docs import markdown

PROGRAM: Final = "eng5-pipeline"
PROMPT: Final = "$ "
CODE: Final = re.compile(r"\[exit code (\d+)\]")
STEP: Final = re.compile(r"(?ms)(?:^<!-- file: (\S+) -->\n)?^```(\S*)\n(.*?)^```")
FOR_A_SHELL: Final = re.compile(r"[|<>*$&;]|--version")


@dataclass(frozen=True)
class Command:
    """`lines` are the patterns of what it shows, in their order."""

    line: str
    lines: tuple[str, ...]
    code: int


@dataclass(frozen=True)
class Written:
    """A file that the reader is told to write."""

    path: str
    text: str


@dataclass(frozen=True)
class Did:
    code: int
    out: str


def steps(page: str) -> Iterator[Command | Written]:
    """In the order of the page."""
    for path, kind, text in STEP.findall(markdown.read(page)):
        if path:
            yield Written(path, text)
        elif kind == "console":
            yield from _commands(text)


def commands(page: str) -> Iterator[Command]:
    return (step for step in steps(page) if isinstance(step, Command))


def _commands(block: str) -> Iterator[Command]:
    for part in block.removeprefix(PROMPT).split(f"\n{PROMPT}"):
        line, *shown = part.splitlines()
        codes = [int(match[1]) for text in shown if (match := CODE.fullmatch(text))]
        kept = tuple(text for text in shown if text.strip("… ") and not CODE.fullmatch(text))
        yield Command(line, kept, codes[0] if codes else 0)


def not_shown(command: Command, did: Did) -> list[str]:
    """Lines of the page that were not written, or not in this order."""
    written = iter(did.out.splitlines())
    return [line for line in command.lines if not any(_pattern(line).fullmatch(found.strip()) for found in written)]


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.strip().split("…")) + r"\s*", re.S)


@dataclass(frozen=True)
class Console:
    """A folder in which commands are given; `world` is what the program is given there."""

    world: World

    def do(self, line: str) -> Did:
        program, *words = shlex.split(line)
        if program == PROGRAM and not FOR_A_SHELL.search(line):
            return self.perform(words)
        return self._shell(line)

    def perform(self, words: Sequence[str]) -> Did:
        """In this process."""
        out = io.StringIO()
        stream = Stream(out)
        code = perform(words, Program(stream, stream, lambda: RealSessions(self.world)))
        return Did(code, out.getvalue())

    def _shell(self, line: str) -> Did:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=self.world.here,
            env=dict(self.world.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Did(done.returncode, done.stdout)


def with_programs(world: World, beside: Path) -> World:
    """The same with the programs of this source on PATH, installed or not; they are put into `beside`."""
    beside.mkdir()
    for name, module in (("eng5-pipeline", "eng5_pipeline"), ("eng5-extract-db", "eng5_pipeline.extract_db")):
        program = beside / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    path = f"{beside}:{Path(sys.executable).parent}:{world.environment['PATH']}"
    return replace(world, environment={**world.environment, "PATH": path, "PYTHONPATH": str(markdown.ROOT)})

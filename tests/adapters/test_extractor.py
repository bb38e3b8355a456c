"""The extraction command: how it is started, ended and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.adapters.run.extractor import CommandExtractor
from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.errors import Interrupted, ToolMissing

BATCH = "39fb07d4-11ea-47c2-8f08-a1efb753357e"


def goes_on() -> None:
    """Nobody asks to stop."""


@dataclass(frozen=True)
class Program:
    """A Python program as the extraction command."""

    folder: Path

    def extractor(self, code: str, *arguments: str, timeout: float = 30.0) -> CommandExtractor:
        return CommandExtractor(
            command=(sys.executable, "-c", code, *arguments),
            values={"batch_uuid": BATCH, "run_dir": str(self.folder)},
            folder=self.folder / "extraction",
            timeout=timeout,
            environment={"SEEN": "yes"},
            clock=SystemClock(),
            grace=0.2,
        )

    def run(self, code: str, *arguments: str, timeout: float = 30.0) -> ProcessOutcome:
        return self.extractor(code, *arguments, timeout=timeout).run("17", goes_on)

    def kept(self, name: str) -> str:
        return (self.folder / "extraction" / name).read_text(encoding="utf-8")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_placeholders_are_filled_in(program: Program) -> None:
    outcome = program.run("pass", "{job_id}", "{batch_uuid}", "{output_dir}/r.json", "{run_dir}", "{other}")
    folder = program.folder
    assert outcome.command[3:] == ("17", BATCH, f"{folder}/extraction/r.json", str(folder), "{other}")


def test_nothing_passes_through_a_shell(program: Program) -> None:
    program.run("import sys; sys.stdout.write(sys.argv[1])", "$HOME; `id` && {job_id}")
    assert program.kept("stdout.txt") == "$HOME; `id` && 17"


def test_what_it_said_and_how_it_ended_is_kept(program: Program) -> None:
    outcome = program.run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert outcome.exit_code == 3
    assert (program.kept("stdout.txt"), program.kept("stderr.txt")) == ("out\n", "err\n")
    assert program.kept("exit_code.txt") == "3\n"
    assert json.loads(program.kept("command.json")) == list(outcome.command)


def test_its_output_files_are_listed_with_their_digests(program: Program) -> None:
    code = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); (p / 'x').mkdir(); (p / 'x/r.json').write_text('{}')"
    outcome = program.run(code, "{output_dir}")
    assert outcome.files == (("x/r.json", sha256(b"{}").hexdigest(), 2),)
    kept = json.loads(program.kept("outcome.json"))
    assert kept["files"] == [{"path": "x/r.json", "sha256": sha256(b"{}").hexdigest(), "bytes": 2}]
    assert (kept["exit_code"], kept["seconds"]) == (0, outcome.seconds)


def test_it_gets_the_environment_that_was_given_and_nothing_else(program: Program) -> None:
    program.run("import os; print(os.environ.get('SEEN'), os.environ.get('HOME'))")
    assert program.kept("stdout.txt") == "yes None\n"


def test_it_reads_no_keyboard(program: Program) -> None:
    program.run("import sys; print(repr(sys.stdin.read()))")
    assert program.kept("stdout.txt") == "''\n"


def test_a_second_start_keeps_the_first_and_lists_only_its_own(program: Program) -> None:
    write = "import pathlib, sys; pathlib.Path(sys.argv[1], sys.argv[2]).write_text('x')"
    program.run(write, "{output_dir}", "first.json")
    outcome = program.run(write, "{output_dir}", "second.json")
    assert [name for name, _, _ in outcome.files] == ["second.json"]
    assert program.kept("earlier-1/first.json") == "x"
    assert program.kept("earlier-1/exit_code.txt") == "0\n"


FOREVER = "import time, os; print(os.getpid(), flush=True); time.sleep(600)"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {FOREVER!r}])"
LEAVING_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}], stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), flush=True)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER


def is_gone(pid: int) -> bool:
    """Whether a process ends within seconds: a signal that was sent is obeyed when the kernel gets to it."""
    clock = SystemClock()
    until = clock.monotonic() + 5
    while not _has_ended(pid):
        if clock.monotonic() > until:
            return False
        clock.sleep(0.01)
    return True


def _has_ended(pid: int) -> bool:
    """One that nobody has asked after yet counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


@pytest.mark.parametrize("code", [FOREVER, WITH_CHILD], ids=["alone", "with a child"])
def test_at_the_time_limit_it_is_ended_with_all_its_children(program: Program, code: str) -> None:
    outcome = program.run(code, timeout=1.0)
    assert outcome.exit_code is None
    assert program.kept("exit_code.txt") == "time limit\n"
    assert is_gone(int(program.kept("stdout.txt")))


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    outcome = Program(tmp_path).run(DEAF, timeout=1.0)
    assert outcome.exit_code is None
    assert outcome.seconds < 10


def test_what_it_leaves_running_is_ended_too(program: Program) -> None:
    assert program.run(LEAVING_A_CHILD).exit_code == 0
    assert is_gone(int(program.kept("stdout.txt")))


def test_when_the_user_stops_it_is_ended_with_all_its_children(program: Program) -> None:
    said = program.folder / "extraction" / "stdout.txt"

    def once_it_runs() -> None:
        if said.read_text():
            raise Interrupted("interrupted", "stopped on request", hint="")

    with pytest.raises(Interrupted):
        program.extractor(WITH_CHILD).run("17", once_it_runs)
    assert is_gone(int(said.read_text()))
    assert not (program.folder / "extraction" / "exit_code.txt").exists()


def test_a_signal_that_ended_it_is_told(program: Program) -> None:
    outcome = program.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert outcome.exit_code == -signal.SIGKILL


def made_program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\necho started\n")
    path.chmod(0o755)
    return path


def extractor_of(name: str, tmp_path: Path, **environment: str) -> CommandExtractor:
    return CommandExtractor(
        (name,), {}, tmp_path / "extraction", 30.0, environment, SystemClock(), tmp_path, tmp_path / "beside"
    )


def test_a_program_is_found_on_the_path_it_is_given(tmp_path: Path) -> None:
    made_program(tmp_path / "bin", "extract")
    extractor_of("extract", tmp_path, PATH=str(tmp_path / "bin")).check()


def test_a_program_is_found_beside_this_installation(tmp_path: Path) -> None:
    there = made_program(tmp_path / "beside", "extract")
    assert extractor_of("extract", tmp_path, PATH="/bin").run("1", goes_on).command == (str(there),)


def test_a_relative_program_is_looked_for_where_it_works(tmp_path: Path) -> None:
    made_program(tmp_path / "tools", "extract")
    extractor_of("tools/extract", tmp_path).check()


def test_where_the_specs_folder_is_gone_it_works_among_its_own_files(program: Program) -> None:
    gone = replace(program.extractor("import os; print(os.getcwd())"), working=program.folder / "gone")
    assert gone.run("17", goes_on).exit_code == 0
    assert program.kept("stdout.txt") == f"{program.folder / 'extraction'}\n"


@pytest.mark.parametrize("name", ["eng5-no-such", "./plain", "/no/such"])
def test_what_is_not_there_or_cannot_be_started_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "plain").write_text("not to be started")
    with pytest.raises(ToolMissing, match="is not there, or may not be started") as why:
        extractor_of(name, tmp_path, PATH=os.defpath).check()
    assert why.value.reference == "extraction-command-missing"


def test_a_program_without_its_interpreter_is_missing_when_it_starts(tmp_path: Path) -> None:
    made_program(tmp_path / "beside", "extract").write_text("#!/no/such/interpreter\n")
    with pytest.raises(ToolMissing, match="cannot be started"):
        extractor_of("extract", tmp_path).run("1", goes_on)

"""The command line itself: what it lists, what it costs, what options come to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from eng5_pipeline import __version__
from eng5_pipeline.cli.app import COMMANDS, GROUPS, LISTS
from tests.cli.fakes import FakeSessions, ends, one_run, spec_in, tell
from tests.cli.fakes import Outcome as Ended

COMMON = (
    "--batch-id",
    "--max-comparisons",
    "--await-completion",
    "--no-await-completion",
    "--auto-extract-eng5-db",
    "--no-auto-extract-eng5-db",
    "--force-reupload",
    "--completion-timeout",
    "--output-dir",
    "--cj-service-url",
    "--content-service-url",
    "--kafka-bootstrap",
    "--sandbox",
    "--display",
    "-v",
    "-q",
)
OPTIONS = {
    "demo": ("[DIR]",),
    "init": ("[DIR]",),
    "compare": ("RUN", "--json", "--output-dir"),
    "export": ("RUN", "--format", "--output-dir"),
    "validate": ("SPEC...", "--format"),
    "plan": ("SPEC", "--json", "--out", *COMMON),
    "run": ("SPEC...", "-j", "--plan", *COMMON),
    "register-anchors": ("SPEC", "--replace", "--output-dir", "--cj-service-url", "--sandbox", "--display"),
    "resume": (
        "RUN",
        "--output-dir",
        "--completion-timeout",
        "--display",
        "-v",
        "-q",
        "--assume-published",
        "--publish-again",
    ),
    "extract": ("RUN", "--output-dir", "--sandbox", "--display", "-v", "-q"),
    "report": ("RUN", "--output-dir"),
    "runs": ("--output-dir", "--json"),
    "show": ("RUN", "--output-dir", "--json"),
    "diff": ("A", "[B]", "--against", "--format", "--exit-code", "--output-dir"),
    "lock": ("SPEC...", "--check", "--cj-service-url", "--sandbox", "--display"),
    "schema": (),
    "doctor": (
        "[SPEC]",
        "--json",
        "--auto-extract-eng5-db",
        "--output-dir",
        "--cj-service-url",
        "--content-service-url",
        "--kafka-bootstrap",
        "--sandbox",
    ),
    "verify-auth": (),
    "sandbox": ("[DIR]", "--seed"),
}


@pytest.fixture
def nobody(tmp_path: Path) -> FakeSessions:
    return FakeSessions(tmp_path)


def test_help_lists_every_command(nobody: FakeSessions) -> None:
    told = tell(nobody, "--help")
    assert told.code == 0
    listed = {line.split()[0] for line in told.out.partition("Commands:\n")[2].splitlines()}
    assert listed - set(GROUPS) == set(COMMANDS) | set(LISTS) == set(OPTIONS)


def test_no_line_of_help_is_cut(nobody: FakeSessions) -> None:
    assert "..." not in tell(nobody, "--help").out.partition("Commands:\n")[2]


@pytest.mark.parametrize("command", sorted(OPTIONS))
def test_help_of_a_command_names_what_it_takes(command: str, nobody: FakeSessions) -> None:
    told = tell(nobody, command, "--help")
    assert told.code == 0
    assert [word for word in OPTIONS[command] if word not in told.out] == []


def test_version(nobody: FakeSessions) -> None:
    told = tell(nobody, "--version")
    assert (told.code, told.out) == (0, f"eng5-pipeline {__version__}\n")


def test_what_is_given_is_handed_on_and_what_is_not_is_left_out(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Ended()))
    words = "--batch-id x --max-comparisons 12 --no-await-completion --force-reupload --completion-timeout 5m"
    places = "--cj-service-url http://a --content-service-url http://b/v1/content --kafka-bootstrap c:1"
    assert tell(sessions, "run", str(spec_in(tmp_path)), *words.split(), *places.split()).code == 0
    assert sessions.asked[0][2] == {
        "--batch-id": "x",
        "--max-comparisons": 12,
        "--await-completion": False,
        "--force-reupload": True,
        "--completion-timeout": "5m",
        "--cj-service-url": "http://a",
        "--content-service-url": "http://b/v1/content",
        "--kafka-bootstrap": "c:1",
    }


def test_without_options_none_is_handed_on(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Ended()))
    tell(sessions, "run", str(spec_in(tmp_path)))
    assert sessions.asked == [("run", "a.yaml", {})]


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys; from eng5_pipeline.cli.app import main; sys.argv[1:] = sys.argv[1].split(); main();"
        "print(sorted({'pydantic', 'httpx', 'kafka', 'yaml', 'loguru', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, " ".join(words)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", [["schema"], ["--help"], ["--version"]])
def test_output_that_cannot_be_written_is_a_failure_of_this_machine(words: list[str]) -> None:
    with open("/dev/full", "r+b", buffering=0) as full:  # "w" would make one where it is missing
        done = subprocess.run(
            [sys.executable, "-m", "eng5_pipeline", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 9
    assert done.stderr.startswith("error[output-failed]: standard output: No space left on device\n")


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_a_standard_output_that_was_closed_is_a_failure_of_this_machine(closed: str) -> None:
    command = ["bash", "-c", f'"$0" -m eng5_pipeline schema {closed}', sys.executable]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 9
    assert ("error[output-failed]: standard output: " in done.stderr) == ("2>&-" not in closed)


def test_a_reader_that_goes_away_is_no_failure() -> None:
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" -m eng5_pipeline schema | true', sys.executable],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

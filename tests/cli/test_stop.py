"""Ctrl-C, SIGTERM and SIGHUP on a real process: the first asks, the second ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eng5_pipeline.cli.signals import asking
from tests.support.run_folders import BATCH

ROOT = Path(__file__).parents[2]


@contextmanager
def started(here: Path, behaviour: str) -> Iterator[subprocess.Popen[str]]:
    """A run that says `ready` on standard output, then behaves; in the order of its lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.stoppable", str(here), behaviour],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_at_the_next_safe_point(number: signal.Signals, tmp_path: Path) -> None:
    with started(tmp_path, "stops-when-asked") as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopping at the next safe point; press again to stop at once\n" in err
    assert "error[interrupted]: stopped on request\n" in err
    assert f"hint: go on:  eng5-pipeline resume {BATCH}\n" in err


def test_the_second_signal_stops_at_once_and_leaves_the_command_to_go_on(tmp_path: Path) -> None:
    with started(tmp_path, "never-stops") as process:
        assert process.stderr
        process.send_signal(signal.SIGINT)
        while "stopping at the next safe point" not in process.stderr.readline():
            continue
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == f"\nstopped at once\neng5-pipeline resume artefacts/{BATCH}\n"


def test_a_terminal_that_closes_says_so_twice_and_is_heard_once(tmp_path: Path) -> None:
    with started(tmp_path, "stops-when-its-input-ends") as process:
        assert process.stderr
        process.send_signal(signal.SIGHUP)
        while "stopping at the next safe point" not in process.stderr.readline():
            continue
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "error[interrupted]: stopped on request\n" in err


def test_a_signal_before_anything_is_opened_is_told_as_an_interruption(tmp_path: Path) -> None:
    with started(tmp_path, "opens-slowly") as process:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "error[interrupted]: stopped by the user\n  nothing was uploaded or published\n"


def test_a_kept_up_sandbox_ends_well_on_a_signal(tmp_path: Path) -> None:
    with started(tmp_path, "sandbox") as process:
        assert process.stdout
        assert process.stdout.readline() == "export CJ_SERVICE_URL=http://127.0.0.1:5\n"
        assert process.stdout.readline() == "export JWT_SECRET_KEY='a b'\n"
        assert process.stderr
        assert process.stderr.readline() == "sandbox: port 7 was taken\n"
        assert process.stderr.readline() == "sandbox: up; end it with Ctrl-C\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_heard_while_the_program_is_still_being_imported(number: signal.Signals, tmp_path: Path) -> None:
    # The first of its imports is one that takes for ever.
    (tmp_path / "typer.py").write_text("import os, time; os.write(1, b'ready'); time.sleep(60)", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "eng5_pipeline", "--help"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.read(5) == "ready"
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "error[interrupted]: stopped by the user\n  nothing was uploaded or published\n"


def test_what_nohup_started_outlives_its_terminal() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert asking() == [signal.SIGINT, signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)

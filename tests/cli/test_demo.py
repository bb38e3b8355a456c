"""`demo` and `sandbox`: the steps by fakes, the whole of it once on the real embedded stack."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from eng5_pipeline.cli.commands.demo import copy_example
from eng5_pipeline.errors import Refused
from eng5_pipeline.run_folder import runs_in
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, Told, ends, tell

ROOT = Path(__file__).parents[2]
REFUSED = Outcome(3, "refused", True, Refused("anchors-missing", "none", hint="register them"))


def steps(here: Path, register: Outcome, plan: Outcome, run: Outcome) -> FakeSessions:
    return FakeSessions(
        here,
        {
            "register-anchors": [FakeSession(name="register-anchors", play=ends(register))],
            "plan": [FakeSession(name="plan", play=ends(plan))],
            "run": [FakeSession(play=ends(run))],
        },
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command is given in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_registers_plans_and_runs_on_an_embedded_stack(here: Path) -> None:
    sessions = steps(here, Outcome(), Outcome(), Outcome())
    assert tell(sessions, "demo", "here").code == 0
    assert [verb for verb, _, _ in sessions.asked] == [
        "sandbox",
        "register-anchors",
        "plan",
        "run",
        "sandbox ends",
    ]


def test_it_goes_no_further_than_the_step_that_fails(here: Path) -> None:
    sessions = steps(here, Outcome(), REFUSED, Outcome())
    assert tell(sessions, "demo", "here").code == 3
    assert "run" not in [verb for verb, _, _ in sessions.asked]


def test_it_says_plainly_that_all_is_simulated(here: Path) -> None:
    told = tell(steps(here, Outcome(), Outcome(), Outcome()), "demo", "here")
    assert "services and judge are simulated" in told.err


def test_the_stack_is_told_of_the_assignment_and_not_of_its_anchors(here: Path) -> None:
    tell(steps(here, Outcome(), Outcome(), Outcome()), "demo", "here")
    [seed] = (here / "here").rglob(".sandbox/*.json")
    [assignment] = json.loads(seed.read_text())["assignments"]
    assert assignment["id"] == "00000000-0000-0000-0000-000000000001"
    assert assignment["student_prompt"]
    assert "anchors" not in assignment


def test_the_example_is_copied_with_its_schema(tmp_path: Path) -> None:
    copied = copy_example(tmp_path)
    assert copied.kept == ()
    assert len(list((tmp_path / "essays" / "students").iterdir())) == 12
    assert (tmp_path / "runspec-v1.schema.json").is_file()


def test_what_the_user_changed_is_left_and_said(here: Path) -> None:
    copy_example(here / "here")
    rubric = here / "here" / "rubric.md"
    rubric.write_text("mine")
    told = tell(steps(here, Outcome(), Outcome(), Outcome()), "demo", "here")
    assert rubric.read_text() == "mine"
    assert "left as you changed it: here/rubric.md\n" in told.err


def test_what_is_missing_is_put_back(tmp_path: Path) -> None:
    copy_example(tmp_path)
    (tmp_path / "rubric.md").unlink()
    assert (copy_example(tmp_path).written, (tmp_path / "rubric.md").is_file()) == (1, True)


def test_a_stack_that_goes_down_by_itself_is_a_failure_of_this_machine(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path, stack_stands=False), "sandbox")
    assert told.code == 9
    assert "error[sandbox-down]" in told.err


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told, Told]:
    """The demo, and the demo again in the same folder."""
    here = tmp_path_factory.mktemp("demo")
    first, second = _demo(here), _demo(here)
    return here, first, second


def _demo(here: Path) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "eng5_pipeline", "demo"],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def test_the_real_demo_ends_with_twelve_grades_and_the_files(twice: tuple[Path, Told, Told]) -> None:
    here, first, _ = twice
    grades = re.findall(r"(?m)^ *\d+  essays/students/.*?  ([A-F][+-]?) ", first.out)
    [artefact] = re.findall(r"(?m)^artefact +(\S+)$", first.out)
    [report] = re.findall(r"(?m)^report +(\S+)$", first.out)
    assert (first.code, len(grades)) == (0, 12), first.err
    assert json.loads((here / artefact).read_text())["status"] == "completed"
    assert (here / report).is_file()
    assert "judged by a simulated judge" in first.out


def test_the_real_demo_uploads_twelve_and_then_nothing(twice: tuple[Path, Told, Told]) -> None:
    _, first, second = twice
    assert "upload              done     12 uploaded, 0 reused" in first.talk
    assert second.code == 0
    assert "upload              done     0 uploaded, 12 reused" in second.talk


def test_the_real_demo_collects_every_comparison(twice: tuple[Path, Told, Told]) -> None:
    here, _, _ = twice
    for run in runs_in(here / "eng5-demo" / "artefacts"):
        assert len(json.loads(run.artefact.read_text())["llm_comparisons"]) == 60

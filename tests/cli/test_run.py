"""`run` of one spec and of several."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import MachineFailed, Refused
from eng5_pipeline.run_folder import RunFolder
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, ends, one_run, spec_in, tell
from tests.support.run_folders import published_run
from tests.support.run_specs import MINIMAL

REFUSED = Outcome(
    3, "refused", True, Refused("anchors-missing", "none", hint="register them"), stage="anchor_preflight"
)


def several(here: Path, *outcomes: Outcome) -> FakeSessions:
    """Runs without folders, in this order."""
    return FakeSessions(here, {"run": [FakeSession(play=ends(outcome)) for outcome in outcomes]})


def specs(here: Path, *names: str) -> list[str]:
    return [str(spec_in(here, name)) for name in names]


def test_it_ends_with_the_ranking_its_grades_and_the_files(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "15a").completed("31", 56)
    run.folder.artefact.write_text("{}")
    session = FakeSession(folder=run.folder, batch_uuid=run.batch_uuid)
    told = tell(FakeSessions(tmp_path, {"run": [session]}), "run", str(spec_in(tmp_path)))
    lines = told.out.splitlines()
    assert told.code == 0
    assert lines[1].split() == ["rank", "essay", "grade", "theta", "confidence", "compared", "won"]
    assert [line.split()[1] for line in lines[2:5]] != []
    assert "status    Completed (exit code 0)" in lines
    assert f"artefact  artefacts/{run.batch_uuid}/assessment_run.{run.batch_uuid}.json" in lines


def test_a_run_that_is_not_over_ends_with_the_command_that_goes_on(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "02").ended("published", 0, final=False)
    session = FakeSession(folder=run.folder, batch_uuid=run.batch_uuid, play=ends(Outcome(0, "published", False)))
    told = tell(FakeSessions(tmp_path, {"run": [session]}), "run", str(spec_in(tmp_path)))
    assert told.out.splitlines()[-1] == f"next      eng5-pipeline resume artefacts/{run.batch_uuid}"


def test_a_run_on_a_sandbox_that_is_not_over_ends_without_a_promise(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "02").ended("interrupted", 130, final=False)
    session = FakeSession(folder=run.folder, batch_uuid=run.batch_uuid, play=ends(Outcome(130, "interrupted", False)))
    told = tell(FakeSessions(tmp_path, {"run": [session]}), "run", str(spec_in(tmp_path)), "--sandbox")
    assert told.out.splitlines()[-1].startswith("next      this run cannot be resumed: its broker ended")


def test_the_exit_code_is_that_of_the_first_that_is_not_zero(tmp_path: Path) -> None:
    sessions = several(tmp_path, Outcome(), Outcome(6, "partial"), REFUSED)
    assert tell(sessions, "run", *specs(tmp_path, "a.yaml", "b.yaml", "c.yaml")).code == 6


def test_each_runs_whatever_the_others_do(tmp_path: Path) -> None:
    sessions = several(tmp_path, REFUSED, Outcome())
    told = tell(sessions, "run", *specs(tmp_path, "a.yaml", "b.yaml"))
    assert [what for _, what, _ in sessions.asked] == ["a.yaml", "b.yaml"]
    assert told.code == 3


def test_a_last_table_shows_all(tmp_path: Path) -> None:
    told = tell(several(tmp_path, Outcome(), REFUSED), "run", *specs(tmp_path, "a.yaml", "b.yaml"))
    table = [line.split() for line in told.out.splitlines()[-3:]]
    assert table[0] == ["spec", "label", "status", "exit", "code", "run"]
    assert [row[1:] for row in table[1:]] == [["a", "completed", "0", "-"], ["b", "refused", "3", "-"]]


def test_if_one_spec_is_invalid_none_runs(tmp_path: Path) -> None:
    bad = spec_in(tmp_path, "b.yaml", MINIMAL.replace("assignment", "asignment"))
    worse = spec_in(tmp_path, "c.yaml", "")
    sessions = several(tmp_path, Outcome())
    told = tell(sessions, "run", *specs(tmp_path, "a.yaml"), str(bad), str(worse))
    assert told.code == 2
    assert sessions.asked == []
    assert f"{bad}:2:1: asignment" in told.err
    assert f"{worse}:1:1: " in told.err


def test_one_that_cannot_be_opened_stops_no_other(tmp_path: Path) -> None:
    class Full(FakeSessions):
        def run(self, spec: Path, options: object, plan: object = None) -> FakeSession:
            if spec.name == "a.yaml":
                raise MachineFailed("disk-full", "no space left", hint="free some")
            return FakeSession()

    told = tell(Full(tmp_path), "run", *specs(tmp_path, "a.yaml", "b.yaml"))
    assert told.code == 9
    assert [line.split()[2:4] for line in told.out.splitlines()[-2:]] == [
        ["not", "started"],
        ["completed", "0"],
    ]


def test_j_runs_so_many_at_once(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=10)

    def waits(_session: FakeSession, _observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        both.wait()
        return Outcome()

    sessions = FakeSessions(tmp_path, {"run": [FakeSession(play=waits), FakeSession(play=waits)]})
    assert tell(sessions, "run", *specs(tmp_path, "a.yaml", "b.yaml"), "-j", "2").code == 0


def test_lines_of_several_runs_say_whose_they_are(tmp_path: Path) -> None:
    def one_stage(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.stage_started("validate")
        return Outcome()

    sessions = FakeSessions(tmp_path, {"run": [FakeSession(play=one_stage), FakeSession(play=one_stage)]})
    told = tell(sessions, "run", *specs(tmp_path, "a.yaml", "b.yaml"))
    assert told.talk.splitlines().count("role-models d0bc3be6: validate            begins") == 2


def test_the_sandbox_stands_around_the_run_and_says_its_notes(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome()))
    told = tell(sessions, "run", str(spec_in(tmp_path)), "--sandbox")
    output = str(tmp_path / "artefacts")
    assert [verb for verb, _, _ in sessions.asked] == ["sandbox", "run", "sandbox ends"]
    assert sessions.asked[0][1] == output
    assert "sandbox: port 7 was taken\n" in told.err


def test_specs_with_one_output_share_a_sandbox(tmp_path: Path) -> None:
    sessions = several(tmp_path, Outcome(), Outcome())
    tell(sessions, "run", *specs(tmp_path, "a.yaml", "b.yaml"), "--sandbox")
    assert [verb for verb, _, _ in sessions.asked].count("sandbox") == 1


def test_a_run_folder_that_cannot_be_read_changes_nothing_about_the_end(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome()))
    folder = sessions.sessions["run"][0].folder
    assert isinstance(folder, RunFolder)
    folder.journal.write_text("not a journal\n")
    told = tell(sessions, "run", str(spec_in(tmp_path)))
    assert told.code == 0
    assert "error[journal-damaged]" in told.err

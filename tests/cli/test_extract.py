"""`extract`: which run, what was written, and what is said where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eng5_pipeline.domain.extraction import ProcessOutcome
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import ExtractionFailed, Interrupted, UsageError
from eng5_pipeline.results import Extracted
from eng5_pipeline.run_folder import RunFolder
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, Play, ends, found, tell
from tests.support.run_folders import BATCH, Run

WROTE = Extracted(
    outcome=ProcessOutcome(command=("x",), exit_code=0, seconds=1.0, files=(("a b/r.json", "0" * 64, 2),))
)
FAILED = ExtractionFailed(
    "extraction-failed", "it ended with exit code 3", hint=f"see it, then:  eng5-pipeline extract {BATCH}"
)


def one_run(here: Path, play: Play) -> FakeSessions:
    run = Run(here / "artefacts", BATCH).opened()
    return FakeSessions(here, {"extract": [FakeSession(name="extract", folder=run.folder, play=play)]})


def test_what_was_written_stands_on_standard_output(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome(context=found(WROTE))))
    told = tell(sessions, "extract", "latest")
    assert (told.code, told.out) == (0, f"artefacts/{BATCH}/extraction/a b/r.json\n")
    assert sessions.asked == [("extract", str(BATCH), {})]


def test_the_run_is_found_in_the_folder_that_is_given(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome(context=found(WROTE))))
    sessions.here = tmp_path / "elsewhere"
    assert tell(sessions, "extract", str(BATCH)[:6], "--output-dir", str(tmp_path / "artefacts")).code == 0


def test_a_failure_says_that_nothing_was_sent_and_how_to_try_again(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, ends(Outcome(7, error=FAILED, stage="extract", effects=True))), "extract", "latest")
    assert told.code == 7
    assert told.talk.splitlines()[-3:] == [
        "error[extraction-failed]: it ended with exit code 3",
        "  stage: extract · nothing was uploaded or published by this attempt",
        f"  hint: see it, then:  eng5-pipeline extract {BATCH}",
    ]


def test_on_an_embedded_stack_the_hint_names_it(tmp_path: Path) -> None:
    sessions = one_run(tmp_path, ends(Outcome(7, error=FAILED, stage="extract", effects=True)))
    told = tell(sessions, "extract", "latest", "--sandbox")
    assert ("sandbox", str(tmp_path / "artefacts"), {}) in sessions.asked
    assert told.talk.endswith(f"  hint: see it, then:  eng5-pipeline extract {BATCH} --sandbox\n")


def test_a_run_that_cannot_be_extracted_is_refused(tmp_path: Path) -> None:
    class Incomplete(FakeSessions):
        def extract(self, run: RunFolder) -> FakeSession:
            raise UsageError("run-not-completed", "it has no completed batch", hint="see it")

    Run(tmp_path / "artefacts", BATCH).opened()
    told = tell(Incomplete(tmp_path), "extract", "latest")
    assert told.code == 2
    assert "error[run-not-completed]" in told.err


def test_a_stop_does_not_promise_a_resume(tmp_path: Path) -> None:
    def stopped(_session: FakeSession, _observer: Observer, _stop: Callable[[], bool]) -> Outcome:
        hint = f"go on:  eng5-pipeline extract {BATCH}"
        return Outcome(130, final=True, error=Interrupted("interrupted", "stopped on request", hint=hint))

    told = tell(one_run(tmp_path, stopped), "extract", "latest")
    assert told.code == 130
    assert "resume" not in told.err


@pytest.mark.parametrize("display", ["json", "none"])
def test_programs_get_no_page(display: str, tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, ends(Outcome(context=found(WROTE)))), "extract", "latest", "--display", display)
    assert "\nartefacts/" not in f"\n{told.out}"

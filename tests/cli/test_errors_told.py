"""Errors, refusals and bugs as a person sees them, and their exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.domain.positions import Cluster, Offsets
from eng5_pipeline.errors import (
    BatchPartial,
    Eng5Error,
    Interrupted,
    OutcomeUnknown,
    Refused,
    ServiceFailed,
)
from eng5_pipeline.results import Published, Uploaded, UploadedEssay
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, ends, found, one_run, spec_in, tell
from tests.support.run_folders import BATCH, Run

UPLOADED = Uploaded(
    essays=(UploadedEssay(local_id="a.txt", essay_id="1", storage_id="2", text_sha256="3"),) * 2,
    uploaded=2,
    reused=0,
    retries=0,
)
PUBLISHED = Published(
    event_id=BATCH,
    how="acknowledged",
    receipt=None,
    before=Offsets(next={}),
    cluster=Cluster(cluster_id=None, topic_ids={}),
)


def error_lines(err: str) -> list[str]:
    """From the error on."""
    lines = err.splitlines()
    return lines[next(at for at, line in enumerate(lines) if line.startswith("error[")) :]


def test_a_refusal_is_told_with_stage_and_hint(tmp_path: Path) -> None:
    error = Refused("anchors-missing", "CJ has no anchors for np_2017_vt", hint="register them:  eng5-pipeline x")
    sessions = one_run(tmp_path, ends(Outcome(3, "refused", True, error, stage="anchor_preflight")))
    told = tell(sessions, "run", str(spec_in(tmp_path)))
    assert told.code == 3
    assert error_lines(told.err) == [
        "error[anchors-missing]: CJ has no anchors for np_2017_vt",
        "  stage: anchor_preflight · nothing was uploaded or published",
        "  hint: register them:  eng5-pipeline x",
    ]


def test_an_error_outside_any_stage_says_that_nothing_was_done(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path), "plan", str(tmp_path / "none.yaml"))
    assert told.code == 2
    assert error_lines(told.err)[0].startswith("error[spec-not-found]: ")
    assert error_lines(told.err)[1] == "  nothing was uploaded or published"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["rum"], "No such command 'rum'. Did you mean 'run', 'resume'?"),
        (["run"], "Missing argument 'SPEC...'."),
        (["run", "a.yaml", "--nope"], "No such option: --nope"),
        (["run", "a.yaml", "--display", "loud"], "Invalid value for '--display': 'loud' is not one of"),
        (["run", "a.yaml", "-j", "0"], "Invalid value for '-j'"),
        ([], "Missing command."),
    ],
)
def test_a_mistyped_command_line_has_the_same_form(words: list[str], what: str, tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path), *words)
    lines = told.err.splitlines()
    assert told.code == 2
    assert lines[0].startswith(f"error[usage]: {what}")
    assert lines[1] == "  nothing was uploaded or published"
    assert re.fullmatch(r"  hint: see:  eng5-pipeline( run)? --help", lines[2])


@pytest.mark.parametrize(
    "words",
    [
        ["run", "a.yaml", "-v", "-q"],
        ["run", "a.yaml", "--sandbox", "--cj-service-url", "http://x"],
        ["plan", "a.yaml", "--sandbox", "--kafka-bootstrap", "x:1"],
        ["register-anchors", "a.yaml", "--sandbox", "--content-service-url", "http://x"],
        ["run", "a.yaml", "b.yaml", "--batch-id", "one"],
        ["resume", "latest", "--assume-published", "--publish-again"],
    ],
)
def test_options_that_contradict_each_other_are_refused(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec_in(tmp_path)
    spec_in(tmp_path, "b.yaml")
    told = tell(FakeSessions(tmp_path), *words)
    assert told.code == 2
    assert "error[options-contradict]: " in told.err


def test_every_mistake_of_a_spec_is_told_with_its_line(tmp_path: Path) -> None:
    spec = spec_in(tmp_path, text="spec: eng5-pipeline/v1\nassignmet: {id: x}\nessays: {students: {files: [1]}}\n")
    told = tell(FakeSessions(tmp_path), "run", str(spec))
    assert told.code == 2
    assert f"{spec}:2:1: assignmet: " in told.err
    assert f"{spec}:3:" in told.err
    assert "    2 | assignmet: {id: x}" in told.err
    assert "  instead: assignment" in told.err
    assert re.search(r"error\[spec-invalid\]: .*a.yaml: \d mistakes\n  nothing was uploaded or published", told.err)


def test_after_the_publish_it_says_what_was_done_and_how_to_go_on(tmp_path: Path) -> None:
    error = ServiceFailed("kafka-unreachable", "no broker at a:1", hint="see to the broker")
    outcome = Outcome(4, "error", False, error, None, True, "await", found(UPLOADED, PUBLISHED))
    told = tell(one_run(tmp_path, ends(outcome)), "run", str(spec_in(tmp_path)))
    assert told.code == 4
    assert error_lines(told.err)[1:] == [
        "  stage: await · 2 essays at the Content Service, the request was published (acknowledged)",
        "  hint: see to the broker",
        f"  then: go on:  eng5-pipeline resume artefacts/{BATCH}",
    ]


def test_a_hint_that_names_resume_is_not_repeated(tmp_path: Path) -> None:
    error = BatchPartial("batch-timeout", "no completion", hint=f"wait:  eng5-pipeline resume {BATCH}", final=False)
    outcome = Outcome(6, "partial", False, error, None, True, "await", found(UPLOADED, PUBLISHED))
    told = tell(one_run(tmp_path, ends(outcome)), "run", str(spec_in(tmp_path)))
    assert error_lines(told.err)[2:] == [f"  hint: wait:  eng5-pipeline resume {BATCH}"]


def test_a_run_that_its_id_would_not_find_is_named_by_its_path(tmp_path: Path) -> None:
    here = tmp_path / "elsewhere"
    here.mkdir()
    error = BatchPartial("batch-timeout", "x", hint=f"wait:  eng5-pipeline resume {BATCH}", final=False)
    sessions = one_run(tmp_path, ends(Outcome(6, "partial", False, error, None, True, "await")))
    sessions.here = here
    told = tell(sessions, "run", str(spec_in(tmp_path)))
    assert f"hint: wait:  eng5-pipeline resume {tmp_path}/artefacts/{BATCH}" in told.err


def test_uploads_that_were_cut_short_are_counted(tmp_path: Path) -> None:
    error = ServiceFailed("content-unreachable", "lost", hint="look")

    def play(_session: FakeSession, observer: object, _stop: object) -> OutcomeShape:
        observer.progressed("upload", 300, 500, {})  # type: ignore[attr-defined]
        return Outcome(4, "error", False, error, None, True, "upload")

    told = tell(one_run(tmp_path, play), "run", str(spec_in(tmp_path)))
    done = "300 texts at the Content Service, and any in flight, nothing was published"
    assert error_lines(told.err)[1] == f"  stage: upload · {done}"


def test_a_send_without_an_answer_is_told_as_unknown(tmp_path: Path) -> None:
    error = OutcomeUnknown("publish-unknown", "no acknowledgement", hint="look for it")
    sessions = one_run(tmp_path, ends(Outcome(4, "error", False, error, None, True, "publish", found(UPLOADED))))
    Run(tmp_path / "artefacts", BATCH).journal.append("committed", stage="publish")
    told = tell(sessions, "run", str(spec_in(tmp_path)))
    assert "whether the request was published is unknown" in error_lines(told.err)[1]


def test_on_a_sandbox_that_ends_no_resume_is_promised(tmp_path: Path) -> None:
    error = Interrupted("interrupted", "stopped on request", hint=f"go on:  eng5-pipeline resume {BATCH}")
    outcome = Outcome(130, "interrupted", False, error, None, True, "await", found(UPLOADED, PUBLISHED))
    told = tell(one_run(tmp_path, ends(outcome)), "run", str(spec_in(tmp_path)), "--sandbox")
    assert told.code == 130
    assert "eng5-pipeline resume" not in "".join(error_lines(told.err))
    assert "this run cannot be resumed: its broker ended with the command that began it" in told.err


def test_a_bug_in_a_run_names_the_log_that_has_its_traceback(tmp_path: Path) -> None:
    def play(_session: FakeSession, _observer: object, _stop: object) -> OutcomeShape:
        try:
            raise KeyError("oops")
        except KeyError as bug:
            return Outcome(1, "error", False, None, bug, True, "await", found(UPLOADED, PUBLISHED))

    told = tell(one_run(tmp_path, play), "run", str(spec_in(tmp_path)))
    log = tmp_path / "artefacts" / str(BATCH) / "run.log"
    assert told.code == 1
    assert error_lines(told.err)[:2] == [
        "error[bug]: this is a mistake in eng5-pipeline: KeyError",
        f"  the traceback is in {log}",
    ]
    assert "KeyError: 'oops'" in log.read_text()


def test_a_bug_outside_a_run_leaves_its_traceback_in_a_file_of_its_own(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path, {"run": []}), "run", str(spec_in(tmp_path)))
    kept = re.search(r"  the traceback is in (\S+)\n", told.err)
    assert told.code == 1
    assert kept
    assert "IndexError: pop from empty list" in Path(kept[1]).read_text()
    Path(kept[1]).unlink()


def test_a_hostile_name_in_an_error_does_no_harm(tmp_path: Path) -> None:
    error = Eng5Error("essay-unreadable", "\x1b[2Jessay\u202e.docx\nerror[fake]: no", hint="mend \x07it")
    sessions = one_run(tmp_path, ends(Outcome(3, "refused", True, error, stage="validate")))
    told = tell(sessions, "run", str(spec_in(tmp_path)))
    assert error_lines(told.err) == [
        "error[essay-unreadable]: \\x1b[2Jessay\\u202e.docx\\nerror[fake]: no",
        "  stage: validate · nothing was uploaded or published",
        "  hint: mend \\x07it",
    ]

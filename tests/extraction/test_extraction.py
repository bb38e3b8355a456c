"""Extraction after a batch, on the embedded stack: once after success, never otherwise, and again only when asked."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eng5_pipeline.adapters.auth.credential import find_credential
from eng5_pipeline.adapters.auth.token import Requester
from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.errors import UsageError
from eng5_pipeline.sandbox.batch.feed_settings import BatchFeed
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.options import BatchOptions
from tests.support.extracting import FAILS, WRITES, Extracting
from tests.support.misbehaving import QUICK
from tests.support.project import stack

FOREVER = "import time; time.sleep(600)\n"
SHOWS = (
    "import json, os, pathlib, sys; pathlib.Path(sys.argv[3], 'seen.json').write_text(json.dumps(dict(os.environ)))\n"
)
WAITS_AT_THE_GATE = "open('gate', 'rb').read()\n"
EXTRACT_DB = [sys.executable, "-m", "eng5_pipeline.extract_db", "{job_id}", "--output", "{output_dir}/cj_results.json"]

Make = Callable[..., Extracting]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    by_label = {
        "failed": BatchOptions(judge=JudgeSettings(latency_s=0.02, spacing_s=0.005, error_rate=1)),
        "silent": BatchOptions(feed=BatchFeed(silent=True)),
    }
    with stack(tmp_path_factory.mktemp("stack"), QUICK.model_copy(update={"by_label": by_label})) as running:
        yield running


@pytest.fixture
def make(tmp_path: Path, embedded: Embedded) -> Make:
    return lambda **options: Extracting(tmp_path / "project", embedded, options)


def test_after_a_success_it_runs_once_and_its_output_is_in_the_artefact(make: Make) -> None:
    extracting = make()
    assert extracting.run().exit_code == 0
    assert extracting.starts == 1
    told = extracting.artefact["extraction"]
    assert (told["state"], told["exit_code"]) == ("finished", 0)
    assert told["files"] == [{"path": "seen.json", "sha256": hashlib.sha256(b"{}").hexdigest(), "bytes": 2}]
    said = f"job {extracting.artefact['metadata']['cj_assessment_job_id']}"
    assert (told["stdout"], told["stderr"], extracting.kept("stdout.txt")) == ([said], [], f"{said}\n")
    assert told["command"] == json.loads(extracting.kept("command.json"))


def test_a_resume_afterwards_does_not_run_it_again(make: Make) -> None:
    extracting = make()
    extracting.run()
    assert extracting.resume().exit_code == 0
    assert extracting.starts == 1


def test_without_the_flag_nothing_is_started(make: Make) -> None:
    extracting = make(**{"flags.auto_extract_eng5_db": False})
    assert extracting.run().exit_code == 0
    assert extracting.starts == 0
    assert extracting.artefact["extraction"] is None


@pytest.mark.parametrize(("label", "told"), [("failed", ("failed", 5)), ("silent", ("partial", 6))])
def test_after_a_failure_or_a_timeout_nothing_is_started(make: Make, label: str, told: tuple[str, int]) -> None:
    extracting = make(label=label, **{"limits.completion_timeout": "2s"})
    extracting.run()
    assert extracting.told == told
    assert extracting.starts == 0


def test_a_failing_command_is_exit_code_7_and_the_batch_completed(make: Make) -> None:
    extracting = make()
    extracting.script(FAILS)
    outcome = extracting.run()
    assert outcome.exit_code == 7
    assert extracting.told == ("completed", 7)
    assert (extracting.stage["state"], extracting.stage["reference"]) == ("stopped", "extraction-failed")
    told = extracting.artefact["extraction"]
    assert (told["exit_code"], told["stderr"]) == (1, ["no such table"])
    assert extracting.kept("stderr.txt") == "no such table\n"


def test_at_its_time_limit_it_is_ended_and_the_batch_completed(make: Make) -> None:
    extracting = make(**{"extraction.timeout": "1s"})
    extracting.script(FOREVER)
    assert extracting.run().exit_code == 7
    assert extracting.told == ("completed", 7)
    assert extracting.stage["reference"] == "extraction-timeout"
    assert extracting.artefact["extraction"]["exit_code"] is None


def test_a_missing_command_is_refused_before_the_first_upload(make: Make) -> None:
    extracting = make(**{"extraction.command": ["eng5-no-such-command"]})
    outcome = extracting.run()
    assert (outcome.exit_code, outcome.effects) == (3, False)
    assert outcome.error is not None
    assert outcome.error.reference == "extraction-command-missing"
    assert not (extracting.folder.path.parent / "content_upload_cache.jsonl").exists()


def test_the_child_gets_no_token_no_signing_key_and_no_password(make: Make, embedded: Embedded) -> None:
    world = embedded.world
    credential = find_credential(world.environment, world.home, world.clock.now(), mint_for=Requester(subject="tester"))
    assert credential is not None
    tokens = ("HULEEDU_SERVICE_ACCOUNT_TOKEN", "HULEEDU_ADMIN_TOKEN", "CJ_ADMIN_TOKEN")
    passwords = {"KAFKA_SASL_PLAIN_PASSWORD": "pencil", "KAFKA_SSL_PASSWORD": "case"}
    extracting = make()
    extracting.environment = {**dict.fromkeys(tokens, credential.token.get_secret_value()), **passwords}
    extracting.script(SHOWS)
    assert extracting.run().exit_code == 0
    seen = json.loads(extracting.kept("seen.json"))
    assert not {*tokens, *passwords, "JWT_SECRET_KEY"} & seen.keys()
    assert seen["ENG5_CJ_DATABASE_URL"] == embedded.variables["ENG5_CJ_DATABASE_URL"]


def test_asked_for_after_a_failure_it_runs_again_and_the_newest_outcome_is_told(make: Make) -> None:
    extracting = make()
    extracting.script(FAILS)
    extracting.run()
    extracting.script(WRITES)
    assert extracting.extract().exit_code == 0
    assert extracting.starts == 2
    assert extracting.told == ("completed", 0)
    assert extracting.artefact["extraction"]["exit_code"] == 0
    assert extracting.kept("earlier-1/stderr.txt") == "no such table\n"


def test_asked_for_without_its_flag_it_runs(make: Make) -> None:
    extracting = make(**{"flags.auto_extract_eng5_db": False})
    extracting.run()
    assert extracting.extract().exit_code == 0
    assert extracting.artefact["extraction"]["state"] == "finished"


def test_asked_for_again_it_may_fail_and_the_batch_stays_completed(make: Make) -> None:
    extracting = make()
    extracting.run()
    extracting.script(FAILS)
    assert extracting.extract().exit_code == 7
    assert extracting.told == ("completed", 7)
    assert extracting.artefact["extraction"]["exit_code"] == 1
    assert extracting.resume().exit_code == 7
    assert extracting.starts == 2


def test_a_run_without_a_completed_batch_is_not_extracted(make: Make) -> None:
    extracting = make(label="failed")
    extracting.run()
    with pytest.raises(UsageError) as refused:
        extracting.extract()
    assert refused.value.reference == "run-not-completed"
    assert extracting.told == ("failed", 5)


def killed_at_the_gate(extracting: Extracting, *words: str) -> int:
    """The command line is killed while its extraction waits; the writer's end of the gate, to let that go."""
    extracting.script(WAITS_AT_THE_GATE)
    gate = extracting.project.folder / "gate"
    os.mkfifo(gate)
    with extracting.project.start(*words, "--display", "none") as process:
        opened = reached(gate, process)
        process.kill()
    return opened


def test_a_stop_by_the_user_ends_it_and_it_is_not_run_again_unasked(make: Make) -> None:
    extracting = make()
    extracting.script(FOREVER)
    stopped = extracting.run(stop_requested=lambda: extracting.starts == 1)
    assert (stopped.exit_code, extracting.told) == (130, ("interrupted", 130))
    assert extracting.resume().exit_code == 7
    assert extracting.starts == 1
    extracting.script(WRITES)
    assert extracting.extract().exit_code == 0
    assert extracting.told == ("completed", 0)


def test_killed_while_extracting_a_resume_says_unknown_and_does_not_run_it_again(make: Make) -> None:
    extracting = make()
    gate = killed_at_the_gate(extracting, "run", "spec.yaml")
    assert extracting.resume().exit_code == 7
    assert extracting.told == ("completed", 7)
    assert extracting.stage["reference"] == "extraction-unknown"
    os.close(gate)
    assert extracting.starts == 1
    extracting.script(WRITES)
    assert extracting.extract().exit_code == 0
    assert extracting.told == ("completed", 0)


def test_killed_before_it_was_started_a_resume_starts_it(make: Make) -> None:
    """The journal of a whole run, cut where it had been awaited: it is started once more."""
    extracting = make()
    extracting.run()
    lines = extracting.folder.journal.read_bytes().splitlines(keepends=True)
    awaited = next(n for n, line in enumerate(lines) if b'"finished"' in line and b'"await"' in line)
    extracting.folder.journal.write_bytes(b"".join(lines[: awaited + 1]))
    assert extracting.resume().exit_code == 0
    assert extracting.starts == 2
    assert extracting.artefact["extraction"]["state"] == "finished"


def test_killed_when_asked_for_again_the_success_before_it_is_not_told_as_its_own(make: Make) -> None:
    extracting = make()
    extracting.run()
    gate = killed_at_the_gate(extracting, "extract", "latest")
    assert extracting.resume().exit_code == 7
    assert extracting.stage["reference"] == "extraction-unknown"
    assert extracting.artefact["extraction"]["command"] is None
    os.close(gate)
    assert extracting.starts == 2


def reached(gate: Path, process: subprocess.Popen[str]) -> int:
    """The writer's end of a gate, once somebody waits at it."""
    while process.poll() is None:
        try:
            return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as nobody:
            if nobody.errno != errno.ENXIO:
                raise
        SystemClock().sleep(0.02)
    raise AssertionError(f"it ended before it was extracted: {process.communicate()}")


def test_eng5_extract_db_reads_the_stacks_own_tables(make: Make) -> None:
    extracting = make(**{"extraction.command": EXTRACT_DB})
    assert extracting.run().exit_code == 0
    found, written = json.loads(extracting.kept("cj_results.json")), extracting.artefact
    assert found["batch"]["batch_uuid"] == written["metadata"]["batch_uuid"]
    scores = {essay["essay_id"]: essay["bt_score"] for essay in found["essays"]}
    assert {each["essay_id"]: each["theta"] for each in written["bt_summary"]} == pytest.approx(scores)
    assert len(found["comparisons"]) == len(written["llm_comparisons"]) == 8
    assert {anchor["grade"] for anchor in found["anchors"]} == {"A", "C+", "F+"}


@pytest.mark.slow
def test_the_command_line_tells_what_failed_and_how_to_go_on(make: Make) -> None:
    extracting = make()
    extracting.script(FAILS)
    ran = extracting.project.run("run", "spec.yaml", "--display", "plain")
    assert ran.code == 7
    error, done, hint = ran.err[ran.err.index("error[") :].splitlines()
    assert error == "error[extraction-failed]: the batch completed, but the extraction ended with exit code 1"
    assert "the request was published (acknowledged)" in done
    assert hint.endswith(f"eng5-pipeline extract {extracting.folder.batch_uuid}")
    extracting.script(WRITES)
    again = extracting.project.run("extract", "latest")
    assert (again.code, again.out) == (0, f"artefacts/{extracting.folder.batch_uuid}/extraction/seen.json\n")

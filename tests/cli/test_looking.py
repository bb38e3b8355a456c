"""The commands that look at files alone: validate, init, schema, verify-auth, runs, show, report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from eng5_pipeline.adapters.auth.token import Requester, mint
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import AllRefused, Refused
from eng5_pipeline.results import Validated
from eng5_pipeline.spec import schema
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.shape import leaves
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, Told, ends, found, spec_in, tell
from tests.support.clock import START
from tests.support.run_folders import Run, published_run
from tests.support.run_specs import MINIMAL

BROKEN = MINIMAL.replace("assignment:", "asignment:")
VALID = Outcome(context=found(Validated(essays=(), inputs=(), passed_over={})))
FORMATS = ("text", "json", "github", "sarif")


def validated(here: Path, outcome: Outcome, *words: str) -> Told:
    def play(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.warned("validate", "essay-short", "a.txt has 3 words")
        return outcome

    return tell(FakeSessions(here, {"validate": [FakeSession(play=play)]}), "validate", *words)


# --- validate


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("json", lambda out: [problem["file"] for problem in json.loads(out)["problems"]]),
        ("sarif", lambda out: re.findall('"uri": "([^"]*)"', json.dumps(json.loads(out)))),
        ("github", lambda out: re.findall("file=([^,]*),", out)),
        ("text", lambda out: re.findall(r"(?m)^(\S*):1:1: .* is not there$", out)),
    ],
)
def test_a_spec_that_is_not_there_is_told_in_the_form_that_was_asked_for(
    form: str, files: Callable[[str], list[str]], tmp_path: Path
) -> None:
    told = tell(FakeSessions(tmp_path), "validate", "none.yaml", "nor-this.yaml", "--format", form)
    assert (told.code, files(told.out)) == (2, ["none.yaml", "nor-this.yaml"])
    assert told.err.startswith("error[spec-not-found]: 2 mistakes in 2 specs\n")


def test_a_spec_that_is_not_there_does_not_hide_the_mistakes_of_another(tmp_path: Path) -> None:
    wrong = spec_in(tmp_path, text="spec: none\n")
    told = tell(FakeSessions(tmp_path), "validate", "none.yaml", str(wrong))
    assert f"{wrong}:1:7: spec: " in told.out
    assert told.code == 2


def test_a_valid_spec_is_said_to_be_valid_with_its_warnings(tmp_path: Path) -> None:
    spec = spec_in(tmp_path)
    told = validated(tmp_path, VALID, str(spec))
    assert (told.code, told.out) == (0, f"{spec}: valid, 0 student essays, 0 words\n")
    assert told.err == f"warning[essay-short] {spec}: a.txt has 3 words\n"


def test_mistakes_of_all_specs_are_told_at_once(tmp_path: Path) -> None:
    first, second = spec_in(tmp_path, "a.yaml", BROKEN), spec_in(tmp_path, "b.yaml", "")
    told = validated(tmp_path, VALID, str(first), str(second), str(spec_in(tmp_path, "c.yaml")))
    assert told.code == 2
    assert f"{first}:2:1: asignment" in told.out
    assert f"{second}:1:1: " in told.out
    assert f"{tmp_path}/c.yaml: valid" in told.out
    assert re.search(r"error\[spec-invalid\]: \d mistakes in 2 specs\n  nothing was uploaded", told.err)


def test_what_the_text_says_comes_before_what_a_file_says(tmp_path: Path) -> None:
    error = Refused("essays-missing", "no essay", hint="add essays")
    specs = [str(spec_in(tmp_path, "a.yaml")), str(spec_in(tmp_path, "b.yaml", BROKEN))]
    assert validated(tmp_path, Outcome(3, "refused", True, error), *specs).code == 2


def test_what_a_file_says_is_located_where_the_spec_names_it(tmp_path: Path) -> None:
    error = Refused("essays-missing", "no essay matches essays/students/*.docx", hint="add essays")
    spec = spec_in(tmp_path)
    told = validated(tmp_path, Outcome(3, "refused", True, error, stage="validate"), str(spec))
    assert told.code == 3
    assert f"{spec}:6:13: essays.students.files.0: no essay matches essays/students/*.docx" in told.out
    assert "  instead: add essays" in told.out


def test_everything_that_files_say_is_told_at_once_and_each_once(tmp_path: Path) -> None:
    spec = spec_in(tmp_path, text=MINIMAL.replace("essays/students/*.docx", 'a/*.txt", "aa/*.txt'))
    nothing = [Refused("essays-not-found", f"no essay matches {name}", hint="add") for name in ("a/*.txt", "aa/*.txt")]
    blank = Refused("essay-blank", "b.txt holds no text", hint="fill it")

    def play(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.warned("validate", blank.reference, blank.what)
        return Outcome(3, "refused", True, AllRefused([*nothing, blank]), stage="validate")

    told = tell(FakeSessions(tmp_path, {"validate": [FakeSession(play=play)]}), "validate", str(spec))
    assert re.findall(r"students\.files\S*: .*", told.out) == [
        "students.files.0: no essay matches a/*.txt",
        "students.files.1: no essay matches aa/*.txt",
        "students.files: b.txt holds no text",
    ]
    assert (told.code, told.err.splitlines()[0]) == (3, "error[essays-not-found]: 3 mistakes in 1 spec")


def test_json_of_no_mistake_is_an_empty_list(tmp_path: Path) -> None:
    told = validated(tmp_path, VALID, str(spec_in(tmp_path)), "--format", "json")
    assert json.loads(told.out) == {"version": 1, "problems": []}


@pytest.mark.parametrize(
    ("form", "look"),
    [
        ("json", lambda out: json.loads(out)["problems"][0]["line"]),
        ("sarif", lambda out: json.loads(out)["runs"][0]["results"][0]["locations"]),
        ("github", lambda out: re.search(r"(?m)^::error file=.*,line=2,", out)),
    ],
)
def test_every_format_has_the_place_of_a_mistake(form: str, look: Callable[[str], object], tmp_path: Path) -> None:
    told = validated(tmp_path, VALID, str(spec_in(tmp_path, text=BROKEN)), "--format", form)
    assert told.code == 2
    assert look(told.out)


# --- init and schema


def test_the_scaffold_is_a_valid_spec(tmp_path: Path) -> None:
    assert tell(FakeSessions(tmp_path), "init", "new").code == 0
    assert load_spec(tmp_path / "new" / "spec.yaml").spec.assignment.id == "my-assignment"


def test_the_scaffold_names_every_key_and_its_schema(tmp_path: Path) -> None:
    tell(FakeSessions(tmp_path), "init")
    text = (tmp_path / "spec.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=runspec-v1.schema.json\n")
    assert [leaf[-1] for leaf in leaves() if f"{leaf[-1]}:" not in text] == []
    assert (tmp_path / "runspec-v1.schema.json").read_text() == schema.render()


def test_the_scaffold_with_every_key_switched_on_is_valid(tmp_path: Path) -> None:
    tell(FakeSessions(tmp_path), "init")
    spec = tmp_path / "spec.yaml"
    spec.write_text(re.sub(r"(?m)^# ?( *[a-z_]+:)", r"\1", spec.read_text()))
    assert load_spec(spec).spec.judge is not None


def test_init_makes_the_folders_and_says_what_it_wrote(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path), "init", "new")
    assert (tmp_path / "new" / "essays" / "students").is_dir()
    assert told.out.splitlines()[0] == "wrote new/spec.yaml"


def test_init_overwrites_no_spec(tmp_path: Path) -> None:
    mine = spec_in(tmp_path, "spec.yaml")
    told = tell(FakeSessions(tmp_path), "init")
    assert told.code == 2
    assert "error[spec-exists]: spec.yaml is there already" in told.err
    assert mine.read_text() == MINIMAL


def test_schema_is_the_committed_file(tmp_path: Path) -> None:
    committed = Path(schema.__file__).with_name(schema.FILE_NAME)
    assert tell(FakeSessions(tmp_path), "schema").out == committed.read_text()


# --- verify-auth


def test_a_token_is_shown_by_its_claims_and_never_itself(tmp_path: Path) -> None:
    token = mint("secret", Requester(subject="ada"), START)
    told = tell(FakeSessions(tmp_path, environment={"HULEEDU_ADMIN_TOKEN": token}), "verify-auth")
    assert told.code == 0
    assert re.search(r"source +HULEEDU_ADMIN_TOKEN\nsubject +ada\n", told.out)
    assert "roles         admin\n" in told.out
    assert not any(part in told.out + told.err for part in token.split("."))


def test_no_token_is_a_refusal_with_the_command_to_get_one(tmp_path: Path) -> None:
    told = tell(FakeSessions(tmp_path), "verify-auth")
    assert (told.code, told.out) == (3, "source    none\n")
    assert "error[cj-token-missing]" in told.err
    assert "hint: log in:  pdm run cj-admin login" in told.err


# --- runs, show, report


def test_runs_are_listed_with_how_they_ended(tmp_path: Path) -> None:
    published_run(tmp_path / "artefacts", "15a").completed("31", 56)
    told = tell(FakeSessions(tmp_path), "runs")
    assert told.out.splitlines()[0].split() == ["begun", "label", "state", "essays", "comparisons", "run"]
    assert "role-models-baseline  Completed" in told.out


def test_where_there_is_no_run_it_says_so(tmp_path: Path) -> None:
    assert tell(FakeSessions(tmp_path), "runs").out.startswith("no runs here")


def test_runs_as_json(tmp_path: Path) -> None:
    run = Run(tmp_path / "artefacts").checked().ended("refused", 3, final=True)
    told = json.loads(tell(FakeSessions(tmp_path), "runs", "--json").out)
    assert told["v"] == 1
    assert [each["batch_uuid"] for each in told["runs"]] == [str(run.batch_uuid)]
    assert told["runs"][0]["exit_code"] == 3


def test_show_tells_stages_warnings_and_ranking(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "15a").warned("validate", "essay-short", "a has 3 words")
    run.completed("31", 56)
    out = tell(FakeSessions(tmp_path), "show", "latest").out
    assert "await               done     job 31 completed: 56 comparisons" in out
    assert "extract             skipped  flags.auto_extract_eng5_db is false" in out
    assert "warning[essay-short] a has 3 words" in out
    assert "rank  essay" in out


def test_show_as_json_names_stages_and_ranking(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "15a").completed("31", 56)
    told = json.loads(tell(FakeSessions(tmp_path), "show", str(run.batch_uuid), "--json").out)
    assert (told["v"], told["status"], told["comparisons"]) == (1, "completed", 56)
    assert [stage["name"] for stage in told["stages"]][-2:] == ["await", "extract"]
    assert told["ranking"]


def test_show_of_a_stopped_run_says_why(tmp_path: Path) -> None:
    run = Run(tmp_path / "artefacts").checked()
    run.started("upload").stopped("upload", "content-unreachable", "no answer", 4).ended("error", 4, final=False)
    out = tell(FakeSessions(tmp_path), "show", "latest").out
    assert "upload              stopped  content-unreachable: no answer" in out
    assert out.splitlines()[-1] == f"next      eng5-pipeline resume artefacts/{run.batch_uuid}"


def test_show_of_a_killed_run_names_the_command_that_goes_on(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "02").started("await")
    out = tell(FakeSessions(tmp_path), "show", "latest").out
    assert "await               begun" in out
    assert out.splitlines()[-1] == f"next      eng5-pipeline resume artefacts/{run.batch_uuid}"


def test_show_of_a_run_whose_broker_ended_with_it_promises_no_resume(tmp_path: Path) -> None:
    journal = published_run(tmp_path / "artefacts", "02").started("await").folder.journal
    journal.write_text(journal.read_text().replace('"pipeline":"run"', '"pipeline":"run","broker_ends":true', 1))
    last = tell(FakeSessions(tmp_path), "show", "latest").out.splitlines()[-1]
    assert last.startswith("next      this run cannot be resumed: its broker ended")


def test_report_is_built_again_from_the_folder(tmp_path: Path) -> None:
    run = published_run(tmp_path / "artefacts", "15a").completed("31", 56)
    told = tell(FakeSessions(tmp_path), "report", "latest")
    assert (told.code, told.out) == (0, f"artefacts/{run.batch_uuid}/report.html\n")
    assert run.folder.report.is_file()


def test_a_hostile_label_does_no_harm_in_a_list(tmp_path: Path) -> None:
    run = Run(tmp_path / "artefacts", label="\x1b[31m\u202e" + "x" * 99).opened()
    run.ended("refused", 3, final=True)
    out = tell(FakeSessions(tmp_path), "runs").out
    assert "\\x1b[31m\\u202exxx" in out
    assert "x" * 41 not in out


@pytest.mark.parametrize("form", FORMATS)
def test_formats_keep_a_bug_a_bug(form: str, tmp_path: Path) -> None:
    sessions = FakeSessions(tmp_path, {"validate": [FakeSession(play=ends(Outcome(1, bug=KeyError("oops"))))]})
    told = tell(sessions, "validate", str(spec_in(tmp_path)), "--format", form)
    assert (told.code, told.out) == (1, "")
    assert "error[bug]: this is a mistake in eng5-pipeline: KeyError" in told.err

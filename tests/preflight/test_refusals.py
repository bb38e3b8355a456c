"""What cannot yield a valid batch is refused before anything changes, with its true cause, in both faces of CJ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import plan_session, run_session
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.spec.effective import OptionValue
from tests.support.cj import signed_with
from tests.support.preflights import (
    BARE,
    CANONICAL,
    ELSEWHERE,
    LEGACY,
    NUMBERS,
    ONE_GRADE,
    READY,
    SWEDISH,
    UNPROMPTED,
    Attempt,
    attempt,
    footprint,
    project,
    standing,
    world_of,
)
from tests.support.project import Project, artefact
from tests.support.raw_server import says, serving, unused_port

FACES = ("as-is", "repaired")
PLAIN_HTTP = "http://192.0.2.7:9095"  # documentation's own network (RFC 5737): nobody is there

Variables = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """What is wrong, and how it must be told: `says` and `hint` are parts of the text."""

    reference: str
    says: tuple[str, ...]
    hint: tuple[str, ...]
    exit_code: int = 3
    spec: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, OptionValue] = field(default_factory=dict)


REGISTER = ("eng5-pipeline register-anchors", "spec.yaml")

CASES: Mapping[str, Case] = {
    "a limit below 2 in the spec": Case(
        "spec-invalid",
        ("1 mistake",),
        ("eng5-pipeline validate",),
        exit_code=2,
        spec={"limits.max_comparisons": 1},
    ),
    "a limit below 2 as an option": Case(
        "option-invalid",
        ("--max-comparisons", "at least 2"),
        ("set limits.max_comparisons to at least 2",),
        exit_code=2,
        options={"--max-comparisons": 1},
    ),
    "a label with control characters in the spec": Case(
        "spec-invalid", ("1 mistake",), ("eng5-pipeline validate",), exit_code=2, spec={"label": "a\x1b[2Jb"}
    ),
    "a label with control characters as an option": Case(
        "option-invalid",
        ("--batch-id", "control character"),
        ("printable characters only",),
        exit_code=2,
        options={"--batch-id": "a\x07b"},
    ),
    "one student": Case(
        "students-too-few",
        ("1 student essay", "CJ never answers a batch of fewer than 2"),
        ("add student essays: 1 found by students/student-2.txt",),
        spec={"essays.students.files": ["students/student-2.txt"]},
    ),
    "no student": Case(
        "essays-not-found",
        ("no essay matches students/*.docx",),
        ("add essays",),
        spec={"essays.students.files": ["students/*.docx"]},
    ),
    "an unknown assignment": Case(
        "assignment-unknown",
        ("CJ knows no assignment np_2017_vt",),
        ("pdm run cj-admin instructions list", "pdm run cj-admin instructions create"),
        spec={"assignment.id": "np_2017_vt"},
    ),
    "no student prompt": Case(
        "student-prompt-missing",
        (f"assignment {UNPROMPTED} has no student prompt",),
        ("pdm run cj-admin prompts upload", "missing-student-prompt"),
        spec={"assignment.id": UNPROMPTED},
    ),
    "another scale than expected": Case(
        "grade-scale-differs",
        (f"scale {LEGACY}", f"expects {SWEDISH}"),
        ("assignment.expect", "spec.yaml", "pdm run cj-admin instructions list"),
        spec={"assignment.expect.grade_scale": SWEDISH},
    ),
    "another origin than expected": Case(
        "context-origin-differs",
        ("context_origin research_experiment", "expects canonical_national"),
        ("assignment.expect",),
        spec={"assignment.expect.context_origin": "canonical_national"},
    ),
    "a rubric of one's own on a national assignment": Case(
        "rubric-override-refused",
        ("canonical_national", "overrides its rubric"),
        ("remove judge.rubric",),
        spec={"assignment.id": CANONICAL, "judge.rubric": "students/student-2.txt"},
    ),
    "a scale of numbers, awaited": Case(
        "result-never-comes",
        ("never publishes a result on scale eng5_np_national_9_step",),
        ("flags.await_completion to false", "--no-await-completion", "result-never-comes in allow"),
        spec={"assignment.id": NUMBERS},
    ),
    "no anchors": Case(
        "anchors-missing",
        (f"no anchors for assignment {BARE} on scale {LEGACY}",),
        REGISTER,
        spec={"assignment.id": BARE},
    ),
    "anchors on another scale alone": Case(
        "anchors-missing",
        (f"no anchors for assignment {ELSEWHERE} on scale {LEGACY}", f"only on another scale: 2 on {SWEDISH}"),
        REGISTER,
        spec={"assignment.id": ELSEWHERE},
    ),
    "fewer anchors than expected": Case(
        "anchors-too-few", ("CJ has 3 anchors", "4 or more"), REGISTER, spec={"assignment.expect.min_anchors": 4}
    ),
    "grades without an anchor": Case(
        "anchor-grades-missing",
        ("no anchor of grade B, D+",),
        REGISTER,
        spec={"assignment.expect.anchor_grades": ["A", "B", "D+"]},
    ),
    "anchors of one grade": Case(
        "anchors-single-grade",
        ("every anchor (2)", "has grade A", "each student would get U"),
        (*REGISTER, "single-grade-anchors in allow"),
        spec={"assignment.id": ONE_GRADE},
    ),
}


@pytest.fixture(scope="module", params=FACES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack"), SandboxOptions(face=request.param)) as embedded:
        yield embedded


def attempts(made: Project, options: Mapping[str, OptionValue], variables: Variables) -> Iterator[Attempt]:
    """A plan, then a run."""
    for opened in (plan_session, run_session):
        yield attempt(partial(opened, Path("spec.yaml"), options, world_of(made, **variables)))


def assert_refused(made: Project, case: Case, variables: Variables) -> None:
    before = footprint(made.stack)
    for tried in attempts(made, case.options, variables):
        assert tried.error is not None
        assert (tried.error.reference, tried.exit_code) == (case.reference, case.exit_code), tried.error.what
        assert all(part in tried.error.what for part in case.says), tried.error.what
        assert all(part in tried.error.hint for part in case.hint), tried.error.hint
    assert footprint(made.stack) == before
    told = [(written["status"], written["exit_code"]) for written in map(artefact, made.runs)]
    assert told == ([] if case.exit_code == 2 else [("refused", case.exit_code)])


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_yield_a_valid_batch_is_refused(stack: Embedded, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    assert_refused(project(tmp_path, stack, **case.spec), case, {})


# Credentials

AGAIN = ("pdm run cj-admin login",)
ISSUE = ("CJ_ADMIN_TOKEN", "pdm run cj-admin token issue")
NO_TOKEN = {"JWT_SECRET_KEY": ""}

TOKENS: Mapping[str, tuple[Case, Callable[[str], Variables]]] = {
    "there is none": (
        Case("cj-token-missing", ("HULEEDU_SERVICE_ACCOUNT_TOKEN", "CJ_ADMIN_TOKEN_PATH"), AGAIN),
        lambda secret: NO_TOKEN,
    ),
    "none may be minted here": (
        Case("cj-token-missing", ("in development only",), AGAIN),
        lambda secret: {"HULEEDU_ENVIRONMENT": "Production"},
    ),
    "it is not one": (
        Case("cj-token-malformed", ("(CJ_ADMIN_TOKEN)", "not a JSON web token"), ISSUE),
        lambda secret: {"CJ_ADMIN_TOKEN": "what-is-this"},
    ),
    "it has expired": (
        Case("cj-token-expired", ("expired at 2001-09-09",), ISSUE),
        lambda secret: {"CJ_ADMIN_TOKEN": signed_with(secret, exp=1_000_000_000)},
    ),
    "it is for another audience": (
        Case("cj-token-wrong-audience", ("is for another-platform, not for huleedu-platform",), ISSUE),
        lambda secret: {"CJ_ADMIN_TOKEN": signed_with(secret, aud="another-platform")},
    ),
    "it is without the role": (
        Case("cj-token-without-role", ("lacks the role admin (roles: teacher)",), ISSUE),
        lambda secret: {"CJ_ADMIN_TOKEN": signed_with(secret, roles=["teacher"])},
    ),
    "it is signed with another secret": (
        Case("cj-token-refused", ("although it looks right", "another secret"), ISSUE),
        lambda secret: {"CJ_ADMIN_TOKEN": signed_with("quite another secret of thirty-two bytes")},
    ),
}


@pytest.mark.parametrize("name", TOKENS)
def test_what_is_wrong_with_the_token_is_told(stack: Embedded, tmp_path: Path, name: str) -> None:
    case, variables = TOKENS[name]
    assert_refused(project(tmp_path, stack), case, variables(stack.variables["JWT_SECRET_KEY"]))


def test_a_token_file_without_a_token_is_told_with_its_name(stack: Embedded, tmp_path: Path) -> None:
    kept = tmp_path / "token.json"
    kept.write_text(json.dumps({"refresh_token": "x"}), encoding="utf-8")
    case = Case("cj-token-file", (str(kept), "holds no access_token"), AGAIN)
    assert_refused(project(tmp_path, stack), case, {"CJ_ADMIN_TOKEN_PATH": str(kept)})


# Another CJ than the one meant

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>log in</html>\n"
WHERE = ("CJ_SERVICE_URL",)


def down(stack: Embedded, _closing: ExitStack) -> str:
    return f"http://127.0.0.1:{unused_port()}"


def a_page(stack: Embedded, closing: ExitStack) -> str:
    return closing.enter_context(serving(says(PAGE))).removesuffix("/v1/content")


def another_service(stack: Embedded, _closing: ExitStack) -> str:
    return stack.variables["CONTENT_SERVICE_URL"].removesuffix("/v1/content")


def under_another_path(stack: Embedded, _closing: ExitStack) -> str:
    return f"{stack.variables['CJ_SERVICE_URL']}/v1"


def tls_where_there_is_none(stack: Embedded, _closing: ExitStack) -> str:
    return stack.variables["CJ_SERVICE_URL"].replace("http:", "https:")


def in_clear_to_another_machine(stack: Embedded, _closing: ExitStack) -> str:
    return PLAIN_HTTP


ADDRESSES: Mapping[str, tuple[Case, Callable[[Embedded, ExitStack], str]]] = {
    "nobody is there": (Case("cj-unreachable", ("nothing listens there",), (*WHERE, "doctor SPEC")), down),
    "a page for people": (Case("cj-wrong-service", ("with a page",), WHERE), a_page),
    "another service": (Case("cj-wrong-service", ("content_service answers at",), WHERE), another_service),
    "CJ under another path": (Case("cj-wrong-service", ("CJ answers at",), WHERE), under_another_path),
    "no TLS": (Case("cj-tls", ("failed the TLS handshake",), WHERE), tls_where_there_is_none),
    "plain http to another machine": (
        Case("plain-http", ("the token for CJ", "in clear text"), ("https", "plain-http in allow")),
        in_clear_to_another_machine,
    ),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_is_wrong_with_the_address_is_told(stack: Embedded, tmp_path: Path, name: str) -> None:
    case, address = ADDRESSES[name]
    with ExitStack() as closing:
        assert_refused(project(tmp_path, stack), case, {"CJ_SERVICE_URL": address(stack, closing)})


# What may be allowed

ALLOWED: Mapping[str, tuple[Mapping[str, object], str]] = {
    "no student prompt": (
        {"assignment.id": UNPROMPTED, "allow": ["missing-student-prompt"]},
        "student-prompt-missing",
    ),
    "a scale of numbers": ({"assignment.id": NUMBERS, "allow": ["result-never-comes"]}, "result-never-comes"),
    "anchors of one grade": (
        {"assignment.id": ONE_GRADE, "allow": ["single-grade-anchors"]},
        "anchors-single-grade",
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_spec_allows_is_warned_of(stack: Embedded, tmp_path: Path, name: str) -> None:
    changes, reference = ALLOWED[name]
    made = project(tmp_path, stack, **changes)
    tried = attempt(lambda: plan_session(Path("spec.yaml"), {}, world_of(made)))
    assert (tried.exit_code, reference in tried.warnings) == (0, True)


def test_a_scale_of_numbers_that_is_not_awaited_is_no_trouble(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack, **{"assignment.id": NUMBERS})
    options = {"--await-completion": False}
    tried = attempt(lambda: run_session(Path("spec.yaml"), options, world_of(made)))
    assert (tried.exit_code, tried.outcome and tried.outcome.status) == (0, "published")
    assert "result-never-comes" not in tried.warnings


def test_what_is_expected_and_there_is_no_trouble(stack: Embedded, tmp_path: Path) -> None:
    expected = {"grade_scale": LEGACY, "min_anchors": 3, "anchor_grades": ["F+", "A"]}
    made = project(tmp_path, stack, **{"assignment.id": READY, "assignment.expect": expected})
    tried = attempt(lambda: plan_session(Path("spec.yaml"), {}, world_of(made)))
    assert (tried.exit_code, tried.error) == (0, None)


def test_everything_that_is_wrong_is_told_at_once(stack: Embedded, tmp_path: Path) -> None:
    expected = {"grade_scale": SWEDISH, "context_origin": "another"}
    made = project(tmp_path, stack, **{"assignment.id": UNPROMPTED, "assignment.expect": expected})
    tried = attempt(lambda: plan_session(Path("spec.yaml"), {}, world_of(made)))
    assert tried.error is not None
    told = {tried.error.reference, *tried.warnings}
    assert {"grade-scale-differs", "context-origin-differs", "student-prompt-missing"} <= told


def test_a_variable_that_means_nothing_leaves_no_run(stack: Embedded, tmp_path: Path) -> None:
    case = Case("variable-invalid", ("KAFKA_API_VERSION",), ("2.3",), exit_code=2)
    assert_refused(project(tmp_path, stack), case, {"KAFKA_API_VERSION": "latest"})

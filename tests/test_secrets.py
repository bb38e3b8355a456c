"""Nothing that the program writes or says holds a token, a signing key or the text of an essay."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.clock import SystemClock
from eng5_pipeline.embedded import Embedded
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store
from eng5_pipeline.wiring.world import World
from tests.support.batch_world import essay
from tests.support.cj import signed_with
from tests.support.leaks import holding, parts_of, with_a_token
from tests.support.misbehaving import QUICK
from tests.support.preflights import BARE, READY, command, project, standing, world_of
from tests.support.project import Project, Ran

pytestmark = pytest.mark.slow

MARK = "Quixotic marmalade"
"""Stands in every essay and anchor, and nowhere else."""

CHILD = """
import os, pathlib, sys
print("arguments", sys.argv, "environment", dict(os.environ))
for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        print(process.read_bytes())
    except OSError:
        pass
"""

COMMANDS = (
    "register-anchors spec.yaml --replace -v",
    "register-anchors spec.yaml",
    "doctor",
    "doctor spec.yaml --json",
    "verify-auth",
    "validate spec.yaml",
    "plan spec.yaml",
    "plan spec.yaml --json -v",
    "run spec.yaml -v",
    "run spec.yaml --display json --force-reupload",
    "run spec.yaml --no-await-completion --no-auto-extract-eng5-db",
    "resume latest",
    "report latest",
    "show latest",
    "show latest --json",
    "runs --json",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack"), QUICK) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def token(stack: Embedded) -> str:
    return signed_with(stack.variables["JWT_SECRET_KEY"], sub="somebody in particular")


@dataclass(frozen=True)
class Watched:
    """A project with marked essays; `said` and what lies below `folder` is searched."""

    made: Project
    said: Path

    def keep(self, ran: Ran) -> Ran:
        with self.said.open("a", encoding="utf-8") as file:
            file.write(f"{ran.out}\n{ran.err}\n")
        return ran

    def written(self) -> list[Path]:
        """Everything but the essays themselves."""
        files = [path for path in self.made.folder.rglob("*") if path.is_file()]
        return [self.said, *(path for path in files if path.parent.name not in ("students", "anchors"))]

    def assert_silent(self, stack: Embedded, token: str) -> None:
        secrets = [*parts_of(token), stack.variables["JWT_SECRET_KEY"].encode()]
        assert holding(secrets, self.written()) == []
        assert with_a_token(self.written()) == []
        assert holding([MARK.encode()], self.written()) == []


@pytest.fixture
def watched(stack: Embedded, tmp_path: Path) -> Watched:
    made = project(
        tmp_path / "project",
        stack,
        **{
            "assignment.id": BARE,
            "essays.anchors": {"files": ["anchors/*.txt"], "grades": "from-names"},
            "extraction.command": [sys.executable, "child.py"],
            "flags.auto_extract_eng5_db": True,
        },
    )
    (made.folder / "child.py").write_text(CHILD, encoding="utf-8")
    (made.folder / "anchors").mkdir()
    for strength, name in ((9, "A1"), (5, "C+1"), (1, "F+1")):
        (made.folder / "anchors" / f"{name}.txt").write_text(f"{MARK} {name}. {essay(strength)}", encoding="utf-8")
    for path in (made.folder / "students").iterdir():
        path.write_text(f"{MARK} {path.stem}. {path.read_text(encoding='utf-8')}", encoding="utf-8")
    return Watched(made, tmp_path / "said.txt")


def world(watched: Watched, token: str) -> World:
    return world_of(watched.made, CJ_ADMIN_TOKEN=token)


def test_no_command_writes_or_says_a_secret(stack: Embedded, watched: Watched, token: str) -> None:
    codes = {words: watched.keep(command(world(watched, token), *words.split())).code for words in COMMANDS}
    assert set(codes.values()) == {0}, codes
    watched.assert_silent(stack, token)


def test_a_token_of_ones_own_making_is_not_written_either(stack: Embedded, watched: Watched, token: str) -> None:
    minting = replace(world(watched, ""), environment={**world_of(watched.made).environment})
    for words in ("register-anchors spec.yaml --replace -v", "run spec.yaml -v", "doctor spec.yaml", "verify-auth"):
        assert watched.keep(command(minting, *words.split())).code == 0
    watched.assert_silent(stack, token)


def test_the_search_would_find_them(stack: Embedded, watched: Watched, token: str) -> None:
    for leak in (f"Bearer {token}", stack.variables["JWT_SECRET_KEY"], f"… {MARK} …"):
        watched.said.write_text(leak, encoding="utf-8")
        with pytest.raises(AssertionError):
            watched.assert_silent(stack, token)


def test_processes_are_started_without_secrets(stack: Embedded, watched: Watched, token: str, tmp_path: Path) -> None:
    """As the operating system's list of processes would show them, the program's own line included."""
    started = tmp_path / "started.txt"
    there = replace(stack, variables={**stack.variables, "CJ_ADMIN_TOKEN": token})
    made = replace(watched.made, stack=there, changes={**watched.made.changes, "assignment.id": READY})
    ran = subprocess.run(
        [sys.executable, "-m", "tests.support.watched", str(started), "run", "spec.yaml"],
        cwd=made.folder,
        env=made.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert watched.keep(Ran(ran.returncode, ran.stdout, ran.stderr)).code == 0, ran.stderr
    assert "child.py" in started.read_text(encoding="utf-8")
    assert holding(parts_of(token), [started]) == []
    watched.assert_silent(stack, token)


# Where something is refused, or goes wrong


def echoing(server: HTTPServer) -> str:
    """A service that repeats everything it was sent, as a careless proxy does."""

    def answer(request: Request) -> Response:
        sent = f"{dict(request.headers)} {request.get_data(as_text=True)}"
        return Response(json.dumps({"error": f"no use for {sent}", "service": sent}), 400, mimetype="application/json")

    server.expect_request("").respond_with_handler(answer)
    return server.url_for("").rstrip("/")


@pytest.mark.parametrize("variable", ["CJ_SERVICE_URL", "CONTENT_SERVICE_URL"])
def test_a_service_that_repeats_what_it_was_sent_is_not_repeated(
    stack: Embedded, watched: Watched, token: str, httpserver: HTTPServer, variable: str
) -> None:
    anchored = world(watched, token)
    watched.keep(command(anchored, "register-anchors", "spec.yaml"))
    there = replace(anchored, environment={**anchored.environment, variable: echoing(httpserver)})
    for words in ("plan spec.yaml -v", "run spec.yaml -v", "register-anchors spec.yaml --replace -v", "doctor"):
        watched.keep(command(there, *words.split()))
    watched.assert_silent(stack, token)


def test_a_text_that_cj_repeats_from_the_content_service_stays_out(stack: Embedded, watched: Watched) -> None:
    """An anchor that CJ holds with another text: its bytes are compared and not kept."""
    assert command(world_of(watched.made), "register-anchors", "spec.yaml", "--replace").code == 0
    (watched.made.folder / "anchors" / "A1.txt").write_text(f"{MARK}, anew. {essay(3)}", encoding="utf-8")
    assert watched.keep(command(world_of(watched.made), "register-anchors", "spec.yaml")).code == 3
    assert holding([MARK.encode()], watched.written()) == []


class BrokenClock(SystemClock):
    """Works so many times, then fails with a word that it should have kept to itself."""

    def __init__(self, left: int, word: str) -> None:
        self._left = left
        self._word = word

    def monotonic(self) -> float:
        self._left -= 1
        if self._left == 0:
            raise RuntimeError(f"Authorization: {self._word}")
        return super().monotonic()


@pytest.mark.parametrize("verb", ["plan", "run", "register-anchors"])
@pytest.mark.parametrize("left", [3, 6, 9])
def test_a_bug_shows_where_it_is_and_no_secret(
    stack: Embedded, watched: Watched, token: str, monkeypatch: pytest.MonkeyPatch, verb: str, left: int
) -> None:
    kept = watched.made.folder / "tracebacks"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    broken = replace(world(watched, token), clock=BrokenClock(left, f"Bearer {token}"))
    ran = watched.keep(command(broken, verb, "spec.yaml", "-v"))
    assert (ran.code, "error[bug]" in ran.err) == (1, True), ran.err
    traces = [*kept.iterdir(), *watched.made.folder.rglob("run.log")]
    assert any("RuntimeError" in path.read_text(encoding="utf-8") for path in traces)
    watched.assert_silent(stack, token)


def test_the_store_of_the_services_does_hold_the_texts(stack: Embedded, watched: Watched, token: str) -> None:
    """So that the search is not silent because nothing was sent."""
    assert command(world(watched, token), "register-anchors", "spec.yaml", "--replace").code == 0
    assert command(world(watched, token), "run", "spec.yaml").code == 0
    told = json.loads(command(world(watched, token), "plan", "spec.yaml", "-q", "--json").out)
    place = Path(stack.variables["ENG5_CJ_DATABASE_URL"].removeprefix("sqlite:///"))
    with Store.open(place) as store:
        texts = [Contents(store).get(anchor["storage_id"]) for anchor in told["anchors"]["summary"]["anchors"]]
    assert any(isinstance(text, Content) and MARK.encode() in text.body for text in texts)

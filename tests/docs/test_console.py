"""The commands of the how-to pages do what the pages show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from eng5_pipeline.embedded import Embedded, embedded_stack
from eng5_pipeline.sandbox import SandboxOptions
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.wiring.world import real_world
from tests.docs import markdown
from tests.docs.blocks import DOCS
from tests.docs.console import Console, Written, commands, not_shown, steps, with_programs

EXAMPLE = markdown.ROOT / "examples" / "role-models"
ASSIGNMENT = "00000000-0000-0000-0000-000000000001"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.glob("how-to/*.md"))
CHEAP = {"how-to/write-a-spec.md", "how-to/register-anchors.md"}


def _seed(output: Path) -> Path:
    """The assignment; with the anchors for every page but the one that registers them."""
    output.mkdir(parents=True)
    table = (EXAMPLE / "essays" / "anchors.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [row.split(",") for row in table]
    anchors = [
        {"label": label, "grade": grade, "text": f"An anchor of grade {grade}, called {label}. " * 10}
        for _, grade, label in rows
    ]
    assignment = {
        "id": ASSIGNMENT,
        "instructions": "Which essay fulfils the task better?",
        "grade_scale": "eng5_np_legacy_9_step",
        "student_prompt": "Write about a role model of yours.",
        "anchors": anchors,
    }
    unregistered = {**assignment, "id": "without-anchors", "anchors": []}
    seed = output / "seed.yaml"
    seed.write_text(yaml.safe_dump({"assignments": [assignment, unregistered]}), encoding="utf-8")
    return seed


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    output = tmp_path_factory.mktemp("stack") / "artefacts"
    options = SandboxOptions(seed=_seed(output), judge=JudgeSettings(latency_s=0, spacing_s=0))
    with embedded_stack(output, replace(real_world(), here=output), options) as embedded:
        yield embedded


@pytest.fixture
def console(stack: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A folder with the bundled example, in a shell that exported what `sandbox` prints."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    spec = tmp_path / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("grace: 2s", "grace: 1s"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Console(with_programs(replace(stack.world, here=tmp_path), tmp_path / ".bin"))


def _follow(page: str, console: Console) -> None:
    for command in steps(page):
        if isinstance(command, Written):
            (console.world.here / command.path).write_text(command.text, encoding="utf-8")
            continue
        did = console.do(command.line)
        assert did.code == command.code, f"{command.line}\n{did.out}"
        assert not_shown(command, did) == [], f"{command.line}\n{did.out}"


def test_the_page_about_specs_can_be_followed(console: Console) -> None:
    _follow("how-to/write-a-spec.md", console)


def test_the_page_about_anchors_can_be_followed(console: Console) -> None:
    spec = console.world.here / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace(ASSIGNMENT, "without-anchors"), encoding="utf-8")
    _follow("how-to/register-anchors.md", console)


@pytest.mark.soak
@pytest.mark.parametrize("page", [page for page in PAGES if page not in CHEAP])
def test_a_page_can_be_followed(page: str, console: Console) -> None:
    _follow(page, console)


@pytest.mark.soak
def test_the_tutorial_can_be_followed_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _follow("tutorial.md", Console(with_programs(replace(real_world(), here=tmp_path), tmp_path / ".bin")))


@pytest.mark.parametrize("page", ["tutorial.md", *PAGES])
def test_a_line_that_shows_output_belongs_to_a_command(page: str) -> None:
    assert all(block.startswith("$ ") for block in markdown.blocks(page, "console"))


def test_no_other_page_has_commands_that_nobody_tries() -> None:
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"tutorial.md", *PAGES}
    assert [page for page in sorted(pages) if markdown.blocks(page, "console")] == []


def test_a_line_that_was_not_written_is_noticed(console: Console) -> None:
    (command,) = (each for each in commands("how-to/write-a-spec.md") if "validate" in each.line)
    assert not_shown(replace(command, lines=("…13 student essays…",)), console.do(command.line)) != []


def test_the_json_line_of_the_page_about_ci_is_json() -> None:
    (line,) = (text for each in commands("how-to/run-in-ci.md") for text in each.lines if text.startswith("{"))
    assert json.loads(line.replace(" …", " ").replace("…}", "}"))["event"] == "ended"

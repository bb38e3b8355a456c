"""The recipes of docs/how-to/review-in-a-pull-request.md and the hooks are what the program understands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.cli.app import COMMANDS, parse
from eng5_pipeline.review.local_state import LocalState
from eng5_pipeline.review.lock import lock_path
from eng5_pipeline.review.lock_lines import Lock, render
from eng5_pipeline.spec.load import load_spec
from tests.support.git import Repository
from tests.support.project import ROOT

PAGE = ROOT / "docs" / "how-to" / "review-in-a-pull-request.md"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def recipes() -> list[Any]:
    blocks = re.findall(r"(?ms)^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    return [yaml.safe_load(block) for block in blocks]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for below in value.values():
            yield from texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from texts(below)
    elif isinstance(value, str):
        yield value


def command_lines() -> list[str]:
    """Every call of the program on the page and in the hooks, without what the shell does around it."""
    page = PAGE.read_text(encoding="utf-8")
    plain = re.findall(r"(?m)^    (eng5-pipeline .*)$", page)
    hooks = [f"{hook['entry']} a.yaml" for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))]
    lines = [line.strip() for recipe in recipes() for text in texts(recipe) for line in text.splitlines()]
    told = [*plain, *hooks, *(line for line in lines if line.startswith("eng5-pipeline "))]
    return [re.sub(r"\s*(>|;|\|\|).*$", "", line) for line in told]


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_a_command_of_the_page_is_one_of_the_program(line: str) -> None:
    _, *words = shlex.split(line)
    if "--install-completion" in words:
        return
    try:
        job = parse(words)
    except typer.TyperException as wrong:
        pytest.fail(f"{line}: {wrong}")
    assert callable(job)


def test_the_page_has_recipes_for_both_that_post_a_diff_and_keep_the_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(recipes()) == 5
    assert text.count("--format md") >= 3
    keeping = [text for text in map(str, recipes()) if "--plan plan.json" in text]
    assert len(keeping) == 2
    assert all("always" in recipe for recipe in keeping)


def test_the_hooks_of_the_page_exist() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))}
    named = {hook["id"] for hook in recipes()[0]["repos"][0]["hooks"]}
    assert named == hooks == {"eng5-validate", "eng5-lock"}


def test_the_validating_hook_takes_specs_and_nothing_beside_them() -> None:
    (files,) = (hook["files"] for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8")) if "files" in hook)
    assert re.search(files, "runspecs/a.yaml")
    assert not re.search(files, "runspecs/prompts/prices.yaml")
    assert not re.search(files, "runspecs/a.yaml.lock")


def test_a_commit_goes_through_while_everything_is_as_locked_and_not_after(tmp_path: Path) -> None:
    """By git itself, with a hook that does what pre-commit does with ours."""
    repository = Repository(tmp_path)
    repository.write({"runspecs/a.yaml": SPEC, "runspecs/b.txt": WORDS, "runspecs/c.txt": f"Other {WORDS}"})
    lock(tmp_path / "runspecs" / "a.yaml")
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    hook.write_text("".join(["#!/bin/sh -e\n", *(f"{line}\n" for line in as_a_shell_does("runspecs/a.yaml"))]))
    hook.chmod(0o755)
    repository.commit("as locked")
    repository.write({"runspecs/b.txt": f"Changed {WORDS}"})
    with pytest.raises(subprocess.CalledProcessError) as caught:
        repository.commit("another text")
    assert "essay b.txt: changed" in caught.value.stdout + caught.value.stderr


SPEC = "spec: eng5-pipeline/v1\nassignment: {id: np_2017_vt}\nessays: {students: {files: ['*.txt']}}\n"
WORDS = "words of an essay that is long enough to be one " * 10


def as_a_shell_does(*specs: str) -> list[str]:
    program = f"PYTHONPATH={shlex.quote(str(ROOT))} {shlex.quote(sys.executable)} -m eng5_pipeline"
    entries = [hook["entry"] for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))]
    return [" ".join([entry.replace("eng5-pipeline", program, 1), *specs]) for entry in entries]


def lock(spec: Path) -> None:
    """As `lock` would, had it asked CJ."""
    loaded = load_spec(spec)
    state = LocalState.of(loaded.spec, EssayFolder(loaded.folder))
    made = Lock(essays=state.essays(()), inputs=state.input_files(), grade_scale="eng5", anchors=())
    lock_path(spec).write_bytes(render(made))


def test_every_command_of_the_hooks_is_there() -> None:
    entries = [hook["entry"].split()[1] for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))]
    assert set(entries) <= set(COMMANDS)

"""A spec in three commits: diff, lock, plan and run tell each change right and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eng5_pipeline.embedded import Embedded
from tests.support.batch_world import essay
from tests.support.git import Repository
from tests.support.preflights import READY, command, standing, world_of
from tests.support.project import Project, Ran

JUDGE = {
    "judge.provider": "mock",
    "judge.model": "mock-model-v1",
    "judge.rubric": "rubric.md",
    "judge.temperature": 0.0,
}
RUBRIC = "".join(f"criterion {number}\n" for number in range(8))

FIRST = {"assignment.id": READY, "limits.max_comparisons": 8, **JUDGE}
SECOND = {**FIRST, "limits.max_comparisons": 6, "judge.temperature": 0.2}


@dataclass(frozen=True)
class Study:
    """The project in its repository; a checkout of a commit is everything as it was then."""

    project: Project
    repository: Repository

    def tell(self, *words: str) -> Ran:
        return command(world_of(self.project), *words)

    def at(self, commit: str) -> None:
        self.repository.git("checkout", "--quiet", "--force", commit)

    def file(self, name: str) -> Path:
        return self.project.folder / name


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def study(stack: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Tags: `first`, `second` with changes of every kind, `third` reformatted; each with its lock."""
    folder = tmp_path_factory.mktemp("study")
    made = Study(Project(folder, stack, FIRST), Repository(folder))
    made.repository.write({"rubric.md": RUBRIC, ".gitignore": "artefacts/\n.sandbox/\n*.json\n"})
    _commit(made, "first")
    made.project.write_spec(**SECOND)
    changed = RUBRIC.replace("criterion 2", "criterion two").replace("criterion 5\n", "")
    made.repository.write(
        {"rubric.md": changed, "students/student-2.txt": essay(3), "students/new.txt": essay(4)},
    )
    _commit(made, "second")
    spec = made.file("spec.yaml")
    lines = "".join(f"{line}   # a word\n" for line in spec.read_text(encoding="utf-8").splitlines())
    spec.write_text(f"# another layout\n\n{lines}", encoding="utf-8")
    _commit(made, "third")
    return made


@pytest.fixture(scope="module")
def plan(study: Study) -> str:
    """Of the second commit."""
    study.at("second")
    assert study.tell("plan", "spec.yaml", "-q", "--out", "plan.json").code == 0
    return "plan.json"


def _commit(study: Study, name: str) -> None:
    assert study.tell("lock", "spec.yaml", "-q").code == 0
    study.repository.commit(name)
    study.repository.git("tag", name)


class TestDiff:
    def test_everything_that_changed_is_told_and_nothing_else(self, study: Study) -> None:
        study.at("second")
        told = json.loads(study.tell("diff", "spec.yaml", "--against", "first", "--format", "json").out)
        assert [change["told"] for change in told["changes"]] == [
            "limits.max_comparisons 8 -> 6 (of 15, then 21 possible)",
            "judge.temperature 0.0 -> 0.2",
            "+1 essay, 1 changed",
            "rubric.md: 2 lines",
        ]
        assert told["essays"] == {
            "added": ["students/new.txt"],
            "removed": [],
            "changed": ["students/student-2.txt"],
        }

    def test_a_reformatted_spec_is_no_difference(self, study: Study) -> None:
        study.at("third")
        ran = study.tell("diff", "spec.yaml", "--against", "second", "--exit-code")
        assert (ran.code, ran.out.splitlines()[1:]) == (0, ["  no difference"])

    def test_a_difference_is_an_exit_code_where_one_asks_for_it(self, study: Study) -> None:
        study.at("second")
        codes = [study.tell("diff", "spec.yaml", "--against", "first", *more).code for more in ([], ["--exit-code"])]
        assert codes == [0, 8]

    def test_what_was_committed_is_told_from_what_stands_now(self, study: Study) -> None:
        study.at("third")
        study.file("rubric.md").write_text("another rubric\n", encoding="utf-8")
        assert "! rubric.md: 7 lines\n" in study.tell("diff", "spec.yaml", "--against", "HEAD").out

    def test_a_spec_that_was_not_there_is_new(self, study: Study) -> None:
        study.at("third")
        other = study.file("other.yaml")
        other.write_bytes(study.file("spec.yaml").read_bytes())
        told = study.tell("diff", str(other), "--against", "HEAD").out
        other.unlink()
        assert "  a new spec, other, 4 essays\n" in told

    def test_a_revision_at_which_it_was_broken_is_told_as_such(self, study: Study) -> None:
        study.at("third")
        text = study.file("spec.yaml").read_text(encoding="utf-8")
        study.file("spec.yaml").write_text(text.replace("max_comparisons: 6", "max_comparisons: six"), encoding="utf-8")
        study.repository.commit("broken")
        study.file("spec.yaml").write_text(text, encoding="utf-8")
        ran = study.tell("diff", "spec.yaml", "--against", "HEAD")
        assert (ran.code, "spec.yaml at HEAD is no valid spec: line " in ran.err) == (2, True)

    def test_essays_that_are_in_no_checkout_are_told_by_the_locks(self, study: Study) -> None:
        study.at("second")
        for path in study.file("students").iterdir():
            path.unlink()
        told = study.tell("diff", "spec.yaml", "--against", "first").out
        study.at("second")
        assert "! +1 essay, 1 changed\n" in told
        assert "not compared" not in told

    def test_two_files_are_compared_by_what_they_would_do(self, study: Study) -> None:
        study.at("second")
        other = study.file("other.yaml")
        text = study.file("spec.yaml").read_text(encoding="utf-8")
        other.write_text(text.replace("max_comparisons: 6", "max_comparisons: 12"), encoding="utf-8")
        told = study.tell("diff", "spec.yaml", str(other)).out
        other.unlink()
        assert [line.strip() for line in told.splitlines()[1:4]] == [
            "label spec -> other",
            "! limits.max_comparisons 6 -> 12 (of 21 possible)",
            "risky: more comparisons are paid",
        ]

    def test_markdown_names_no_essay(self, study: Study) -> None:
        study.at("second")
        told = study.tell("diff", "spec.yaml", "--against", "first", "--format", "md").out
        assert "| ⚠️ | \\+1 essay, 1 changed | **risky**: " in told
        assert "student-2" not in told
        assert "new.txt" not in told


class TestLock:
    def test_holds_at_every_commit(self, study: Study) -> None:
        for commit in ("first", "second", "third"):
            study.at(commit)
            assert study.tell("lock", "spec.yaml", "--check").code == 0

    def test_names_what_changed_since_it_was_written_and_nothing_else(self, study: Study) -> None:
        study.at("second")
        study.repository.git("checkout", "--quiet", "first", "--", "spec.yaml.lock")
        ran = study.tell("lock", "spec.yaml", "--check")
        study.repository.git("checkout", "--quiet", "--force", "second", "--", "spec.yaml.lock")
        assert ran.code == 8
        assert (
            "3 differences from spec.yaml.lock: file of judge.rubric: rubric.md changed; "
            "essay students/new.txt: new; essay students/student-2.txt: changed\n"
        ) in ran.err

    def test_two_locks_of_one_state_are_the_same_bytes(self, study: Study) -> None:
        study.at("third")
        before = study.file("spec.yaml.lock").read_bytes()
        assert study.tell("lock", "spec.yaml", "-q").code == 0
        assert study.file("spec.yaml.lock").read_bytes() == before


class TestPlan:
    def test_a_reformatted_spec_is_what_was_planned(self, study: Study, plan: str) -> None:
        study.at("third")
        assert study.tell("run", "spec.yaml", "-q", "--plan", plan).code == 0

    def test_another_commit_is_not_and_each_difference_is_named(self, study: Study, plan: str) -> None:
        study.at("first")
        ran = study.tell("run", "spec.yaml", "-q", "--plan", plan)
        assert ran.code == 8
        assert (
            "error[plan-differs]: 5 differences from the plan: judge.temperature: 0.2 -> 0.0; "
            "limits.max_comparisons: 6 -> 8; file of judge.rubric: rubric.md changed; essay students/new.txt: gone; "
            "essay students/student-2.txt: changed\n"
        ) in ran.err
        assert "stage: anchor_preflight · nothing was uploaded or published\n" in ran.err

    def test_a_run_is_told_from_what_stands_now(self, study: Study, plan: str) -> None:
        study.at("third")
        study.tell("run", "spec.yaml", "-q", "--plan", plan)
        assert study.tell("diff", "latest").out.splitlines()[1:] == ["  no difference"]
        study.at("first")
        told = study.tell("diff", "latest").out
        assert "! judge.temperature 0.2 -> 0.0\n" in told
        assert "! -1 essay, 1 changed\n" in told
        assert "! rubric.md: 2 lines\n" in told

"""Anchors are registered on purpose only: what would be sent is told, what is sent is read back, a rerun is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import register_session
from eng5_pipeline.sandbox import SandboxOptions
from tests.support import web
from tests.support.batch_world import essay
from tests.support.observers import Remembering
from tests.support.preflights import (
    BARE,
    CANONICAL,
    LEGACY,
    ONE_GRADE,
    SWEDISH,
    UNPROMPTED,
    Footprint,
    command,
    footprint,
    project,
    standing,
    world_of,
)
from tests.support.project import Project, Ran
from tests.support.raw_server import unused_port

REGISTER = "POST /api/v1/anchors/register"
THREE = {"top": "A", "middle": "C+", "low": "F+"}
HEAD = "file,grade,label\n"
NOTHING: Mapping[str, Any] = {}


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def as_is(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack"), SandboxOptions(face="as-is")) as embedded:
        yield embedded


def anchors_of(
    folder: Path, stack: Embedded, assignment: str, table: str = "", changes: Mapping[str, Any] = NOTHING
) -> Project:
    """Three anchors whose labels are this test's own: a stack is shared by many."""
    made = project(
        folder,
        stack,
        **{
            "assignment.id": assignment,
            "essays.anchors": {"files": ["anchors/*.txt"], "grades": "anchors.csv"},
            **changes,
        },
    )
    (made.folder / "anchors").mkdir()
    for strength, name in enumerate(THREE):
        write(made, name, essay(9 - 4 * strength))
    rows = "".join(f"anchors/{name}.txt,{grade},{folder.name}-{name}\n" for name, grade in THREE.items())
    (made.folder / "anchors.csv").write_text(table or HEAD + rows, encoding="utf-8")
    return made


def write(made: Project, name: str, text: str) -> None:
    (made.folder / "anchors" / f"{name}.txt").write_text(text, encoding="utf-8")


def regrade(made: Project, old: str, new: str) -> None:
    table = made.folder / "anchors.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def register(made: Project, *words: str, **variables: str) -> Ran:
    return command(world_of(made, **variables), "register-anchors", "spec.yaml", *words)


def held(made: Project) -> dict[str, tuple[str, int]]:
    """Grade and registry id of this test's anchors by label, as CJ tells them."""
    told = json.loads(command(world_of(made), "plan", "spec.yaml", "-q", "--json").out)["anchors"]
    anchors = told["summary"]["anchors"] if told else []
    return {anchor["label"]: (anchor["grade"], anchor["anchor_id"]) for anchor in anchors}


def sent(made: Project, before: Footprint) -> int:
    return footprint(made.stack).writes.get(REGISTER, 0) - before.writes.get(REGISTER, 0)


def journal(made: Project) -> list[dict[str, Any]]:
    (folder,) = (made.folder / "artefacts").glob("register-anchors-*")
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]


def misbehave(stack: Embedded, *rules: Mapping[str, object]) -> None:
    told = {"faults": [{"service": "cj", "path": "/api/v1/anchors/register", **rule} for rule in rules]}
    web.put(f"{stack.variables['CJ_SERVICE_URL']}/_sandbox/faults", json=told).raise_for_status()


def test_anchors_are_registered_with_the_labels_and_grades_of_the_table(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    ran = register(made)
    assert ran.code == 0, ran.err
    assert {label: grade for label, (grade, _) in held(made).items() if label.startswith(tmp_path.name)} == {
        f"{tmp_path.name}-{name}": grade for name, grade in THREE.items()
    }
    (folder,) = (made.folder / "artefacts").glob("register-anchors-*")
    assert json.loads((folder / "outcome.json").read_bytes())["status"] == "completed"


def test_what_will_be_sent_is_told_before_it_is_sent(repaired: Embedded, tmp_path: Path) -> None:
    told = register(anchors_of(tmp_path, repaired, BARE)).err
    shown = f"new to CJ: {tmp_path.name}-low (F+), {tmp_path.name}-middle (C+), {tmp_path.name}-top (A)"
    assert told.index(shown) < told.index("register_anchors    begins")


def test_registering_again_sends_nothing(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    assert register(made).code == 0
    before, ids = footprint(repaired), held(made)
    again = register(made)
    assert (again.code, sent(made, before), held(made)) == (0, 0, ids)
    assert "new to CJ: none; 3 there already" in again.err


def test_a_label_is_always_sent_so_that_equal_grades_stand_side_by_side(repaired: Embedded, tmp_path: Path) -> None:
    table = "file,grade\n" + "".join(f"anchors/{tmp_path.name}-{n}.txt,A\n" for n in (1, 2, 3))
    made = anchors_of(tmp_path, repaired, BARE, table)
    for number, name in enumerate(THREE, start=1):
        (made.folder / "anchors" / f"{name}.txt").rename(made.folder / "anchors" / f"{tmp_path.name}-{number}.txt")
    assert register(made).code == 0
    assert [grade for label, (grade, _) in held(made).items() if label.startswith(tmp_path.name)] == ["A"] * 3


def test_grades_may_be_taken_from_the_names(repaired: Embedded, tmp_path: Path) -> None:
    changes = {"essays.anchors": {"files": ["anchors/*.txt"], "grades": "from-names"}}
    made = anchors_of(tmp_path, repaired, UNPROMPTED, changes=changes)
    for name, grade in THREE.items():
        (made.folder / "anchors" / f"{name}.txt").rename(made.folder / "anchors" / f"{grade.lower()}77.txt")
    made.write_spec(**{**made.changes, "allow": ["missing-student-prompt"]})
    assert register(made).code == 0
    assert {"a77", "c+77", "f+77"} <= held(made).keys()


@pytest.mark.parametrize(
    ("changes", "reference"),
    [
        ({"assignment.id": "np_2017_vt"}, "assignment-unknown"),
        ({"assignment.expect.grade_scale": SWEDISH}, "grade-scale-differs"),
    ],
)
def test_an_assignment_that_is_not_the_one_meant_is_refused(
    repaired: Embedded, tmp_path: Path, changes: Mapping[str, object], reference: str
) -> None:
    made, before = anchors_of(tmp_path, repaired, BARE, changes=changes), footprint(repaired)
    ran = register(made)
    assert (ran.code, f"error[{reference}]" in ran.err, footprint(repaired)) == (3, True, before)


@pytest.mark.parametrize("assignment", [UNPROMPTED, CANONICAL, ONE_GRADE])
def test_what_only_a_batch_needs_of_an_assignment_does_not_matter(
    repaired: Embedded, tmp_path: Path, assignment: str
) -> None:
    expect = {"grade_scale": LEGACY, "context_origin": "another", "min_anchors": 99}
    changes = {"assignment.expect": expect, "judge.rubric": "students/student-2.txt"}
    assert register(anchors_of(tmp_path, repaired, assignment, changes=changes)).code == 0


LOCAL_MISTAKES = {
    "equal labels": (HEAD + "".join(f"anchors/{name}.txt,A,same\n" for name in THREE), "anchor-labels-equal"),
    "a grade too long": (HEAD + "anchors/top.txt,ABCDE,\n", "anchor-grade-length"),
    "a file without a row": (HEAD + "anchors/top.txt,A,\n", "anchor-without-grade"),
    "no table": ("top;A\n", "anchor-table-columns"),
}


@pytest.mark.parametrize("case", LOCAL_MISTAKES)
def test_a_mistake_in_the_table_is_told_before_anything_is_sent(repaired: Embedded, tmp_path: Path, case: str) -> None:
    table, reference = LOCAL_MISTAKES[case]
    made, before = anchors_of(tmp_path, repaired, BARE, table), footprint(repaired)
    ran = register(made)
    assert (ran.code, f"error[{reference}]" in ran.err, footprint(repaired)) == (3, True, before)
    assert "nothing was uploaded or published" in ran.err


def test_a_text_too_short_for_cj_is_told_before_anything_is_sent(repaired: Embedded, tmp_path: Path) -> None:
    made, before = anchors_of(tmp_path, repaired, BARE), footprint(repaired)
    write(made, "low", "Too short.")
    ran = register(made)
    assert (ran.code, footprint(repaired)) == (3, before)
    assert "error[anchor-too-short]: anchor anchors/low.txt has 10 characters, CJ takes 100 or more" in ran.err


def test_a_spec_without_anchors_leaves_no_folder(repaired: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, repaired)
    ran = register(made)
    assert (ran.code, "error[anchors-not-named]" in ran.err) == (2, True)
    assert not (made.folder / "artefacts").exists()


def test_what_cj_holds_differently_is_told_and_left_alone(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    assert register(made).code == 0
    regrade(made, ",C+,", ",C-,")
    write(made, "low", essay(3))
    before, ids = footprint(repaired), held(made)
    ran = command(world_of(made), "register-anchors", "spec.yaml")
    assert (ran.code, sent(made, before), held(made)) == (3, 0, ids)
    told = f"{tmp_path.name}-low (another text), {tmp_path.name}-middle (grade C+ instead of C-)"
    assert f"error[anchors-held-differently]: CJ holds 2 of 3 anchors differently: {told}\n" in ran.err
    assert "to overwrite what CJ holds:  eng5-pipeline register-anchors spec.yaml --replace\n" in ran.err


def test_replacing_overwrites_only_what_is_different(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    assert register(made).code == 0
    before, (_, number) = footprint(repaired), held(made)[f"{tmp_path.name}-middle"]
    regrade(made, ",C+,", ",C-,")
    assert register(made, "--replace").code == 0
    assert (sent(made, before), held(made)[f"{tmp_path.name}-middle"]) == (1, ("C-", number))


def test_a_content_service_that_is_down_is_told_before_anything_is_sent(repaired: Embedded, tmp_path: Path) -> None:
    made, before = anchors_of(tmp_path, repaired, BARE), footprint(repaired)
    ran = register(made, CONTENT_SERVICE_URL=f"http://127.0.0.1:{unused_port()}/v1/content")
    assert (ran.code, "error[content-unreachable]" in ran.err, sent(made, before)) == (3, True, 0)


def test_a_failure_half_way_says_which_are_kept_and_a_rerun_sends_the_rest(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    misbehave(repaired, {"skip": 2, "times": 1, "do": {"kind": "status", "status": 500}})
    failed = register(made)
    assert failed.code == 4
    assert "error[anchor-not-registered]" in failed.err
    assert f"CJ keeps 2 of 3 anchors: {tmp_path.name}-low, {tmp_path.name}-middle\n" in failed.err
    before = footprint(repaired)
    assert (register(made).code, sent(made, before)) == (0, 1)


def test_an_answer_that_is_lost_leaves_no_doubt_about_what_is_kept(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    misbehave(repaired, {"skip": 1, "times": 1, "do": {"kind": "lost-answer"}})
    failed = register(made)
    assert (failed.code, "error[anchor-outcome-unknown]" in failed.err) == (4, True)
    assert f"CJ keeps 2 of 3 anchors: {tmp_path.name}-low, {tmp_path.name}-middle\n" in failed.err
    assert register(made).code == 0


def test_a_grade_that_cj_does_not_know_is_refused_in_cjs_words(repaired: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, repaired, BARE)
    regrade(made, ",C+,", ",Q,")
    ran = register(made)
    assert (ran.code, f"error[anchor-refused]: CJ refuses anchor {tmp_path.name}-middle: " in ran.err) == (4, True)


def test_a_stop_between_two_anchors_says_which_are_kept(repaired: Embedded, tmp_path: Path) -> None:
    made, observer = anchors_of(tmp_path, repaired, BARE), Remembering()
    before = footprint(repaired)
    with register_session(Path("spec.yaml"), {}, world_of(made), replace=False) as session:
        outcome = session.execute(observer, lambda: sent(made, before) == 1)
    assert (outcome.exit_code, sent(made, before)) == (130, 1)
    assert [what for _, reference, what in observer.warnings if reference == "anchors-kept-so-far"] == [
        f"CJ keeps 1 of 3 anchors: {tmp_path.name}-low"
    ]


# CJ as it is acknowledges and does not commit


def test_what_is_acknowledged_and_not_kept_is_noticed_after_the_first(as_is: Embedded, tmp_path: Path) -> None:
    made, before = anchors_of(tmp_path, as_is, BARE), footprint(as_is)
    ran = register(made)
    assert (ran.code, sent(made, before)) == (4, 1)
    assert f"error[anchors-not-kept]: CJ acknowledged 1 anchor registration and did not keep: {tmp_path.name}-low" in (
        ran.err
    )
    (hint,) = [line for line in ran.err.splitlines() if line.startswith("  hint: ")]
    assert "CJ's operators" in hint
    assert "register-anchors" not in hint


def test_a_replacement_that_is_not_kept_is_noticed_too(as_is: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, as_is, ONE_GRADE, HEAD + "anchors/top.txt,B,A-0\n")
    for name in ("middle", "low"):
        (made.folder / "anchors" / f"{name}.txt").unlink()
    assert register(made).code == 3
    for folder in (made.folder / "artefacts").iterdir():
        folder.rename(tmp_path / folder.name)
    ran = register(made, "--replace")
    assert (ran.code, "error[anchors-not-kept]" in ran.err) == (4, True)


def test_what_was_done_is_in_a_journal_of_its_own(as_is: Embedded, tmp_path: Path) -> None:
    made = anchors_of(tmp_path, as_is, BARE)
    register(made)
    kinds = [(line["kind"], line.get("name")) for line in journal(made)]
    assert kinds[0] == ("opened", None)
    assert kinds.index(("effect", None)) < kinds.index(("note", "acknowledged"))
    assert kinds[-2:] == [("stopped", "anchors-not-kept"), ("ended", None)]
    assert made.runs == []

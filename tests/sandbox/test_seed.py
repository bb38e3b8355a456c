from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eng5_pipeline.sandbox.http.settings import HttpSettings, SandboxFileInvalid
from eng5_pipeline.sandbox.kept.registry import Anchors, Instructions
from eng5_pipeline.sandbox.kept.seed import Planted, load_seed, plant
from eng5_pipeline.sandbox.kept.store import Contents, Store
from tests.support import web
from tests.support.http_stack import SECRET, admin, http_stack

SEED = """
assignments:
  - id: role-models
    instructions: Compare the essays on overall quality.
    grade_scale: eng5_np_legacy_9_step
    student_prompt: Write about a role model.
    rubric_file: rubric.md
    anchors:
      - {label: Å1, grade: A, file: anchors/a1.txt}
      - {grade: F+, text: A short text by a pupil.}
"""


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors" / "a1.txt").write_text("\ufeffEn text på svenska.", encoding="utf-8")
    (tmp_path / "rubric.md").write_text("Judge content.", encoding="utf-8")
    return _seed(tmp_path, SEED)


def _seed(folder: Path, text: str) -> Path:
    path = folder / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "seeded.sqlite") as opened:
        yield opened


def test_planting_says_how_much_stands(store: Store, seed_file: Path) -> None:
    assert plant(store, load_seed(seed_file)) == Planted(assignments=1, anchors=2)


def test_anchors_stand_with_label_grade_and_text_of_their_file(store: Store, seed_file: Path) -> None:
    plant(store, load_seed(seed_file))
    anchors = Anchors(store).of_assignment("role-models")
    assert [(a.anchor_label, a.grade) for a in anchors] == [("Å1", "A"), ("F+", "F+")]
    content = Contents(store).get(anchors[0].text_storage_id)
    assert content is not None
    assert content.body.decode() == "En text på svenska."


def test_an_assignment_stands_with_prompt_rubric_and_origin(store: Store, seed_file: Path) -> None:
    plant(store, load_seed(seed_file))
    stands = Instructions(store).of_assignment("role-models")
    assert stands is not None
    assert stands.context_origin == "research_experiment"
    prompt = Contents(store).get(stands.student_prompt_storage_id or "")
    rubric = Contents(store).get(stands.judge_rubric_storage_id or "")
    assert (prompt and prompt.body, rubric and rubric.body) == (
        b"Write about a role model.",
        b"Judge content.",
    )


def test_planting_the_same_again_changes_nothing(store: Store, seed_file: Path) -> None:
    plant(store, load_seed(seed_file))
    before = [Instructions(store).of_assignment("role-models"), *Anchors(store).of_assignment("role-models")]
    plant(store, load_seed(seed_file))
    assert before == [
        Instructions(store).of_assignment("role-models"),
        *Anchors(store).of_assignment("role-models"),
    ]


def test_a_changed_text_takes_the_place_of_the_old_one(store: Store, seed_file: Path) -> None:
    plant(store, load_seed(seed_file))
    (old, _) = Anchors(store).of_assignment("role-models")
    (seed_file.parent / "anchors" / "a1.txt").write_text("A new text.", encoding="utf-8")
    plant(store, load_seed(seed_file))
    (new, _) = Anchors(store).of_assignment("role-models")
    assert new.id == old.id
    assert new.text_storage_id != old.text_storage_id


def test_another_scale_for_a_standing_assignment_is_refused(store: Store, seed_file: Path) -> None:
    plant(store, load_seed(seed_file))
    other = _seed(seed_file.parent, SEED.replace("eng5_np_legacy_9_step", "swedish_8_anchor").replace("F+", "F"))
    with pytest.raises(SandboxFileInvalid, match="grade_scale is eng5_np_legacy_9_step"):
        plant(store, load_seed(other))


def test_a_seeded_assignment_is_known_to_the_as_is_face(tmp_path: Path, seed_file: Path) -> None:
    with http_stack(tmp_path, HttpSettings(face="as-is", jwt_secret=SECRET)) as stack:
        plant(stack.store, load_seed(seed_file))
        url = f"{stack.cj.url}/admin/v1/anchors/assignment/role-models"
        assert web.get(url, headers=admin()).json()["anchor_count"] == 2


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    path = _seed(
        tmp_path,
        """
assignments:
  - id: one
    instructions: Compare the essays.
    grade_scale: eng5_np_legacy_9_step
    anchors:
      - {label: x, grade: Z, text: some text}
      - {label: x, grade: A, file: missing.txt}
      - {label: y, grade: A}
      - {label: z, grade: A, text: both, file: both.txt}
  - {id: two, instructions: Compare the essays., grade_scale: no_such_scale}
""",
    )
    with pytest.raises(SandboxFileInvalid) as refused:
        load_seed(path)
    told = str(refused.value)
    for mistake in (
        "one: x: no grade Z",
        "one: label x stands twice",
        "one: x: missing.txt",
        "one: y: no text",
        "one: z: either a text or a file",
        "two: no scale no_such_scale",
    ):
        assert f"{path}: {mistake}" in told


def test_a_file_that_is_not_text_is_refused_by_name(seed_file: Path) -> None:
    (seed_file.parent / "anchors" / "a1.txt").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(SandboxFileInvalid, match=r"anchors/a1\.txt: not UTF-8 text"):
        load_seed(seed_file)


def test_grades_of_the_numeric_scale_may_be_written_as_numbers(tmp_path: Path, store: Store) -> None:
    text = SEED.replace("eng5_np_legacy_9_step", "eng5_np_national_9_step").replace("F+", "7")
    (tmp_path / "rubric.md").write_text("Judge content.", encoding="utf-8")
    plant(store, load_seed(_seed(tmp_path, text.replace("grade: A, file: anchors/a1.txt", "grade: 9, text: x"))))
    assert [anchor.grade for anchor in Anchors(store).of_assignment("role-models")] == ["9", "7"]

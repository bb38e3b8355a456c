"""The bundled data set and the committed run specs hold what their README and comments promise."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from unicodedata import is_normalized

import docx
import pytest
from docx.table import Table

import eng5_pipeline
from eng5_pipeline.adapters.essays.text import extract
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import LoadedSpec

EXAMPLE = Path(eng5_pipeline.__path__[0]) / "examples" / "role-models"
REPOSITORY = Path(__file__).parents[2]
SCALE = ["F+", "E-", "E+", "D-", "D+", "C-", "C+", "B", "A"]
ANCHORS = sorted((EXAMPLE / "essays" / "anchors").iterdir())
STUDENTS = sorted((EXAMPLE / "essays" / "students").iterdir())
ESSAYS = ANCHORS + STUDENTS
SPECS = [EXAMPLE / "spec.yaml", *sorted((REPOSITORY / "runspecs").glob("*.yaml"))]

each_spec = pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)


def read(essay: Path) -> str:
    if essay.suffix == ".txt":
        return essay.read_text(encoding="utf-8")
    if essay.suffix in (".odt", ".pdf"):
        return extract(essay.suffix, essay.read_bytes()).text
    blocks = docx.Document(str(essay)).iter_inner_content()
    return "\n".join(table_text(block) if isinstance(block, Table) else block.text for block in blocks)


def table_text(table: Table) -> str:
    return "\n".join("\t".join(cell.text for cell in row.cells) for row in table.rows)


def anchor_table() -> list[dict[str, str]]:
    with (EXAMPLE / "essays" / "anchors.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def named(spec: LoadedSpec, patterns: Sequence[str]) -> set[Path]:
    return {found.resolve() for pattern in patterns for found in spec.folder.glob(pattern)}


def different_words(essay: Path) -> int:
    return len(set(re.findall(r"[^\W\d_]+", read(essay).lower())))


def test_the_table_grades_every_anchor_once() -> None:
    assert sorted(row["file"] for row in anchor_table()) == sorted(f"anchors/{anchor.name}" for anchor in ANCHORS)


def test_twelve_anchors_cover_the_nine_grades_and_three_grades_have_two() -> None:
    grades = [row["grade"] for row in anchor_table()]
    assert set(grades) == set(SCALE)
    assert sorted(map(grades.count, SCALE)) == [1] * 6 + [2] * 3


def test_every_anchor_has_a_label_of_its_own() -> None:
    labels = {row["label"] for row in anchor_table()}
    assert "" not in labels
    assert len(labels) == 12


def test_there_are_twelve_students_in_four_formats() -> None:
    assert len(STUDENTS) == 12
    assert {student.suffix for student in STUDENTS} == {".docx", ".odt", ".pdf", ".txt"}


@pytest.mark.parametrize("essay", ESSAYS, ids=lambda path: path.name)
def test_an_essay_has_150_to_400_words(essay: Path) -> None:
    assert 150 <= len(read(essay).split()) <= 400


def test_no_two_essays_are_the_same() -> None:
    assert len({read(essay).strip() for essay in ESSAYS}) == 24


def test_vocabulary_grows_with_the_grade() -> None:
    by_grade = defaultdict(list)
    for row in anchor_table():
        by_grade[row["grade"]].append(different_words(EXAMPLE / "essays" / row["file"]))
    sizes = [mean(by_grade[grade]) for grade in SCALE]
    assert sizes == sorted(sizes)


def test_file_names_are_composed_unicode_and_some_are_not_ascii() -> None:
    names = [essay.name for essay in ESSAYS]
    assert all(is_normalized("NFC", name) for name in names)
    assert {"Åke.txt", "Öke.txt", "Märta.docx", "Mormor på landet.docx"} <= set(names)


def test_a_page_header_holds_a_name_that_the_text_does_not() -> None:
    essay = EXAMPLE / "essays" / "students" / "Märta.docx"
    [header] = docx.Document(str(essay)).sections[0].header.paragraphs
    assert header.text == "Märta Ekvall, class NA24b"
    assert "Ekvall" not in read(essay)


@pytest.mark.parametrize(("name", "word"), [("Märta.docx", "undivided"), ("Björn.docx", "myself")])
def test_bold_begins_in_the_middle_of_a_word(name: str, word: str) -> None:
    document = docx.Document(str(EXAMPLE / "essays" / "students" / name))
    pieces = [run.text for paragraph in document.paragraphs for run in paragraph.runs]
    assert word in read(EXAMPLE / "essays" / "students" / name)
    assert not any(word in piece for piece in pieces)


@pytest.mark.parametrize("essay", [e for e in ESSAYS if e.suffix == ".docx"], ids=lambda path: path.name)
def test_a_document_names_no_author(essay: Path) -> None:
    properties = docx.Document(str(essay)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "beginning", "end"),
    [
        ("Lars.pdf", "My role model is my dad. He is 45 year old", "So dad is my role model."),
        ("Elsa B.odt", "Teachers are supposed to know the right answer.", "a way of being wrong with dignity."),
    ],
)
def test_the_text_of_a_page_and_of_an_open_document_is_whole(name: str, beginning: str, end: str) -> None:
    text = " ".join(read(EXAMPLE / "essays" / "students" / name).split())
    assert text.startswith(beginning)
    assert text.endswith(end)


@pytest.mark.parametrize("name", ["Lars.pdf", "Elsa B.odt"])
def test_neither_of_them_names_an_author(name: str) -> None:
    left_out = extract(Path(name).suffix, (EXAMPLE / "essays" / "students" / name).read_bytes()).left_out
    assert not any("properties" in what for what in left_out)
    assert b"/Author" not in (EXAMPLE / "essays" / "students" / "Lars.pdf").read_bytes()


def test_two_run_specs_are_committed_beside_the_example() -> None:
    assert [path.stem for path in SPECS] == ["spec", "role-models-baseline", "role-models-low-effort"]


@each_spec
def test_a_spec_names_these_students_and_anchors_and_no_other_file(path: Path) -> None:
    loaded = load_spec(path)
    essays = loaded.spec.essays
    assert essays.anchors
    assert named(loaded, essays.students.files) == {student.resolve() for student in STUDENTS}
    assert named(loaded, essays.anchors.files) == {anchor.resolve() for anchor in ANCHORS}
    assert (loaded.folder / essays.anchors.grades).resolve() == (EXAMPLE / "essays" / "anchors.csv").resolve()


@each_spec
def test_a_spec_expects_what_the_anchors_are(path: Path) -> None:
    expect = load_spec(path).spec.assignment.expect
    assert (expect.grade_scale, expect.min_anchors) == ("eng5_np_legacy_9_step", len(ANCHORS))
    assert expect.anchor_grades == tuple(SCALE)


@each_spec
def test_the_prompts_a_spec_names_are_there(path: Path) -> None:
    loaded = load_spec(path)
    judge = loaded.spec.judge
    assert judge
    for prompt in (judge.system_prompt, judge.rubric):
        assert prompt
        assert (loaded.folder / prompt).read_text(encoding="utf-8").strip()


@each_spec
def test_a_spec_tells_editors_its_schema_without_a_host(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"# yaml-language-server: \$schema=(\.\./[\w./]*)?runspec-v1\.schema\.json", first)


def test_the_two_committed_specs_differ_in_label_limits_and_judge_alone() -> None:
    baseline, low_effort = (load_spec(path).spec for path in SPECS[1:])
    changed = {"label", "limits", "judge"}
    assert baseline.model_dump(exclude=changed) == low_effort.model_dump(exclude=changed)


def test_the_example_is_judged_by_the_simulated_judge() -> None:
    judge = load_spec(EXAMPLE / "spec.yaml").spec.judge
    assert judge
    assert judge.provider == "mock"


def test_the_instructions_are_long_enough_for_cj() -> None:
    assert len((EXAMPLE / "instructions.md").read_text(encoding="utf-8").strip()) >= 10

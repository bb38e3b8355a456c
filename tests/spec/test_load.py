"""A spec that is right is read as its author meant it."""

from __future__ import annotations

import errno
import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import pytest

from eng5_pipeline.errors import MachineFailed, UsageError
from eng5_pipeline.spec.load import load_spec
from eng5_pipeline.spec.loaded import Position
from tests.support.run_specs import FULL, MINIMAL, loaded


def test_the_required_keys_alone_are_a_spec() -> None:
    spec = loaded(MINIMAL).spec
    assert spec.assignment.course_code == "ENG5"
    assert spec.limits.max_comparisons is None
    assert spec.limits.completion_timeout == timedelta(minutes=30)
    assert spec.flags.await_completion
    assert spec.judge is None
    assert spec.requester.user_id == "eng5-pipeline"
    assert spec.services.content == "http://localhost:8001/v1/content"
    assert spec.output == "artefacts"


def test_every_key_is_read() -> None:
    spec = loaded(FULL).spec
    assert spec.assignment.course_id == UUID("00000000-0000-0000-0000-000000000052")
    assert spec.assignment.expect.anchor_grades == ("A", "B", "C+", "C-", "D+", "D-", "E+", "E-", "F+")
    assert spec.essays.anchors is not None
    assert spec.essays.anchors.grades == "essays/anchors.csv"
    assert spec.limits.max_cost_usd == Decimal("5")
    assert spec.judge is not None
    assert spec.judge.temperature == 0.0
    assert spec.extraction.command[1] == "{job_id}"


def test_a_label_left_out_is_the_stem_of_the_file() -> None:
    assert loaded(MINIMAL, "runspecs/autumn.v2.yaml").spec.label == "autumn.v2"


def test_a_loaded_spec_knows_its_bytes_folder_and_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runspecs").mkdir()
    (tmp_path / "runspecs/a.yaml").write_text(MINIMAL)
    monkeypatch.chdir(tmp_path)
    spec = load_spec(Path("runspecs/a.yaml"))
    assert spec.raw == MINIMAL.encode()
    assert spec.digest == hashlib.sha256(MINIMAL.encode()).hexdigest()
    assert (spec.path, spec.folder) == (Path("runspecs/a.yaml"), tmp_path / "runspecs")


def test_a_loaded_spec_knows_where_each_value_stands() -> None:
    spec = loaded(FULL)
    assert spec.positions["limits.max_comparisons"] == Position(18, 20)
    assert spec.positions["assignment.expect.anchor_grades.2"] == Position(12, 27)
    assert "judge.provider" not in loaded(MINIMAL).positions


def test_a_mistake_seen_later_is_located_at_its_value_or_around_it() -> None:
    problem = loaded(FULL).problem("judge.rubric", "is not there", "the path of a file")
    assert (problem.line, problem.column, problem.text) == (33, 11, "  rubric: prompts/rubric.md")
    default = loaded(MINIMAL).problem("essays.students.exclude", "x", "y")
    assert (default.line, default.column) == (6, 5)


def test_a_byte_order_mark_is_left_out_and_does_not_shift_columns() -> None:
    marked = loaded(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert marked.spec == loaded(MINIMAL).spec
    assert marked.positions["spec"] == Position(1, 7)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_may_end_as_on_any_system(end: str) -> None:
    assert loaded(MINIMAL.replace("\n", end)).positions["assignment.id"] == Position(3, 7)


def test_a_document_marker_a_directive_and_an_end_marker_are_allowed() -> None:
    assert loaded(f"%YAML 1.2\n---\n{MINIMAL}...\n").spec == loaded(MINIMAL).spec


def test_an_alias_stands_for_the_value_it_names() -> None:
    text = MINIMAL + "label: &name baseline\nrequester: {user_id: *name}\n"
    assert loaded(text).spec.requester.user_id == "baseline"


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_null_is_written_in_three_ways(nothing: str) -> None:
    assert loaded(f"{MINIMAL}judge: {nothing}\n").spec.judge is None


def test_a_judge_section_without_keys_is_not_the_same_as_none() -> None:
    assert loaded(MINIMAL + "judge: {}\n").spec.judge is not None


def test_tabs_are_allowed_in_comments() -> None:
    assert loaded(f"#\tone\n{MINIMAL}output: x #\ttwo\n").spec.output == "x"


@pytest.mark.parametrize("whole", ["5", "5.0", "5.00"])
def test_a_cost_is_exact_however_it_is_written(whole: str) -> None:
    assert loaded(f"{MINIMAL}limits: {{max_cost_usd: {whole}}}\n").spec.limits.max_cost_usd == 5


def test_a_trailing_slash_of_an_address_does_not_count() -> None:
    assert loaded(MINIMAL + 'services: {cj: "https://cj.example.org/"}\n').spec.services.cj == "https://cj.example.org"


def test_a_file_that_is_not_there_is_told_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_spec(tmp_path / "none.yaml")
    assert caught.value.reference == "spec-not-found"
    assert caught.value.hint == "check the path, or write one:  eng5-pipeline init"


def test_a_folder_is_not_a_spec_and_its_specs_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL)
    with pytest.raises(UsageError, match="is a folder") as caught:
        load_spec(tmp_path)
    assert caught.value.reference == "spec-not-found"
    assert caught.value.hint.endswith("a.yaml")


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 5000, "a.yaml/b.yaml"])
def test_a_path_that_cannot_be_is_not_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_text(MINIMAL)
    with pytest.raises(UsageError) as caught:
        load_spec(tmp_path / name)
    assert caught.value.reference == "spec-not-found"


class Locked(type(Path())):  # type: ignore[misc]  # pathlib chooses its class at run time
    """A path that nobody may read, not even root."""

    def open(self, *args: object, **kwargs: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "denied")


def test_a_file_without_permission_is_this_machines_failure() -> None:
    with pytest.raises(MachineFailed) as caught:
        load_spec(Path("a.yaml"), Locked("/"))
    assert caught.value.reference == "spec-unreadable"

"""Every mistake in a spec is told at its place, with what to type instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.errors import Problem, SpecInvalid
from eng5_pipeline.spec.load import load_spec
from tests.support.run_specs import FULL, MINIMAL, loaded

BROKEN_LINES = Path(__file__).with_name("broken_lines.txt").read_text(encoding="utf-8").strip().split("\n\n")
"""Lines added to a valid spec, then `=> line:column key | what | instead`, line 1 being the first line added."""

BEFORE = MINIMAL.count("\n")


def problems(text: str | bytes, path: str = "a.yaml") -> tuple[Problem, ...]:
    with pytest.raises(SpecInvalid) as caught:
        loaded(text, path)
    return caught.value.problems


def told(text: str | bytes, lines_before: int = 0) -> list[str]:
    return [
        f"{p.line - lines_before}:{p.column} {p.where or '-'} | {p.what} | {p.instead}"
        for p in problems(text, "a.yaml")
    ]


@pytest.mark.parametrize("case", BROKEN_LINES, ids=lambda case: case.partition("\n")[0])
def test_a_broken_line_is_told_at_its_place(case: str) -> None:
    text, *expected = case.split("\n=> ")
    assert told(f"{MINIMAL}{text}\n", BEFORE) == expected


def test_every_suggested_value_is_one_that_the_key_takes() -> None:
    for case in BROKEN_LINES:
        where, _, instead = case.rpartition("\n=> ")[2].partition(" ")[2].split(" | ")
        section, _, key = where.rpartition(".")
        if instead.startswith(f"{key}: ") and ", or " not in instead:
            loaded(f"{MINIMAL}{section}: {{{instead}}}\n" if section else f"{MINIMAL}{instead}\n")


def test_a_problem_shows_the_file_and_the_line_itself() -> None:
    (problem,) = problems(MINIMAL + "limits: {uploads: 0}  # few\n", "runspecs/a.yaml")
    assert (problem.file, problem.text) == ("runspecs/a.yaml", "limits: {uploads: 0}  # few")


TEN_MISTAKES = """\
spec: eng5-pipeline/v2
label: no
assignment:
  course_code: ENG8
essays:
  students:
    files: "*.docx"
limits:
  max_comparisons: 1
  completion_timeout: 1:30
  uploads: 012
  uploads: 5
flags: {await_completion: false, auto_extract_eng5_db: true}
judge: {provider: antropic, colour: red}
"""


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    assert [(p.line, p.column, p.where) for p in problems(TEN_MISTAKES)] == [
        (1, 7, "spec"),
        (2, 8, "label"),
        (3, 1, "assignment.id"),
        (4, 16, "assignment.course_code"),
        (7, 12, "essays.students.files"),
        (9, 20, "limits.max_comparisons"),
        (10, 23, "limits.completion_timeout"),
        (11, 12, "limits.uploads"),
        (12, 3, "limits.uploads"),
        (13, 56, "flags.auto_extract_eng5_db"),
        (14, 19, "judge.provider"),
        (14, 29, "judge.colour"),
    ]


def test_a_broken_file_is_said_in_one_line_with_the_next_command() -> None:
    with pytest.raises(SpecInvalid) as caught:
        loaded(TEN_MISTAKES, "runspecs/a.yaml")
    assert caught.value.what == "runspecs/a.yaml: 12 mistakes"
    assert caught.value.hint.endswith("eng5-pipeline validate runspecs/a.yaml")


class TestWhatIsMissing:
    def test_at_the_beginning_when_its_section_is_missing_too(self) -> None:
        assert told("spec: eng5-pipeline/v1\n") == [
            "1:1 assignment.id | is missing | assignment: {id: 00000000-0000-0000-0000-000000000001}",
            "1:1 essays.students.files | is missing | essays: {students: {files: [essays/students/*.docx]}}",
        ]

    def test_at_the_key_of_its_section(self) -> None:
        text = MINIMAL.replace("  id: np_2017_vt", "  language: sv").replace("files:", "exclude:")
        assert told(text) == [
            "2:1 assignment.id | is missing | id: 00000000-0000-0000-0000-000000000001",
            "5:3 essays.students.files | is missing | files: [essays/students/*.docx]",
        ]

    def test_an_empty_section_says_what_belongs_there(self) -> None:
        assert told(MINIMAL.replace("\n  id: np_2017_vt", "")) == [
            "2:12 assignment | is empty | assignment: {id: 00000000-0000-0000-0000-000000000001}"
        ]

    def test_a_file_without_anything(self) -> None:
        for text in ("", "\n\n", "# only a comment", "---\n", "\ufeff"):
            assert [p.what for p in problems(text)] == ["there is nothing in this file but blanks and comments"]

    @pytest.mark.parametrize("text", ["- a", "text", "5", "[]"])
    def test_a_file_without_keys(self, text: str) -> None:
        assert [p.what for p in problems(text)] == ["the file does not consist of keys with values"]


class TestWhatYamlCannotCarry:
    def test_a_tab_is_told_beside_other_mistakes(self) -> None:
        assert told(MINIMAL + "limits:\n\tuploads: 0\n", BEFORE) == [
            "2:1 - | a tab character | spaces; within double quotes, \\t",
            "2:11 limits.uploads | must be at least 1 | set limits.uploads to at least 1",
        ]

    def test_a_tab_before_a_comment(self) -> None:
        assert told(MINIMAL + "output: x\t# y\n", BEFORE) == [
            "1:10 - | a tab character | spaces; within double quotes, \\t"
        ]

    @pytest.mark.parametrize("char", ["\0", "\x1b", "\x85", "\u2028", "\ufeff", "\uffff"])
    def test_a_forbidden_character(self, char: str) -> None:
        (problem,) = problems(f"{MINIMAL}output: a{char}b\n")
        assert problem.what == f"a character that YAML forbids, U+{ord(char):04X}"
        assert (problem.column, problem.text) == (10, "output: a\ufffdb")

    def test_bytes_that_are_not_utf_8_are_told_for_each_line(self) -> None:
        text = MINIMAL.encode() + b"label: \xe5\xe4\noutput: \xf6\nlimits: {uploads: 0}\n"
        assert told(text, BEFORE) == [
            "1:8 - | a byte that is not UTF-8 | save the file as UTF-8",
            "2:9 - | a byte that is not UTF-8 | save the file as UTF-8",
            "3:19 limits.uploads | must be at least 1 | set limits.uploads to at least 1",
        ]

    def test_utf_16(self) -> None:
        assert told(MINIMAL.encode("utf-16")) == ["1:1 - | the file is UTF-16 | save it as UTF-8"]

    def test_a_file_that_is_no_text_is_one_problem(self) -> None:
        for content in (b"PK\x03\x04\xff\n" * 50, b"a\0\n" * 50):
            assert [p.what for p in problems(content)] == ["the file is not a text"]

    def test_more_values_than_any_spec_has(self) -> None:
        found = problems(MINIMAL + "judge: [\n" + "1,\n" * 11_000 + "]\n")
        assert found[-1].what == "more than 10000 keys and values"
        assert BEFORE < found[-1].line < 11_000

    def test_more_than_a_mebibyte(self) -> None:
        (problem,) = problems(MINIMAL.encode() + b"#" * 1024 * 1024)
        assert problem.what == "the file has more than 1048576 bytes"
        assert problem.text == "spec: eng5-pipeline/v1"

    @pytest.mark.parametrize("text", ["a: " + "[" * 5000, "a: " + "{b: " * 5000, "- " * 5000, "a:\n" + " b:\n" * 3])
    def test_nesting_without_end(self, text: str) -> None:
        assert problems(text)

    def test_nesting_is_located_where_it_is_too_deep(self) -> None:
        (problem, *_) = problems(MINIMAL + "judge: " + "[" * 40 + "]" * 40 + "\n")
        assert (problem.line - BEFORE, problem.column) == (1, 39)
        assert problem.what == "nesting deeper than 32 levels"


class TestAliases:
    def test_a_bomb_is_refused_before_it_goes_off(self) -> None:
        bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20))
        assert [p.what for p in problems(bomb)] == ["aliases that stand for more than 10000 values"]

    def test_a_staircase_is_refused_before_it_overflows(self) -> None:
        stairs = "a0: &a0 x\n" + "".join(f"a{n}: &a{n} {'[' * 25}*a{n - 1}{']' * 25}\n" for n in range(1, 25))
        assert [p.what for p in problems(stairs)] == ["aliases that make nesting deeper than 32 levels"]

    def test_what_holds_itself_is_refused(self) -> None:
        (problem,) = problems(MINIMAL + "judge: &j {model: *j}\n")
        assert (problem.line - BEFORE, problem.column, problem.what) == (1, 19, "an alias of what it stands in")

    def test_a_mistake_behind_an_alias_is_told_for_both_keys(self) -> None:
        text = MINIMAL + "judge: {rubric: &p /etc/x, prices: *p}\n"
        assert [p.where for p in problems(text)] == ["judge.prices", "judge.rubric"]


class TestAfterTheYamlEnds:
    def test_mistakes_before_and_after_the_line_are_still_told(self) -> None:
        text = MINIMAL + "limits: {uploads: 0}\nlabel: a: b\njudge: {temperature: 3}\n"
        assert [p.line - BEFORE for p in problems(text)] == [1, 2, 3]

    def test_what_only_the_left_out_line_holds_is_not_called_missing(self) -> None:
        (problem,) = problems(MINIMAL.replace("id: np_2017_vt", "id: np: 2017"))
        assert problem.line == 3

    def test_text_that_cannot_be_read_at_all_is_one_problem(self) -> None:
        assert len(problems("{]}\n[}\n")) == 1

    def test_the_end_of_the_text_is_shown_as_the_end_of_its_last_line(self) -> None:
        (problem,) = problems(MINIMAL + "? [\n\n\n")
        assert problem.line <= BEFORE + 1


class TestSecrets:
    @pytest.mark.parametrize(
        "line",
        [
            "password: hunter2hunter2",
            "judge: {api_key: hunter2hunter2}",
            "label: Bearer hunter2hunter2",
            "label: sk-ant-hunter2hunter2",
            "label: eyJhunter2hunter2.eyJhunter2",
            "label: [sk-hunter2hunter2, true]",
            "services: {cj: 'http://me:hunter2hunter2@cj'}",
            "services: {cj: 'http://cj/?token=hunter2hunter2'}",
            "services: {kafka: 'SASL://me:hunter2hunter2@cj:1'}",
            "extraction: {command: [x, --password, hunter2hunter2]}",
            "extraction: {command: [x, 'PGPASSWORD=hunter2hunter2']}",
            "# CJ_ADMIN_TOKEN=eyJhunter2hunter2",
            "eyJhunter2hunter2: 1",
            "secret:\n  deep: [hunter2hunter2, hunter2hunter2]\n  deeper: hunter2hunter2",
            'secret: "one\n  hunter2hunter2\n  three"',
            "token: hunter2hunter2: 5",
            "client_secret: [hunter2hunter2",
            "CJ_ADMIN_TOKEN=hunter2hunter2",
        ],
    )
    def test_are_refused_and_never_shown(self, line: str) -> None:
        found = problems(f"{MINIMAL}{line}\n")
        assert "hunter2" not in repr(found)

    def test_are_masked_in_the_lines_of_other_problems(self) -> None:
        (first, second) = problems(MINIMAL + "requester: {password: hunter2, colour: red}\n")
        assert (first.where, second.where) == ("requester.password", "requester.colour")
        assert second.text.startswith("requester: {password: *******")

    @pytest.mark.parametrize("comment", ["CJ_ADMIN_TOKEN=... is read", "token: in the environment", "x=<token>"])
    def test_may_be_spoken_of_in_comments(self, comment: str) -> None:
        assert loaded(f"{MINIMAL}# {comment}\n")

    @pytest.mark.parametrize(
        "name", ["max_tokens: 5", "model: task-classifier-2", "model: sk-learn", "rubric: token.md"]
    )
    def test_are_not_seen_where_there_are_none(self, name: str) -> None:
        assert loaded(f"{MINIMAL}judge: {{{name}}}\n").spec.judge is not None


def test_a_stem_that_cannot_be_a_label_is_told_at_the_first_line() -> None:
    (problem,) = problems(MINIMAL, "runspecs/a\x07.yaml")
    assert (problem.line, problem.column, problem.where) == (1, 1, "label")
    assert problem.what == "is missing, and the file's name cannot stand for it"
    assert problem.instead == "label: role-models-baseline"


def test_hostile_text_is_shown_without_harm() -> None:
    found = problems(FULL.replace("  grace", "  \u202e\x9b31mgrace"))
    assert found[-1].text == "  \ufffd\ufffd31mgrace: 10s"
    assert all(problem.where.isprintable() for problem in found)


def test_a_broken_file_is_found_through_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("spec: 1\n")
    with pytest.raises(SpecInvalid) as caught:
        load_spec(tmp_path / "a.yaml")
    assert caught.value.problems[0].file == str(tmp_path / "a.yaml")

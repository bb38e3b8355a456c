"""Problems are readable by people, programs, GitHub and SARIF viewers, whatever stands in them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from eng5_pipeline.errors import Problem
from eng5_pipeline.spec.problems import render_github, render_json, render_sarif, render_text
from tests.support.json_schemas import SARIF, mistakes

PROBLEM = Problem(
    file="runspecs/a.yaml",
    line=4,
    column=20,
    where="limits.max_comparisons",
    what="must be at least 2",
    instead="set limits.max_comparisons to at least 2",
    text="  max_comparisons: 1",
)
HOSTILE = replace(PROBLEM, file="a,b:\n%c.yaml", where="x\x1b[31m::error::", what="is\nwrong", text="\u202e\x1b[31m1")


def test_a_person_sees_the_place_the_line_and_what_to_type() -> None:
    assert render_text([PROBLEM]) == (
        "runspecs/a.yaml:4:20: limits.max_comparisons: must be at least 2\n"
        "    4 |   max_comparisons: 1\n"
        "                           ^\n"
        "  instead: set limits.max_comparisons to at least 2\n"
    )


def test_a_problem_of_the_whole_file_has_no_key() -> None:
    assert render_text([replace(PROBLEM, where="")]).startswith("runspecs/a.yaml:4:20: must be at least 2\n")


def caret_and_line(problem: Problem) -> tuple[str, str]:
    _, line, caret, *_ = render_text([problem]).split("\n")
    return line, caret


def test_the_caret_stands_below_its_place_after_wide_and_combined_characters() -> None:
    line, caret = caret_and_line(replace(PROBLEM, text="基e\u0301x: 1", column=4))
    assert caret.index("^") == line.index("x") + 1 - 1


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    line, caret = caret_and_line(replace(PROBLEM, text="a" * 5000 + "!" + "b" * 5000, column=5001))
    assert line[caret.index("^")] == "!"
    assert len(line) < 120


def test_nothing_hostile_reaches_a_terminal() -> None:
    assert render_text([HOSTILE]).replace("\n", "").isprintable()


def test_a_program_reads_one_versioned_object() -> None:
    told = json.loads(render_json([PROBLEM, HOSTILE]))
    assert told["version"] == 1
    assert told["problems"][0] == {
        "reference": "spec-invalid",
        "file": "runspecs/a.yaml",
        "line": 4,
        "column": 20,
        "where": "limits.max_comparisons",
        "what": "must be at least 2",
        "instead": "set limits.max_comparisons to at least 2",
        "text": "  max_comparisons: 1",
    }


def test_github_gets_one_command_a_line() -> None:
    assert render_github([PROBLEM]) == (
        "::error file=runspecs/a.yaml,line=4,col=20,title=limits.max_comparisons::limits.max_comparisons: "
        "must be at least 2. Instead: set limits.max_comparisons to at least 2\n"
    )


def test_a_hostile_name_cannot_make_a_second_command() -> None:
    command = render_github([HOSTILE])
    assert command.count("\n") == 1
    assert command.startswith("::error file=a%2Cb%3A\ufffd%25c.yaml,line=4,col=20,title=x\ufffd[31m%3A%3Aerror%3A%3A::")


def test_sarif_has_what_its_standard_requires() -> None:
    sarif: Any = json.loads(render_sarif([PROBLEM, HOSTILE], "1.2.3"))
    assert mistakes(SARIF, json.dumps(sarif)) == []
    assert sarif["runs"][0]["tool"]["driver"]["version"] == "1.2.3"
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "runspecs/a.yaml"},
        "region": {"startLine": 4, "startColumn": 20},
    }


def test_no_problems_are_valid_output_too() -> None:
    assert render_text([]) == render_github([]) == ""
    assert json.loads(render_json([]))["problems"] == []
    assert json.loads(render_sarif([], "1"))["runs"][0]["results"] == []

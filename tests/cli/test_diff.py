"""What `diff` shows of two sides, and what it takes for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.fakes import FakeSessions, Told, tell
from tests.support.run_folders import Run, published_run
from tests.support.run_specs import FULL, MINIMAL

HOSTILE = '"| [x](http://evil) <b> @all `c` ](y"'


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """a.yaml and b.yaml with their essays and prompts."""
    for name, text in {
        "a.yaml": FULL,
        "b.yaml": FULL.replace("max_comparisons: 60", "max_comparisons: 61"),
        "prompts/system.md": "You judge.",
        "prompts/rubric.md": "Which is better?",
        "prices.yaml": "as_of: 2026-03-21\nmodels: {claude-sonnet-4-5-20250929: {input: 3, output: 15}}\n",
        "essays/students/Åsa.txt": "some words " * 200,
        "essays/students/Örjan.txt": "other words " * 200,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("*.docx", "*.txt"), encoding="utf-8")
    return tmp_path


def diff(here: Path, *words: str) -> Told:
    return tell(FakeSessions(here), "diff", *words)


def change(here: Path, old: str, new: str) -> None:
    path = here / "b.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_person_reads_a_change_a_line_what_is_risky_and_the_cost(here: Path) -> None:
    assert diff(here, "a.yaml", "b.yaml").out.splitlines() == [
        "a.yaml -> b.yaml",
        "! limits.max_comparisons 60 -> 61 (of 1 possible between students)",
        "      risky: more comparisons are paid",
        "  cost $0.8013 (90th percentile $1.70) -> $0.8146 (90th percentile $1.73)",
    ]


def test_essays_are_named_to_a_person_at_the_machine(here: Path) -> None:
    change(here, "exclude: []", 'exclude: ["essays/students/Å*"]')
    out = diff(here, "a.yaml", "b.yaml").out
    assert "  -1 essay\n      - essays/students/Åsa.txt\n" in out


def test_nothing_is_said_of_two_that_would_do_the_same(here: Path) -> None:
    assert diff(here, "a.yaml", "a.yaml", "--exit-code").out.splitlines() == ["a.yaml -> a.yaml", "  no difference"]


def test_markdown_takes_a_label_for_text(here: Path) -> None:
    change(here, "label: role-models-baseline", f"label: {HOSTILE}")
    row = next(line for line in diff(here, "a.yaml", "b.yaml", "--format", "md").out.splitlines() if "label" in line)
    assert row.replace("\\|", "").count("|") == 4
    assert "](" not in row.replace("\\]", "")
    assert "@all" not in row
    assert "http://" not in row


def test_a_terminal_is_not_told_what_to_do(here: Path) -> None:
    (here / "essays/students/\x1b[31m.txt").write_text("more words", encoding="utf-8")
    change(here, '["essays/students/*.txt"]', '["essays/students/Å*.txt"]')
    assert "\x1b" not in diff(here, "a.yaml", "b.yaml").out


def test_essays_that_are_not_there_are_said_not_to_be_compared(here: Path) -> None:
    change(here, "essays/students/*.txt", "nowhere/*.txt")
    out = diff(here, "a.yaml", "b.yaml").out
    assert "? not compared: b.yaml: there is no folder nowhere, which nowhere/*.txt names; no lock tells of the" in out
    assert "-> not known" in out


def test_two_that_differ_in_nothing_that_is_there_are_not_called_the_same(here: Path) -> None:
    for path in (here / "essays" / "students").iterdir():
        path.unlink()
    assert "\n  no difference in what could be compared\n? not compared: " in diff(here, "a.yaml", "a.yaml").out
    assert "Compared with a.yaml: no difference in what" in diff(here, "a.yaml", "a.yaml", "--format", "md").out


class TestRuns:
    def test_two_runs(self, here: Path) -> None:
        folder = here / "artefacts"
        run = published_run(folder, "01")
        told = json.loads(diff(here, str(run.folder.path), str(run.folder.path), "--format", "json").out)
        assert told["changes"] == []
        assert told["before"] == f"run {str(run.batch_uuid)[:8]} of role-models-baseline"

    def test_a_run_whose_spec_is_gone_needs_a_second_side(self, here: Path) -> None:
        run = Run(here / "artefacts").checked()
        told = diff(here, str(run.folder.path))
        assert (told.code, "error[spec-not-found]" in told.err) == (2, True)
        assert diff(here, str(run.folder.path), "a.yaml").code == 0

    def test_a_run_that_ended_before_its_essays_were_read(self, here: Path) -> None:
        run = Run(here / "artefacts").opened()
        assert "it ended before its essays were read" in diff(here, str(run.folder.path), "a.yaml").out


@pytest.mark.parametrize(
    ("words", "reference"),
    [
        (("a.yaml", "b.yaml", "--against", "HEAD"), "options-contradict"),
        (("a.yaml", "--against", "HEAD"), "no-checkout"),
        (("a.yaml", "c.yaml"), "spec-not-found"),
        (("nobody",), "run-not-found"),
    ],
)
def test_what_cannot_be_compared_is_refused(here: Path, words: tuple[str, ...], reference: str) -> None:
    told = diff(here, *words)
    assert (told.code, f"error[{reference}]" in told.err) == (2, True)


def test_a_side_with_mistakes_is_told_with_its_lines(here: Path) -> None:
    (here / "b.yaml").write_text(MINIMAL + "limits: {uploads: 0}\n", encoding="utf-8")
    told = diff(here, "a.yaml", "b.yaml")
    assert told.code == 2
    assert "b.yaml:7:19: limits.uploads: must be at least 1" in told.err


def test_the_exit_code_tells_only_where_one_asks(here: Path) -> None:
    assert [diff(here, "a.yaml", "b.yaml", *more).code for more in ((), ("--exit-code",))] == [0, 8]

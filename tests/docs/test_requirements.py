"""docs/requirements.md: every test that it names is there."""

from __future__ import annotations

import re

import pytest

from tests.docs import markdown

PAGE = "requirements.md"
NAMED = sorted(set(re.findall(r"`([a-z_/]*test_[a-z_]+\.py)(?:::(test_\w+))?`", markdown.read(PAGE))))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_is_there(file: str, test: str) -> None:
    path = markdown.ROOT / "tests" / file
    assert path.is_file()
    assert f"def {test}" in path.read_text(encoding="utf-8") if test else True


def test_every_requirement_has_its_section_and_its_evidence() -> None:
    parts = markdown.read(PAGE).split("\n## ")
    for number in range(1, 8):
        (section,) = (part for part in parts if part.startswith(f"R{number}. "))
        assert f"evidence/r{number}.md" in section


def test_the_handoff_names_every_selection_of_tests_that_continuous_integration_runs() -> None:
    selections = re.findall(r'pytest -q.* -m ("[^"]+"|\S+)', (markdown.ROOT / ".ci/run").read_text(encoding="utf-8"))
    assert len(selections) == 2
    assert [chosen for chosen in selections if f"pytest -m {chosen} " not in markdown.read("handoff.md")] == []

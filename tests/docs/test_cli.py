"""docs/reference/cli.md and the README name every command; the page of JSON lines names every event."""

from __future__ import annotations

import inspect
import io
import json
import re
import tomllib
from pathlib import Path

import pytest

from eng5_pipeline.cli.display.json_lines import JsonDisplay
from eng5_pipeline.cli.streams import Stream
from tests.cli.fakes import FakeSession, Outcome
from tests.docs import markdown
from tests.docs.of_commands import every_command
from tests.support.clock import FakeClock

PAGE = "reference/cli.md"
README = Path(markdown.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name, _ in every_command()])
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"`{name}[ `]", README)


def test_what_a_command_may_change_is_said_of_each() -> None:
    told = " ".join(markdown.first_names(PAGE, "commands"))
    assert [name for name, _ in every_command() if name not in told] == []


def test_every_extra_has_its_row() -> None:
    project = tomllib.loads((markdown.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(markdown.first_names(PAGE, "extra")) == project["optional-dependencies"].keys()


def test_every_event_of_the_json_lines_has_its_row() -> None:
    said = set(re.findall(r'self\._put\(\s*"(\w+)"', inspect.getsource(JsonDisplay)))
    assert said == set(markdown.first_names(PAGE, "`event`"))


def test_the_fields_of_the_last_line_are_those_told() -> None:
    out = io.StringIO()
    JsonDisplay(Stream(out), FakeClock()).ended(FakeSession(), Outcome())
    (row,) = [cells for cells in markdown.rows(PAGE, "`event`") if cells[0] == "`ended`"]
    assert json.loads(out.getvalue()).keys() - {"v", "event", "at", "batch_uuid"} == set(markdown.names(row[1]))

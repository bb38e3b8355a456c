"""docs/reference/spec.md: its examples are specs, its bounds hold, its options and permissions are all there are."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.report.statistics.grade_bands import ORDERS
from eng5_pipeline.spec.effective import OPTIONS, VARIABLES, apply
from eng5_pipeline.spec.model import Permission
from tests.docs import markdown
from tests.support.run_specs import MINIMAL, loaded

PAGE = "reference/spec.md"


def test_its_example_is_a_spec() -> None:
    (example,) = markdown.blocks(PAGE, "yaml")
    assert loaded(example).spec.essays.students.files == ("essays/students/*.docx",)


def _examples() -> list[tuple[str, str]]:
    pages = ("how-to/write-a-spec.md", "how-to/register-anchors.md", "how-to/extract.md", "tutorial.md")
    return [(page, block) for page in pages for block in markdown.blocks(page, "yaml")]


@pytest.mark.parametrize(("page", "block"), _examples())
def test_what_other_pages_write_into_a_spec_is_taken(page: str, block: str) -> None:
    """A section alone goes into the smallest spec."""
    section: dict[str, object] = yaml.safe_load(block)
    assert loaded(yaml.safe_dump({**yaml.safe_load(MINIMAL), **section})).spec.assignment.id


def test_the_table_of_anchors_holds_the_bundled_ones_one_of_each_grade() -> None:
    (shown,) = markdown.blocks("how-to/register-anchors.md", "csv")
    bundled = (markdown.ROOT / "examples/role-models/essays/anchors.csv").read_text(encoding="utf-8").splitlines()
    rows = shown.splitlines()
    assert set(rows) <= set(bundled)
    assert tuple(row.split(",")[1] for row in rows[1:]) == ORDERS["eng5_np_legacy_9_step"]


def test_every_option_and_variable_stands_beside_its_key() -> None:
    told = {
        (cells[0].strip("`"), name)
        for cells in markdown.rows(PAGE, "key")
        if len(cells) == 3
        for name in markdown.names(cells[1:])
    }
    assert told == {(key, name) for name, key in (*OPTIONS.items(), *VARIABLES.items())}


def test_every_permission_has_its_row() -> None:
    assert markdown.first_names(PAGE, "word") == list(get_args(Permission))


BOUNDS = [
    ("--max-comparisons", 2, 1),
    ("--max-comparisons", 2147483647, 2147483648),
    ("--completion-timeout", "30d", "31d"),
    ("--completion-timeout", "1ms", "0s"),
    ("--kafka-bootstrap", "a:1,b:2", "a:1, b:2"),
    ("--cj-service-url", "https://cj.example/path", "https://user@cj.example"),
]


@pytest.mark.parametrize(("option", "inside", "outside"), BOUNDS)
def test_a_bound_of_the_page_holds(option: str, inside: str | int, outside: str | int) -> None:
    apply(loaded(MINIMAL), {option: inside}, {}, here=Path())
    with pytest.raises(Eng5Error, match=option):
        apply(loaded(MINIMAL), {option: outside}, {}, here=Path())

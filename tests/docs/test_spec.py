"""docs/reference/spec.md: its examples are specs, its bounds hold, its options and permissions are all there are."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from eng5_pipeline.errors import Eng5Error
from eng5_pipeline.spec.effective import OPTIONS, VARIABLES, apply
from eng5_pipeline.spec.model import Permission
from tests.docs import markdown
from tests.support.run_specs import MINIMAL, loaded

PAGE = "reference/spec.md"


def test_its_example_is_a_spec() -> None:
    (example,) = markdown.blocks(PAGE, "yaml")
    assert loaded(example).spec.essays.students.files == ("essays/students/*.docx",)


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

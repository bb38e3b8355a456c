"""Every exit code stands, with the same meaning, on its page, in the README and on the page of errors."""

from __future__ import annotations

from typing import get_args

from eng5_pipeline import errors
from eng5_pipeline.engine.ending import _BY_EXIT_CODE, Status
from tests.docs import markdown

PAGE = "reference/exit-codes.md"


def _codes() -> set[int]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Eng5Error)]
    return {0, *(code for kind in kinds for code in (kind.before_effects, kind.after_effects))}


def test_every_code_has_its_row() -> None:
    assert {int(cells[0]) for cells in markdown.rows(PAGE, "code")} == _codes()


def test_the_readme_has_the_same_codes() -> None:
    readme = (markdown.ROOT / "README.md").read_text(encoding="utf-8")
    assert [code for code in _codes() if f"\n| {code} | " not in readme] == []


def test_the_status_beside_a_code_is_the_one_that_is_journalled() -> None:
    told = {int(cells[0]): markdown.names(cells[2]) for cells in markdown.rows(PAGE, "code")}
    assert told.pop(0) == ["completed", "published"]
    assert told.pop(2) == []
    assert told == {code: [status] for code, status in _BY_EXIT_CODE.items() if code != 2}
    assert {*_BY_EXIT_CODE.values(), "published"} == set(get_args(Status))

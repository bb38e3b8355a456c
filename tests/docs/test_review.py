"""docs/reference/review.md names every change that is marked as risky, with its reason."""

from __future__ import annotations

import pytest

from eng5_pipeline.review import risks
from eng5_pipeline.spec.shape import leaves
from tests.support.project import ROOT

ROWS = [
    line
    for line in (ROOT / "docs" / "reference" / "review.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]
CHANGES: tuple[tuple[object, object], ...] = ((True, False), (False, True), (1, 2), (2, 1), ("a", None), ([], ["a"]))


def risky() -> dict[str, str]:
    """Every key of a spec that some change makes risky, with the reason."""
    keys = [*(".".join(path) for path in leaves()), "judge"]
    found = {key: {risks.risk(key, *change) for change in CHANGES} - {None} for key in keys}  # type: ignore[arg-type]
    return {key: str(*reasons) for key, reasons in found.items() if reasons}


@pytest.mark.parametrize("key", sorted(risky()))
def test_a_risky_key_has_its_row(key: str) -> None:
    assert [row for row in ROWS if f"`{key}`" in row and row.endswith(f"| {risky()[key]} |")]


def test_no_row_is_of_a_key_that_is_not_risky() -> None:
    named = {word for row in ROWS for word in row.split("`")[1::2]}
    assert named == set(risky())


@pytest.mark.parametrize("reason", [risks.OTHER_TEXT, risks.OTHER_ANCHORS])
def test_what_is_no_value_of_the_spec_has_its_row_too(reason: str) -> None:
    assert [row for row in ROWS if row.endswith(f"| {reason} |")]

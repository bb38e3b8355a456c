"""The reference page names every error and every option."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import eng5_pipeline
from eng5_pipeline.extract_db import failures
from eng5_pipeline.extract_db.values import Extraction

PROGRAM = Path(eng5_pipeline.__file__).parent / "extract_db"
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "extract-db.md").read_text(encoding="utf-8")
KINDS = {each.__name__: each.code for each in failures.Failure.__subclasses__()}


def raised() -> dict[str, int]:
    """The exit code of every reference that stands in the program."""
    text = "".join(path.read_text(encoding="utf-8") for path in PROGRAM.glob("*.py"))
    found = re.findall(rf'\b({"|".join(KINDS)})\(\s*"([a-z-]+)"', text)
    return {reference: KINDS[kind] for kind, reference in found}


@pytest.mark.parametrize(("reference", "code"), sorted(raised().items()))
def test_every_error_stands_under_its_exit_code(reference: str, code: int) -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| {code} |")]
    assert f"`{reference}`" in row


@pytest.mark.parametrize("part", sorted(set(Extraction.model_fields) - {"version"}))
def test_every_part_of_the_output_is_explained(part: str) -> None:
    assert f"| `{part}` |" in PAGE

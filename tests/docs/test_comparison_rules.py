"""docs/reference/comparison-rules.md counts as the program does."""

from __future__ import annotations

import re
from pathlib import Path

from eng5_pipeline.domain.comparisons import apply_comparison_limit
from tests.support.references import Source

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "comparison-rules.md"


def test_its_example_is_counted_by_the_rules() -> None:
    counts = apply_comparison_limit(12, 12, 60)
    shown = re.findall(r"(?m)\| (\d+)(?: of 60)? \|$", PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number in shown] == [
        counts.possible_cross,
        counts.possible_pairs,
        counts.possible_ordered,
        counts.allowed,
    ]


def test_every_reference_in_it_exists() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE.read_text(encoding="utf-8")))
    assert named <= Source().found().keys()

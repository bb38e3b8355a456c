"""Properties of generated values: a few examples every day, many in a soak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

FEW_OR_MANY: Final[pytest.MarkDecorator] = pytest.mark.parametrize(
    "examples", [pytest.param(20, id="few"), pytest.param(1000, id="many", marks=pytest.mark.soak)]
)
"""Gives a test its argument `examples`."""


def holds(examples: int, values: st.SearchStrategy[T], check: Callable[[T], None]) -> None:
    """`check` asserts something of one value."""
    drawn = given(values)(check)
    settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))(drawn)()

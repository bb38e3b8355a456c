"""docs/reference/cost.md tells the rules of thumb as they are."""

from __future__ import annotations

import re

import pytest

from eng5_pipeline.domain import forecast as rules
from eng5_pipeline.domain.forecast import Spread
from eng5_pipeline.review.price_file import read_prices
from tests.support.project import ROOT

PAGE = (ROOT / "docs" / "reference" / "cost.md").read_text(encoding="utf-8")
ROWS = {
    "CJ's instructions and the student prompt": rules.INSTRUCTIONS,
    "CJ's own system prompt, without `judge.system_prompt`": rules.OWN_SYSTEM_PROMPT,
    "CJ's own rubric, without `judge.rubric`": rules.OWN_RUBRIC,
    "an answer": rules.ANSWER,
    "thinking, `judge.reasoning_effort: low`": rules.THINKING["low"],
    "thinking, `medium`": rules.THINKING["medium"],
    "thinking, `high`": rules.THINKING["high"],
}


@pytest.mark.parametrize("text", sorted(ROWS))
def test_tokens_of_unseen_texts(text: str) -> None:
    assert f"| {text} | {_numbers(ROWS[text])} |" in PAGE


def _numbers(spread: Spread) -> str:
    return f"{spread.expected:,.0f} | {spread.high:,.0f}"


def test_bytes_a_token() -> None:
    english, swedish = rules.BYTES_PER_TOKEN["en"], rules.BYTES_PER_TOKEN["sv"]
    told = " ".join(PAGE.split())
    assert f"{english.expected} bytes of English or {swedish.expected} of Swedish text a token" in told
    assert f"({english.high} and {swedish.high} at the 90th percentile)" in told


def test_the_table_of_prices_on_the_page_is_one() -> None:
    (table,) = re.findall(r"(?ms)^```yaml\n(.*?)^```", PAGE)
    assert read_prices(table.encode(), "the page").models

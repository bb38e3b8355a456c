"""Tables of prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from eng5_pipeline.domain.prices import Price
from eng5_pipeline.errors import Refused
from eng5_pipeline.review.price_file import EXAMPLE, bundled_prices, read_prices
from eng5_pipeline.spec.load import load_spec
from tests.support.project import ROOT

OWN = b"""\
as_of: 2026-11-01
models:
  judge-1: {input: 3.00, output: 15.00}
  judge-2: {input: 0, output: 0.4}
"""


def refusal(text: str) -> str:
    with pytest.raises(Refused) as caught:
        read_prices(text.encode(), "prices.yaml")
    assert caught.value.reference == "prices-unreadable"
    assert EXAMPLE in caught.value.hint
    return caught.value.what


def test_a_table_says_what_a_model_costs_and_since_when() -> None:
    table = read_prices(OWN, "prices.yaml")
    assert table.price("anthropic", "judge-1") == Price(input=Decimal("3.00"), output=Decimal("15.00"))
    assert table.told("anthropic") == "prices.yaml, as of 2026-11-01"


def test_a_date_may_stand_in_quotes() -> None:
    assert read_prices(OWN.replace(b"2026-11-01", b'"2026-11-01"'), "p").as_of.year == 2026


def test_the_bundled_table_prices_the_judges_of_every_committed_spec() -> None:
    table = bundled_prices()
    judges = [load_spec(path).spec.judge for path in sorted((ROOT / "runspecs").glob("*.yaml"))]
    assert [judge.model for judge in judges if judge and not table.price(judge.provider, judge.model)] == []


def test_the_bundled_table_says_its_date() -> None:
    assert bundled_prices().told("anthropic").startswith("list prices as of 20")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "prices.yaml:1:1: "),
        ("models: {a: {input: 1, output: 1}}", "prices.yaml:1:1: as_of: Field required"),
        ("as_of: 2026-11-01\nmodels: {}", "prices.yaml:2:9: models: "),
        ("as_of: 2026-11-01\nmodels:\n  a: {input: -1, output: 1}", "prices.yaml:3:14: models.a.input: "),
        ("as_of: 2026-11-01\nmodels:\n  a: {input: 1}", "prices.yaml:3:6: models.a.output: Field required"),
        ("as_of: 2026-11-01\nmodels:\n  a: {input: .inf, output: 1}", "prices.yaml:3:14: models.a.input: "),
        ("as_of: soon\nmodels: {a: {input: 1, output: 1}}", "prices.yaml:1:8: as_of: "),
        (OWN.decode() + "  judge-1: {input: 9, output: 9}", "prices.yaml:5:3: models.judge-1: is given twice"),
        ("as_of: [", "prices.yaml:1:"),
        ("models: &a [*a]", "prices.yaml:1:"),
        ("\0" * 50, "prices.yaml:1:1: "),
    ],
)
def test_a_mistake_is_told_at_its_place(text: str, told: str) -> None:
    assert refusal(text).startswith(told)

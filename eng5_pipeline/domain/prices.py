"""What a model's tokens cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from eng5_pipeline.domain.value import Value

MILLION = 1_000_000
SIMULATED_PROVIDER = "mock"

UsdPerMillion = Annotated[Decimal, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Price(Value):
    """US dollars for a million tokens: `input` of the prompt, `output` of the answer, thinking included."""

    input: UsdPerMillion
    output: UsdPerMillion

    def of(self, prompt_tokens: float, answer_tokens: float) -> Decimal:
        """US dollars, exact for whole tokens."""
        return (self.input * round(prompt_tokens) + self.output * round(answer_tokens)) / MILLION


FREE = Price(input=Decimal(0), output=Decimal(0))


class PriceTable(Value):
    """Prices by the model's name as its provider spells it; `source` is how a person would name the table."""

    source: str
    as_of: date
    models: Mapping[str, Price]

    def price(self, provider: str | None, model: str | None) -> Price | None:
        """None for a model that is not named or not in the table; no price is ever made up."""
        if provider == SIMULATED_PROVIDER:
            return FREE
        return self.models.get(model) if model is not None else None

    def told(self, provider: str | None) -> str:
        return "the simulated judge costs nothing" if provider == SIMULATED_PROVIDER else f"{self.source} {self.as_of}"

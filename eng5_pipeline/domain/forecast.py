"""What a batch is likely to cost, before anything of it is sent.

Tokens come from the lengths of texts and prompts, by the rules of thumb below; where earlier runs of the same model are
known, what those were seen to use takes the rules' place. Every figure is given twice: as expected, and as the 90th
percentile that a limit is held against. With earlier runs that is the 90th percentile of their single comparisons, for
every comparison of the batch: more than the 90th percentile of a sum, on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from statistics import fmean
from typing import Annotated, Final

from pydantic import PlainSerializer

from eng5_pipeline.domain.comparisons import ComparisonCounts
from eng5_pipeline.domain.prices import PriceTable
from eng5_pipeline.domain.value import Value

SMALLEST_AMOUNT: Final = Decimal("0.0001")

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class Spread(Value):
    """A figure as expected, and its 90th percentile."""

    expected: float
    high: float


# Rules of thumb, for models whose use has not been seen yet. Rough on purpose, and named where they are used.
BYTES_PER_TOKEN: Final[Mapping[str, Spread]] = {
    "en": Spread(expected=4.2, high=3.4),
    "sv": Spread(expected=3.4, high=2.6),
}
INSTRUCTIONS: Final = Spread(expected=600, high=1600)  # of CJ and the student prompt, in tokens; nobody here sees them
OWN_SYSTEM_PROMPT: Final = Spread(expected=300, high=800)
OWN_RUBRIC: Final = Spread(expected=500, high=1500)
ANSWER: Final = Spread(expected=150, high=300)
THINKING: Final[Mapping[str | None, Spread]] = {
    None: Spread(expected=0, high=0),
    "none": Spread(expected=0, high=0),
    "low": Spread(expected=400, high=1000),
    "medium": Spread(expected=1500, high=4000),
    "high": Spread(expected=5000, high=12000),
}


class Asked(Value):
    """The judge of a batch; None is CJ's own choice, which is not known here."""

    provider: str | None
    model: str | None
    reasoning_effort: str | None


class Material(Value):
    """What prompts are made of, in bytes of UTF-8: `essay` on average; None where CJ's own text is used."""

    language: str
    essay: float
    system_prompt: int | None
    rubric: int | None

    def prompt_tokens(self) -> Spread:
        """Of one comparison, by rule of thumb. Anchors are taken to be as long as students' essays."""
        per_token = BYTES_PER_TOKEN[self.language]
        known = 2 * self.essay + (self.system_prompt or 0) + (self.rubric or 0)
        unseen = [INSTRUCTIONS]
        unseen += [OWN_SYSTEM_PROMPT] if self.system_prompt is None else []
        unseen += [OWN_RUBRIC] if self.rubric is None else []
        return Spread(
            expected=known / per_token.expected + sum(each.expected for each in unseen),
            high=known / per_token.high + sum(each.high for each in unseen),
        )


class Seen(Value):
    """What one earlier run used: per comparison, prompt tokens by the rule's expectation for it, and answer tokens.

    `judged` is the share of the comparisons allowed that were judged; `seconds` a comparison, from publish to result.
    """

    run: str
    prompt_ratios: tuple[float, ...]
    answer_tokens: tuple[int, ...]
    judged: float
    seconds: float | None


class Tokens(Value):
    prompt: int
    answer: int


class Outlook(Value):
    """One of the two figures in full; `usd` is None where no price is known."""

    comparisons: int
    tokens: Tokens
    usd: Usd | None
    seconds: float | None


class Forecast(Value):
    """`prices` says where the price is from, `runs` which earlier runs calibrate it, `assumed` what is only guessed."""

    model: str | None
    expected: Outlook
    high: Outlook
    prices: str | None
    runs: tuple[str, ...]
    assumed: tuple[str, ...]


def forecast(
    asked: Asked, material: Material, counts: ComparisonCounts, table: PriceTable, seen: Sequence[Seen]
) -> Forecast:
    """`seen` are runs of the same model; with none, the rules of thumb stand."""
    prompt, answer = _prompt(material, seen), _answer(asked, seen)
    price = table.price(asked.provider, asked.model)

    def outlook(comparisons: int, prompt_each: float, answer_each: float, seconds: float | None) -> Outlook:
        tokens = Tokens(prompt=math.ceil(comparisons * prompt_each), answer=math.ceil(comparisons * answer_each))
        usd = None if price is None else price.of(tokens.prompt, tokens.answer).quantize(SMALLEST_AMOUNT)
        return Outlook(comparisons=comparisons, tokens=tokens, usd=usd, seconds=_times(comparisons, seconds))

    pace = [each.seconds for each in seen if each.seconds is not None]
    judged = min(1.0, fmean(each.judged for each in seen)) if seen else 1.0
    return Forecast(
        model=asked.model,
        expected=outlook(
            math.ceil(counts.allowed * judged), prompt.expected, answer.expected, fmean(pace) if pace else None
        ),
        high=outlook(counts.allowed, prompt.high, answer.high, max(pace, default=None)),
        prices=None if price is None else table.told(asked.provider),
        runs=tuple(each.run for each in seen),
        assumed=tuple(_assumed(asked, material, seen)),
    )


def _times(comparisons: int, seconds: float | None) -> float | None:
    return None if seconds is None else round(comparisons * seconds, 1)


def _prompt(material: Material, seen: Sequence[Seen]) -> Spread:
    rule = material.prompt_tokens()
    ratios = [ratio for run in seen for ratio in run.prompt_ratios]
    if not ratios:
        return rule
    return Spread(expected=rule.expected * fmean(ratios), high=rule.expected * percentile_90(ratios))


def _answer(asked: Asked, seen: Sequence[Seen]) -> Spread:
    tokens = [float(count) for run in seen for count in run.answer_tokens]
    if tokens:
        return Spread(expected=fmean(tokens), high=percentile_90(tokens))
    thinking = THINKING[asked.reasoning_effort]
    return Spread(expected=ANSWER.expected + thinking.expected, high=ANSWER.high + thinking.high)


def _assumed(asked: Asked, material: Material, seen: Sequence[Seen]) -> Iterator[str]:
    yield "anchors are as long as the students' essays"
    if seen:
        return
    yield f"{BYTES_PER_TOKEN[material.language].expected} bytes of text a token"
    yield f"{INSTRUCTIONS.expected:.0f} tokens of CJ's instructions and the student prompt"
    if material.system_prompt is None:
        yield f"{OWN_SYSTEM_PROMPT.expected:.0f} tokens of CJ's own system prompt"
    if material.rubric is None:
        yield f"{OWN_RUBRIC.expected:.0f} tokens of CJ's own rubric"
    yield f"{_answer(asked, ()).expected:.0f} tokens an answer"


def percentile_90(values: Sequence[float]) -> float:
    """By nearest rank: the smallest value that nine of ten do not exceed. `values` is not empty."""
    return sorted(values)[math.ceil(0.9 * len(values)) - 1]

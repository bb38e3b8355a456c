"""The simulated judge: which of two essays is better, for a seed always the same answer.

Each text has a latent quality in logits, a pure function of plain features (`quality`). The judge prefers A
with

    P(A) = 1 / (1 + exp(-(quality(A) - quality(B) + position_bias) / noise))

and draws from a generator seeded with the seed, both texts and how often this pair was asked in this order.
Its answers say what they are: provider `mock`, model `mock-model-v1`, whatever the request asked for. Token
counts follow the mock judge that was observed: three quarters of the words, rounded up, and 10 more for an
answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, exp, log, sqrt
from random import Random
from typing import Literal

from pydantic import Field

from eng5_pipeline.sandbox.http.settings import Setting

PROVIDER = "mock"
MODEL = "mock-model-v1"
TOKENS_PER_WORD = 0.75
ANSWER_TOKENS = 10
QUALITY_LIMIT = 6.0
STATUSES = (429, 500, 503)

WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")

REASONS = (
    "{winner} answers the task more fully.",
    "{winner} carries its argument further and supports it better.",
    "{winner} holds together better from paragraph to paragraph.",
    "{winner} commands a wider vocabulary and uses it with more precision.",
    "{winner} varies its sentences more and makes fewer slips.",
    "{winner} speaks to its reader with more assurance throughout the whole text.",
)

Winner = Literal["Essay A", "Essay B"]


class JudgeSettings(Setting):
    """`reachable` false: no comparison is ever answered, so that CJ's monitor fails the batch as stuck.

    `noise` 0 always prefers the better text; `position_bias` is in logits, above 0 in favour of Essay A.

    An answer to the first of the comparisons sent off together comes after `latency_s`, each further one
    `spacing_s` later. Prices are in USD for a million tokens; as with the observed mock judge they are 0
    unless told otherwise.
    """

    seed: int = 1
    reachable: bool = True
    noise: float = Field(default=1.0, ge=0)
    position_bias: float = 0.0
    error_rate: float = Field(default=0.0, ge=0, le=1)
    latency_s: float = Field(default=0.1, ge=0)
    spacing_s: float = Field(default=0.01, ge=0)
    prompt_price: float = Field(default=0.0, ge=0)
    answer_price: float = Field(default=0.0, ge=0)


@dataclass(frozen=True)
class Question:
    """Two essays as the judge sees them, and how often they were asked about in this order before."""

    prompt: str
    text_a: str
    text_b: str
    asked_before: int


@dataclass(frozen=True)
class Answer:
    """Confidence from 1 to 5, cost in USD. The justification holds no word of the essays."""

    winner: Winner
    confidence: float
    justification: str
    prompt_tokens: int
    answer_tokens: int
    cost_usd: float


@dataclass(frozen=True)
class NoAnswer:
    """The provider failed with that HTTP status."""

    status: int


def answer(settings: JudgeSettings, question: Question) -> Answer | NoAnswer:
    draw = Random(_digest(settings.seed, question.text_a, question.text_b, question.asked_before))
    if draw.random() < settings.error_rate:
        return NoAnswer(draw.choice(STATUSES))
    chance = preference(settings, quality(question.text_a), quality(question.text_b))
    winner: Winner = "Essay A" if draw.random() < chance else "Essay B"
    justification = draw.choice(REASONS).format(winner=winner)
    asked, answered = tokens(question.prompt), ANSWER_TOKENS + tokens(justification)
    return Answer(
        winner=winner,
        confidence=_confidence(chance, draw),
        justification=justification,
        prompt_tokens=asked,
        answer_tokens=answered,
        cost_usd=(asked * settings.prompt_price + answered * settings.answer_price) / 1_000_000,
    )


def preference(settings: JudgeSettings, quality_a: float, quality_b: float) -> float:
    """The chance that A is preferred."""
    lead = quality_a - quality_b + settings.position_bias
    if settings.noise == 0:
        return 0.5 if lead == 0 else float(lead > 0)
    return 1 / (1 + exp(min(-lead / settings.noise, 700.0)))


def quality(text: str) -> float:
    """Latent quality in logits, about -3 for a weak and 3 for a strong school essay; -6 without any word.

    Rises with the number of words (natural logarithm, 0 at 250), with lexical variety (different words by
    the square root of all, Guiraud; 0 at 8.5), with the letters a word (0 at 4.2) and the words a sentence
    (0 at 14, no more from 28 on).
    """
    words = WORD.findall(text.lower())
    if not words:
        return -QUALITY_LIMIT
    count = len(words)
    variety = len(set(words)) / sqrt(count)
    letters = sum(map(len, words)) / count
    sentence = min(count / max(1, len(SENTENCE_END.findall(text))), 28.0)
    sum_of_features = log(count / 250) + 0.6 * (variety - 8.5) + 2.0 * (letters - 4.2) + 0.08 * (sentence - 14)
    return max(-QUALITY_LIMIT, min(QUALITY_LIMIT, sum_of_features))


def tokens(text: str) -> int:
    return ceil(len(text.split()) * TOKENS_PER_WORD)


def _confidence(chance: float, draw: Random) -> float:
    """Surer the farther the chance is from a half, with a little spread; in thousandths of the scale."""
    sureness = min(1.0, max(0.0, abs(chance - 0.5) * 1.6 + draw.uniform(0.1, 0.2)))
    return 1 + 4 * round(sureness, 3)


def _digest(*parts: object) -> int:
    return int.from_bytes(sha256("\0".join(map(str, parts)).encode("utf-8")).digest())


@dataclass(frozen=True)
class Task:
    """What the essays are to be judged by; absent parts are left out of the prompt."""

    student_prompt: str | None = None
    criteria: str | None = None
    rubric: str | None = None

    def prompt(self, essay_a: tuple[str, str], essay_b: tuple[str, str]) -> str:
        """Each essay is given as id and text: what is in an id, the judge reads."""
        parts: Sequence[tuple[str, str | None]] = (
            ("The task given to the students", self.student_prompt),
            ("Criteria", self.criteria),
            ("Instructions to the judge", self.rubric),
            (f"Essay A ({essay_a[0]})", essay_a[1]),
            (f"Essay B ({essay_b[0]})", essay_b[1]),
        )
        named = [f"## {name}\n{text}" for name, text in parts if text]
        closing = "Which essay fulfils the task better? Answer with winner, justification and confidence (1 to 5)."
        return "\n\n".join([*named, closing])

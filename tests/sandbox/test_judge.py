"""The simulated judge: deterministic for a seed, and as biased, noisy and unreliable as it is told to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eng5_pipeline.sandbox.batch.judge import (
    Answer,
    JudgeSettings,
    NoAnswer,
    Question,
    Task,
    answer,
    quality,
)
from tests.support.batch_world import essay

WEAK, STRONG = essay(0), essay(9)
QUESTION = Question("Which essay is better?", STRONG, WEAK, 0)


def _answers(settings: JudgeSettings, question: Question, times: int = 200) -> list[Answer]:
    said = [answer(settings, replace(question, asked_before=n)) for n in range(times)]
    return [each for each in said if isinstance(each, Answer)]


def _wins_of_a(settings: JudgeSettings, question: Question) -> int:
    return sum(each.winner == "Essay A" for each in _answers(settings, question))


def test_the_same_seed_gives_the_same_answer() -> None:
    assert answer(JudgeSettings(seed=7), QUESTION) == answer(JudgeSettings(seed=7), QUESTION)


def test_seeds_differ() -> None:
    question = Question("Which?", WEAK, WEAK, 0)
    winners = {_answers(JudgeSettings(seed=seed), question, 1)[0].winner for seed in range(20)}
    assert winners == {"Essay A", "Essay B"}


def test_without_noise_the_better_text_always_wins() -> None:
    settings = JudgeSettings(noise=0)
    assert _wins_of_a(settings, Question("Which?", STRONG, WEAK, 0)) == 200
    assert _wins_of_a(settings, Question("Which?", WEAK, STRONG, 0)) == 0


def test_noise_lets_the_weaker_text_win_at_times() -> None:
    wins = _wins_of_a(JudgeSettings(noise=quality(STRONG) - quality(WEAK)), QUESTION)
    assert 120 < wins < 170  # P(A) = 1 / (1 + 1/e), about 146 of 200


def test_a_position_bias_favours_the_essay_shown_first() -> None:
    same = Question("Which?", WEAK, WEAK, 0)
    assert _wins_of_a(JudgeSettings(position_bias=2.0), same) > 160
    assert _wins_of_a(JudgeSettings(position_bias=-2.0), same) < 40


def test_an_error_rate_of_one_answers_nothing() -> None:
    said = {answer(JudgeSettings(error_rate=1.0), replace(QUESTION, asked_before=n)) for n in range(50)}
    assert said == {NoAnswer(429), NoAnswer(500), NoAnswer(503)}


def test_an_answer_lies_on_cj_s_scale_and_speaks_of_its_winner() -> None:
    for said in _answers(JudgeSettings(), QUESTION):
        assert 1 <= said.confidence <= 5
        assert said.justification.startswith(said.winner)
        assert len(said.justification) <= 500


def test_no_word_of_an_essay_is_in_an_answer() -> None:
    texts = {word for text in (WEAK, STRONG) for word in text.split() if len(word) > 4}
    said = {word for each in _answers(JudgeSettings(), QUESTION) for word in each.justification.split()}
    assert not texts & said


def test_cost_follows_tokens_and_prices() -> None:
    (said,) = _answers(JudgeSettings(prompt_price=3.0, answer_price=15.0), QUESTION, 1)
    assert said.cost_usd == pytest.approx((said.prompt_tokens * 3 + said.answer_tokens * 15) / 1e6)
    (free,) = _answers(JudgeSettings(), QUESTION, 1)
    assert free.cost_usd == 0


@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [("Essay A speaks to its reader with more assurance throughout the whole text.", 10), ("", 0)],
)
def test_a_prompt_costs_three_quarters_of_its_words(sentence: str, tokens: int) -> None:
    (said,) = _answers(JudgeSettings(), replace(QUESTION, prompt=sentence), 1)
    assert said.prompt_tokens == tokens


def test_quality_rises_with_variety_and_is_lowest_without_words() -> None:
    strengths = [quality(essay(strength)) for strength in range(6)]
    assert strengths == sorted(strengths)
    assert quality(" …  ") < min(strengths)


def test_a_prompt_holds_what_is_there_and_names_both_essays() -> None:
    prompt = Task(criteria="Judge content.").prompt(("id-1", "first text"), ("id-2", "second text"))
    for part in ("Judge content.", "id-1", "first text", "id-2", "second text"):
        assert part in prompt
    assert "None" not in prompt

"""What earlier runs of a model were seen to use."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from eng5_pipeline.domain.forecast import Asked, Seen
from eng5_pipeline.review.experience import MOST_RUNS, earlier_runs
from eng5_pipeline.spec.effective import from_spec
from tests.support.run_folders import SPEC, Run, comparison, published_run
from tests.support.run_specs import loaded

CLAUDE = Asked(provider="anthropic", model="claude", reasoning_effort=None)
MOCK = Asked(provider="mock", model="mock-model-v1", reasoning_effort=None)


def completed(output: Path) -> Run:
    """The captured batch of three students and five anchors: 12 comparisons of 92 or so tokens, 17 or so back."""
    run = published_run(output, "01")
    run.completed("1", 12)
    return run


def seen(output: Path, asked: Asked = MOCK) -> tuple[Seen, ...]:
    return earlier_runs(output, asked)


def test_a_completed_run_of_the_model_tells_what_its_comparisons_used(tmp_path: Path) -> None:
    run = completed(tmp_path)
    (found,) = seen(tmp_path)
    assert found.run == str(run.batch_uuid)
    assert len(found.prompt_ratios) == len(found.answer_tokens) > 5
    assert all(10 < tokens < 50 for tokens in found.answer_tokens)
    assert 0 < found.judged <= 1


@pytest.mark.parametrize(
    "asked",
    [
        MOCK.model_copy(update={"model": "another"}),
        MOCK.model_copy(update={"provider": "anthropic"}),
        MOCK.model_copy(update={"model": None}),
    ],
)
def test_a_run_of_another_judge_tells_nothing(tmp_path: Path, asked: Asked) -> None:
    completed(tmp_path)
    assert seen(tmp_path, asked) == ()


def test_a_run_that_did_not_complete_tells_nothing(tmp_path: Path) -> None:
    published_run(tmp_path, "01")
    assert seen(tmp_path) == ()


def test_a_damaged_run_is_passed_over(tmp_path: Path) -> None:
    run = completed(tmp_path)
    run.folder.events.write_bytes(b"damaged\n")
    assert seen(tmp_path) == ()


def test_there_may_be_no_runs_at_all(tmp_path: Path) -> None:
    assert seen(tmp_path / "nowhere") == ()


def judged_by_claude(output: Path, number: int, asked: str = "claude") -> Run:
    """One comparison of 90 tokens, 10 back; `asked` is the model that the spec names."""
    run = Run(output, UUID(int=number)).checked().uploaded()
    text = SPEC.replace("mock-model-v1", asked).replace("mock", "anthropic")
    run.folder.effective.write_text(from_spec(loaded(text)).to_json())
    first, second, *_ = run.essay_ids
    return run.kept([comparison(run, 1, (first, second))]).completed("1", 1)


def test_answers_are_counted_as_they_were(tmp_path: Path) -> None:
    judged_by_claude(tmp_path, 1)
    (found,) = seen(tmp_path, CLAUDE)
    assert (found.answer_tokens, found.judged, found.seconds) == ((10,), 1 / 56, 0.25)


def test_a_run_that_another_model_judged_than_was_asked_for_tells_nothing(tmp_path: Path) -> None:
    judged_by_claude(tmp_path, 1, asked="claude-2")
    assert seen(tmp_path, CLAUDE.model_copy(update={"model": "claude-2"})) == ()


def test_the_newest_few_count(tmp_path: Path) -> None:
    for number in range(1, MOST_RUNS + 3):
        judged_by_claude(tmp_path, number)
    assert len(seen(tmp_path, CLAUDE)) == MOST_RUNS

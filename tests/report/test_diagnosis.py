"""What the diagnostics say of whole batches, and where they say that they cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.report.account import Account, read_account
from tests.support import run_ends
from tests.support.judged_run import Shown, begun_run, completed_run, essays_of, simulated
from tests.support.run_folders import Run, comparison, published_run


def of(run: Run) -> Account:
    return read_account(run.folder)


def references(run: Run) -> list[str]:
    return [caution.reference for caution in of(run).cautions]


def told(run: Run) -> Any:
    return json.loads(run.put_artefact().read_bytes())["diagnostics"]


def judged(path: Path, comparisons: int, seed: int = 1, models: Callable[[int], str] = lambda _: "claude") -> Run:
    run = begun_run(path)
    return completed_run(run, simulated(run, comparisons, seed), models)


def test_our_thetas_are_those_that_cj_published(tmp_path: Path) -> None:
    diagnosis = of(published_run(tmp_path, "15a").completed("31", 56)).diagnosis
    assert diagnosis is not None
    assert diagnosis.farthest_from_cj is not None
    assert diagnosis.farthest_from_cj < 1e-6


def test_a_good_batch_has_little_against_it(tmp_path: Path) -> None:
    assert references(judged(tmp_path, 3000)) == ["one-judge", "grades-open"]


def test_two_judges_are_no_caution_and_have_a_split_of_their_own(tmp_path: Path) -> None:
    run = judged(tmp_path, 3000, models=lambda number: ("claude", "gpt")[number % 2])
    assert references(run) == ["grades-open"]
    splits = told(run)["reliability"]["split_half"]
    assert [(split["split_by"], split["repeats"]) for split in splits] == [("comparison", 20), ("judge", 1)]


def test_a_small_batch_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    found = references(judged(tmp_path, 20))
    assert {"one-way", "few-comparisons", "one-judge", "grades-open"} <= set(found)


def test_a_low_reliability_is_told_with_what_it_depends_on(tmp_path: Path) -> None:
    [low] = [each.what for each in of(judged(tmp_path, 60)).cautions if each.reference == "low-reliability"]
    assert low == (
        "The scale separation reliability is 0.64, below 0.8, from 60 decided comparisons by 1 judge, paired as CJ "
        "chose; halves of the comparisons agree with r = 0.72."
    )


def test_groups_that_never_met_have_no_reliability(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    a, b, c, d, *_ = essays_of(run)
    found = told(completed_run(run, [(a, b, "Essay A"), (c, d, "Essay A")]))
    assert (found["reliability"]["ssr"], found["connectedness"]["weak_groups"]) == (None, [2, 2])
    assert "2 groups that never met" in found["reliability"]["why_not"]


def test_two_essays_are_too_few_for_a_spread(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    a, b, *_ = essays_of(run)
    assert told(completed_run(run, [(a, b, "Essay A")]))["reliability"]["why_not"] == (
        "fewer than 3 essays were compared"
    )


def test_comparisons_that_nobody_won_leave_nothing_to_estimate(tmp_path: Path) -> None:
    run = run_ends.failed_late(tmp_path)
    assert references(run) == ["nothing-decided"]
    assert "reliability" not in told(run)


def test_before_anything_was_compared_there_are_no_diagnostics(tmp_path: Path) -> None:
    assert told(run_ends.published(tmp_path)) == {}


def test_a_judge_that_likes_the_first_place_is_found_out(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    found = told(completed_run(run, simulated(run, 400, seed=1, order_effect=1.5)))
    assert "position-bias" in [caution["reference"] for caution in found["cautions"]]
    assert found["position"]["order_effect"] == pytest.approx(1.5, abs=0.7)


def test_anchors_that_beat_better_ones_are_listed_with_their_distance(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    best, worst, ada = "ANCHOR_1_00000001", "ANCHOR_5_00000005", essays_of(run)[0]
    shown: list[Shown] = [(worst, best, "Essay A"), (best, ada, "Essay A"), (ada, worst, "Essay A")]
    assert told(completed_run(run, shown))["anchor_agreement"]["inversions"] == [
        {"lower": worst, "higher": best, "lower_won": 1, "comparisons": 1, "steps": 7}
    ]


def test_anchors_without_a_win_and_without_a_comparison_are_listed(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    ada, anchor = essays_of(run)[0], "ANCHOR_2_00000002"
    found = told(completed_run(run, [(ada, anchor, "Essay A")]))["anchor_agreement"]
    assert (found["without_win"], found["uncompared"]) == ([anchor], [1, 3, 4, 5])


def test_without_anchors_it_says_so(tmp_path: Path) -> None:
    run = begun_run(tmp_path, anchors=0)
    found = told(completed_run(run, simulated(run, 60, seed=1)))["anchor_agreement"]
    assert (found["tau_b"], found["why_not"]) == (None, "no anchor was compared")


def test_an_anchor_that_was_not_registered_has_an_unknown_grade(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    stranger = "ANCHOR_99_00000099"
    found = told(run.kept([comparison(run, 1, (run.essay_ids[0], stranger))]))["anchor_agreement"]
    assert (found["unknown"], [anchor["essay_id"] for anchor in found["anchors"]]) == ([stranger], [])


def test_boundaries_are_shown_only_where_cjs_grades_follow_from_them(tmp_path: Path) -> None:
    run = judged(tmp_path, 60)
    assert told(run)["grades"]["boundaries"]
    events = run.folder.events.read_text()
    run.folder.events.write_text(events.replace(r"\"letter_grade\": \"F+\"", r"\"letter_grade\": \"B\""))
    found = told(run)["grades"]
    assert (found["boundaries"], found["calls"]) == (None, [])
    assert found["why_not"] == "the grades that CJ projected do not follow from the rule that is known here"


def test_cost_is_told_per_comparison_per_essay_and_on_failed_calls(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    a, b, *_ = essays_of(run)
    shown: list[Shown] = [(a, b, "Essay A")] * 3 + [(a, b, None)]
    found = told(completed_run(run, shown, cost="0.5"))["cost"]
    assert (found["usd_per_comparison"], found["usd_per_essay"], found["usd_of_failed"]) == (0.5, 1.0, 0.5)
    assert (found["tokens_per_comparison"], found["tokens_of_failed"]) == (100, 100)


def test_method_alpha_and_version_are_told(tmp_path: Path) -> None:
    found = told(judged(tmp_path, 60))
    assert (found["method"]["alpha"], found["method"]["regularisation"]) == (0.01, "choix.ilsr_pairwise")
    assert found["method"]["program"].startswith("eng5-pipeline ")
    assert set(found["conventions"]) >= {"theta", "standard_error", "reliability", "split_half"}


def test_comparisons_that_are_missing_here_show_in_cjs_thetas(tmp_path: Path) -> None:
    run = judged(tmp_path, 60)
    lines = run.folder.events.read_text().splitlines(keepends=True)
    run.folder.events.write_text("".join(lines[:20] + lines[40:]))
    journal = run.folder.journal.read_text()
    run.folder.journal.write_text(journal.replace('"comparisons":60', '"comparisons":40'))  # a gap took the others
    assert "theta-differs" in references(run)

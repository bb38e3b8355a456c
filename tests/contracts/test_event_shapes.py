"""Single captured values: what the embedded CJ says in the same case has the same shape and says the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from eng5_pipeline.contracts.topics import COMPARISON, COMPLETED, FAILED, RESULT
from eng5_pipeline.sandbox.batch.batch_records import RESOURCE
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from tests.support.batch_world import Played, World, request_value
from tests.support.shapes import shape, words
from tests.support.wire import CAPTURES

FIVE = ("F+", "E-", "D+", "C+", "A")
UUID_ASSIGNMENT = "0e55e0e1-d788-4e55-a30f-3370645f52e3"


def _with_anchors() -> Played:
    world = World()
    world.assignment(FIVE)
    return world.play(request_value(world.students(3), metadata={"max_comparisons": 8}))


def _bundled() -> Played:
    world = World()
    world.assignment(FIVE)
    asked = {"reasoning_effort": "low", "output_verbosity": "low"}
    hint = {"llm_batching_mode_hint": "serial_bundle", "max_comparisons": 4}
    return world.play(request_value(world.students(3), metadata=hint, llm_config_overrides=asked))


def _failing_judge() -> Played:
    world = World(judge=JudgeSettings(error_rate=1.0))
    return world.play(request_value(world.students(3), assignment=None, metadata={"max_comparisons": 4}))


def _without_assignment() -> Played:
    world = World()
    return world.play(request_value(world.students(3), assignment=None, metadata={"max_comparisons": 8}))


def _single() -> Played:
    world = World()
    return world.play(request_value(world.students(1), assignment=None))


def _one_missing() -> Played:
    world = World()
    essays = {**world.students(2), "missing": "nowhere"}
    return world.play(request_value(essays, assignment=None, metadata={"max_comparisons": 8}))


def _one_grade_only() -> Played:
    world = World()
    world.assignment(("B", "B"))
    return world.play(request_value(world.students(3), metadata={"max_comparisons": 8}))


def _numeric() -> Played:
    world = World()
    world.assignment(("1", "3", "5", "7", "9"), scale="eng5_np_national_9_step")
    return world.play(request_value(world.students(3), metadata={"max_comparisons": 8}))


def _unknown_assignment() -> Played:
    world = World()
    return world.play(request_value(world.students(3), assignment=UUID_ASSIGNMENT))


def _empty() -> Played:
    return World().play(request_value({}, assignment=None))


def _long_id() -> Played:
    world = World()
    return world.play(request_value({"x" * 37: world.text("long", b"An essay.")}, assignment=None))


CASES: dict[str, tuple[str, Callable[[], Played]]] = {
    "b1-llm-comparison-result-success": (COMPARISON, _with_anchors),
    "b2-llm-comparison-result-success-with-batching-hints": (COMPARISON, _bundled),
    "b3-llm-comparison-result-error-mock-429-or-500": (COMPARISON, _failing_judge),
    "c1-cj-completed-success-with-anchors": (COMPLETED, _with_anchors),
    "c2-assessment-result-with-anchors-and-grades": (RESULT, _with_anchors),
    "c3-cj-completed-no-assignment": (COMPLETED, _without_assignment),
    "c4-assessment-result-no-anchors-all-U": (RESULT, _without_assignment),
    "c5-cj-completed-FAILED_CRITICALLY-single-essay": (COMPLETED, _single),
    "c6-assessment-result-single-essay": (RESULT, _single),
    "c7-cj-completed-one-essay-content-missing": (COMPLETED, _one_missing),
    "c8-assessment-result-anchors-one-grade-only-all-U": (RESULT, _one_grade_only),
    "c9-cj-completed-numeric-scale-never-followed-by-result": (COMPLETED, _numeric),
    "d1-cj-failed-unknown-assignment": (FAILED, _unknown_assignment),
    "d2-cj-failed-low-success-rate": (FAILED, _failing_judge),
    "d3-cj-failed-empty-essay-list": (FAILED, _empty),
    "d4-cj-failed-essay-id-too-long": (FAILED, _long_id),
    "e1-resource-consumption": (RESOURCE, _with_anchors),
}
# b4 is the answer of a provider without a key: the embedded judge needs none. The ids of an assignment are free
# text, so that those captured as UUIDs count as text.
NOT_EMULATED = {"a-els-cj-request-3students", "b4-llm-comparison-result-error-no-api-key"}

_SCORES = "another judge judged other texts"
_IDS = "ids of this batch"
_SIMULATED = "says plainly that it is simulated"
OTHER_WORDS: Mapping[str, Mapping[str, str]] = {
    "b": {
        ".data.justification": _SCORES,
        ".data.confidence": _SCORES,
        ".data.token_usage.": _SCORES,
        ".data.request_metadata.usage.": _SCORES,
        ".data.request_metadata.cache_creation_input_tokens": _SCORES,
        ".data.request_metadata.essay_": _IDS,
    },
    "b3": {
        ".data.error_detail.message": _SIMULATED,
        ".data.error_detail.stack_trace": _SIMULATED,
        ".data.error_detail.details.details.status_code": "drawn from several",
        ".data.error_detail.details.status_code": "drawn from several",
    },
    "c": {
        ".data.processing_summary.successful_essay_ids": _IDS,
        ".data.processing_summary.failed_essay_ids": _IDS,
        ".data.essay_results[].essay_id": _IDS,
        ".data.essay_results[].normalized_score": _SCORES,
        ".data.essay_results[].letter_grade": _SCORES,
        ".data.essay_results[].bt_score": _SCORES,
        ".data.processing_summary.processing_time_seconds": "another clock",
        ".data.assessment_metadata.processing_duration_seconds": "another clock",
    },
    "c6": {".data.model_used": _SIMULATED, ".data.model_provider": _SIMULATED},
    "d4": {".data.system_metadata.error_info.error_message": "quotes ids and the text of the essay"},
    "e1": {".data.user_id": "another user"},
}
"""Where a value need not say what was captured, by the beginning of its name and of the path, with the reason."""


def _free(kinds: set[str]) -> set[str]:
    return {"text" if kind == "uuid" else kind for kind in kinds}


@pytest.mark.parametrize("name", CASES)
def test_a_value_has_the_shape_of_the_captured_one(name: str) -> None:
    topic, played = CASES[name]
    ours = shape(r.value or b"" for r in played().records if r.topic == topic)
    theirs = shape([(CAPTURES / "events" / f"{name}.value.json").read_text(encoding="utf-8")])
    assert list(ours) == list(theirs)
    assert {path: _free(kinds) for path, kinds in ours.items()} == {
        path: _free(kinds) for path, kinds in theirs.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_a_value_says_what_the_captured_one_said(name: str) -> None:
    topic, played = CASES[name]
    excepted = tuple(path for part, paths in OTHER_WORDS.items() if name.startswith(part) for path in paths)
    ours = words(r.value or b"" for r in played().records if r.topic == topic)
    theirs = words([(CAPTURES / "events" / f"{name}.value.json").read_text(encoding="utf-8")])
    other = {path: said for path, said in theirs.items() if not said <= ours.get(path, set())}
    assert {path: said for path, said in other.items() if not path.startswith(excepted)} == {}


def test_every_captured_value_is_compared_or_named() -> None:
    captured = {path.name.removesuffix(".value.json") for path in (CAPTURES / "events").iterdir()}
    assert captured == CASES.keys() | NOT_EMULATED

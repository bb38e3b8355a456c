"""What `plan` and `register-anchors` show."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.domain.assignment import Anchor, AnchorSummary, Assignment
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.forecast import Asked, Material, forecast
from eng5_pipeline.domain.prices import Price, PriceTable
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import Refused
from eng5_pipeline.results import (
    AnchorsRegistered,
    AnchorsVerified,
    KeptAnchor,
    ResolvedAssignment,
    UploadPlanned,
    Validated,
)
from eng5_pipeline.run_folder import RunFolder
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, Told, ends, found, spec_in, tell

SCALE = "eng5_np_legacy_9_step"
VALIDATED = Validated(essays=(), inputs=(), passed_over={"Word lock file": 2})
RESOLVED = ResolvedAssignment(
    assignment=Assignment(
        assignment_id="np_2017_vt",
        grade_scale=SCALE,
        context_origin=None,
        course_id=None,
        student_prompt_storage_id="5" * 32,
    )
)
ANCHORS = tuple(
    Anchor(anchor_id=at, label=f"{grade}-{at}", grade=grade, storage_id=None) for at, grade in enumerate("AAB")
)
VERIFIED = AnchorsVerified(
    summary=AnchorSummary(assignment_id="np_2017_vt", grade_scale=SCALE, anchors=ANCHORS, count_by_scale={SCALE: 3}),
    counts=apply_comparison_limit(3, 5, 20),
)
PRICES = PriceTable(source="list prices as of", as_of=date(2026, 3, 21), models={"judge-1": Price(input=3, output=15)})
PLANNED = UploadPlanned(
    to_upload=("essays/a.txt",),
    to_reuse=("essays/\x1bb.txt",),
    request={
        "event_id": "<event id>",
        "data": {"essays_for_cj": [{"essay_id": "<essay id of a>"}], "rubric": "r" * 999},
    },
    cost=forecast(
        Asked(provider="anthropic", model="judge-1", reasoning_effort=None),
        Material(language="en", essay=1000, system_prompt=None, rubric=0),
        VERIFIED.counts,
        PRICES,
        (),
    ),
)
WHOLE = Outcome(context=found(VALIDATED, RESOLVED, VERIFIED, PLANNED))
REFUSAL = Refused("assignment-unknown", "CJ knows no np_2017_vt", hint="create it")


def planned(here: Path, outcome: Outcome, *words: str) -> Told:
    def play(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.warned("anchor_preflight", "limit-stalls", "CJ may stall")
        return outcome

    session = FakeSession(name="plan", play=play)
    return tell(FakeSessions(here, {"plan": [session]}), "plan", str(spec_in(here)), *words)


def test_it_shows_every_value_with_its_source(tmp_path: Path) -> None:
    lines = [line.split() for line in planned(tmp_path, WHOLE).out.splitlines()]
    assert ["assignment.id", '"np_2017_vt"', "spec"] in lines
    assert ["limits.uploads", "10", "default"] in lines


def test_it_shows_what_cj_says_of_assignment_and_anchors(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert f"grade scale {SCALE}\n            context origin unknown\n" in out
    assert "anchors     3 on this scale: A 2, B 1\n" in out
    assert ["2", "B", "B-2", "-"] in [line.split() for line in out.splitlines()]


def test_it_shows_how_many_comparisons_are_possible(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert "comparisons at most 20 (limit 20)\n" in out
    assert "28 pairs\n" in out
    assert "56 in both orders\n" in out
    assert "15 of an anchor and a student\n" in out


def test_it_shows_what_would_be_uploaded_and_reused_with_names_made_visible(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert "upload essays/a.txt\n" in out
    assert "reuse  essays/\\x1bb.txt\n" in out


def test_it_shows_warnings_and_what_was_passed_over(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert "1 warning\n  limit-stalls: CJ may stall\n" in out
    assert "passed over: 2 files, Word lock file\n" in out


def test_it_shows_what_the_batch_is_likely_to_cost_and_from_where_it_knows(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert "cost        $0.1276 expected, $0.2693 at the 90th percentile\n" in out
    assert "prices: list prices as of 2026-03-21\n" in out
    assert "no earlier run of this model is there\n" in out
    assert "assumed: 300 tokens of CJ's own system prompt\n" in out


def test_it_shows_the_request_with_its_blanks_an_essay_a_line(tmp_path: Path) -> None:
    out = planned(tmp_path, WHOLE).out
    assert '              "event_id": "<event id>",\n' in out
    assert '                  {"essay_id": "<essay id of a>"}\n' in out
    assert "r" * 150 not in out


def test_a_whole_plan_is_saved_as_its_json(tmp_path: Path) -> None:
    told = planned(tmp_path, WHOLE, "--json", "--out", "plan.json")
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == told.out
    assert f"run {tmp_path / 'a.yaml'} --plan plan.json\n" in told.err


def test_how_to_run_a_saved_plan_can_be_pasted(tmp_path: Path) -> None:
    told = planned(tmp_path, WHOLE, "--out", "my plan.json")
    assert told.err.endswith("--plan 'my plan.json'\n")


def test_json_is_told_however_little_is_to_be_said_beside_it(tmp_path: Path) -> None:
    told = planned(tmp_path, WHOLE, "--json", "--display", "none", "--out", "plan.json")
    assert (told.out, told.err) == ((tmp_path / "plan.json").read_text(encoding="utf-8"), "")


def test_nothing_is_shown_where_nothing_is_wanted(tmp_path: Path) -> None:
    told = planned(tmp_path, WHOLE, "--display", "none")
    assert (told.code, told.out, told.err) == (0, "", "")


def test_two_kinds_of_json_are_not_mixed(tmp_path: Path) -> None:
    told = planned(tmp_path, WHOLE, "--json", "--display", "json")
    assert (told.code, "error[options-contradict]" in told.err, told.out) == (2, True, "")


def test_half_a_plan_is_not_saved(tmp_path: Path) -> None:
    outcome = Outcome(3, "refused", True, REFUSAL, stage="resolve_assignment", context=found(VALIDATED))
    told = planned(tmp_path, outcome, "--out", "plan.json")
    assert "not saved in plan.json" in told.err
    assert not (tmp_path / "plan.json").exists()


def test_a_refused_plan_shows_what_it_found_and_its_exit_code(tmp_path: Path) -> None:
    outcome = Outcome(3, "refused", True, REFUSAL, stage="resolve_assignment", context=found(VALIDATED))
    told = planned(tmp_path, outcome)
    assert told.code == 3
    assert "essays      0 student essays" in told.out
    assert "  stage: resolve_assignment · nothing was uploaded or published\n" in told.err


def test_json_is_one_versioned_object(tmp_path: Path) -> None:
    told = json.loads(planned(tmp_path, WHOLE, "--json").out)
    assert (told["v"], told["exit_code"], told["error"]) == (1, 0, None)
    assert told["anchors"]["counts"]["possible_pairs"] == 28
    assert told["upload"] == {"to_upload": ["essays/a.txt"], "to_reuse": ["essays/\x1bb.txt"]}
    assert told["cost"]["expected"]["usd"] == 0.1276
    assert told["request"]["event_id"] == "<event id>"
    assert {"key": "limits.uploads", "value": 10, "source": "default"} in told["effective"]
    assert told["warnings"][0]["reference"] == "limit-stalls"


def test_json_of_a_refused_plan_has_null_for_what_was_not_reached(tmp_path: Path) -> None:
    outcome = Outcome(3, "refused", True, REFUSAL, stage="resolve_assignment", context=found(VALIDATED))
    told = json.loads(planned(tmp_path, outcome, "--json").out)
    assert (told["essays"]["essays"], told["assignment"], told["upload"]) == ([], None, None)
    assert told["error"]["reference"] == "assignment-unknown"
    assert told["stage"] == "resolve_assignment"


def registered(here: Path, outcome: Outcome, *words: str) -> tuple[FakeSessions, Told]:
    folder = RunFolder(here / "artefacts" / "register-anchors-20261122T090000Z")
    session = FakeSession(name="register-anchors", folder=folder, play=ends(outcome))
    sessions = FakeSessions(here, {"register-anchors": [session]})
    folder.path.mkdir(parents=True)
    return sessions, tell(sessions, "register-anchors", str(spec_in(here)), *words)


def test_registered_anchors_are_shown_as_cj_keeps_them(tmp_path: Path) -> None:
    anchor = KeptAnchor(local_id="essays/anchors/A1.txt", anchor_id=7, label="A1", grade="A")
    context = found(AnchorsRegistered(anchors=(anchor,), grade_scale=SCALE))
    _, told = registered(tmp_path, Outcome(context=context))
    assert [line.split() for line in told.out.splitlines()[1:3]] == [
        ["id", "label", "grade", "essay"],
        ["7", "A1", "A", "essays/anchors/A1.txt"],
    ]


def test_replace_is_handed_on(tmp_path: Path) -> None:
    sessions, _ = registered(tmp_path, Outcome(), "--replace")
    assert sessions.asked[0][0] == "register-anchors --replace"


def test_a_registration_cut_short_says_how_many_are_certain(tmp_path: Path) -> None:
    outcome = Outcome(4, "error", False, REFUSAL, None, True, "register_anchors")
    _, told = registered(tmp_path, outcome)
    assert "  stage: register_anchors · 0 anchors registered for certain\n" in told.err
    assert "resume" not in told.err

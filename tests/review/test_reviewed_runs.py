"""Plans, locks and budgets against services: what they refuse, when, and that nothing was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.embedded import Embedded
from eng5_pipeline.opening import resume_session, run_session
from eng5_pipeline.run_folder import RunFolder
from tests.support import web
from tests.support.batch_world import essay
from tests.support.observers import Remembering
from tests.support.preflights import attempt, command, footprint, world_of
from tests.support.project import ASSIGNMENT, Project, Ran, stack

MOCK = {"judge.provider": "mock", "judge.model": "mock-model-v1"}
PRICES = "as_of: 2026-11-01\nmodels: {house-model: {input: 100, output: 100}}\n"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with stack(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


@pytest.fixture
def project(services: Embedded, tmp_path: Path) -> Project:
    return Project(tmp_path, services, MOCK)


def tell(project: Project, *words: str) -> Ran:
    return command(world_of(project), *words)


def planned(project: Project, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tell(project, "plan", "spec.yaml", "--json", "-q", *words).out)
    return found


def saved(project: Project) -> str:
    assert tell(project, "plan", "spec.yaml", "-q", "--out", "plan.json").code == 0
    return str(project.folder / "plan.json")


def register(services: Embedded, label: str, grade: str, text: str) -> None:
    """At CJ, by somebody else."""
    told = {"assignment_id": ASSIGNMENT, "grade": grade, "essay_text": text, "anchor_label": label}
    token = services.variables.get("HULEEDU_SERVICE_ACCOUNT_TOKEN", "")
    answer = web.post(
        f"{services.variables['CJ_SERVICE_URL']}/api/v1/anchors/register",
        json=told,
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    assert answer.status_code == 201, answer.text


class TestPlan:
    def test_asks_the_services_to_change_nothing(self, project: Project) -> None:
        before = footprint(project.stack)
        saved(project)
        assert footprint(project.stack) == before
        assert not (project.folder / "artefacts").exists()

    def test_two_plans_of_one_state_are_the_same_bytes(self, project: Project) -> None:
        assert Path(saved(project)).read_bytes() == Path(saved(project)).read_bytes()

    def test_holds_no_identifier_no_secret_and_no_essay(self, project: Project) -> None:
        text = Path(saved(project)).read_text(encoding="utf-8")
        assert "<batch_uuid>" in text
        assert "00000000-0000-0000-0000-000000000000" not in text
        assert project.stack.variables["JWT_SECRET_KEY"] not in text
        assert essay(2)[:40] not in text

    def test_shows_the_text_of_a_prompt_in_the_request(self, project: Project) -> None:
        (project.folder / "rubric.md").write_text("Which is better?", encoding="utf-8")
        project.write_spec(**MOCK, **{"judge.rubric": "rubric.md"})
        request = planned(project)["request"]
        assert request["data"]["llm_config_overrides"]["judge_rubric_override"] == "Which is better?"


class TestRunWithAPlan:
    def test_runs_what_was_planned_and_keeps_the_plan(self, project: Project) -> None:
        plan = saved(project)
        assert tell(project, "run", "spec.yaml", "-q", "--plan", plan).code == 0
        (run,) = project.runs
        assert run.plan.read_bytes() == Path(plan).read_bytes()

    def test_refuses_what_changed_before_anything_is_sent_and_leaves_a_refused_run(self, project: Project) -> None:
        plan, before = saved(project), footprint(project.stack)
        (project.folder / "students" / "student-2.txt").write_text(essay(3), encoding="utf-8")
        ran = tell(project, "run", "spec.yaml", "-q", "--plan", plan)
        assert (ran.code, footprint(project.stack)) == (8, before)
        assert "1 difference from the plan: essay students/student-2.txt: changed\n" in ran.err
        (run,) = project.runs
        assert json.loads(run.artefact.read_text(encoding="utf-8"))["status"] == "refused"

    def test_names_everything_that_changed_whatever_a_lock_says_of_a_part_of_it(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        plan = saved(project)
        (project.folder / "students" / "student-2.txt").write_text(essay(3), encoding="utf-8")
        project.write_spec(**MOCK, **{"limits.uploads": 3})
        ran = tell(project, "run", "spec.yaml", "-q", "--plan", plan)
        told = "2 differences from the plan: limits.uploads: 10 -> 3; essay students/student-2.txt: changed\n"
        assert (ran.code, told in ran.err) == (8, True)

    def test_refuses_an_option_that_was_not_planned(self, project: Project) -> None:
        ran = tell(project, "run", "spec.yaml", "-q", "--plan", saved(project), "--max-comparisons", "7")
        assert (ran.code, "limits.max_comparisons: 8 -> 7\n" in ran.err) == (8, True)

    @pytest.mark.parametrize("content", [None, "{}"])
    def test_refuses_what_is_no_plan_without_a_trace(self, project: Project, content: str | None) -> None:
        plan = project.folder / "plan.json"
        if content is not None:
            plan.write_text(content)
        assert tell(project, "run", "spec.yaml", "-q", "--plan", str(plan)).code == 2
        assert not (project.folder / "artefacts").exists()

    def test_refuses_one_plan_for_several_specs(self, project: Project) -> None:
        assert tell(project, "run", "spec.yaml", "spec.yaml", "--plan", saved(project)).code == 2

    def test_is_held_against_the_plan_again_when_it_is_resumed_before_anything_was_sent(self, project: Project) -> None:
        run = stopped_at_once(project, saved(project))
        (project.folder / "students" / "student-2.txt").write_text(essay(3), encoding="utf-8")
        resumed = attempt(lambda: resume_session(run, {}, world_of(project)))
        assert resumed.error is not None
        assert resumed.error.reference == "plan-differs"

    def test_goes_on_when_it_is_resumed_and_nothing_changed(self, project: Project) -> None:
        run = stopped_at_once(project, saved(project))
        assert attempt(lambda: resume_session(run, {}, world_of(project))).exit_code == 0


def stopped_at_once(project: Project, plan: str) -> RunFolder:
    """A run that somebody stopped before its first stage was done."""
    with run_session(project.folder / "spec.yaml", {}, world_of(project), Path(plan)) as session:
        assert session.execute(Remembering(), lambda: True).exit_code == 130
    (run,) = project.runs
    return run


class TestLock:
    def test_a_changed_file_stops_validate_plan_and_run(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        before = footprint(project.stack)
        (project.folder / "students" / "student-2.txt").write_text(essay(3), encoding="utf-8")
        for verb in ("validate", "plan", "run"):
            ran = tell(project, verb, "spec.yaml")
            assert (ran.code, "student-2.txt: changed" in ran.out + ran.err) == (8, True)
        assert footprint(project.stack) == before

    def test_a_locked_spec_runs(self, project: Project) -> None:
        assert [tell(project, verb, "spec.yaml", "-q").code for verb in ("lock", "plan", "run")] == [0, 0, 0]

    def test_without_a_lock_there_is_nothing_to_check(self, project: Project) -> None:
        ran = tell(project, "lock", "spec.yaml", "--check")
        assert (ran.code, "spec.yaml.lock is not there\n" in ran.err) == (8, True)

    def test_check_needs_no_network(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        nowhere = world_of(project, CJ_SERVICE_URL="http://127.0.0.1:1", HULEEDU_SERVICE_ACCOUNT_TOKEN="")
        assert command(nowhere, "lock", "spec.yaml", "--check").code == 0
        assert command(nowhere, "validate", "spec.yaml").code == 0

    def test_sarif_names_the_rule(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        (project.folder / "students" / "student-9.txt").write_text(essay(9), encoding="utf-8")
        sarif = json.loads(tell(project, "validate", "spec.yaml", "--format", "sarif").out)
        assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["lock-differs"]
        assert [rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]] == ["lock-differs"]

    def test_never_stops_a_resume_after_the_request_was_sent(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        assert tell(project, "run", "spec.yaml", "-q", "--no-await-completion").code == 0
        (project.folder / "students" / "student-2.txt").write_text(essay(3), encoding="utf-8")
        (project.folder / "spec.yaml.lock").write_text("<<<<<<<")
        resumed = attempt(lambda: resume_session(project.runs[0], {}, world_of(project)))
        assert resumed.exit_code == 0


class TestAnchors:
    """These change what CJ has: each begins with what is there."""

    def test_a_new_one_stops_what_was_planned_and_what_was_locked(self, project: Project) -> None:
        plan = saved(project)
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        register(project.stack, "B1", "B", essay(7))
        for words in (("plan", "spec.yaml"), ("run", "spec.yaml"), ("run", "spec.yaml", "--plan", plan)):
            ran = tell(project, *words)
            assert ran.code == 8
            assert "anchor 4: new" in ran.err
        assert [
            tell(project, verb, "spec.yaml", *more).code for verb, *more in (("lock", "--check"), ("validate",))
        ] == [
            0,
            0,
        ]

    def test_a_replaced_one_is_named_with_its_grade(self, project: Project) -> None:
        assert tell(project, "lock", "spec.yaml", "-q").code == 0
        register(project.stack, "A1", "B", essay(6))
        assert "anchor 1: grade A -> B, text " in tell(project, "plan", "spec.yaml").err


class TestCost:
    def refused(self, project: Project, verb: str) -> Ran:
        before = footprint(project.stack)
        ran = tell(project, verb, "spec.yaml", "-q")
        assert (ran.code, footprint(project.stack)) == (3, before)
        return ran

    def house(self, project: Project, limit: float, prices: str = PRICES) -> None:
        (project.folder / "prices.yaml").write_text(prices, encoding="utf-8")
        judge = {"judge.provider": "anthropic", "judge.model": "house-model", "judge.prices": "prices.yaml"}
        project.write_spec(**judge, **{"limits.max_cost_usd": limit})

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_a_batch_likely_to_cost_less_than_its_limit_and_able_to_cost_more_is_refused(
        self, project: Project, verb: str
    ) -> None:
        self.house(project, 3)
        told = self.refused(project, verb)
        assert "error[cost-above-limit]: the 90th percentile of the cost is 3.8" in str(told)
        assert "limits.max_comparisons to at most 6" in str(told)

    def test_one_that_is_not_is_let_through_at_the_prices_that_the_spec_names(self, project: Project) -> None:
        self.house(project, 10)
        cost = planned(project)["cost"]
        assert (cost["prices"], cost["high"]["usd"] > cost["expected"]["usd"] > 1) == (
            "prices.yaml, as of 2026-11-01",
            True,
        )

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_a_limit_without_a_price_is_refused(self, project: Project, verb: str) -> None:
        self.house(project, 10, PRICES.replace("house-model", "another"))
        assert "error[cost-unknown]: limits.max_cost_usd is 10, and no price is known of model house-model" in str(
            self.refused(project, verb)
        )

    def test_a_limit_with_cjs_own_model_is_refused(self, project: Project) -> None:
        project.write_spec(**{"limits.max_cost_usd": 5})
        assert "no price is known of CJ's own model" in str(self.refused(project, "plan"))

    def test_without_a_limit_an_unknown_model_has_no_price_and_is_let_through(self, project: Project) -> None:
        project.write_spec(**{"judge.model": "house-model"})
        cost = planned(project)["cost"]
        assert (cost["expected"]["usd"], cost["prices"]) == (None, None)
        assert cost["expected"]["tokens"]["prompt"] > 0

    def test_a_table_that_cannot_be_read_is_told_at_its_line(self, project: Project) -> None:
        self.house(project, 10, "as_of: 2026-11-01\nmodels: {house-model: {input: cheap, output: 1}}\n")
        assert "error[prices-unreadable]: prices.yaml:2:31: " in str(self.refused(project, "plan"))

    def test_simulated_runs_do_not_calibrate_the_model_that_they_stood_in_for(self, project: Project) -> None:
        project.write_spec(**{"judge.provider": "openai", "judge.model": "gpt-5-mini-2025-08-07"})
        assert tell(project, "run", "spec.yaml", "-q").code == 0
        assert planned(project)["cost"]["runs"] == []


@pytest.fixture(scope="module")
def before(services: Embedded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Any]]:
    """A project that was run, and what had been planned before that."""
    made = Project(tmp_path_factory.mktemp("run"), services, MOCK)
    first = planned(made)
    assert tell(made, "run", "spec.yaml", "-q").code == 0
    return made, first


class TestAfterARun:
    def test_a_plan_shows_the_storage_id_of_a_text_that_is_there(self, before: tuple[Project, dict[str, Any]]) -> None:
        stored = [each["text_storage_id"] for each in planned(before[0])["request"]["data"]["essays_for_cj"]]
        assert [len(storage_id) for storage_id in stored] == [32, 32, 32]

    def test_the_run_calibrates_the_cost_of_its_model_and_is_named(
        self, before: tuple[Project, dict[str, Any]]
    ) -> None:
        made, first = before
        now = planned(made)["cost"]
        assert (first["cost"]["runs"], now["runs"]) == ([], [made.runs[0].path.name])
        assert now["expected"]["tokens"]["prompt"] != first["cost"]["expected"]["tokens"]["prompt"]
        assert now["expected"]["seconds"] > 0

    def test_but_not_that_of_another_model(self, before: tuple[Project, dict[str, Any]]) -> None:
        made = before[0]
        spec = (made.folder / "spec.yaml").read_text(encoding="utf-8")
        (made.folder / "other.yaml").write_text(spec.replace("mock-model-v1", "mock-model-v2"), encoding="utf-8")
        other = tell(made, "plan", str(made.folder / "other.yaml"), "--json", "-q").out
        assert json.loads(other)["cost"]["runs"] == []

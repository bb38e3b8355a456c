"""What a person reads of a preflight: the numbers, the warnings, the refusal and the next command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eng5_pipeline.embedded import Embedded
from tests.support.batch_world import essay
from tests.support.cj import signed_with
from tests.support.preflights import BARE, UNPROMPTED, command, project, standing, world_of
from tests.support.project import artefact


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with standing(tmp_path_factory.mktemp("stack")) as embedded:
        yield embedded


def test_a_refusal_is_an_error_its_stage_and_the_next_command(stack: Embedded, tmp_path: Path) -> None:
    ran = project(tmp_path, stack, **{"assignment.id": BARE}).run("run", "spec.yaml")
    assert ran.code == 3
    assert ran.err.endswith(
        f"error[anchors-missing]: CJ has no anchors for assignment {BARE} on scale eng5_np_legacy_9_step\n"
        "  stage: anchor_preflight · nothing was uploaded or published\n"
        "  hint: register them once:  eng5-pipeline register-anchors spec.yaml\n"
    )


def test_an_unknown_assignment_is_told_on_the_command_line(stack: Embedded, tmp_path: Path) -> None:
    ran = project(tmp_path, stack, **{"assignment.id": "nobody-knows"}).run("plan", "spec.yaml", "-q")
    assert ran.code == 3
    assert "error[assignment-unknown]: CJ knows no assignment nobody-knows\n" in ran.err
    assert "pdm run cj-admin instructions list" in ran.err


def test_a_limit_below_two_points_at_its_line(stack: Embedded, tmp_path: Path) -> None:
    ran = project(tmp_path, stack, **{"limits.max_comparisons": 1}).run("run", "spec.yaml")
    assert ran.code == 2
    assert re.match(r"spec\.yaml:\d+:20: limits\.max_comparisons: must be at least 2\n", ran.err)
    assert "set limits.max_comparisons to at least 2" in ran.err


def test_a_plan_tells_cjs_word_before_anything_is_written(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack, **{"assignment.id": UNPROMPTED, "allow": ["missing-student-prompt"]})
    told = command(world_of(made), "plan", "spec.yaml")
    assert told.code == 0
    assert (
        "assignment  without-prompt, as CJ says:\n"
        "            grade scale eng5_np_legacy_9_step\n"
        "            context origin research_experiment\n"
        "            course none\n"
        "            student prompt not set\n"
    ) in told.out
    assert not (made.folder / "artefacts").exists()


def test_a_plan_tells_how_many_comparisons_there_can_be(stack: Embedded, tmp_path: Path) -> None:
    told = command(world_of(project(tmp_path, stack)), "plan", "spec.yaml")
    assert "anchors     3 on this scale: A 1, C+ 1, F+ 1\n" in told.out
    assert (
        "comparisons at most 8 (limit 8)\n"
        "            possible between 6 essays: 15 pairs\n"
        "            30 in both orders\n"
        "            9 of an anchor and a student\n"
    ) in told.out


@pytest.mark.parametrize(
    ("limit", "reference", "guidance"),
    [
        (None, "limit-stalls", "set limits.max_comparisons to at most 30"),
        (31, "limit-stalls", "set limits.max_comparisons to at most 30"),
        (30, "pairs-judged-twice", "set limits.max_comparisons to at most 15"),
        (121, "limit-above-cap", "set limits.max_comparisons to at most 120"),
        (2, "essays-uncompared", "set limits.max_comparisons to at least 3"),
    ],
)
def test_a_plan_warns_of_a_limit_that_does_not_fit_and_says_what_would(
    stack: Embedded, tmp_path: Path, limit: int | None, reference: str, guidance: str
) -> None:
    made = project(tmp_path, stack, **{"limits.max_comparisons": limit})
    told = command(world_of(made), "plan", "spec.yaml", "-q", "--json")
    warnings = {each["reference"]: each["what"] for each in json.loads(told.out)["warnings"]}
    assert guidance in warnings[reference]


def test_a_limit_that_fits_is_not_warned_of(stack: Embedded, tmp_path: Path) -> None:
    told = command(world_of(project(tmp_path, stack)), "plan", "spec.yaml", "-q", "--json")
    assert json.loads(told.out)["warnings"] == []


def test_no_essay_is_dropped_to_fit_a_limit(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack, **{"limits.max_comparisons": 2})
    assert command(world_of(made), "run", "spec.yaml", "--no-await-completion").code == 0
    (run,) = made.runs
    request = json.loads(run.request.read_bytes())
    assert len(request["data"]["essays_for_cj"]) == 3
    assert request["metadata"]["max_comparisons"] == 2


def test_a_token_that_may_run_out_before_the_run_is_over_is_warned_of(stack: Embedded, tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=20)
    token = signed_with(stack.variables["JWT_SECRET_KEY"], exp=soon)
    made = project(tmp_path, stack, **{"limits.completion_timeout": "30m"})
    told = command(world_of(made, CJ_ADMIN_TOKEN=token), "plan", "spec.yaml")
    assert told.code == 0
    assert "cj-token-expires-soon: the token for CJ (CJ_ADMIN_TOKEN) expires at" in told.out


def test_a_token_that_is_minted_anew_each_time_is_not_warned_of(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack, **{"limits.completion_timeout": "5h"})
    told = command(world_of(made), "plan", "spec.yaml", "-q", "--json")
    assert json.loads(told.out)["warnings"] == []


def test_the_label_is_for_people_and_in_no_path_or_id(stack: Embedded, tmp_path: Path) -> None:
    label = "Spring batch/ÅÄÖ"
    made = project(tmp_path, stack)
    assert command(world_of(made), "run", "spec.yaml", "--batch-id", label, "--no-await-completion").code == 0
    (run,) = made.runs
    request = json.loads(run.request.read_bytes())
    assert request["metadata"]["batch_label"] == label
    assert request["data"]["entity_id"] == run.path.name == artefact(run)["metadata"]["batch_uuid"]
    assert "Spring" not in json.dumps({**request, "metadata": None})
    assert not [path for path in made.folder.rglob("*") if "Spring" in path.name]


def test_essay_ids_are_derived_short_and_mapped_in_the_artefact(stack: Embedded, tmp_path: Path) -> None:
    made = project(tmp_path, stack)
    for name in ("A1", "Åsa"):
        (made.folder / "students" / f"{name}.txt").write_text(essay(4), encoding="utf-8")
    for _ in range(2):
        assert command(world_of(made), "run", "spec.yaml", "--no-await-completion").code == 0
    ids = [_essay_ids(run.request.read_bytes()) for run in made.runs]
    assert all(re.fullmatch("[0-9a-f-]{36}", each) for each in ids[0] | ids[1])
    assert not ids[0] & ids[1]
    students = artefact(made.runs[0])["inputs"]["students"]
    local = {each["essay_id"]: each["local_id"] for each in students}
    assert local.keys() == ids[0]
    assert "students/Åsa.txt" in local.values()


def _essay_ids(request: bytes) -> set[str]:
    return {essay["essay_id"] for essay in json.loads(request)["data"]["essays_for_cj"]}


def test_of_a_run_whose_broker_ends_with_the_command_no_resume_is_promised_later(
    stack: Embedded, tmp_path: Path
) -> None:
    world = world_of(project(tmp_path, stack))
    assert command(world, "run", "spec.yaml", "--no-await-completion", "-q").code == 0
    told = command(world, "show", "latest").out
    assert told.splitlines()[-1].startswith("next      this run cannot be resumed: its broker ended")

"""What is printed for programs is as its schema says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.fakes import FakeSessions, Outcome, found, spec_in, tell
from tests.cli.test_plan import REFUSAL, VALIDATED, WHOLE, planned
from tests.support.json_schemas import FOLDER, MODELS, SARIF, mistakes, rendered
from tests.support.run_specs import FULL, MINIMAL

BROKEN = FULL.replace("uploads: 10", "uploads: 0").replace("provider: anthropic", "provider: antropic")
REFUSED = Outcome(3, "refused", True, REFUSAL, stage="resolve_assignment", context=found(VALIDATED))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_committed_schema_is_that_of_the_program(name: str) -> None:
    """Else: python -m tests.support.json_schemas."""
    assert (FOLDER / name).read_text(encoding="utf-8") == rendered(name)


@pytest.mark.parametrize("outcome", [WHOLE, REFUSED], ids=["whole", "refused"])
def test_a_plan(outcome: Outcome, tmp_path: Path) -> None:
    assert mistakes(FOLDER / "plan-v1.schema.json", planned(tmp_path, outcome, "--json").out) == []


def test_a_diff(tmp_path: Path) -> None:
    (tmp_path / "essays" / "students").mkdir(parents=True)
    for name, text in (("a.yaml", MINIMAL), ("b.yaml", FULL)):
        spec_in(tmp_path, name, text.replace(".docx", ".txt"))
    (tmp_path / "essays" / "students" / "one.txt").write_text("some words")
    told = tell(FakeSessions(tmp_path), "diff", "a.yaml", "b.yaml", "--format", "json")
    assert mistakes(FOLDER / "diff-v1.schema.json", told.out) == []
    assert len(json.loads(told.out)["changes"]) > 20


@pytest.mark.parametrize(
    ("form", "schema"), [("json", FOLDER / "validate-v1.schema.json"), ("sarif", SARIF)], ids=["json", "sarif"]
)
def test_mistakes_of_a_spec(form: str, schema: Path, tmp_path: Path) -> None:
    broken = spec_in(tmp_path, "å b.yaml", BROKEN)
    assert mistakes(schema, tell(FakeSessions(tmp_path), "validate", str(broken), "--format", form).out) == []


def test_a_schema_refuses_what_is_not_so(tmp_path: Path) -> None:
    """Lest one that takes everything holds nothing."""
    plan = json.loads(planned(tmp_path, WHOLE, "--json").out)
    assert mistakes(FOLDER / "plan-v1.schema.json", json.dumps(plan | {"exit_code": "0"}))
    assert mistakes(SARIF, json.dumps({"version": "2.1.0", "runs": [{"results": []}]}))
    assert mistakes(FOLDER / "validate-v1.schema.json", json.dumps({"version": 1, "problems": [{}]}))

"""What is printed for programs is as its schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from eng5_pipeline.domain.essays import Essay
from tests.cli.fakes import FakeSessions, tell
from tests.cli.test_plan import REFUSAL, VALIDATED, WHOLE, Outcome, found, planned
from tests.support.json_schemas import FOLDER, MODELS, rendered
from tests.support.run_specs import FULL, MINIMAL
from tests.support.wire import CAPTURES as _CAPTURES  # noqa: F401

SARIF = Path(__file__).parents[1] / "support" / "sarif-2.1.0-subset.schema.json"
BROKEN = FULL.replace("uploads: 10", "uploads: 0").replace("provider: anthropic", "provider: antropic")


def mistakes(schema: Path, told: str) -> list[str]:
    against: Any = json.loads(schema.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(against)
    return [error.message for error in Draft202012Validator(against).iter_errors(json.loads(told))]

"""The JSON Schema of the run spec says what the loader says, as far as a schema can."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from eng5_pipeline.spec import schema
from eng5_pipeline.spec.dump import plain
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.shape import field_at, leaves
from tests.support.properties import FEW_OR_MANY, holds
from tests.support.run_specs import FULL, MINIMAL, run_specs

VALIDATOR = Draft202012Validator(schema.run_spec_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def errors(data: Any) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(data)]


def test_the_committed_schema_is_what_the_model_says() -> None:
    assert schema.COMMITTED.read_text(encoding="utf-8") == schema.render()


def test_it_is_a_schema_of_its_dialect_named_without_a_host() -> None:
    Draft202012Validator.check_schema(schema.run_spec_schema())
    assert schema.run_spec_schema()["$id"] == "runspec-v1.schema.json"


@pytest.mark.parametrize("text", [MINIMAL, FULL])
def test_a_good_spec_is_valid(text: str) -> None:
    assert errors(yaml.safe_load(text)) == []


@FEW_OR_MANY
def test_every_valid_spec_is_valid(examples: int) -> None:
    def check(spec: RunSpec) -> None:
        assert errors(plain(spec)) == []

    holds(examples, run_specs(), check)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("limits: {max_comparisons: 1}", "$.limits.max_comparisons"),
        ("limits: {grace: 5}", "$.limits.grace"),
        ("limits: {max_cost_usd: 0}", "$.limits.max_cost_usd"),
        ("assignment: {id: x, language: fi}", "$.assignment.language"),
        ("colour: red", "$"),
        ("allow: plain-http", "$.allow"),
        ("services: {cj: 'ftp://cj'}", "$.services.cj"),
        ("flags: {await_completion: false, auto_extract_eng5_db: true}", "$.flags.await_completion"),
        ("limits:", "$.limits"),
    ],
)
def test_a_broken_spec_is_invalid_at_the_same_key(line: str, path: str) -> None:
    assert errors(yaml.safe_load(f"{MINIMAL}{line}\n")) == [path]


def test_every_key_is_described_and_has_an_example() -> None:
    for leaf in leaves():
        field = field_at(leaf)
        assert field is not None
        assert field.description
        assert field.examples


def test_defaults_are_shown_as_one_types_them() -> None:
    limits = schema.run_spec_schema()["$defs"]["Limits"]["properties"]
    assert (limits["completion_timeout"]["default"], limits["uploads"]["default"]) == ("30m", 10)

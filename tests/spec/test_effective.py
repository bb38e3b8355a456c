"""What a run goes by, and where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from eng5_pipeline.errors import Differs, UsageError
from eng5_pipeline.spec.dump import dump
from eng5_pipeline.spec.effective import OPTIONS, VARIABLES, Effective, OptionValue, apply, from_spec, override
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.shape import leaves
from tests.support.properties import FEW_OR_MANY, holds
from tests.support.run_specs import FULL, MINIMAL, loaded, run_specs

HERE = Path("/home/me")


def effective(
    options: Mapping[str, OptionValue] | None = None, environment: Mapping[str, str] | None = None, text: str = MINIMAL
) -> Effective:
    return apply(loaded(text), options or {}, environment or {}, here=HERE)


def refusal(
    options: Mapping[str, OptionValue], environment: Mapping[str, str] | None = None, text: str = MINIMAL
) -> str:
    with pytest.raises(UsageError) as caught:
        effective(options, environment, text)
    return f"[{caught.value.reference}] {caught.value.what} -> {caught.value.hint}"


def test_a_value_comes_from_the_spec_or_from_its_default() -> None:
    sources = effective(text=MINIMAL + "limits: {uploads: 10}\n").sources
    assert sources["limits.uploads"] == "spec"
    assert sources["limits.grace"] == sources["judge"] == "default"
    assert sources["label"] == "default"


def test_an_option_wins_over_the_environment_the_environment_over_the_spec() -> None:
    values = effective(
        {"--cj-service-url": "http://option"},
        {"CJ_SERVICE_URL": "http://environment", "CONTENT_SERVICE_URL": "http://environment"},
        MINIMAL + "services: {cj: 'http://spec', content: 'http://spec', kafka: 'spec:1'}\n",
    )
    assert values.spec.services.model_dump() == {
        "cj": "http://option",
        "content": "http://environment",
        "kafka": "spec:1",
    }
    assert [values.sources[f"services.{name}"] for name in ("cj", "content", "kafka")] == [
        "option",
        "environment",
        "spec",
    ]


def test_every_option_reaches_its_key() -> None:
    values = effective(
        {
            "--batch-id": "höst",
            "--max-comparisons": 24,
            "--completion-timeout": "90s",
            "--await-completion": True,
            "--auto-extract-eng5-db": True,
            "--force-reupload": True,
            "--output-dir": "/mnt/runs",
            "--cj-service-url": "http://cj",
            "--content-service-url": "http://content/v1/content",
            "--kafka-bootstrap": "kafka:9092",
        }
    )
    assert {key for key, source in values.sources.items() if source == "option"} == set(OPTIONS.values())
    assert ("limits.completion_timeout", "1m30s", "option") in values.rows()


def test_a_switch_turned_off_is_an_option_too() -> None:
    values = effective({"--await-completion": False})
    assert not values.spec.flags.await_completion
    assert values.sources["flags.await_completion"] == "option"


def test_an_option_not_given_and_an_empty_variable_change_nothing() -> None:
    assert effective({"--batch-id": None}, {"CJ_SERVICE_URL": ""}) == effective()


@pytest.mark.parametrize(
    ("folder", "absolute"),
    [("runs", "/home/me/runs"), ("../runs", "/home/runs"), ("/runs", "/runs"), (Path("r"), "/home/me/r")],
)
def test_an_output_folder_typed_on_the_command_line_is_relative_to_where_one_stands(
    folder: str | Path, absolute: str
) -> None:
    assert effective({"--output-dir": folder}).spec.output == absolute


def test_the_specs_own_output_stays_relative_to_the_spec() -> None:
    assert effective(text=FULL).spec.output == "../artefacts"


REFUSALS: list[tuple[Mapping[str, OptionValue], Mapping[str, str], str]] = [
    (
        {"--max-comparisons": 1},
        {},
        "[option-invalid] --max-comparisons: must be at least 2 -> set limits.max_comparisons to at least 2",
    ),
    (
        {"--max-comparisons": "many"},
        {},
        "[option-invalid] --max-comparisons: text where a whole number belongs -> --max-comparisons 60",
    ),
    (
        {"--completion-timeout": "30"},
        {},
        "[option-invalid] --completion-timeout: is not a duration -> "
        "a number with its unit (d, h, m, s, ms), such as 30m, 10s or 1h30m",
    ),
    ({"--batch-id": ""}, {}, "[option-invalid] --batch-id: is empty -> --batch-id role-models-baseline"),
    ({"--output-dir": " "}, {}, "[option-invalid] --output-dir: is empty -> --output-dir ../artefacts"),
    (
        {"--batch-id": "a\nb"},
        {},
        "[option-invalid] --batch-id: holds a control character or a line break -> "
        "the same on one line, printable characters only",
    ),
    (
        {},
        {"CJ_SERVICE_URL": "localhost:9095"},
        "[variable-invalid] CJ_SERVICE_URL: must begin with http:// or https:// -> CJ_SERVICE_URL=http://localhost:9095",
    ),
    (
        {},
        {"KAFKA_BOOTSTRAP_SERVERS": "localhost"},
        "[variable-invalid] KAFKA_BOOTSTRAP_SERVERS: must be host:port, several with a comma between and no blanks -> "
        "KAFKA_BOOTSTRAP_SERVERS=localhost:9093",
    ),
    (
        {"--cj-service-url": "cj"},
        {"CJ_SERVICE_URL": "http://right"},
        "[option-invalid] --cj-service-url: must begin with http:// or https:// -> --cj-service-url http://localhost:9095",
    ),
]


@pytest.mark.parametrize(("options", "environment", "told"), REFUSALS)
def test_what_is_wrong_outside_the_spec_is_named_as_it_was_typed(
    options: Mapping[str, OptionValue], environment: Mapping[str, str], told: str
) -> None:
    assert refusal(options, environment) == told


def test_extraction_without_a_completion_is_refused_whichever_option_makes_it_so() -> None:
    needs = (
        "flags.auto_extract_eng5_db needs flags.await_completion, which is false: nobody would see the batch complete"
    )
    hint = "--await-completion, or --no-auto-extract-eng5-db"
    unawaited, extracting = (
        MINIMAL + "flags: {await_completion: false}\n",
        MINIMAL + "flags: {auto_extract_eng5_db: true}\n",
    )
    assert refusal({"--auto-extract-eng5-db": True}, text=unawaited) == (
        f"[option-invalid] --auto-extract-eng5-db: {needs} -> {hint}"
    )
    assert refusal({"--await-completion": False}, text=extracting) == (
        f"[option-invalid] --no-await-completion: {needs} -> {hint}"
    )


@pytest.mark.parametrize("name", ["--batch-id", "--cj-service-url", "CJ_SERVICE_URL"])
def test_a_secret_is_refused_and_not_repeated(name: str) -> None:
    typed = {name: "http://me:hunter2@cj"}
    told = refusal({}, typed) if name in VARIABLES else refusal(dict(typed))
    assert name in told
    assert "hunter2" not in told


def test_effective_values_survive_being_written() -> None:
    values = effective({"--max-comparisons": 24}, {"CJ_SERVICE_URL": "http://cj"}, FULL)
    assert Effective.from_json(values.to_json()) == values


@FEW_OR_MANY
def test_any_effective_values_survive_being_written(examples: int) -> None:
    def check(spec: RunSpec) -> None:
        values = from_spec(loaded(dump(spec)))
        assert Effective.from_json(values.to_json()) == values

    holds(examples, run_specs(), check)


def test_damaged_values_are_not_gone_by() -> None:
    with pytest.raises(Differs) as caught:
        Effective.from_json(effective().to_json()[:-9])
    assert caught.value.reference == "effective-damaged"


def test_resume_takes_recorded_values_with_addresses_of_the_environment_before_them() -> None:
    recorded = effective({"--batch-id": "höst", "--cj-service-url": "http://old"})
    resumed = override(recorded, {"--completion-timeout": "2h"}, {"CJ_SERVICE_URL": "http://new"}, here=HERE)
    assert (resumed.spec.label, resumed.spec.services.cj) == ("höst", "http://new")
    assert resumed.sources["services.cj"] == "environment"
    assert resumed.sources["label"] == "option"


def test_every_value_has_a_row_with_its_source() -> None:
    rows = list(effective(text=FULL).rows())
    assert [key for key, _, _ in rows] == [".".join(leaf) for leaf in leaves()]
    assert ("limits.max_comparisons", 60, "spec") in rows

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from eng5_pipeline.sandbox.http.settings import (
    AnswerStatus,
    HttpFaults,
    HttpSettings,
    Reset,
    SandboxFileInvalid,
    read_setting,
)


def _file(folder: Path, text: str) -> Path:
    path = folder / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_faults_file_may_be_yaml(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "faults:\n- {path: /v1/content, times: 2, do: {kind: status, status: 429, retry_after: 1}}\n",
    )
    rule = read_setting(path, HttpFaults).faults[0]
    assert (rule.path, rule.times, rule.do) == ("/v1/content", 2, AnswerStatus(status=429, retry_after=1))


def test_a_faults_file_may_be_json(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"faults": [{"do": {"kind": "reset"}}]}')
    assert read_setting(path, HttpFaults).faults[0].do == Reset()


def test_every_mistake_of_a_faults_file_is_told_with_its_place(tmp_path: Path) -> None:
    path = _file(tmp_path, "faults:\n- {do: {kind: explode}}\n- {times: 0, do: {kind: hang}}\n")
    with pytest.raises(SandboxFileInvalid) as refused:
        read_setting(path, HttpFaults)
    assert f"{path}: faults.0.do" in str(refused.value)
    assert f"{path}: faults.1.times" in str(refused.value)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SandboxFileInvalid, match=r"none\.yaml: No such file"):
        read_setting(tmp_path / "none.yaml", HttpFaults)


@pytest.mark.parametrize("text", ["faults: [", "- a\n- b\n", "", "\tfaults: 1"])
def test_what_is_no_faults_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(SandboxFileInvalid, match=r"faults\.yaml"):
        read_setting(path, HttpFaults)


def test_settings_travel_as_json() -> None:
    faults = HttpFaults.model_validate({"faults": [{"do": {"kind": "slow", "seconds": 0.5}}]})
    settings = HttpSettings(face="as-is", dates="iso8601", jwt_secret="secret", faults=faults)
    assert HttpSettings.model_validate_json(settings.model_dump_json()) == settings


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(HttpSettings(jwt_secret="hush"))


def test_an_unknown_face_is_refused() -> None:
    with pytest.raises(ValidationError, match="face"):
        HttpSettings.model_validate({"face": "mended", "jwt_secret": "secret"})

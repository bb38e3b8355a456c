"""Which token is taken, from where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eng5_pipeline.adapters.auth.credential import Credential, find_credential
from eng5_pipeline.adapters.auth.token import Requester
from eng5_pipeline.errors import Refused
from tests.support.cj import a_token, everything_said

NOW = datetime(2026, 11, 22, 9, 43, 6, tzinfo=UTC)
RESEARCH = Requester(subject="eng5-research")
SECRET = {"JWT_SECRET_KEY": "a secret of thirty-two bytes or more"}
ALL = {"HULEEDU_SERVICE_ACCOUNT_TOKEN": "service", "HULEEDU_ADMIN_TOKEN": "admin", "CJ_ADMIN_TOKEN": "cj", **SECRET}


def found(home: Path, environment: dict[str, str]) -> Credential | None:
    return find_credential(environment, home, NOW, mint_for=RESEARCH)


def token_of(credential: Credential | None) -> str | None:
    return credential.token.get_secret_value() if credential else None


def keep(path: Path, token: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"access_token": token, "refresh_token": "r", "expires_in": 3600, "expires_at": "2026-11-22T10:00:00Z"}
    path.write_text(json.dumps(kept))
    return path


@pytest.mark.parametrize(
    ("unset", "token"),
    [
        ((), "service"),
        (("HULEEDU_SERVICE_ACCOUNT_TOKEN",), "admin"),
        (("HULEEDU_SERVICE_ACCOUNT_TOKEN", "HULEEDU_ADMIN_TOKEN"), "cj"),
        (("HULEEDU_SERVICE_ACCOUNT_TOKEN", "HULEEDU_ADMIN_TOKEN", "CJ_ADMIN_TOKEN"), "kept"),
    ],
)
def test_the_first_of_the_order_is_taken(tmp_path: Path, unset: tuple[str, ...], token: str) -> None:
    keep(tmp_path / ".huleedu/cj_admin_token.json", "kept")
    assert token_of(found(tmp_path, {k: v for k, v in ALL.items() if k not in unset})) == token


def test_a_blank_variable_counts_as_unset(tmp_path: Path) -> None:
    credential = found(tmp_path, {"HULEEDU_SERVICE_ACCOUNT_TOKEN": "  ", "CJ_ADMIN_TOKEN": " cj\n"})
    assert token_of(credential) == "cj"


def test_nothing_anywhere_is_none(tmp_path: Path) -> None:
    assert found(tmp_path, {"JWT_SECRET_KEY": ""}) is None


def test_the_file_may_be_elsewhere(tmp_path: Path) -> None:
    keep(tmp_path / ".huleedu/cj_admin_token.json", "default")
    other = keep(tmp_path / "other.json", "other")
    credential = found(tmp_path, {"CJ_ADMIN_TOKEN_PATH": str(other)})
    assert (token_of(credential), credential and credential.source) == ("other", str(other))


def test_the_path_may_begin_at_home(tmp_path: Path) -> None:
    keep(tmp_path / "tokens/cj.json", "at home")
    assert token_of(found(tmp_path, {"CJ_ADMIN_TOKEN_PATH": "~/tokens/cj.json"})) == "at home"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"refresh_token": "s3cret"}', '{"access_token": 7}', '{"access_token": " "}']
)
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token.json"
    path.write_text(content)
    with pytest.raises(Refused) as refused:
        found(tmp_path, {"CJ_ADMIN_TOKEN_PATH": str(path), **SECRET})
    assert (refused.value.reference, str(path) in refused.value.what) == ("cj-token-file", True)
    assert "pdm run cj-admin login" in refused.value.hint
    assert "s3cret" not in everything_said(refused.value)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be used"):
        found(tmp_path, {"CJ_ADMIN_TOKEN_PATH": str(tmp_path)})


@pytest.mark.parametrize(
    "environment",
    [{}, {"ENVIRONMENT": ""}, {"ENVIRONMENT": "Development"}, {"HULEEDU_ENVIRONMENT": " development "}],
)
def test_a_token_is_minted_in_development(tmp_path: Path, environment: dict[str, str]) -> None:
    credential = found(tmp_path, {**SECRET, **environment})
    assert credential is not None
    assert credential.claims is not None
    assert (credential.source, credential.claims.subject) == ("minted from JWT_SECRET_KEY", "eng5-research")


@pytest.mark.parametrize("name", ["ENVIRONMENT", "HULEEDU_ENVIRONMENT"])
@pytest.mark.parametrize("value", ["production", "Production", "STAGING", "prod", "dev", "test"])
def test_nothing_is_minted_anywhere_else(tmp_path: Path, name: str, value: str) -> None:
    both = {"ENVIRONMENT": "development", "HULEEDU_ENVIRONMENT": "development"}
    assert found(tmp_path, {**SECRET, **both, name: value}) is None


def test_the_environment_is_looked_at_when_minting(tmp_path: Path) -> None:
    environment = {**SECRET, "ENVIRONMENT": "development"}
    assert found(tmp_path, environment) is not None
    environment["ENVIRONMENT"] = "production"
    assert found(tmp_path, environment) is None


def test_a_credential_never_shows_its_token(tmp_path: Path) -> None:
    token = a_token()
    credential = found(tmp_path, {"CJ_ADMIN_TOKEN": token})
    assert credential is not None
    shown = f"{credential} {credential!r} {credential.model_dump()} {credential.model_dump_json()}"
    assert token not in shown
    assert "CJ_ADMIN_TOKEN" in shown

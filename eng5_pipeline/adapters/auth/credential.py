"""Which token is used for CJ's admin routes, and where it comes from.

The first of these that is there is taken, whatever is wrong with it (`auth_check` says what):

    HULEEDU_SERVICE_ACCOUNT_TOKEN, HULEEDU_ADMIN_TOKEN, CJ_ADMIN_TOKEN     a blank one counts as unset
    the file that cj-admin keeps                CJ_ADMIN_TOKEN_PATH, else ~/.huleedu/cj_admin_token.json
    a token minted from JWT_SECRET_KEY          in development only

Development is where neither ENVIRONMENT nor HULEEDU_ENVIRONMENT says anything else, in any letter case; both
unset or blank is development.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, SecretStr, ValidationError

from eng5_pipeline.adapters.auth.token import Claims, Requester, mint, read_claims
from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import Refused

VARIABLES = ("HULEEDU_SERVICE_ACCOUNT_TOKEN", "HULEEDU_ADMIN_TOKEN", "CJ_ADMIN_TOKEN")
PATH_VARIABLE = "CJ_ADMIN_TOKEN_PATH"
DEFAULT_PATH = ".huleedu/cj_admin_token.json"
SECRET_VARIABLE = "JWT_SECRET_KEY"
ENVIRONMENT_VARIABLES = ("ENVIRONMENT", "HULEEDU_ENVIRONMENT")
DEVELOPMENT = "development"
MINTED = f"minted from {SECRET_VARIABLE}"

_LARGEST_FILE = 1 << 16


class Credential(Value):
    """A token that no repr, str or dump shows. `renewal` says how to get another one.

    `claims` is None where the token is not one; such a token is never sent.
    """

    token: SecretStr
    source: str
    renewal: str
    claims: Claims | None

    @property
    def renews_itself(self) -> bool:
        """Whether every command makes a new one."""
        return self.source == MINTED


class _KeptByCjAdmin(BaseModel):
    access_token: SecretStr


def find_credential(
    environment: Mapping[str, str], home: Path, now: datetime, *, mint_for: Requester
) -> Credential | None:
    """The token to use; the environment is looked at when this is called. None where there is none.

    Raises Refused `cj-token-file` where the file of cj-admin is there and holds no token.
    """
    return _from_variables(environment) or _from_file(environment, home) or _minted(environment, now, mint_for)


def minting_forbidden_by(environment: Mapping[str, str]) -> str | None:
    """The variable that says this is not development, as NAME=value; None where minting is allowed."""
    for name in ENVIRONMENT_VARIABLES:
        value = environment.get(name, "").strip()
        if value and value.casefold() != DEVELOPMENT:
            return f"{name}={value}"
    return None


def _credential(token: str, source: str, renewal: str) -> Credential:
    return Credential(token=SecretStr(token), source=source, renewal=renewal, claims=read_claims(token))


def _from_variables(environment: Mapping[str, str]) -> Credential | None:
    for name in VARIABLES:
        if token := environment.get(name, "").strip():
            return _credential(token, name, f"put another token in {name}:  pdm run cj-admin token issue")
    return None


def _from_file(environment: Mapping[str, str], home: Path) -> Credential | None:
    path = _path(environment, home)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None
    token = _access_token(content)
    if not token:
        raise _unusable(path, "it holds no access_token")
    return _credential(token, str(path), "log in again:  pdm run cj-admin login")


def _path(environment: Mapping[str, str], home: Path) -> Path:
    named = environment.get(PATH_VARIABLE, "").strip()
    if named.startswith("~/"):
        return home / named[2:]
    return Path(named) if named else home / DEFAULT_PATH


def _access_token(content: bytes) -> str:
    try:
        return _KeptByCjAdmin.model_validate_json(content).access_token.get_secret_value().strip()
    except ValidationError:
        return ""


def _unusable(path: Path, why: str) -> Refused:
    return Refused(
        "cj-token-file",
        f"the token file of cj-admin cannot be used: {path}: {why}",
        hint="write it anew:  pdm run cj-admin login",
    )


def _minted(environment: Mapping[str, str], now: datetime, mint_for: Requester) -> Credential | None:
    secret = environment.get(SECRET_VARIABLE, "")
    if not secret.strip() or minting_forbidden_by(environment):
        return None
    return _credential(
        mint(secret, mint_for, now),
        MINTED,
        f"set {SECRET_VARIABLE} to the one that CJ has, or:  pdm run cj-admin login",
    )

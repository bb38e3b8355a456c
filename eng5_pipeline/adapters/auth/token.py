"""Admin tokens of the platform: JSON web tokens (RFC 7519) in compact form, signed with HS256 (RFC 7515).

They are minted here and read here, and never verified: only CJ can say whether a signature is right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from eng5_pipeline.domain.value import Value

AUDIENCE = "huleedu-platform"
ISSUER = "huleedu-identity-service"
ADMIN = "admin"
LIFETIME = timedelta(hours=1)

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_LAST_SECOND = int(datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp())


class Requester(Value):
    """In whose name a token is minted."""

    subject: str
    organisation: str | None = None


def _moment(value: object) -> datetime | None:
    """Seconds since 1970 as a time; a number beyond the calendar (milliseconds, say) is its last second."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number of seconds")
    seconds = float(value)
    if math.isnan(seconds):
        raise ValueError("not a number of seconds")
    return datetime.fromtimestamp(max(0, min(seconds, _LAST_SECOND)), UTC)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    """An audience is one text or a list of them."""
    return (value,) if isinstance(value, str) else _listed(value)


def _listed(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Text = Annotated[str | None, BeforeValidator(_text)]


class Claims(Value):
    """What a token says of itself; `roles` is empty where it is not a list, as CJ then finds none."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    subject: Text = Field(default=None, alias="sub")
    organisation: Text = Field(default=None, alias="org_id")
    roles: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    issuer: Text = Field(default=None, alias="iss")
    audience: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(default=(), alias="aud")
    issued: Moment = Field(default=None, alias="iat")
    not_before: Moment = Field(default=None, alias="nbf")
    expires: Moment = Field(default=None, alias="exp")


def read_claims(token: str) -> Claims | None:
    """The claims, unverified; None for what is not a token. Only what is one may go into a header."""
    if not _COMPACT.fullmatch(token):
        return None
    header, payload, _ = token.split(".")
    try:
        json.loads(_unpacked(header))
        return Claims.model_validate(json.loads(_unpacked(payload)))
    except (ValidationError, ValueError, RecursionError):
        return None


def mint(secret: str, requester: Requester, now: datetime) -> str:
    """An admin token for this platform that lasts for LIFETIME."""
    issued = int(now.timestamp())
    claims: dict[str, object] = {
        "sub": requester.subject,
        "roles": [ADMIN],
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }
    if requester.organisation is not None:
        claims["org_id"] = requester.organisation
    signed = f"{_packed_json({'alg': 'HS256', 'typ': 'JWT'})}.{_packed_json(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_packed(signature)}"


def _packed_json(value: dict[str, object]) -> str:
    return _packed(json.dumps(value, separators=(",", ":")).encode())


def _packed(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unpacked(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))

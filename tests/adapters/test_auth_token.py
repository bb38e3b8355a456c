"""Minting and reading of tokens, with PyJWT as the other party."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.adapters.auth.token import AUDIENCE, ISSUER, Requester, mint, read_claims

SECRET = "a secret of thirty-two bytes or more"
NOW = datetime(2026, 11, 22, 9, 43, 6, 700_000, tzinfo=UTC)


def read_by_the_platform(token: str, secret: str = SECRET) -> dict[str, object]:
    return dict(
        jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp"], "verify_exp": False, "verify_iat": False},
        )
    )


def unsigned(payload: object) -> str:
    parts = ({"alg": "HS256"}, payload)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + ".x"


def test_the_platform_accepts_a_minted_token() -> None:
    claims = read_by_the_platform(mint(SECRET, Requester(subject="eng5-research"), NOW))
    assert claims == {
        "sub": "eng5-research",
        "roles": ["admin"],
        "iss": "huleedu-identity-service",
        "aud": "huleedu-platform",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 3600,
    }


def test_an_organisation_is_named_where_there_is_one() -> None:
    token = mint(SECRET, Requester(subject="eng5-research", organisation="uu"), NOW)
    assert read_by_the_platform(token)["org_id"] == "uu"


def test_another_secret_does_not_open_it() -> None:
    token = mint(SECRET, Requester(subject="eng5-research"), NOW)
    with pytest.raises(jwt.InvalidSignatureError):
        read_by_the_platform(token, "another secret of thirty-two bytes!")


def test_a_minted_token_reads_back() -> None:
    claims = read_claims(mint(SECRET, Requester(subject="åsa", organisation="uu"), NOW))
    assert claims is not None
    assert (claims.subject, claims.organisation, claims.roles) == ("åsa", "uu", ("admin",))
    assert claims.expires == datetime(2026, 11, 22, 10, 43, 6, tzinfo=UTC)


def test_an_audience_is_one_text_or_several() -> None:
    both = [read_claims(unsigned({"aud": aud})) for aud in ("a", ["a", "b"])]
    assert [claims and claims.audience for claims in both] == [("a",), ("a", "b")]


def test_roles_that_are_not_a_list_are_none() -> None:
    claims = read_claims(unsigned({"roles": "admin"}))
    assert claims is not None
    assert claims.roles == ()


def test_a_time_beyond_the_calendar_is_far_away() -> None:
    claims = read_claims(unsigned({"exp": 1_800_000_000_000}))
    assert claims is not None
    assert claims.expires is not None
    assert claims.expires.year == 9999


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        "a.b",
        "a.b.c",
        "Bearer " + unsigned({}),
        unsigned({}) + "\n",
        unsigned({}) + "ö",
        unsigned([]),
        unsigned({"exp": "soon"}),
        unsigned({"exp": True}),
        unsigned({"exp": float("nan")}),
    ],
)
def test_what_is_not_a_token_has_no_claims(token: str) -> None:
    assert read_claims(token) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    read_claims(text)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_no_claim_is_too_odd_to_read(value: object) -> None:
    read_claims(unsigned(dict.fromkeys(("exp", "nbf", "iat", "aud", "iss", "sub", "roles", "org_id"), value)))

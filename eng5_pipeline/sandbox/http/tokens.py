"""Who may use CJ's admin routes: the bearer of an HS256 token for this platform whose roles hold `admin`."""

from __future__ import annotations

import jwt

from eng5_pipeline.sandbox.cj.faces import Refusal

AUDIENCE = "huleedu-platform"
ISSUER = "huleedu-identity-service"
ADMIN = "admin"
SCHEME = "Bearer "


def admit_admin(authorization: str | None, secret: str) -> None:
    """Raises Refusal: 401 for a token that is missing or not valid, 403 for one without the role."""
    if not authorization:
        raise _unauthenticated("Authorization header required", reason="missing_authorization_header")
    if not authorization.startswith(SCHEME):
        raise _unauthenticated("Expected 'Authorization: Bearer <token>'", reason="invalid_authorization_format")
    roles = _claims(authorization.removeprefix(SCHEME), secret).get("roles")
    if not isinstance(roles, list) or ADMIN not in roles:
        raise Refusal(403, "AUTHORIZATION_ERROR", "Admin role required", {"required_role": ADMIN})


def _claims(token: str, secret: str) -> dict[str, object]:
    try:
        return dict(
            jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp"]},
            )
        )
    except jwt.ExpiredSignatureError:
        raise _unauthenticated("Token has expired", reason="token_expired") from None
    except jwt.InvalidAudienceError as error:
        raise _unauthenticated(
            "Invalid token audience",
            error=str(error),
            expected_audience=AUDIENCE,
            reason="invalid_audience",
        ) from None
    except jwt.InvalidIssuerError as error:
        raise _unauthenticated(
            "Invalid token issuer", error=str(error), expected_issuer=ISSUER, reason="invalid_issuer"
        ) from None
    except jwt.InvalidTokenError as error:
        raise _unauthenticated("Invalid token", error=str(error), reason="invalid_token") from None


def _unauthenticated(message: str, **details: str) -> Refusal:
    return Refusal(401, "AUTHENTICATION_ERROR", message, details)

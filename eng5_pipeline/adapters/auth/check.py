"""What is wrong with a token, as far as its own words tell, and what `verify-auth` shows of it.

    cj-token-missing         there is none
    cj-token-malformed       not a token, or one without an expiry
    cj-token-expired
    cj-token-not-yet-valid
    cj-token-wrong-audience
    cj-token-wrong-issuer
    cj-token-without-role    no `admin` among its roles
    cj-token-expires-soon    a warning

CJ's refusal of a token that looks right is `cj-token-refused`, found by `cj_diagnosis`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from eng5_pipeline.adapters.auth.credential import DEFAULT_PATH, PATH_VARIABLE, SECRET_VARIABLE, VARIABLES, Credential
from eng5_pipeline.adapters.auth.token import ADMIN, AUDIENCE, ISSUER, Claims
from eng5_pipeline.adapters.http.caller import one_line
from eng5_pipeline.domain.caution import Caution
from eng5_pipeline.domain.value import Value
from eng5_pipeline.errors import ServiceFailed

_SHOWN = 200


class TokenProblem(Value):
    """`weight`: unusable tokens are not worth a request; of doubtful ones CJ has the last word."""

    reference: str
    what: str
    hint: str
    weight: Literal["unusable", "doubtful", "warning"]

    def as_error(self) -> ServiceFailed:
        return ServiceFailed(self.reference, self.what, hint=self.hint)


MISSING = TokenProblem(
    reference="cj-token-missing",
    what=f"there is no token for CJ: none in {', '.join(VARIABLES)}, none kept by cj-admin "
    f"({PATH_VARIABLE}, else ~/{DEFAULT_PATH}), and none can be minted "
    f"(that takes {SECRET_VARIABLE}, in development only)",
    hint="log in:  pdm run cj-admin login",
    weight="unusable",
)


class TokenReport(Value):
    """What may be shown of a token, fit for a terminal. `source` is None where there is no token."""

    source: str | None
    subject: str | None = None
    organisation: str | None = None
    roles: tuple[str, ...] = ()
    issuer: str | None = None
    audience: tuple[str, ...] = ()
    expires: datetime | None = None
    problems: tuple[TokenProblem, ...] = ()


def examine(credential: Credential, now: datetime, needed_for: timedelta = timedelta(0)) -> tuple[TokenProblem, ...]:
    """Everything that is wrong, the surest first; a token that ends within `needed_for` is a warning."""
    if credential.claims is None:
        return (_problem(credential, "malformed", "is not a JSON web token", "unusable"),)
    return (
        *_time_problems(credential, credential.claims, now, needed_for),
        *_claim_problems(credential, credential.claims),
    )


def report(credential: Credential | None, now: datetime, needed_for: timedelta = timedelta(0)) -> TokenReport:
    if credential is None:
        return TokenReport(source=None, problems=(MISSING,))
    claims = credential.claims or Claims()
    return TokenReport(
        source=credential.source,
        subject=_shown(claims.subject),
        organisation=_shown(claims.organisation),
        roles=_all_shown(claims.roles),
        issuer=_shown(claims.issuer),
        audience=_all_shown(claims.audience),
        expires=claims.expires,
        problems=examine(credential, now, needed_for),
    )


def cautions(credential: Credential | None, now: datetime, needed_for: timedelta) -> tuple[Caution, ...]:
    """What does not keep a token from being used now and may do so before `needed_for` is over."""
    problems = examine(credential, now, needed_for) if credential else ()
    return tuple(Caution(reference=p.reference, what=p.what) for p in problems if p.weight == "warning")


def _time_problems(
    credential: Credential, claims: Claims, now: datetime, needed_for: timedelta
) -> Iterator[TokenProblem]:
    if claims.expires is None:
        yield _problem(credential, "malformed", "says no time of expiry (exp)", "unusable")
    elif claims.expires <= now:
        yield _problem(credential, "expired", f"expired at {_at(claims.expires)}", "unusable")
    elif claims.expires <= now + needed_for and not credential.renews_itself:
        until = f"expires at {_at(claims.expires)}, and a run may last until {_at(now + needed_for)}"
        yield _problem(credential, "expires-soon", until, "warning")
    begins = max((moment for moment in (claims.not_before, claims.issued) if moment), default=now)
    if begins > now:
        yield _problem(credential, "not-yet-valid", f"is valid from {_at(begins)} on", "doubtful")


def _claim_problems(credential: Credential, claims: Claims) -> Iterator[TokenProblem]:
    if AUDIENCE not in claims.audience:
        audience = ", ".join(_all_shown(claims.audience)) or "nobody"
        yield _problem(credential, "wrong-audience", f"is for {audience}, not for {AUDIENCE}", "doubtful")
    if claims.issuer != ISSUER:
        issuer = _shown(claims.issuer) or "nobody"
        yield _problem(credential, "wrong-issuer", f"is issued by {issuer}, not by {ISSUER}", "doubtful")
    if ADMIN not in claims.roles:
        roles = ", ".join(_all_shown(claims.roles)) or "none"
        yield _problem(credential, "without-role", f"lacks the role {ADMIN} (roles: {roles})", "doubtful")


def _problem(
    credential: Credential, ending: str, what: str, weight: Literal["unusable", "doubtful", "warning"]
) -> TokenProblem:
    return TokenProblem(
        reference=f"cj-token-{ending}",
        what=f"the token for CJ ({credential.source}) {what}",
        hint=credential.renewal,
        weight=weight,
    )


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _shown(text: str | None) -> str | None:
    return None if text is None else one_line(text)[:_SHOWN]


def _all_shown(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one_line(text)[:_SHOWN] for text in texts)

"""The real CJ adapter in tests: tokens, a client, captured answers replayed."""

from __future__ import annotations

import ssl
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from uuid import UUID

import jwt
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from eng5_pipeline.adapters.auth.credential import Credential
from eng5_pipeline.adapters.auth.token import AUDIENCE, ISSUER, read_claims
from eng5_pipeline.adapters.cj.requests import Budget
from eng5_pipeline.adapters.cj.service import HttpAssignmentService
from eng5_pipeline.adapters.http.caller import CJ, HttpCaller
from eng5_pipeline.adapters.http.connection import Connections
from tests.support.http_captures import Exchange, read_set
from tests.support.http_stack import SECRET

RUN = UUID("5f0c7a52-0000-4000-8000-000000000001")
LIST = "/admin/v1/assessment-instructions"


class ImpatientClock:
    """The real time of day, and waits that are noted and over at once."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def a_token(**changed: object) -> str:
    """An admin token that is valid for an hour, but for what is changed."""
    return signed_with(SECRET, **changed)


def signed_with(secret: str, **changed: object) -> str:
    claims: dict[str, object] = {
        "sub": "tester",
        "roles": ["admin"],
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": datetime.now(UTC) + timedelta(hours=1),
    }
    return jwt.encode(claims | changed, secret, algorithm="HS256")


def a_credential(token: str) -> Credential:
    return Credential.model_validate(
        {
            "token": token,
            "source": "CJ_ADMIN_TOKEN",
            "renewal": "log in:  pdm run cj-admin login",
            "claims": read_claims(token),
        }
    )


@contextmanager
def asking(
    url: str,
    token: str | None = None,
    *,
    budget: Budget | None = None,
    clock: ImpatientClock | None = None,
    allow_plain_http: bool = False,
) -> Iterator[HttpAssignmentService]:
    """The adapter against `url`; with a valid token unless another is given."""
    with Connections(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
        clock = clock or ImpatientClock()
        yield HttpAssignmentService(
            caller=HttpCaller(CJ, client, clock.monotonic),
            base_url=url,
            find_credential=partial(a_credential, token or a_token()),
            clock=clock,
            correlation_id=RUN,
            allow_plain_http=allow_plain_http,
            budget=budget or Budget(),
        )


@cache
def _captured(face: str) -> dict[str, Exchange]:
    return {exchange.name: exchange for exchange in read_set(face)}


def captured(face: str, name: str) -> Exchange:
    return _captured(face)[name]


def renamed(exchange: Exchange, old: str, new: str) -> Exchange:
    """The same exchange about another assignment."""
    answer = replace(exchange.answer, text=exchange.answer.text.replace(old, new))
    return replace(exchange, path=exchange.path.replace(old, new), answer=answer)


def replay(server: HTTPServer, exchange: Exchange, path: str | None = None) -> None:
    """Answer `path`, else the path that was captured, as captured."""
    server.expect_request(path or exchange.path, method=exchange.method).respond_with_response(response(exchange))


def replay_registrations(server: HTTPServer, face: str, known: str) -> None:
    """Answer a registration as CJ was captured to answer its like; `known` is the assignment that CJ knows."""

    def answer(request: Request) -> Response:
        asked = request.get_json()
        if asked["assignment_id"] != known:
            return response(captured(face, "cj-anchor-register-unknown-assignment"))
        if len(asked["essay_text"]) < 100:
            return response(captured(face, "cj-anchor-register-text-99-chars"))
        if asked["grade"] == "Z":
            return response(captured(face, "cj-anchor-register-bad-grade"))
        return response(captured(face, "cj-anchor-register-ok-no-auth"))

    server.expect_request("/api/v1/anchors/register", method="POST").respond_with_handler(answer)


def response(exchange: Exchange) -> Response:
    answer = exchange.answer
    return Response(answer.text, answer.status, {"content-type": answer.headers["content-type"]})


def assignment_of(exchange: Exchange) -> str:
    return exchange.path.rsplit("/", 1)[1]


def requests_to(server: HTTPServer) -> list[str]:
    return [f"{request.method} {request.path}" for request, _ in server.log]


def everything_said(error: BaseException) -> str:
    """All that a console or a log could show of an error."""
    return "\n".join([str(error), repr(error), repr(error.args), *traceback.format_exception(error)])


def repeats(token: str, text: str) -> bool:
    """Whether any run of 16 characters of the token's claims or signature stands in the text."""
    told = token.partition(".")[2]
    return any(told[at : at + 16] in text for at in range(len(told) - 15))

"""The two HTTP services of the embedded stack, served on free ports for a test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt

from eng5_pipeline.sandbox.http.faults import FaultPlan
from eng5_pipeline.sandbox.http.front import cj_app, content_app
from eng5_pipeline.sandbox.http.server import HttpServer
from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.http.tokens import AUDIENCE, ISSUER
from eng5_pipeline.sandbox.kept.store import Store

SECRET = "a secret of thirty-two bytes or more"


@dataclass(frozen=True)
class HttpStack:
    store: Store
    content: HttpServer
    cj: HttpServer

    @property
    def content_url(self) -> str:
        """As a client is configured: with the path of the content resource."""
        return f"{self.content.url}/v1/content"


@contextmanager
def http_stack(folder: Path, settings: HttpSettings) -> Iterator[HttpStack]:
    plan = FaultPlan(settings.faults)
    with (
        Store.open(folder / "stack.sqlite") as store,
        HttpServer(content_app(store, settings, plan)) as content,
        HttpServer(cj_app(store, settings, plan)) as cj,
    ):
        yield HttpStack(store, content, cj)


def admin_claims() -> dict[str, object]:
    now = int(time.time())
    return {
        "sub": "tester",
        "roles": ["admin"],
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 3600,
    }


def bearer(claims: dict[str, object], secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


def admin() -> dict[str, str]:
    return bearer(admin_claims())

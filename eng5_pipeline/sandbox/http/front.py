"""What a request meets before the service: the control routes, the count, and misbehaviour on command.

    GET    /_sandbox/requests   {"POST /v1/content": {"received": 3, "misbehaved": 1}, …} by method and route
    DELETE /_sandbox/requests   back to nothing
    GET    /_sandbox/faults     the rules in force, as in the file of http/settings.py
    PUT    /_sandbox/faults     other rules, for both services, counted from now on

Control requests are neither counted nor met by faults. What no route takes is counted as `(no route)`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from eng5_pipeline.sandbox.cj.service import cj_service
from eng5_pipeline.sandbox.http.answers import json_answer
from eng5_pipeline.sandbox.http.content_service import content_service
from eng5_pipeline.sandbox.http.faults import Asked, FaultPlan, misbehave
from eng5_pipeline.sandbox.http.settings import HttpFaults, HttpSettings, Service
from eng5_pipeline.sandbox.kept.store import RequestCounts, Store

CONTROL = "/_sandbox/"
NO_ROUTE = "(no route)"


@dataclass(frozen=True)
class Control:
    counts: RequestCounts
    plan: FaultPlan

    async def requests(self, _request: Request) -> Response:
        return json_answer(
            {
                f"{count.method} {count.route}": {
                    "received": count.received,
                    "misbehaved": count.misbehaved,
                }
                for count in self.counts.all()
            }
        )

    async def forget_requests(self, _request: Request) -> Response:
        self.counts.reset()
        return Response(status_code=204)

    async def faults(self, _request: Request) -> Response:
        return json_answer(self.plan.faults.model_dump(mode="json"))

    async def replace_faults(self, request: Request) -> Response:
        try:
            self.plan.replace(HttpFaults.model_validate_json(await request.body()))
        except ValidationError as error:
            return json_answer(error.errors(include_url=False, include_context=False), 422)
        return Response(status_code=204)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(f"{CONTROL}requests", self.requests),
                Route(f"{CONTROL}requests", self.forget_requests, methods=["DELETE"]),
                Route(f"{CONTROL}faults", self.faults),
                Route(f"{CONTROL}faults", self.replace_faults, methods=["PUT"]),
            ]
        )


@dataclass(frozen=True)
class Front:
    """The ASGI application that is served in a service's name."""

    service: Service
    app: Starlette
    control: ASGIApp
    counts: RequestCounts
    plan: FaultPlan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(CONTROL):
            await self.control(scope, receive, send)
            return
        what = self.plan.next(self.service, scope["method"], scope["path"])
        self.counts.add(scope["method"], _route(self.app.routes, scope), misbehaved=0 if what is None else 1)
        asked = Asked(self.app, scope, receive, send)
        # A client that leaves in the middle of its body is its own affair: there is nobody to answer.
        with suppress(ClientDisconnect):
            await (asked.serve() if what is None else misbehave(what, asked))


def _route(routes: list[BaseRoute], scope: Scope) -> str:
    """The path of the route as it is written, its ids unnamed."""
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            return route.path
    return NO_ROUTE


def content_app(store: Store, settings: HttpSettings, plan: FaultPlan) -> Front:
    return _front("content", content_service(store, settings), store, plan)


def cj_app(store: Store, settings: HttpSettings, plan: FaultPlan) -> Front:
    return _front("cj", cj_service(store, settings), store, plan)


def _front(service: Service, app: Starlette, store: Store, plan: FaultPlan) -> Front:
    counts = RequestCounts(store, service)
    return Front(service, app, Control(counts, plan).app(), counts, plan)

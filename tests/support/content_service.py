"""A small Content Service behind pytest-httpserver, for tests of the client alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Fault = Callable[[Request], Response]


@dataclass
class ContentService:
    """Answers as the real one; each of `faults` takes the place of one answer to a POST, in order."""

    server: HTTPServer
    stored: dict[str, bytes] = field(default_factory=dict)
    posts: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request("/healthz").respond_with_json({"status": "healthy"})
        self.server.expect_request("/v1/content", method="POST").respond_with_handler(self._post)
        self.server.expect_request(re.compile("/v1/content/.+"), method="GET").respond_with_handler(self._get)

    @property
    def url(self) -> str:
        return str(self.server.url_for("/v1/content"))

    def _post(self, request: Request) -> Response:
        self.posts.append(request)
        if self.faults:
            return self.faults.pop(0)(request)
        storage_id = f"{len(self.stored) + 1:032x}"
        self.stored[storage_id] = request.get_data()
        return as_json(201, {"storage_id": storage_id, "correlation_id": "c"})

    def _get(self, request: Request) -> Response:
        storage_id = request.path.rpartition("/")[2]
        if storage_id not in self.stored:
            return refusal(404, "RESOURCE_NOT_FOUND", f"content with ID '{storage_id}' not found")
        return Response(self.stored[storage_id], 200, content_type="text/plain; charset=utf-8")


def refusal(status: int, code: str, message: str) -> Response:
    """As the Content Service words it."""
    return as_json(status, {"error": {"error_code": code, "message": message, "correlation_id": "c"}})


def as_json(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")

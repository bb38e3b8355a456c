"""The Content Service: bytes in, a new storage id out, every time."""

from __future__ import annotations

import re
import sqlite3
import traceback
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eng5_pipeline.sandbox.http.answers import (
    WRITE_DATE,
    WriteDate,
    body_of,
    correlation_of,
    json_answer,
    new_storage_id,
)
from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.kept.store import Content, Contents, Store

SERVICE = "content_service"
STORAGE_ID = re.compile("[0-9a-fA-F]{32}")
UNNAMED_TYPE = "application/octet-stream"
PAGE = """<!doctype html>
<html lang=en>
<title>{status} {name}</title>
<h1>{name}</h1>
<p>{why}</p>
"""
NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check your"
    " spelling and try again."
)
WRONG_METHOD = "The method is not allowed for the requested URL."


@dataclass(eq=False)
class ContentRefusal(Exception):
    """A 400 or 404 of the Content Service."""

    status: int
    code: str
    message: str
    operation: str
    details: dict[str, str]


def find(contents: Contents, content_id: str) -> Content:
    """Raises ContentRefusal where the id is malformed or unknown; letter case counts."""
    if not STORAGE_ID.fullmatch(content_id):
        raise ContentRefusal(
            400,
            "VALIDATION_ERROR",
            "Invalid content ID format - must be 32 character hex string",
            "download_content",
            {"field": "content_id", "value": content_id},
        )
    found = contents.get(content_id)
    if found is None:
        raise ContentRefusal(
            404,
            "RESOURCE_NOT_FOUND",
            f"content with ID '{content_id}' not found",
            "get_content",
            {"resource_id": content_id, "resource_type": "content"},
        )
    return found


def refusal_body(refusal: ContentRefusal, correlation_id: str, timestamp: str) -> dict[str, object]:
    return {
        "error": {
            "correlation_id": correlation_id,
            "details": refusal.details,
            "error_code": refusal.code,
            "message": refusal.message,
            "operation": refusal.operation,
            "service": SERVICE,
            "span_id": None,
            "stack_trace": "".join(traceback.format_stack()),
            "timestamp": timestamp,
            "trace_id": None,
        }
    }


@dataclass(frozen=True)
class ContentService:
    contents: Contents
    write_date: WriteDate

    async def upload(self, request: Request) -> Response:
        body = await body_of(request)
        if body is None:
            return _upload_failed(request)
        if not body:
            raise ContentRefusal(
                400,
                "VALIDATION_ERROR",
                "No data provided in request body",
                "upload_content",
                {"field": "request_body"},
            )
        storage_id = new_storage_id()
        try:
            self.contents.put(storage_id, Content(request.headers.get("content-type", UNNAMED_TYPE), body))
        except sqlite3.IntegrityError:
            return _upload_failed(request)
        return json_answer({"storage_id": storage_id, "correlation_id": correlation_of(request)}, 201)

    async def download(self, request: Request) -> Response:
        found = find(self.contents, request.path_params["content_id"])
        return Response(found.body, headers={"content-type": found.content_type})

    async def health(self, request: Request) -> Response:
        return json_answer(
            {
                "checks": {"database_backed_storage": True, "service_responsive": True},
                "correlation_id": correlation_of(request),
                "environment": "development",
                "message": "Content Service is healthy",
                "service": SERVICE,
                "status": "healthy",
                "version": "1.0.0",
            }
        )

    async def refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, ContentRefusal):
            raise error
        now = self.write_date(self.contents.store.clock())
        return json_answer(refusal_body(error, correlation_of(request), now), error.status)


def _upload_failed(request: Request) -> Response:
    return json_answer(
        {
            "error": {
                "correlation_id": correlation_of(request),
                "error_code": "UNKNOWN_ERROR",
                "message": "An unexpected error occurred during upload",
            }
        },
        500,
    )


async def _not_found(_request: Request, _error: Exception) -> Response:
    return _page(404, "Not Found", NOT_FOUND)


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return _page(405, "Method Not Allowed", WRONG_METHOD)


def _page(status: int, name: str, why: str) -> Response:
    return Response(PAGE.format(status=status, name=name, why=why), status, media_type="text/html")


def content_service(store: Store, settings: HttpSettings) -> Starlette:
    service = ContentService(Contents(store), WRITE_DATE[settings.dates])
    app = Starlette(
        routes=[
            Route("/v1/content", service.upload, methods=["POST"]),
            Route("/v1/content/{content_id}", service.download),
            Route("/healthz", service.health),
        ],
        exception_handlers={404: _not_found, 405: _wrong_method, ContentRefusal: service.refused},
    )
    app.router.redirect_slashes = False
    return app

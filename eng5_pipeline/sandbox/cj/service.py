"""The CJ Assessment Service over HTTP: which route asks what of whom, and how failures leave."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eng5_pipeline.sandbox.cj.anchors import AnchorsDesk, NotRegistered
from eng5_pipeline.sandbox.cj.faces import CJ_FACES, SERVICE, CjFace, Refusal, Unforeseen, invalid
from eng5_pipeline.sandbox.cj.forms import (
    Form,
    InstructionsForm,
    Invalid,
    RubricForm,
    StudentPromptForm,
    read_form,
)
from eng5_pipeline.sandbox.cj.instructions import PAGE_SIZE, InstructionsDesk
from eng5_pipeline.sandbox.cj.texts import TextsDesk
from eng5_pipeline.sandbox.http.answers import WRITE_DATE, body_of, correlation_of, json_answer
from eng5_pipeline.sandbox.http.settings import HttpSettings
from eng5_pipeline.sandbox.http.tokens import admit_admin
from eng5_pipeline.sandbox.kept.registry import Anchors, Instructions
from eng5_pipeline.sandbox.kept.store import Contents, Store

F = TypeVar("F", bound=Form)
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class CjService:
    instructions: InstructionsDesk
    texts: TextsDesk
    anchors: AnchorsDesk
    face: CjFace
    jwt_secret: str

    async def health(self, _request: Request) -> Response:
        return json_answer(
            {
                "checks": {"dependencies_available": True, "service_responsive": True},
                "dependencies": {"database": {"status": "healthy"}},
                "environment": "development",
                "message": "CJ Assessment Service is healthy",
                "service": SERVICE,
                "status": "healthy",
                "version": "1.0.0",
            }
        )

    async def list_instructions(self, request: Request) -> Response:
        asked = request.query_params
        page = self.instructions.page(
            asked.get("page", "1"), asked.get("page_size", str(PAGE_SIZE)), asked.get("grade_scale")
        )
        return json_answer(page)

    async def get_instructions(self, request: Request) -> Response:
        return json_answer(self.instructions.payload(self.instructions.known(_assignment(request))))

    async def upsert_instructions(self, request: Request) -> Response:
        return json_answer(self.instructions.upsert(await _admin_form(request, InstructionsForm)))

    async def delete_instructions(self, request: Request) -> Response:
        return json_answer(self.instructions.delete(_assignment(request)))

    async def get_prompt(self, request: Request) -> Response:
        return json_answer(self.texts.prompt(_assignment(request)))

    async def upload_prompt(self, request: Request) -> Response:
        return json_answer(self.texts.upload_prompt(await _admin_form(request, StudentPromptForm)))

    async def get_rubric(self, request: Request) -> Response:
        return json_answer(self.texts.rubric(_assignment(request)))

    async def upload_rubric(self, request: Request) -> Response:
        return json_answer(self.texts.upload_rubric(await _admin_form(request, RubricForm)))

    async def anchor_summary(self, request: Request) -> Response:
        return json_answer(self.anchors.summary(_assignment(request)))

    async def register_anchor(self, request: Request) -> Response:
        try:
            body = await _json(request)
        except ValueError:
            return json_answer({"error": "Invalid JSON body"}, 400)
        try:
            return json_answer(self.anchors.register(body), 201)
        except NotRegistered as error:
            return json_answer({"error": error.text}, error.status)

    def admin(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint for the bearer of an admin token alone."""

        async def guarded(request: Request) -> Response:
            admit_admin(request.headers.get("authorization"), self.jwt_secret)
            return await endpoint(request)

        return guarded

    async def refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, Refusal):
            raise error
        return self.face.refused(error, correlation_of(request))

    async def unforeseen(self, _request: Request, error: Exception) -> Response:
        if not isinstance(error, Unforeseen):
            raise error
        return self.face.unforeseen(error)

    async def not_found(self, _request: Request, _error: Exception) -> Response:
        return self.face.unforeseen(Unforeseen("NotFound"))

    async def wrong_method(self, _request: Request, _error: Exception) -> Response:
        return self.face.unforeseen(Unforeseen("MethodNotAllowed"))


def _assignment(request: Request) -> str:
    return str(request.path_params["assignment_id"])


async def _json(request: Request) -> object:
    """Raises ValueError for what is not JSON, Unforeseen for a body that is too long."""
    body = await body_of(request)
    if body is None:
        raise Unforeseen("RequestEntityTooLarge")
    return json.loads(body)


async def _admin_form(request: Request, kind: type[F]) -> F:
    try:
        return read_form(kind, await _json(request))
    except ValueError:
        raise Unforeseen("BadRequest") from None
    except Invalid as error:
        raise invalid(error.where, error.message) from None


def _service(store: Store, settings: HttpSettings) -> CjService:
    face = CJ_FACES[settings.face](store)
    write_date = WRITE_DATE[settings.dates]
    instructions = InstructionsDesk(Instructions(store), face, write_date)
    texts = TextsDesk(Instructions(store), Contents(store), face, write_date)
    anchors = AnchorsDesk(Anchors(store), instructions, texts, face, write_date)
    return CjService(instructions, texts, anchors, face, settings.jwt_secret)


def _routes(cj: CjService) -> list[Route]:
    admin = cj.admin
    instructions = "/admin/v1/assessment-instructions"
    return [
        Route("/healthz", cj.health),
        Route(instructions, admin(cj.list_instructions)),
        Route(instructions, admin(cj.upsert_instructions), methods=["POST"]),
        Route(f"{instructions}/assignment/{{assignment_id}}", admin(cj.get_instructions)),
        Route(f"{instructions}/assignment/{{assignment_id}}", admin(cj.delete_instructions), methods=["DELETE"]),
        Route("/admin/v1/student-prompts", admin(cj.upload_prompt), methods=["POST"]),
        Route("/admin/v1/student-prompts/assignment/{assignment_id}", admin(cj.get_prompt)),
        Route("/admin/v1/judge-rubrics", admin(cj.upload_rubric), methods=["POST"]),
        Route("/admin/v1/judge-rubrics/assignment/{assignment_id}", admin(cj.get_rubric)),
        Route("/admin/v1/anchors/assignment/{assignment_id}", admin(cj.anchor_summary)),
        Route("/api/v1/anchors/register", cj.register_anchor, methods=["POST"]),
    ]


def cj_service(store: Store, settings: HttpSettings) -> Starlette:
    cj = _service(store, settings)
    app = Starlette(
        routes=_routes(cj),
        exception_handlers={
            404: cj.not_found,
            405: cj.wrong_method,
            Refusal: cj.refused,
            Unforeseen: cj.unforeseen,
        },
    )
    app.router.redirect_slashes = False
    return app

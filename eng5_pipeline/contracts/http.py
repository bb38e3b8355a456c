"""HTTP payloads of the Content Service and of CJ, as they were seen on the wire.

Keys that are not named here are ignored, so that a service may grow. A date is read in either form the
platform uses (RFC 822 today, ISO 8601 perhaps one day); a date that is neither becomes None, for no date is
worth stopping a run. Three error bodies exist: what CJ says when it gives a code, what the Content Service
says, and a bare text; `read_error` takes all three.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError


def parse_date(value: object) -> datetime | None:
    """RFC 822 or ISO 8601 as an aware time, UTC where no zone is given; None for anything else."""
    if isinstance(value, datetime):
        return _aware(value)
    if not isinstance(value, str):
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return _aware(parse(value))
        except (ValueError, OverflowError, IndexError):
            continue
    return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


LenientDate = Annotated[datetime | None, BeforeValidator(parse_date)]


class Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


# Content Service


class Health(Payload):
    """200 of `GET /healthz`, of which no more is asked than that it is a JSON object."""


class StoredContent(Payload):
    """201 of `POST <content_url>`: 32 lower-case hexadecimal digits, new even for the same bytes."""

    storage_id: str
    correlation_id: str | None = None


# CJ: assignments


class InstructionsPayload(Payload):
    """One row of assessment instructions: of an assignment or of a course, never of both."""

    id: int
    assignment_id: str | None
    course_id: str | None = None
    instructions_text: str
    grade_scale: str
    context_origin: str | None = None
    student_prompt_storage_id: str | None = None
    created_at: LenientDate = None


class InstructionsList(Payload):
    """One page of instructions, newest first; `total` counts all pages."""

    items: tuple[InstructionsPayload, ...]
    total: int
    page: int
    page_size: int


# CJ: anchors


class AnchorPayload(Payload):
    """A registered anchor; `id` is what its essay id in a result names: ANCHOR_<id>_<8 hex>."""

    id: int
    assignment_id: str
    anchor_label: str | None = None
    grade: str
    grade_scale: str
    text_storage_id: str | None = None
    created_at: LenientDate = None


class AnchorSummaryPayload(Payload):
    """`anchors` and `anchor_count` are of the assignment's own scale, the other counts of all scales."""

    assignment_id: str
    grade_scale: str
    anchor_count: int
    anchors: tuple[AnchorPayload, ...]
    anchor_count_total: int
    anchor_count_by_scale: dict[str, int]


class AnchorRegistrationRequest(Payload):
    """Text of 100 characters or more; without a label CJ takes the grade. Send it without unset keys."""

    assignment_id: str
    grade: str
    essay_text: str
    anchor_label: str | None = None


class AnchorRegistrationResponse(Payload):
    """The same label again on the same scale keeps `anchor_id` and changes `storage_id`."""

    anchor_id: int
    storage_id: str
    grade_scale: str
    status: str


# What a service says when it refuses


class CodedErrorDetail(Payload):
    code: str
    message: str
    correlation_id: str | None = None
    service: str | None = None


class CodedErrorBody(Payload):
    """CJ once it is repaired: 400, 401, 403, 404, and 500 for what it did not expect."""

    error: CodedErrorDetail

    @property
    def code(self) -> str | None:
        return self.error.code

    @property
    def text(self) -> str:
        return self.error.message


class ContentErrorDetail(Payload):
    error_code: str
    message: str
    correlation_id: str | None = None


class ContentErrorBody(Payload):
    """The Content Service; its 400 and 404 carry more fields than its 500."""

    error: ContentErrorDetail

    @property
    def code(self) -> str | None:
        return self.error.error_code

    @property
    def text(self) -> str:
        return self.error.message


class PlainErrorBody(Payload):
    """A bare text: anchor registration, and every refusal (500) of CJ's admin routes as CJ is today."""

    error: str
    message: str | None = None
    service: str | None = None

    @property
    def code(self) -> str | None:
        return None

    @property
    def text(self) -> str:
        return f"{self.error}: {self.message}" if self.message else self.error


ErrorBody = CodedErrorBody | ContentErrorBody | PlainErrorBody
_ERROR_BODY: TypeAdapter[ErrorBody] = TypeAdapter(ErrorBody)


def read_error(body: bytes) -> ErrorBody | None:
    """The error that a body tells of; None where it is none of the three (a proxy's page, half an answer)."""
    try:
        return _ERROR_BODY.validate_json(body)
    except ValidationError:
        return None

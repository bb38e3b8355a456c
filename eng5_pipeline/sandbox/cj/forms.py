"""What CJ asks of a request body. The first mistake alone is told, in the words of the validation library."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

MIN_ESSAY = 100
LongEnough = Annotated[str, StringConstraints(min_length=10, strip_whitespace=True)]


class Form(BaseModel):
    """Unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


F = TypeVar("F", bound=Form)


class Invalid(Exception):
    """`where` is the dotted path of the field, empty for the body as a whole."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


def read_form(kind: type[F], body: object) -> F:
    """Raises Invalid."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Invalid(".".join(str(part) for part in first["loc"]), first["msg"]) from None


class InstructionsForm(Form):
    assignment_id: str | None = None
    course_id: str | None = None
    instructions_text: str = Field(min_length=10)
    grade_scale: str
    student_prompt_storage_id: str | None = None
    context_origin: str = "research_experiment"

    @model_validator(mode="after")
    def one_scope(self) -> InstructionsForm:
        if (self.assignment_id is None) == (self.course_id is None):
            raise ValueError("Provide exactly one of assignment_id or course_id")
        return self


class StudentPromptForm(Form):
    assignment_id: str
    prompt_text: LongEnough


class RubricForm(Form):
    assignment_id: str
    rubric_text: LongEnough


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("Value cannot be empty")
    return text.strip()


def _essay_length(text: str) -> str:
    if len(text) < MIN_ESSAY:
        raise ValueError(f"Essay text too short (min {MIN_ESSAY} chars)")
    return text


class AnchorForm(Form):
    assignment_id: Annotated[str, AfterValidator(_not_blank)]
    grade: Annotated[str, AfterValidator(_not_blank)]
    essay_text: Annotated[str, AfterValidator(_essay_length)]
    anchor_label: str | None = None

"""The kinds of value a run spec is made of: types with their rules and their JSON Schema."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    Strict,
    StrictBool,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
)

from eng5_pipeline.spec import rules


def _as_number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


Flag = StrictBool
Whole = StrictInt
Number = StrictFloat
Count = Annotated[Whole, Field(ge=1, le=rules.LARGEST_COUNT)]

Duration = Annotated[
    timedelta,
    BeforeValidator(rules.check_duration),
    PlainSerializer(rules.format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": rules.DURATION_PATTERN}),
]
LongDuration = Annotated[Duration, AfterValidator(rules.check_positive)]
GraceDuration = Annotated[Duration, AfterValidator(rules.check_grace)]

Money = Annotated[
    Decimal,
    BeforeValidator(rules.check_money),
    PlainSerializer(_as_number, return_type=int | float),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000}),
]

Text = Annotated[str, Strict(), AfterValidator(rules.check_text), Field(json_schema_extra={"minLength": 1})]
AssignmentId = Annotated[
    Text, AfterValidator(rules.check_slug), Field(json_schema_extra={"pattern": rules.SLUG_PATTERN})
]
Grade = Annotated[Text, AfterValidator(rules.check_grade), Field(json_schema_extra={"maxLength": 4})]
Folder = Annotated[Text, AfterValidator(rules.check_path)]
File = Annotated[Folder, AfterValidator(rules.check_relative), AfterValidator(rules.check_file)]
Pattern = Annotated[Folder, AfterValidator(rules.check_relative), AfterValidator(rules.check_pattern)]
Url = Annotated[Text, AfterValidator(rules.check_url), Field(json_schema_extra={"pattern": "^https?://[^/?#@]+"})]
Brokers = Annotated[Text, AfterValidator(rules.check_brokers)]
Argument = Annotated[str, Strict(), AfterValidator(rules.check_argument)]

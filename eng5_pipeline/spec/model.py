"""RunSpec: what one run is to do, as its author wrote it, with every default filled in.

Descriptions and examples become the JSON Schema, the editors' help, and what an error says to type instead.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from eng5_pipeline.spec.fields import (
    Argument,
    AssignmentId,
    Brokers,
    Count,
    File,
    Flag,
    Folder,
    GraceDuration,
    Grade,
    LongDuration,
    Money,
    Number,
    Pattern,
    Text,
    Url,
    Whole,
)
from eng5_pipeline.spec.rules import LARGEST_COUNT, check_command, check_distinct, check_some, wrong

FROM_NAMES = "from-names"
"""The value of essays.anchors.grades that takes the grades from the file names."""

Permission = Literal["missing-student-prompt", "result-never-comes", "plain-http", "single-grade-anchors"]
Patterns = Annotated[tuple[Pattern, ...], AfterValidator(check_some), Field(json_schema_extra={"minItems": 1})]


class Section(BaseModel):
    """One mapping of the spec: frozen, no unknown keys, no value repeated in an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


class Expect(Section):
    """What CJ must say about the assignment; what differs stops the run before anything is uploaded."""

    grade_scale: Text | None = Field(default=None, description="The grade scale.", examples=["eng5_np_legacy_9_step"])
    min_anchors: Count | None = Field(
        default=None, description="At least so many anchors on that scale.", examples=[12]
    )
    anchor_grades: Annotated[tuple[Grade, ...], AfterValidator(check_distinct)] | None = Field(
        default=None, description="Grades that the anchors must cover.", examples=[["A", "B", "C+"]]
    )
    context_origin: Text | None = Field(
        default=None, description="Where the assignment comes from.", examples=["research_experiment"]
    )


class Assignment(Section):
    """Which assignment the essays answer, as CJ knows it."""

    id: AssignmentId = Field(
        description="CJ's identifier: a UUID or a slug, at most 100 characters.",
        examples=["00000000-0000-0000-0000-000000000001"],
    )
    course_id: UUID | None = Field(
        default=None,
        description="The course's UUID, where there is one.",
        examples=["00000000-0000-0000-0000-000000000052"],
    )
    course_code: Literal["ENG5", "ENG6", "ENG7", "SV1", "SV2", "SV3"] = Field(
        default="ENG5", description="The course.", examples=["ENG5"]
    )
    language: Literal["en", "sv"] = Field(default="en", description="The language of the essays.", examples=["en"])
    expect: Expect = Field(
        default=Expect(), description="Assertions against what CJ says.", examples=[{"min_anchors": 12}]
    )


class FileSet(Section):
    """Files chosen by patterns, relative to the spec's folder; Word lock files and hidden ones never."""

    files: Patterns = Field(
        description="Relative glob patterns with `/` between folders; `**` is any depth, `../` may lead.",
        examples=[["essays/students/*.docx"]],
    )
    exclude: tuple[Pattern, ...] = Field(
        default=(), description="Patterns of files to leave out.", examples=[["essays/students/draft-*"]]
    )
    follow_links: Flag = Field(
        default=False, description="Whether folders that are links are searched.", examples=[False]
    )


class Anchors(FileSet):
    """Anchors to register; `register-anchors` alone reads this."""

    grades: File = Field(
        description="A table (file, grade, label?), or `from-names` to take the grades from the file names.",
        examples=["essays/anchors.csv"],
    )


class Essays(Section):
    """Where the essays are."""

    students: FileSet = Field(description="The essays to compare.", examples=[{"files": ["essays/students/*.docx"]}])
    anchors: Anchors | None = Field(
        default=None,
        description="The anchors that `register-anchors` sends.",
        examples=[{"files": ["essays/anchors/*.docx"], "grades": "essays/anchors.csv"}],
    )


class Limits(Section):
    """How much, how long, how dear."""

    max_comparisons: Annotated[Whole, Field(ge=2, le=LARGEST_COUNT)] | None = Field(
        default=None, description="At most so many comparisons; null for CJ's own default.", examples=[60]
    )
    completion_timeout: LongDuration = Field(
        default=timedelta(minutes=30),
        description="How long to wait for the batch, at most 30 days.",
        examples=["30m"],
    )
    grace: GraceDuration = Field(
        default=timedelta(seconds=10),
        description="Quiet time after the last event, at most 60s.",
        examples=["10s"],
    )
    max_cost_usd: Money | None = Field(
        default=None, description="The dearest batch allowed, in US dollars.", examples=[5.0]
    )
    uploads: Annotated[Whole, Field(ge=1, le=100)] = Field(
        default=10, description="Uploads at a time, 1 to 100.", examples=[10]
    )


class Flags(Section):
    """What a run does beyond uploading and publishing."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "properties": {"auto_extract_eng5_db": {"const": True}},
                "required": ["auto_extract_eng5_db"],
            },
            "then": {"properties": {"await_completion": {"const": True}}},
        }
    )

    await_completion: Flag = Field(default=True, description="Wait for the results.", examples=[True])
    auto_extract_eng5_db: Flag = Field(
        default=False,
        description="Run extraction.command after a completed batch; needs await_completion.",
        examples=[False],
    )
    force_reupload: Flag = Field(default=False, description="Upload every essay again.", examples=[False])

    @field_validator("auto_extract_eng5_db")
    @classmethod
    def _extraction_follows_a_completion(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("await_completion") is False:
            raise wrong(
                "needs flags.await_completion, which is false: nobody would see the batch complete",
                "auto_extract_eng5_db: false, or await_completion: true",
            )
        return value


class Judge(Section):
    """Overrides of the judging model for this batch; absent keys are sent as null."""

    provider: Literal["anthropic", "openai", "google", "openrouter", "mock"] | None = Field(
        default=None, description="Who serves the model.", examples=["anthropic"]
    )
    model: Text | None = Field(
        default=None,
        description="The model, as its provider names it.",
        examples=["claude-sonnet-4-5-20250929"],
    )
    temperature: Annotated[Number, Field(ge=0, le=2)] | None = Field(
        default=None, description="0 to 2.", examples=[0.0]
    )
    max_tokens: Count | None = Field(default=None, description="Tokens of an answer, at most.", examples=[1024])
    system_prompt: File | None = Field(
        default=None,
        description="A text file that replaces the system prompt.",
        examples=["prompts/system.md"],
    )
    rubric: File | None = Field(
        default=None, description="A text file that replaces the rubric.", examples=["prompts/rubric.md"]
    )
    reasoning_effort: Literal["none", "low", "medium", "high"] | None = Field(
        default=None, description="How long the model thinks.", examples=["low"]
    )
    output_verbosity: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How much the model writes.", examples=["low"]
    )
    batching_mode_hint: Literal["per_request", "serial_bundle", "provider_batch_api"] | None = Field(
        default=None, description="How comparisons should be bundled.", examples=["serial_bundle"]
    )
    prices: File | None = Field(
        default=None,
        description="A table of prices; null for the one that comes with the program.",
        examples=["prices.yaml"],
    )


class Requester(Section):
    """On whose behalf the request is sent."""

    user_id: Text = Field(default="eng5-pipeline", description="Never empty.", examples=["eng5-pipeline"])
    org_id: Text | None = Field(
        default=None, description="The organisation, where there is one.", examples=["eng5-org"]
    )


class Services(Section):
    """Where the services are; options and the environment come before these."""

    cj: Url = Field(
        default="http://localhost:9095",
        description="CJ Assessment Service.",
        examples=["http://localhost:9095"],
    )
    content: Url = Field(
        default="http://localhost:8001/v1/content",
        description="Content Service, with the path of its uploads.",
        examples=["http://localhost:8001/v1/content"],
    )
    kafka: Brokers = Field(
        default="localhost:9093",
        description="Kafka: host:port, several with a comma between.",
        examples=["localhost:9093"],
    )


class Extraction(Section):
    """The command of the extraction step: started as it stands here, never through a shell."""

    command: Annotated[tuple[Argument, ...], AfterValidator(check_command)] = Field(
        default=("eng5-extract-db", "{job_id}", "--output", "{output_dir}/cj_results.json"),
        description="Program and arguments, with {batch_uuid} {job_id} {output_dir} {run_dir} filled in.",
        examples=[["eng5-extract-db", "{job_id}", "--output", "{output_dir}/cj_results.json"]],
        json_schema_extra={"minItems": 1},
    )
    timeout: LongDuration = Field(
        default=timedelta(minutes=10), description="How long it may take, at most 30 days.", examples=["10m"]
    )


class RunSpec(Section):
    """A run of a comparative-judgement batch. Paths are relative to the folder of this file."""

    spec: Literal["eng5-pipeline/v1"] = Field(description="The version of this format.", examples=["eng5-pipeline/v1"])
    label: Text = Field(
        description="A name for the batch, by default the file's stem. On Kafka too: no names of people.",
        examples=["role-models-baseline"],
    )
    assignment: Assignment = Field(
        description="The assignment.", examples=[{"id": "00000000-0000-0000-0000-000000000001"}]
    )
    essays: Essays = Field(description="The essays.", examples=[{"students": {"files": ["essays/students/*.docx"]}}])
    limits: Limits = Field(default=Limits(), description="Limits.", examples=[{"max_comparisons": 60}])
    flags: Flags = Field(default=Flags(), description="Switches.", examples=[{"await_completion": True}])
    judge: Judge | None = Field(
        default=None,
        description="Overrides of the judging model; without it CJ's own are used.",
        examples=[{"provider": "mock"}],
    )
    allow: Annotated[tuple[Permission, ...], AfterValidator(check_distinct)] = Field(
        default=(), description="Refusals that become warnings.", examples=[["plain-http"]]
    )
    requester: Requester = Field(
        default=Requester(), description="The requester.", examples=[{"user_id": "eng5-research"}]
    )
    services: Services = Field(default=Services(), description="Addresses.", examples=[{"kafka": "localhost:9093"}])
    extraction: Extraction = Field(default=Extraction(), description="Extraction.", examples=[{"timeout": "10m"}])
    output: Folder = Field(
        default="artefacts",
        description="The folder of all runs: relative to this file's folder, or absolute.",
        examples=["../artefacts"],
    )

"""The artefact's JSON Schema: every end of a run keeps to it, and where it leaves the established one is listed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.run_ends import ENDS
from tests.support.run_folders import Run
from tests.support.schema_differences import differences

SCHEMA = json.loads(files("eng5_pipeline.report").joinpath("assessment_run.schema.json").read_text("utf-8"))
ESTABLISHED = json.loads(Path(__file__).with_name("assessment_run.established.schema.json").read_text("utf-8"))

DEVIATIONS: Mapping[str, tuple[str, ...]] = {
    "this is another version of the format, with an address of its own": (
        "$id: -https://huleedu.dev/schemas/eng5-np/assessment_run.json +assessment_run.schema.json",
        r"properties.schema_version.pattern: -^1\.0\.\d+$ +^1\.1\.\d+$",
    ),
    "CJ publishes no standard errors, no counts of an essay's comparisons and no probabilities of grades": (
        "definitions.bt_entry.properties.comparison_count.type: +null",
        "definitions.bt_entry.properties.standard_error.type: +null",
        "definitions.grade_projection.properties.probabilities.type: +null",
    ),
    "CJ may rank or score an essay and leave the other out": (
        "definitions.bt_entry.properties.rank.type: +null",
        "definitions.bt_entry.properties.theta.type: +null",
    ),
    "nobody won a comparison that failed or tied": (
        "definitions.comparison_record.properties.loser_id.type: +null",
        "definitions.comparison_record.properties.winner_id.type: +null",
    ),
    "an event may leave these out; nothing is put in their place": (
        "definitions.comparison_record.properties.correlation_id.type: +null",
        "definitions.comparison_record.properties.cost_usd.type: +null",
        "definitions.comparison_record.properties.prompt_hash.type: +null",
        "definitions.comparison_record.properties.tokens_completion.type: +null",
        "definitions.comparison_record.properties.tokens_prompt.type: +null",
        "definitions.comparison_record.properties.started_at.type: +null",
        "definitions.comparison_record.properties.completed_at.type: +null",
    ),
    "the event's own text is kept, whatever its form: a time may lack its zone": (
        "definitions.comparison_record.properties.correlation_id.format: removed",
        "definitions.comparison_record.properties.prompt_hash.pattern: removed",
        "definitions.comparison_record.properties.started_at.format: removed",
        "definitions.comparison_record.properties.completed_at.format: removed",
    ),
    "a failed call names a provider and model that were not used, and may have resolved none": (
        "definitions.comparison_record.properties.model.type: +null",
        "definitions.comparison_record.properties.provider.type: +null",
        "definitions.cost_breakdown.properties.model.type: +null",
        "definitions.cost_breakdown.properties.provider.type: +null",
    ),
    "CJ keeps instructions and student prompt; their text and digest are not known here": (
        "definitions.document_blob.properties.checksum.type: +null",
        "definitions.document_blob.properties.source_path.type: +null",
        "definitions.document_blob.properties.storage_id: added",
        "definitions.document_blob.required: -content",
        "definitions.inputs.properties.instructions.$ref: removed",
        "definitions.inputs.properties.instructions.oneOf: added",
        "definitions.inputs.properties.prompt_reference.$ref: removed",
        "definitions.inputs.properties.prompt_reference.oneOf: added",
    ),
    "a run sends students alone: anchors are CJ's": ("definitions.inputs.properties.anchors.minItems: removed",),
    "a run may end before its essays are read": ("definitions.inputs.properties.students.minItems: removed",),
    "an assignment is a UUID or a slug, and unknown where a run was killed at its beginning": (
        "definitions.metadata.properties.assignment_id.format: removed",
        "definitions.metadata.properties.assignment_id.type: +null",
    ),
    "neither spec nor CJ need name a course": (
        "definitions.metadata.properties.course_id.format: removed",
        "definitions.metadata.properties.course_id.type: +null",
    ),
    "the spec need not be in a repository": ("definitions.metadata.properties.git_sha.type: +null",),
    "the scales are CJ's, and a run may end before CJ names one": (
        "definitions.metadata.properties.grade_scale.enum: removed",
        "definitions.metadata.properties.grade_scale.type: +null",
    ),
    "CJ takes any essay id of up to 36 characters": (
        "definitions.student_record.properties.essay_id.maxLength: added",
        "definitions.student_record.properties.essay_id.minLength: added",
        "definitions.student_record.properties.essay_id.pattern: removed",
    ),
    "this program runs without pdm and docker, and names the system only where the run kept it": (
        "definitions.validation.properties.cli_environment.required: -docker_compose -os -pdm",
    ),
    "batch and job are named beside the label": (
        "definitions.metadata.properties.batch_label: added",
        "definitions.metadata.properties.batch_uuid: added",
        "definitions.metadata.properties.cj_assessment_job_id: added",
        "definitions.metadata.properties.started_at: added",
        "definitions.metadata.required: +batch_label +batch_uuid +cj_assessment_job_id +started_at",
    ),
    "every essay id has the local id beside it": (
        "definitions.bt_entry.properties.local_id: added",
        "definitions.bt_entry.required: +local_id",
        "definitions.grade_projection.properties.local_id: added",
        "definitions.named_essay: added",
        "definitions.student_record.properties.local_id: added",
    ),
    "a comparison of which nobody won must still say who was compared": (
        "definitions.comparison_record.properties.essay_a_id: added",
        "definitions.comparison_record.properties.essay_a_local_id: added",
        "definitions.comparison_record.properties.essay_b_id: added",
        "definitions.comparison_record.properties.essay_b_local_id: added",
        "definitions.comparison_record.properties.request_id: added",
        "definitions.comparison_record.required: +confidence +essay_a_id +essay_a_local_id +essay_b_id "
        "+essay_b_local_id +request_id +response_time_ms +status",
    ),
    "what the judge and CJ say besides is kept": (
        "definitions.comparison_record.properties.confidence: added",
        "definitions.comparison_record.properties.response_time_ms: added",
        "definitions.grade_projection.properties.confidence_label: added",
        "definitions.grade_projection.properties.confidence_score: added",
        "definitions.grade_projection.properties.normalized_score: added",
        "definitions.grade_projection.required: +confidence_label +confidence_score +local_id +normalized_score",
    ),
    "an anchor's true grade comes from CJ's registry, by its id there": (
        "definitions.bt_entry.properties.anchor_id: added",
        "definitions.registered_anchor: added",
        "properties.anchors: added",
    ),
    "costs tell what was paid for failed calls, and what they leave out": (
        "definitions.cost_breakdown.properties.comparisons: added",
        "definitions.cost_breakdown.properties.failed_comparisons: added",
        "definitions.cost_breakdown.properties.unpriced_comparisons: added",
        "definitions.cost_breakdown.required: +comparisons +failed_comparisons +unpriced_comparisons",
    ),
    "an essay tells what was sent of it and where it is": (
        "definitions.student_record.properties.bytes: added",
        "definitions.student_record.properties.storage_id: added",
        "definitions.student_record.properties.text_sha256: added",
        "definitions.student_record.properties.words: added",
        "definitions.student_record.required: +bytes +local_id +storage_id +text_sha256 +words",
    ),
    "the prompts and tables that the spec names are inputs too": (
        "definitions.input_file: added",
        "definitions.inputs.properties.files: added",
        "definitions.inputs.required: +files",
    ),
    "an artefact is written at every end, and says which it was": (
        "definitions.stage: added",
        "definitions.warning: added",
        "properties.exit_code: added",
        "properties.final: added",
        "properties.simulated: added",
        "properties.stages: added",
        "properties.status: added",
        "properties.vanished: added",
        "properties.warnings: added",
    ),
    "what could not be read, or is not ours, is told": (
        "definitions.gap: added",
        "definitions.other_job: added",
        "definitions.quarantine: added",
        "properties.gaps: added",
        "properties.other_jobs: added",
        "properties.quarantine: added",
    ),
    "numbers computed here stand apart from CJ's": (
        "definitions.anchor_agreement: added",
        "definitions.caution: added",
        "definitions.connectedness: added",
        "definitions.cost_shares: added",
        "definitions.coverage: added",
        "definitions.diagnostics: added",
        "definitions.essay_count: added",
        "definitions.essay_theta: added",
        "definitions.fit: added",
        "definitions.grade_calls: added",
        "definitions.position: added",
        "definitions.reliability: added",
        "definitions.split_half: added",
        "definitions.transitivity: added",
        "properties.diagnostics: added",
    ),
    "the extraction step and the origin of the run are part of it": (
        "definitions.extraction: added",
        "definitions.provenance: added",
        "properties.extraction: added",
        "properties.provenance: added",
    ),
    "the new sections are always there": (
        "required: +anchors +diagnostics +exit_code +extraction +final +gaps +other_jobs +provenance +quarantine "
        "+simulated +stages +status +vanished +warnings",
    ),
}


def test_every_deviation_from_the_established_schema_is_listed_with_its_reason() -> None:
    listed = [deviation for deviations in DEVIATIONS.values() for deviation in deviations]
    assert sorted(listed) == sorted(differences(ESTABLISHED, SCHEMA))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_whatever_the_end_the_artefact_keeps_to_the_schema(end: Callable[[Path], Run], tmp_path: Path) -> None:
    artefact = json.loads(end(tmp_path).put_artefact().read_bytes())
    Draft202012Validator(closed(SCHEMA), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(artefact)


def closed(schema: Any) -> Any:
    """The schema with every object refusing members that it does not describe."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {key: closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **inside} if isinstance(schema.get("properties"), dict) else inside

"""Every verb, as the stages it goes through."""

from __future__ import annotations

from typing import Any

from eng5_pipeline.stages.anchor_preflight import AnchorPreflight
from eng5_pipeline.stages.await_completion import AwaitCompletion
from eng5_pipeline.stages.compare_anchors import CompareAnchors
from eng5_pipeline.stages.extract import Extract
from eng5_pipeline.stages.plan_upload import PlanUpload
from eng5_pipeline.stages.publish import Publish
from eng5_pipeline.stages.register_anchors import RegisterAnchors
from eng5_pipeline.stages.resolve_assignment import ResolveAssignment
from eng5_pipeline.stages.upload import Upload
from eng5_pipeline.stages.validate import Validate
from eng5_pipeline.stages.validate_anchors import ValidateAnchors

VALIDATE = (Validate,)
PLAN = (Validate, ResolveAssignment, AnchorPreflight, PlanUpload)
RUN = (Validate, ResolveAssignment, AnchorPreflight, Upload, Publish, AwaitCompletion, Extract)
LOCK = (Validate, ResolveAssignment, AnchorPreflight)
REGISTER_ANCHORS = (ValidateAnchors, ResolveAssignment, CompareAnchors, RegisterAnchors)

# `resume` is RUN with a journal that is not empty. `extract` is RUN with the journal of a batch that completed, in
# which the user asks for the last stage again.
PIPELINES: dict[str, tuple[type[Any], ...]] = {
    "validate": VALIDATE,
    "plan": PLAN,
    "run": RUN,
    "lock": LOCK,
    "register-anchors": REGISTER_ANCHORS,
    "extract": RUN,
}

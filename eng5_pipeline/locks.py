"""Locks of specs: written from what a pipeline has found, checked against the files that stand there."""

from __future__ import annotations

from pathlib import Path

from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.context import RunContext
from eng5_pipeline.durable import replace_file
from eng5_pipeline.errors import Differs, typed
from eng5_pipeline.results import AnchorsVerified, Validated
from eng5_pipeline.review.local_state import LocalState
from eng5_pipeline.review.lock import LockReview, inputs_differ, lock_path
from eng5_pipeline.review.lock_lines import lock_of, render
from eng5_pipeline.spec.loaded import LoadedSpec


def write_lock(spec: Path, found: RunContext) -> Path:
    """The lock of what a pipeline has found, beside the spec; the same bytes for the same state."""
    validated, verified = found.get(Validated), found.get(AnchorsVerified)
    path = lock_path(spec)
    extractor = EssayFolder(path.parent).extractor
    replace_file(path, [render(lock_of(validated.essays, validated.inputs, verified.summary, extractor))])
    return path


def check_lock(loaded: LoadedSpec) -> int:
    """How many files are as they were locked; Differs names each that is not, Refused one that cannot be read."""
    review = LockReview(lock_path(loaded.file), str(loaded.path))
    lock = review.read()
    if lock is None:
        hint = f"write it:  eng5-pipeline lock {typed(loaded.path)}"
        raise Differs("lock-missing", f"{loaded.path}.lock is not there", hint=hint)
    state = LocalState.of(loaded.spec, EssayFolder(loaded.folder))
    essays, inputs = state.essays(lock.essays), state.input_files()
    review.hold(inputs_differ(lock, essays, inputs))
    return len(essays) + len(inputs)

"""What a comparison of specs has on each of its two sides, and where it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from eng5_pipeline.domain.assignment import Anchor
from eng5_pipeline.errors import Refused
from eng5_pipeline.ports import EssayFiles
from eng5_pipeline.report.run_record import RunRecord
from eng5_pipeline.results import AnchorsVerified, InputFile, Validated
from eng5_pipeline.review.local_state import LocalState
from eng5_pipeline.review.lock_lines import Lock
from eng5_pipeline.spec.effective import Effective


@dataclass(frozen=True)
class SideEssay:
    """`size` is bytes of text."""

    text_sha256: str
    size: int


@dataclass(frozen=True)
class SideFile:
    """A prompt, rubric or table that the spec names; `text` is None where only its digest is known."""

    path: str
    sha256: str
    text: str | None


@dataclass(frozen=True)
class Side:
    """`essays` by local id are None where nothing tells of them, `files` by role lack what nothing tells of.

    `anchors` are those that CJ was last seen to have, by a lock or a run. `unknown` says why something is missing.
    """

    name: str
    effective: Effective
    essays: Mapping[str, SideEssay] | None
    files: Mapping[str, SideFile]
    grade_scale: str | None
    anchors: tuple[Anchor, ...] | None
    unknown: tuple[str, ...] = ()


def side_of_files(name: str, effective: Effective, state: LocalState, lock: Lock | None) -> Side:
    """A spec as it stands. Of essays that are not there, as in a checkout without them, the lock tells."""
    unknown: list[str] = []
    essays = _essays(state, lock, unknown)
    files = {found.role: found for found in lock.inputs} if lock else {}
    return Side(
        name=name,
        effective=effective,
        essays=essays,
        files=dict(_files(state, files, unknown)),
        grade_scale=lock.grade_scale if lock else None,
        anchors=lock.anchors if lock else None,
        unknown=tuple(f"{name}: {what}" for what in unknown),
    )


def _essays(state: LocalState, lock: Lock | None, unknown: list[str]) -> Mapping[str, SideEssay] | None:
    locked = lock.essays if lock else ()
    try:
        found = state.essays(locked)
    except Refused as why:
        if lock is None:
            unknown.append(f"{why.what}; no lock tells of the essays")
            return None
        found = locked
    return {essay.local_id: SideEssay(essay.text_sha256, essay.size) for essay in found}


def _files(state: LocalState, locked: Mapping[str, InputFile], unknown: list[str]) -> Iterator[tuple[str, SideFile]]:
    for role, path in state.inputs:
        try:
            yield role, _read(state.files, path)
        except Refused as why:
            if role in locked and locked[role].path == path:
                yield role, SideFile(path, locked[role].sha256, None)
            else:
                unknown.append(why.what)


def _read(files: EssayFiles, path: str) -> SideFile:
    place = PurePosixPath(path)
    return SideFile(path, files.digest(place), files.text(place))


def side_of_run(name: str, record: RunRecord, effective: Effective) -> Side:
    """What was run, by the run's own folder."""
    validated, verified = record.result(Validated), record.result(AnchorsVerified)
    inputs = validated.inputs if validated else ()
    return Side(
        name=name,
        effective=effective,
        essays={each.local_id: SideEssay(each.text_sha256, each.size) for each in validated.essays}
        if validated
        else None,
        files={found.role: SideFile(found.path, found.sha256, _sent(record, found.role)) for found in inputs},
        grade_scale=verified.summary.grade_scale if verified else None,
        anchors=verified.summary.anchors if verified else None,
        unknown=() if validated else (f"{name}: it ended before its essays were read",),
    )


def _sent(record: RunRecord, role: str) -> str | None:
    """The text of a prompt as the request has it."""
    overrides = record.request.data.llm_config_overrides if record.request else None
    if overrides is None:
        return None
    texts = {"judge.system_prompt": overrides.system_prompt_override, "judge.rubric": overrides.judge_rubric_override}
    return texts.get(role)

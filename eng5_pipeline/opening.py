"""How an attempt begins: afresh from a spec, or where an earlier one left off."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from uuid import UUID

from eng5_pipeline import __version__
from eng5_pipeline.adapters.git.state import git_state
from eng5_pipeline.durable import LineFile, held, make_folder, replace_file
from eng5_pipeline.engine.ending import recorded_ending
from eng5_pipeline.engine.journal import Journal, NoDisk, open_journal
from eng5_pipeline.errors import Differs, Eng5Error, MachineFailed, UsageError
from eng5_pipeline.ports import EssayFiles
from eng5_pipeline.results import Validated
from eng5_pipeline.review.saved_plan import read_plan
from eng5_pipeline.run_folder import RunFolder
from eng5_pipeline.session import KeepsNothing, KeepsRegistration, KeepsRun, Session
from eng5_pipeline.spec.effective import Effective, OptionValue, override
from eng5_pipeline.spec.reading import ReadSpec, read_spec
from eng5_pipeline.stages.publish import Choice
from eng5_pipeline.wiring.attempt import Attempt, Wishes
from eng5_pipeline.wiring.wiring import Wiring
from eng5_pipeline.wiring.world import World

Options = Mapping[str, OptionValue]

NOBODY = UUID(int=0)  # a plan reserves no identifier
_NO_COPIES: Mapping[Path, bytes] = MappingProxyType({})


def validate_session(spec: Path, options: Options, world: World) -> Session:
    """A look at a spec and the files it names, without network."""
    return _without_trace("validate", spec, options, world)


def plan_session(spec: Path, options: Options, world: World) -> Session:
    """What a run would do, as far as it can be told without changing anything."""
    return _without_trace("plan", spec, options, world)


def _without_trace(name: str, spec: Path, options: Options, world: World) -> Session:
    """The journal stays in memory, the folder is never made."""
    read = read_spec(spec, options, world)
    wiring = wiring_without_trace(read, world)
    return Session(name, wiring, read.effective, Journal(NoDisk(), world.clock.now), KeepsNothing())


def wiring_without_trace(read: ReadSpec, world: World) -> Wiring:
    """For what looks and keeps nothing: the run folder that it names is never made."""
    return _wiring(read, RunFolder(read.output / str(NOBODY)), NOBODY, world, Wishes())


def lock_session(spec: Path, options: Options, world: World) -> Session:
    """What a lock is made of: the files of a spec, and CJ's word on scale and anchors."""
    return _without_trace("lock", spec, options, world)


def run_session(spec: Path, options: Options, world: World, plan: Path | None = None) -> Session:
    """A new run folder, held until the session is left; `plan` is a saved one that the run must not differ from."""
    read = read_spec(spec, options, world)
    reviewed = None if plan is None else _plan(world.here / plan, plan.name)
    batch_uuid = world.new_uuid()
    run = RunFolder(read.output / str(batch_uuid))
    wiring = _wiring(read, run, batch_uuid, world, Wishes())
    journal = _begun("run", wiring, read, {} if reviewed is None else {run.plan: reviewed})
    return Session("run", wiring, read.effective, journal, KeepsRun(run))


def _plan(path: Path, name: str) -> bytes:
    """Read whole before anything is begun; the run is held against this very copy."""
    if not path.is_file():
        raise UsageError("plan-not-found", f"{path} is not there", hint="make one:  eng5-pipeline plan SPEC --out FILE")
    raw = _bytes(path)
    read_plan(raw, name)
    return raw


def register_session(spec: Path, options: Options, world: World, *, replace: bool) -> Session:
    """A folder of its own beside the runs."""
    read = read_spec(spec, options, world)
    batch_uuid = world.new_uuid()
    folder = RunFolder(_free(read.output / f"register-anchors-{world.clock.now():%Y%m%dT%H%M%SZ}"))
    wiring = _wiring(read, folder, batch_uuid, world, Wishes(replace_anchors=replace))
    journal = _begun("register-anchors", wiring, read)
    return Session("register-anchors", wiring, read.effective, journal, KeepsRegistration(folder))


def resume_session(run: RunFolder, options: Options, world: World, choice: Choice | None = None) -> Session:
    """Every value is the recorded one; only addresses of the environment and the new timeout come before it."""
    wished = {**options, "--await-completion": True}
    return _reopened("run", run, wished, world, Wishes(outcome_choice=choice), _go_on)


def extract_session(run: RunFolder, world: World) -> Session:
    """The extraction of a batch that completed, whatever became of an earlier one; values are the recorded ones."""
    wished = {"--await-completion": True, "--auto-extract-eng5-db": True}
    return _reopened("extract", run, wished, world, Wishes(), _ask_for_extraction)


def _reopened(
    name: str, run: RunFolder, options: Options, world: World, wishes: Wishes, begin: Callable[[Journal, Wiring], None]
) -> Session:
    recorded = Effective.from_json(_bytes(run.effective))
    effective = override(recorded, options, world.environment, here=world.here)
    closing = ExitStack()
    try:
        closing.enter_context(held(run.lock, f"run {run.path.name}"))
        file = closing.enter_context(LineFile(run.journal))
        journal = open_journal(file, world.clock.now)
        wiring = _recorded_wiring(run, effective, journal, world, wishes, closing)
        session = Session(name, wiring, effective, journal, KeepsRun(run))
        begin(journal, wiring)
    except BaseException:
        closing.close()
        raise
    return session


def _recorded_wiring(
    run: RunFolder, effective: Effective, journal: Journal, world: World, wishes: Wishes, closing: ExitStack
) -> Wiring:
    opened = journal.entries[0].data
    _refuse_newer(str(opened["versions"]["eng5-pipeline"]))
    return Wiring(
        Attempt(
            spec=effective.spec,
            spec_name=str(opened["spec_path"]),
            folder=Path(opened["spec_folder"]),
            output=run.path.parent,
            run=run,
            batch_uuid=run.batch_uuid,
            world=world,
            wishes=wishes,
            closing=closing,
        )
    )


def _go_on(journal: Journal, wiring: Wiring) -> None:
    _refuse_needless(wiring.attempt.wishes.outcome_choice, journal, wiring.attempt.batch_uuid)
    ending = recorded_ending(journal)
    if ending is None or not ending.final:
        journal.append("resumed", versions=_versions())
        _warn_of_changed_inputs(journal, wiring.outside.files)


def _ask_for_extraction(journal: Journal, wiring: Wiring) -> None:
    if journal.last("finished", stage="await") is None:
        raise UsageError(
            "run-not-completed",
            f"run {wiring.attempt.batch_uuid} has no completed batch to extract",
            hint=f"see how far it came:  eng5-pipeline show {wiring.attempt.batch_uuid}",
        )
    journal.append("resumed", versions=_versions())
    journal.ask_again("extract")


def _refuse_newer(version: str) -> None:
    if _comparable(version) > _comparable(__version__):
        raise Differs(
            "newer-program",
            f"the run was begun by eng5-pipeline {version}, this is {__version__}",
            hint=f"install eng5-pipeline {version} or newer, then resume",
        )


def _comparable(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _refuse_needless(choice: Choice | None, journal: Journal, batch_uuid: UUID) -> None:
    published = journal.last("finished", stage="publish") is not None
    if choice is not None and (published or journal.last("committed") is None):
        state = "the request was published" if published else "nothing was sent yet"
        raise UsageError(
            "choice-not-needed", f"--{choice} is not needed: {state}", hint=f"eng5-pipeline resume {batch_uuid}"
        )


def _warn_of_changed_inputs(journal: Journal, files: EssayFiles) -> None:
    """A batch that is paid must stay collectable, so changed inputs are only told."""
    finished = journal.last("finished", stage="validate")
    if journal.last("committed") is None or finished is None:
        return
    for path, sha256 in Validated.model_validate(finished.data["result"]).digests().items():
        now = _digest(files, path)
        if now != sha256:
            state = "changed" if now else "missing"
            journal.append("warning", stage="validate", name="input-changed", what=f"{path} is {state} since the run")


def _digest(files: EssayFiles, path: str) -> str | None:
    try:
        return files.digest(PurePosixPath(path))
    except Eng5Error:
        return None


def _wiring(read: ReadSpec, run: RunFolder, batch_uuid: UUID, world: World, wishes: Wishes) -> Wiring:
    return Wiring(
        Attempt(
            spec=read.effective.spec,
            spec_name=_as_typed(read.path, world.here),
            folder=read.loaded.folder,
            output=run.path.parent,
            run=run,
            batch_uuid=batch_uuid,
            world=world,
            wishes=wishes,
        )
    )


def _as_typed(path: Path, here: Path) -> str:
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _begun(name: str, wiring: Wiring, read: ReadSpec, copies: Mapping[Path, bytes] = _NO_COPIES) -> Journal:
    run, closing, loaded = wiring.attempt.run, wiring.attempt.closing, read.loaded
    try:
        wiring.pipeline(name)  # what spec, options and environment say wrongly is told before a folder is made
        make_folder(run.path)
        closing.enter_context(held(run.lock, f"run {run.path.name}"))
        replace_file(run.spec, [loaded.raw])
        replace_file(run.effective, [read.effective.to_json().encode(), b"\n"])
        for path, raw in copies.items():
            replace_file(path, [raw])
        journal = open_journal(closing.enter_context(LineFile(run.journal)), wiring.attempt.world.clock.now)
        git = git_state(loaded.folder)
        journal.append(
            "opened",
            pipeline=name,
            batch_uuid=str(wiring.attempt.batch_uuid),
            label=read.effective.spec.label,
            spec_path=wiring.attempt.spec_name,
            spec_folder=str(loaded.folder),
            spec_sha256=loaded.digest,
            versions=_versions(),
            git=git.model_dump() if git else None,
            broker_ends=wiring.attempt.world.broker_ends,
        )
    except BaseException:
        closing.close()
        raise
    return journal


def _versions() -> dict[str, str]:
    return {"eng5-pipeline": __version__, "python": platform.python_version(), "os": platform.platform()}


def _free(path: Path) -> Path:
    """Two registrations in one second do not share a folder."""
    number, candidate = 2, path
    while candidate.exists():
        candidate, number = path.with_name(f"{path.name}-{number}"), number + 1
    return candidate


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MachineFailed("run-unreadable", f"{path}: {error.strerror}", hint="choose another run") from error

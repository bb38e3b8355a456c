"""`cache ls`, `cache explain` and `cache prune`: what was uploaded, why a file would be again, what to forget."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID

from eng5_pipeline.adapters.content import cache_contents
from eng5_pipeline.adapters.content.cache_contents import CacheContents, Explanation, read_contents
from eng5_pipeline.adapters.content.cache_lines import address
from eng5_pipeline.adapters.essays.files import EssayFolder
from eng5_pipeline.adapters.essays.text import READERS
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.wording import count, near
from eng5_pipeline.domain.essays import text_sha256
from eng5_pipeline.engine.journal import read_entries
from eng5_pipeline.errors import UsageError
from eng5_pipeline.ports import CacheEntry
from eng5_pipeline.run_folder import RunFolder, find_run, upload_cache, upload_caches
from eng5_pipeline.spec.effective import Effective
from eng5_pipeline.spec.model import Services

VARIABLE: Final = "CONTENT_SERVICE_URL"
NONE: Final = "no upload cache here; another folder:  --output-dir DIR"


@dataclass(frozen=True)
class Place:
    """Where to look: `run` alone, else `output`, else every output folder below the current one."""

    output: Path | None
    run: str | None

    def search(self, here: Path) -> tuple[list[Path], UUID | None]:
        """The caches, and the batch whose lines are meant; a whole batch_uuid names a run that was deleted, too."""
        if self.run is None:
            return upload_caches(self.output, here), None
        try:
            folder = self.folder(here)
        except UsageError:
            batch = _batch_uuid(PurePosixPath(self.run).name)
            caches = [path for path in upload_caches(self.output, here) if batch in _batches(path)]
            if not caches:
                raise
            return caches, batch
        path = upload_cache(folder.path.parent)
        return [path] if path.is_file() else [], folder.batch_uuid

    def folder(self, here: Path) -> RunFolder:
        assert self.run is not None
        return find_run(self.run, self.output, here)


@dataclass(frozen=True)
class Asked:
    """A file as it would be uploaded, and the service it would go to; `source` is where that address is from."""

    path: Path
    sha256: str
    size: int
    words: int
    extractor: str
    url: str
    source: str


ListPage = Callable[[Sequence[CacheContents], UUID | None, Path], list[str]]
ExplainPage = Callable[[Asked, Sequence[tuple[Path, Explanation]], Path], list[str]]


def ls(program: Program, place: Place, page: ListPage) -> int:
    """Lines that count; of one run those that it uploaded."""
    here = program.sessions.here
    caches, batch = place.search(here)
    program.out.lines(page([read_contents(path) for path in caches], batch, here))
    return 0


def explain(program: Program, file: Path, place: Place, url: str | None, page: ExplainPage) -> int:
    """Which part of the key differs."""
    here = program.sessions.here
    asked = _asked(program, here / file, place, url)
    is_same = _exactly(here / file, place.folder(here)) if place.run else _by_its_end(here / file)
    caches, _ = place.search(here)
    found = [(path, cache_contents.explain(read_contents(path), asked.url, asked.sha256, is_same)) for path in caches]
    program.out.lines(page(asked, found, here))
    return 0


def prune(program: Program, place: Place, other_than: str | None, missing: bool) -> int:
    """What no longer counts goes in any case; what the options name goes with it."""
    here, clock = program.sessions.here, program.sessions.clock
    caches, batch = place.search(here)
    if not caches:
        program.out.line(NONE)
    if other_than is not None:
        _refuse_unknown_address(other_than, caches)
    for path in caches:
        rules = [_of_batch(batch)] if batch else []
        rules += [_of_others(other_than)] if other_than is not None else []
        rules += [_of_missing(path.parent)] if missing else []
        pruned = cache_contents.prune(path, _any_of(rules), clock, program.err.line)
        program.out.line(f"{near(path, here)}: {count(pruned.removed, 'line')} removed, {pruned.kept} kept")
    return 0


def _asked(program: Program, file: Path, place: Place, url: str | None) -> Asked:
    if file.suffix.lower() not in READERS:
        raise UsageError("not-an-essay", f"{file.name} is no essay format", hint=f"one of {' '.join(READERS)}")
    if not file.is_file():
        raise UsageError("essay-not-there", f"{file} is not there", hint="name a file")
    files = EssayFolder(file.parent)
    text = files.read(PurePosixPath(file.name)).text
    service, source = _service(program, place, url)
    return Asked(
        path=file,
        sha256=text_sha256(text),
        size=len(text.encode()),
        words=len(text.split()),
        extractor=files.extractor(PurePosixPath(file.name)),
        url=service,
        source=source,
    )


def _service(program: Program, place: Place, url: str | None) -> tuple[str, str]:
    """As a run would choose it, so far as it can be known without its spec."""
    if url is not None:
        return url, "--content-service-url"
    if place.run is not None:
        effective = Effective.from_json(place.folder(program.sessions.here).effective.read_bytes())
        return effective.spec.services.content, f"run {place.run}"
    environment = program.sessions.environment
    return (environment[VARIABLE], VARIABLE) if environment.get(VARIABLE) else (Services().content, "the default")


def _exactly(file: Path, run: RunFolder) -> Callable[[CacheEntry], bool]:
    """By the local id that the file has in this run's spec."""
    name = _composed(os.path.relpath(file, _spec_folder(run)))
    return lambda entry: entry.local_id == name


def _by_its_end(file: Path) -> Callable[[CacheEntry], bool]:
    """A local id is relative to a spec, of which nothing is known here."""
    parts = PurePosixPath(_composed(os.path.abspath(file))).parts

    def ends_so(entry: CacheEntry) -> bool:
        name = tuple(part for part in PurePosixPath(entry.local_id).parts if part != "..")
        return parts[-len(name) :] == name

    return ends_so


def _batches(cache: Path) -> set[UUID]:
    return {upload.entry.batch_uuid for upload in read_contents(cache).uploads}


def _batch_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _of_batch(batch: UUID) -> Callable[[CacheEntry], bool]:
    return lambda entry: entry.batch_uuid == batch


def _of_others(url: str) -> Callable[[CacheEntry], bool]:
    return lambda entry: address(entry.url) != address(url)


def _refuse_unknown_address(url: str, caches: Sequence[Path]) -> None:
    """It would empty the caches, and is more likely a slip of the pen."""
    known = {address(upload.entry.url) for path in caches for upload in read_contents(path).uploads}
    if known and address(url) not in known:
        raise UsageError(
            "option-invalid",
            f"--other-than: no line went to {url or 'an empty address'}, so that none would stay",
            hint=f"name one of {', '.join(sorted(known))}; to forget them all, remove the file",
        )


def _of_missing(output: Path) -> Callable[[CacheEntry], bool]:
    """An essay that is gone from where its run found it; where that run is gone, nobody knows."""
    folders: dict[UUID, Path | None] = {}

    def is_gone(entry: CacheEntry) -> bool:
        if entry.batch_uuid not in folders:
            run = RunFolder(output / str(entry.batch_uuid))
            folders[entry.batch_uuid] = _spec_folder(run) if run.journal.is_file() else None
        folder = folders[entry.batch_uuid]
        spellings = {entry.local_id, unicodedata.normalize("NFD", entry.local_id)}
        return folder is not None and not any((folder / name).is_file() for name in spellings)

    return is_gone


def _any_of(rules: Sequence[Callable[[CacheEntry], bool]]) -> Callable[[CacheEntry], bool]:
    return lambda entry: any(rule(entry) for rule in rules)


def _spec_folder(run: RunFolder) -> Path:
    return Path(next(read_entries(run.journal)).data["spec_folder"])


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)

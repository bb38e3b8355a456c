"""Specs held against each other, a revision of git or a run, without network and without a trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from eng5_pipeline.adapters.essays.files import EssayFolder, Remembered
from eng5_pipeline.adapters.essays.patterns import Pattern
from eng5_pipeline.adapters.git.tree import Revision
from eng5_pipeline.domain.comparisons import apply_comparison_limit
from eng5_pipeline.domain.forecast import Forecast
from eng5_pipeline.errors import Differs, SpecInvalid, UsageError, typed
from eng5_pipeline.report.run_record import RunRecord, read_run
from eng5_pipeline.review.budget import foreseen
from eng5_pipeline.review.diff import Diff, diff_of
from eng5_pipeline.review.local_state import LocalState, input_files, student_choice
from eng5_pipeline.review.lock import LockReview, lock_path
from eng5_pipeline.review.sides import Side, side_of_files, side_of_run
from eng5_pipeline.run_folder import find_run
from eng5_pipeline.spec.load import parse_spec
from eng5_pipeline.spec.loaded import LoadedSpec
from eng5_pipeline.spec.reading import ReadSpec, Surroundings, read_spec, with_values


@dataclass(frozen=True)
class Comparing:
    """`output` is where runs are looked for, None for every output folder below the current one."""

    around: Surroundings
    output: Path | None
    remembered: Remembered = field(default_factory=Remembered)

    def two(self, before: str, after: str) -> Diff:
        """Two specs, two runs, or one of each."""
        return self._diff(self._side(before), self._side(after), self._earlier_runs(after))

    def since_revision(self, spec: str, revision: str) -> Diff:
        """A spec at a revision, and as it stands."""
        read = self._read(spec)
        before = self._at(Revision.find(read.loaded.folder, revision), read.loaded, f"{spec} at {revision}")
        return self._diff(before, self._of_files(spec, read, read.loaded.folder), read.output)

    def since_run(self, name: str) -> Diff:
        """What was run, and its spec as it stands."""
        if (self.around.here / name).is_file():
            command = f"eng5-pipeline diff {typed(name)}"
            raise UsageError(
                "usage",
                f"{name} is held against nothing",
                hint=f"name a second spec, or a revision of git:  {command} SPEC, or {command} --against REV",
            )
        record = read_run(find_run(name, self.output, self.around.here))
        spec = Path(record.opening.spec_folder) / Path(record.opening.spec_path).name
        if not spec.exists():
            raise UsageError(
                "spec-not-found",
                f"{spec}, of which this run was made, is not there any more",
                hint=f"name what to compare with:  eng5-pipeline diff {typed(name)} SPEC",
            )
        shown = spec.relative_to(self.around.here) if spec.is_relative_to(self.around.here) else spec
        return self._diff(self._of_run(record), self._side(str(shown)), record.folder.path.parent)

    def _side(self, name: str) -> Side:
        """A file is a spec, anything else names a run."""
        path = self.around.here / name
        if path.is_file() or (path.suffix in (".yaml", ".yml") and not path.is_dir()):
            read = self._read(name)
            return self._of_files(name, read, read.loaded.folder)
        return self._of_run(read_run(find_run(name, self.output, self.around.here)))

    def _read(self, spec: str) -> ReadSpec:
        return read_spec(Path(spec), {}, self.around)

    def _of_files(self, name: str, read: ReadSpec, folder: Path) -> Side:
        """`folder` is where the spec's files are: its own, or one made of a revision."""
        state = LocalState.of(read.effective.spec, EssayFolder(folder, remembered=self.remembered))
        lock = LockReview(lock_path(folder / read.path.name), name).read()
        return side_of_files(name, read.effective, state, lock)

    def _of_run(self, record: RunRecord) -> Side:
        if record.effective is None:
            raise Differs("effective-damaged", f"{record.folder.effective} is not there", hint="choose another run")
        name = f"run {str(record.batch_uuid)[:8]} of {record.label}"
        return side_of_run(name, record, record.effective)

    def _at(self, revision: Revision, now: LoadedSpec, name: str) -> Side | None:
        """None where the spec was not there yet."""
        raw = revision.read(now.file)
        if raw is None:
            return None
        read = with_values(self._parsed(raw, now.path, name), {}, self.around)
        with _unpacked(revision, read.loaded) as folder:
            return self._of_files(name, read, folder)

    def _parsed(self, raw: bytes, path: Path, name: str) -> LoadedSpec:
        try:
            return parse_spec(raw, path, self.around.here)
        except SpecInvalid as invalid:
            first = invalid.problems[0]
            raise UsageError(
                "revision-invalid",
                f"{name} is no valid spec: line {first.line}: {first.where}: {first.what}",
                hint="compare with a revision in which it is one",
            ) from None

    def _earlier_runs(self, name: str) -> Path:
        path = self.around.here / name
        if path.is_file():
            return self._read(name).output
        return find_run(name, self.output, self.around.here).path.parent

    def _diff(self, before: Side | None, after: Side, output: Path) -> Diff:
        return diff_of(before, after, lambda side: _foreseen(side, output))


@contextmanager
def _unpacked(revision: Revision, loaded: LoadedSpec) -> Iterator[Path]:
    """The spec's folder as it was, with what the spec names and its lock."""
    folder, spec = loaded.folder, loaded.spec
    named = [*(Pattern(text).base for text in student_choice(spec).patterns), *(path for _, path in input_files(spec))]
    wanted = [Path(os.path.normpath(folder / path)) for path in map(str, named)]
    inside = revision.inside(folder)
    assert inside is not None  # the spec itself was read from this checkout
    with TemporaryDirectory(prefix="eng5-pipeline-") as place:
        (Path(place) / inside).mkdir(parents=True, exist_ok=True)
        revision.unpack([*wanted, lock_path(loaded.file)], Path(place))
        yield Path(place) / inside


def _foreseen(side: Side, output: Path) -> Forecast | None:
    """None where the essays are not known. Anchors that nobody told of yet are as many as the spec asserts."""
    if side.essays is None:
        return None
    spec = side.effective.spec
    anchors = len(side.anchors) if side.anchors is not None else spec.assignment.expect.min_anchors or 0
    counts = apply_comparison_limit(anchors, len(side.essays), spec.limits.max_comparisons)
    texts = {role: file.text for role, file in side.files.items() if file.text is not None}
    return foreseen(spec, [essay.size for essay in side.essays.values()], texts, counts, output)

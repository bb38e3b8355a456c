"""The names inside an output folder, each written once, and how a run is found by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from eng5_pipeline.durable import read_failure
from eng5_pipeline.errors import MachineFailed, UsageError

SEARCH_DEPTH = 4


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @property
    def batch_uuid(self) -> UUID:
        return UUID(self.path.name)

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def spec(self) -> Path:
        return self.path / "spec.yaml"

    @property
    def effective(self) -> Path:
        return self.path / "effective.json"

    @property
    def plan(self) -> Path:
        """The saved plan that the run is held against, where one was given."""
        return self.path / "plan.json"

    @property
    def request(self) -> Path:
        return self.path / f"request.{self.path.name}.json"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def quarantine(self) -> Path:
        return self.path / "quarantine.jsonl"

    @property
    def artefact(self) -> Path:
        return self.path / f"assessment_run.{self.path.name}.json"

    @property
    def extraction(self) -> Path:
        return self.path / "extraction"

    @property
    def export(self) -> Path:
        return self.path / "export"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def log(self) -> Path:
        return self.path / "run.log"


def upload_cache(output: Path) -> Path:
    return output / "content_upload_cache.jsonl"


def extracted_texts(output: Path) -> Path:
    return output / "extracted_texts.jsonl"


def sandbox_state(output: Path) -> Path:
    return output / ".sandbox"


def upload_caches(output: Path | None, here: Path) -> list[Path]:
    """Those of the output folders in which a run would be looked for."""
    return [path for folder in _output_folders(output, here) if os.path.isfile(path := upload_cache(folder))]


def runs_in(output: Path) -> list[RunFolder]:
    """Every run folder of an output folder, oldest first by the time its journal was begun.

    Raises MachineFailed where the output folder may not be read.
    """
    found = [RunFolder(path) for path in _children(output) if _is_run(path)]
    return sorted(found, key=lambda run: (_begun(run), run.path.name))


def every_run(output: Path | None, here: Path) -> list[RunFolder]:
    """The runs of `output`, else of every output folder up to four levels below `here`; oldest first.

    On the way down what this user may not read is passed over, but `output` itself must be readable.
    """
    runs = [run for folder in _output_folders(output, here) for run in runs_in(folder)]
    return sorted(runs, key=lambda run: (_begun(run), run.path.name))


def find_run(name: str, output: Path | None, here: Path) -> RunFolder:
    """A run folder by path, batch_uuid, unique prefix or `latest`; looked for as `every_run` does."""
    path = Path(name)
    if _is_run(path.absolute()):
        return RunFolder(path.absolute())
    runs = every_run(output, here)
    if name == "latest":
        matches = runs[-1:]
    else:
        matches = [run for run in runs if run.path.name.startswith(name.lower())] if name else []
    return _only(matches, name, output or here)


def _only(matches: list[RunFolder], name: str, place: Path) -> RunFolder:
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise UsageError("run-not-found", f"no run {name} in {place}", hint="list them:  eng5-pipeline runs")
    listed = ", ".join(str(run.path) for run in matches)
    hint = "type the path of one, or more of the batch_uuid"
    raise UsageError("run-ambiguous", f"{name} names {len(matches)} runs: {listed}", hint=hint)


def _output_folders(output: Path | None, here: Path) -> Iterable[Path]:
    if output is None:
        return _below(here.absolute())
    _children(output)
    return [output.absolute()]


def _below(here: Path) -> Iterator[Path]:
    level = [here]
    for _ in range(SEARCH_DEPTH + 1):
        deeper: list[Path] = []
        for folder in level:
            try:
                deeper += [child for child in _children(folder) if _is_searched(child)]
            except MachineFailed:
                continue
            yield folder
        level = deeper


def _children(folder: Path) -> list[Path]:
    """Sorted; none where there is no such folder."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise read_failure(folder, error) from error


def _is_searched(path: Path) -> bool:
    return not path.name.startswith(".") and os.path.isdir(path) and not os.path.islink(path)


def _is_run(path: Path) -> bool:
    try:
        # A process that was killed before its first line was put down has left an empty journal and no run.
        return str(UUID(path.name)) == path.name and RunFolder(path).journal.stat().st_size > 0
    except PermissionError:
        return True  # to be told as damaged rather than left out
    except (ValueError, OSError):
        return False


def _begun(run: RunFolder) -> str:
    """The `at` of the journal's first line; ISO 8601 in UTC, so that text order is time order.

    Empty where it cannot be read: such a run is never taken for the latest while there is another.
    """
    try:
        with run.journal.open("rb") as file:
            first = file.readline(65536)
    except OSError:
        return ""
    _, _, rest = first.partition(b'"at":"')
    return rest.partition(b'"')[0].decode("ascii", "replace")

"""docs/reference/run-folder.md names every file and every kind of journal line."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from uuid import UUID

from eng5_pipeline.adapters.run.extractor import OWN_FILES
from eng5_pipeline.engine.journal import Kind
from eng5_pipeline.run_folder import RunFolder, extracted_texts, sandbox_state, upload_cache
from tests.docs import markdown

PAGE = "reference/run-folder.md"
BATCH = UUID(int=7)


def _named() -> set[str]:
    return {name.replace("<batch_uuid>", str(BATCH)).rstrip("/") for name in markdown.first_names(PAGE, "name")}


def test_every_file_of_a_run_has_its_row() -> None:
    folder = RunFolder(Path("out") / str(BATCH))
    properties = [name for name, kind in vars(RunFolder).items() if isinstance(kind, property)]
    paths = [path for name in properties if isinstance(path := getattr(folder, name), Path)]
    assert len(paths) > 10
    assert {path.name for path in paths} <= _named()


def test_every_file_of_an_output_folder_and_of_an_extraction_has_its_row() -> None:
    out = Path("out")
    assert {path.name for path in (upload_cache(out), extracted_texts(out), sandbox_state(out))} <= _named()
    assert set(OWN_FILES) <= _named()


def test_every_kind_of_journal_line_has_its_row() -> None:
    assert markdown.first_names(PAGE, "kind") == list(get_args(Kind))

"""docs/reference/looking-at-runs.md names every column of the tables, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

from eng5_pipeline.report.loaded import LoadedRun
from eng5_pipeline.report.rows import ComparisonRow, EssayRow
from tests.docs import markdown
from tests.support.judged_run import begun_run, completed_run, simulated

PAGE = "reference/looking-at-runs.md"


def test_every_column_is_explained_and_no_other() -> None:
    assert sorted(markdown.first_names(PAGE, "column")) == sorted([*EssayRow._fields, *ComparisonRow._fields])


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    run = begun_run(tmp_path)
    completed_run(run, simulated(run, 30, seed=1))
    [example] = markdown.blocks(PAGE, "python")
    names: dict[str, object] = {}
    exec(re.sub(r'load_run\(".*?"\)', f"load_run({str(run.folder.path)!r})", example), names)
    assert isinstance(names["run"], LoadedRun)
    assert names["run"].batch_uuid == run.batch_uuid

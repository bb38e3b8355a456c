"""docs/explanation/scale.md: its recipes can be read, and call the program as it can be called."""

from __future__ import annotations

import re

import yaml

from eng5_pipeline.cli.app import parse
from tests.docs import markdown

PAGE = "explanation/scale.md"


def test_every_call_of_the_program_is_one_it_understands() -> None:
    calls = re.findall(r"eng5-pipeline ((?:run|resume) [^\n`|]*)", markdown.read(PAGE))
    lines = [call.replace("{input}", "x").replace('"$runs"', "x") for call in calls]
    assert len(lines) >= 4
    assert all(callable(parse(line.split())) for line in lines)


def test_the_workflow_resumes_where_there_is_a_run() -> None:
    (recipe,) = (yaml.safe_load(block) for block in markdown.blocks(PAGE, "yaml"))
    (one,) = (each for each in recipe["spec"]["templates"] if "container" in each)
    (script,) = one["container"]["args"]
    assert script.index("resume latest") < script.index("eng5-pipeline run")


def test_the_largest_batch_follows_from_the_cap() -> None:
    from eng5_pipeline.domain.comparisons import SERVICE_CAP

    limits = {cells[0]: cells[1] for cells in markdown.rows(PAGE, "what")}
    assert limits["comparisons"] == str(SERVICE_CAP)
    assert limits["so essays, each compared at least once"].startswith(str(2 * SERVICE_CAP))

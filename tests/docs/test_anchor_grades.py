"""docs/explanation/anchor-grades.md: every capture that it rests on is there, and says what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from eng5_pipeline.domain.assignment import RESULT_NEVER_COMES
from eng5_pipeline.report.statistics.grade_bands import ORDERS
from eng5_pipeline.sandbox.kept.scales import SCALES
from tests.docs import markdown

PAGE = "explanation/anchor-grades.md"
CAPTURES = markdown.ROOT / "tests" / "contracts" / "captures"
CAPTURE = re.compile(r"`((?:http|http_repaired|feeds|events)/\w+)`(?:\+`(\d+)`)?")


def _capture(name: str) -> Path:
    (found,) = CAPTURES.glob(f"{name}-*")
    return found


@pytest.mark.parametrize("name", sorted({name for name, _ in CAPTURE.findall(markdown.read(PAGE))}))
def test_a_capture_of_the_page_is_there(name: str) -> None:
    assert _capture(name).is_file()


def test_cj_refuses_as_the_page_says() -> None:
    for cells in markdown.rows(PAGE, "CJ refuses"):
        response = json.loads(_capture(cells[2].strip("`")).read_text(encoding="utf-8"))["response"]
        assert cells[1].startswith(str(response["status"]))
        assert all(json.loads(response["body_text"])["error"] == words for words in markdown.names(cells[1]))


def test_the_scales_of_the_page_are_those_of_the_embedded_cj() -> None:
    told = {cells[0].strip("`"): cells[1].split() for cells in markdown.rows(PAGE, "scale")}
    assert told == {name: list(grades) for name, grades in ORDERS.items()}
    assert told.keys() == SCALES.keys()
    assert told.keys() > RESULT_NEVER_COMES

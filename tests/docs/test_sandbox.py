"""docs/reference/sandbox.md names every setting of the embedded stack with its default, and what holds each fact."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from eng5_pipeline.sandbox.batch.batches import BatchSettings
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction, BrokerFault, BrokerSettings, FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.http.settings import FaultRule, HttpFaults, Misbehaviour
from eng5_pipeline.sandbox.kept.seed import AnchorEntry, AssignmentEntry, SeedFile
from eng5_pipeline.sandbox.options import SandboxOptions

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "sandbox.md"
CAPTURES = ROOT / "tests" / "contracts" / "captures"
NAME = re.compile(r"`([^`]+)`")
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.S)

Table = list[list[str]]
"""The rows of a table without its head, cell by cell."""

TABLES: Mapping[tuple[str, str], type[BaseModel]] = {
    ("A seed file", "key of an assignment"): AssignmentEntry,
    ("A seed file", "key of an anchor"): AnchorEntry,
    ("The file", "key"): SandboxOptions,
    ("`http`", "key"): HttpFaults,
    ("`http`", "key of a rule"): FaultRule,
    ("`judge`", "key"): JudgeSettings,
    ("`batches`", "key"): BatchSettings,
    ("`feed`", "key"): FeedSettings,
    ("`broker`", "key"): BrokerSettings,
    ("`broker`", "key of a fault"): BrokerFault,
}
KINDS: Mapping[str, object] = {"`http`": Misbehaviour, "`broker`": BrokerAction}


@cache
def tables() -> Mapping[tuple[str, str], Table]:
    """By the heading above and the first cell of the head."""
    found: dict[tuple[str, str], Table] = {}
    heading, inside = "", False
    for line in EXAMPLE.sub("", PAGE.read_text(encoding="utf-8")).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not inside:
            rows = found.setdefault((heading, cells[0]), [])
        elif line.startswith("|") and not line.startswith("|---"):
            rows.append(cells)
        inside = line.startswith("|")
    return found


def _written(field: FieldInfo) -> str:
    """A default as the page writes it; nothing where there is none, or where it is a section of its own."""
    if field.is_required():
        return ""
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return ""
    return f"`{json.dumps(list(default) if isinstance(default, tuple | frozenset) else default)}`"


@pytest.mark.parametrize("place", TABLES)
def test_every_key_stands_there_with_its_default(place: tuple[str, str]) -> None:
    told = {name: cells[1] for cells in tables()[place] for name in NAME.findall(cells[0])}
    assert told == {name: _written(field) for name, field in TABLES[place].model_fields.items()}


@pytest.mark.parametrize("section", KINDS)
def test_every_kind_of_misbehaviour_stands_there_with_its_keys(section: str) -> None:
    told = {cells[0].strip("`"): set(NAME.findall(cells[1])) for cells in tables()[section, "`kind`"]}
    kinds = get_args(get_args(KINDS[section])[0])
    assert told == {kind.model_fields["kind"].default: set(kind.model_fields) - {"kind"} for kind in kinds}


def test_its_examples_are_files_that_can_be_read() -> None:
    seed, options = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(SeedFile.model_validate(yaml.safe_load(seed)).assignments[0].anchors) == 2
    read = SandboxOptions.model_validate(yaml.safe_load(options))
    assert len(read.http.faults) == 2
    assert len(read.broker.faults) == 3
    assert read.of_batch("silent-night").feed.silent


def _captures() -> Iterator[str]:
    """Patterns of the captures that are named; a name without a folder is in that of the name before it."""
    for cells in tables()["How each fact is held", "fact"]:
        folder = ""
        for name in NAME.findall(cells[1]):
            folder = name.rpartition("/")[0] or folder
            yield name if name.endswith(".json") or "/" in name else f"{folder}/{name}" if folder else name


def test_every_capture_that_holds_a_fact_is_there() -> None:
    assert [name for name in _captures() if not list(CAPTURES.glob(f"{name}*"))] == []


def test_every_test_that_holds_a_fact_is_there() -> None:
    named = {name for cells in tables()["How each fact is held", "fact"] for name in NAME.findall(cells[2])}
    assert len(named) > 5
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []

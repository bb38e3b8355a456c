"""A spec written out is the spec that was read."""

from __future__ import annotations

import yaml

from eng5_pipeline.spec.dump import dump, inline, plain
from eng5_pipeline.spec.model import RunSpec
from tests.support.properties import FEW_OR_MANY, holds
from tests.support.run_specs import FULL, MINIMAL, loaded, run_specs


@FEW_OR_MANY
def test_a_spec_loaded_from_its_dump_is_the_same_value_and_dumps_as_the_same_text(examples: int) -> None:
    def check(spec: RunSpec) -> None:
        text = dump(spec)
        again = loaded(text).spec
        assert (again, dump(again)) == (spec, text)

    holds(examples, run_specs(), check)


@FEW_OR_MANY
def test_plain_data_is_what_other_readers_of_yaml_take_from_the_dump(examples: int) -> None:
    def check(spec: RunSpec) -> None:
        assert yaml.safe_load(dump(spec)) == plain(spec)

    holds(examples, run_specs(), check)


def test_layout_and_comments_do_not_change_the_value() -> None:
    other = MINIMAL.replace('["essays/students/*.docx"]', "\n    - 'essays/students/*.docx'   # all of them")
    assert dump(loaded(other).spec) == dump(loaded(MINIMAL).spec)


def test_durations_and_costs_are_written_as_people_write_them() -> None:
    text = dump(loaded(FULL.replace("30m", "90m").replace("5.00", "5.50")).spec)
    assert "completion_timeout: 1h30m\n" in text
    assert "max_cost_usd: 5.5\n" in text


def test_a_value_on_one_line_is_quoted_where_readers_would_differ() -> None:
    assert inline({"label": "no", "files": ["a.txt", "012"]}) == '{label: "no", files: [a.txt, "012"]}'

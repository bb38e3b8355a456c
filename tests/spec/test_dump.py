"""A spec written out is the spec that was read."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, given, settings

from eng5_pipeline.spec.dump import dump, inline, plain
from eng5_pipeline.spec.model import RunSpec
from tests.support.run_specs import FULL, MINIMAL, loaded, run_specs

some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(run_specs())
@some
def test_a_dumped_spec_loads_as_the_same_value(spec: RunSpec) -> None:
    assert loaded(dump(spec)).spec == spec


@given(run_specs())
@some
def test_a_dump_of_what_was_loaded_is_the_same_text(spec: RunSpec) -> None:
    assert dump(loaded(dump(spec)).spec) == dump(spec)


@given(run_specs())
@some
def test_plain_data_is_what_other_readers_of_yaml_take_from_the_dump(spec: RunSpec) -> None:
    assert yaml.safe_load(dump(spec)) == plain(spec)


def test_layout_and_comments_do_not_change_the_value() -> None:
    other = MINIMAL.replace('["essays/students/*.docx"]', "\n    - 'essays/students/*.docx'   # all of them")
    assert dump(loaded(other).spec) == dump(loaded(MINIMAL).spec)


def test_durations_and_costs_are_written_as_people_write_them() -> None:
    text = dump(loaded(FULL.replace("30m", "90m").replace("5.00", "5.50")).spec)
    assert "completion_timeout: 1h30m\n" in text
    assert "max_cost_usd: 5.5\n" in text


def test_a_value_on_one_line_is_quoted_where_readers_would_differ() -> None:
    assert inline({"label": "no", "files": ["a.txt", "012"]}) == '{label: "no", files: [a.txt, "012"]}'

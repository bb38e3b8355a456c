"""Words without quotes are read as every reader of YAML reads them, or not at all."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eng5_pipeline.spec.scalars import Ambiguous, read_plain


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("12", 12), ("-3", -3), ("+4", 4)],
        *[("0.50", 0.5), ("1.0e-07", 1e-07), ("30m", "30m"), ("1h30m", "1h30m"), ("np_2017_vt", "np_2017_vt")],
        *[("1.2.3", "1.2.3"), ("y", "y"), ("F+", "F+"), ("-", "-"), (".hidden", ".hidden"), ("nil", "nil")],
    ],
)
def test_what_all_readers_agree_on(word: str, value: object) -> None:
    read = read_plain(word)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *["no", "Yes", "ON", "off", "1:30", "190:20:30.15", "012", "089", "-01", "00.5", "0x1F", "0o17", "0b1"],
        *["1_000", "1__0", "1e5", "1.5e3", ".5", "5.", ".inf", "-.INF", ".NaN", "<<", "=", "1" * 19],
        *["2026-11-22", "2026-1-2T10:00:00Z", "2026-11-22 10:00:00.5 -5"],
    ],
)
def test_what_readers_differ_about_is_no_value(word: str) -> None:
    assert isinstance(read_plain(word), Ambiguous)


@given(st.text("0123456789_.:-+eExobtfTZ nyYNul~<=aris", max_size=8).map(str.strip))
def test_nothing_that_another_reader_takes_for_more_than_text_is_text_here(word: str) -> None:
    tag = yaml.SafeLoader("").resolve(yaml.ScalarNode, word, (True, False))  # type: ignore[no-untyped-call]
    if isinstance(read_plain(word), str):
        assert tag == "tag:yaml.org,2002:str"


def test_what_was_meant_is_guessed_from_the_word() -> None:
    read = [read_plain(word) for word in ("012", "1_000", "0x1F")]
    assert [word.as_number() for word in read if isinstance(word, Ambiguous)] == ["012", "1000", ""]
    clock = read_plain("1:30")
    assert isinstance(clock, Ambiguous)
    assert clock.as_durations() == ["1h30m", "1m30s"]

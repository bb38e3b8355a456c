"""What single values must satisfy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from eng5_pipeline.spec import rules


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0s", timedelta(0)),
        ("30m", timedelta(minutes=30)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("2d1ms", timedelta(days=2, milliseconds=1)),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, value: timedelta) -> None:
    assert rules.parse_duration(text) == value


@pytest.mark.parametrize(
    "text", ["", "30", "m", "30 m", "30M", "-30m", "1.5h", "30m1h", "1h1h", "30min", "٣m", "30m\n"]
)
def test_other_forms_are_no_duration(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="is not a duration"):
        rules.parse_duration(text)


@given(st.integers(0, 10**10))
def test_a_duration_is_read_back_as_it_was_written(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert rules.parse_duration(rules.format_duration(value)) == value


def test_a_duration_is_written_with_the_largest_units() -> None:
    assert rules.format_duration(timedelta(minutes=90)) == "1h30m"
    assert rules.format_duration(timedelta(0)) == "0s"


@pytest.mark.parametrize("pattern", ["*.docx", "../essays/**/*.txt", "a b/å?.md", "essays/[ab]/x.odt", "**/*.docx"])
def test_a_pattern_may_go_anywhere_from_the_specs_folder(pattern: str) -> None:
    assert rules.check_pattern(rules.check_relative(rules.check_path(pattern))) == pattern


@pytest.mark.parametrize("pattern", ["essays/", "..", ".", "essays/**", "a//b", "**.docx", "a/**b/c"])
def test_a_pattern_that_names_no_files_is_refused(pattern: str) -> None:
    with pytest.raises(PydanticCustomError):
        rules.check_pattern(pattern)


@pytest.mark.parametrize("path", ["/etc/x", "C:/x", "c:x", "~/x", "a\\b"])
def test_a_path_that_only_one_machine_knows_is_refused(path: str) -> None:
    with pytest.raises(PydanticCustomError):
        rules.check_relative(rules.check_path(path))


@pytest.mark.parametrize("brokers", ["localhost:9093", "a:1,b:65535", "[::1]:9093", "kafka_1.example.org.:9092"])
def test_brokers_are_hosts_with_ports(brokers: str) -> None:
    assert rules.check_brokers(brokers) == brokers


@pytest.mark.parametrize("brokers", ["", "a", "a:", ":1", "a:1,", "a:1, b:2", "a:0", "a:65536", "http://a:1", "a b:1"])
def test_other_forms_are_no_brokers(brokers: str) -> None:
    with pytest.raises(PydanticCustomError):
        rules.check_brokers(brokers)


@pytest.mark.parametrize(
    "url", ["http://localhost:9095", "https://cj.example.org/base/path", "http://[::1]:1", "http://a_b"]
)
def test_an_address_is_scheme_host_port_and_path(url: str) -> None:
    assert rules.check_url(url) == rules.check_url(url + "/") == url


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://me@cj", "holds a user or a password"),
        ("http://me:pw@cj", "holds a user or a password"),
        ("cj:9095", "must begin with http"),
        ("http://cj#x", "holds more than"),
        ("http://:80", "names no host"),
        ("http://cj:65536", "names no host"),
        ("http://[::1", "names no host"),
    ],
)
def test_other_forms_are_no_address(url: str, what: str) -> None:
    with pytest.raises(PydanticCustomError, match=what):
        rules.check_url(url)


@pytest.mark.parametrize("label", ["a\nb", "a\x1b[31m", "\u202egnp", "soft\u00adhyphen", "zero\u200bwidth", "\ud800"])
def test_a_text_has_no_invisible_characters(label: str) -> None:
    with pytest.raises(PydanticCustomError, match="control character"):
        rules.check_text(label)


@pytest.mark.parametrize("label", ["höst 2026", "基準", "👩‍🏫", "می‌خواهم"])
def test_a_text_may_be_of_any_script(label: str) -> None:
    assert rules.check_text(label) == label

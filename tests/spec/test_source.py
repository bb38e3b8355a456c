"""The lines of a spec are shown in place, but without harm and without secrets."""

from __future__ import annotations

from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.secrets import is_secret_name
from eng5_pipeline.spec.shape import leaves
from eng5_pipeline.spec.source import Span, decode, mend, shown


def test_a_hidden_span_is_masked_over_all_its_lines_and_nothing_else() -> None:
    lines = ["a: one b: 'two", "  three", "four' # five"]
    span = Span(Position(1, 11), Position(3, 6))
    assert shown(lines, [span]) == ("a: one b: ****", "*******", "***** # five")


def test_what_looks_like_a_secret_is_masked_wherever_it_stands() -> None:
    assert shown(["x sk-ant-abcdef y", "my_token: abc"], []) == ("x ************* y", "my_token: ***")


def test_what_a_terminal_would_obey_is_replaced_column_for_column() -> None:
    assert shown(["a\x1b[31m\u202eb\tc"], []) == ("a\ufffd[31m\ufffdb\ufffdc",)


def test_bad_bytes_and_tabs_keep_their_columns_for_what_follows() -> None:
    text, _ = decode(b"a: \xe5\tb")
    mended, _ = mend(text)
    assert mended == "a: \ufffd b"


def test_no_key_of_a_run_spec_sounds_like_a_secret() -> None:
    assert not [key for leaf in leaves() for key in leaf if is_secret_name(key)]

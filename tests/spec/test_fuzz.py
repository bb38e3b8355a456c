"""Whatever stands in a file, it is a spec or a list of located problems."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from eng5_pipeline.errors import Problem, SpecInvalid
from eng5_pipeline.spec.problems import render_github, render_json, render_sarif, render_text
from tests.support.run_specs import FULL, MINIMAL, loaded

RENDERERS = (render_text, render_github, render_json, lambda problems: render_sarif(problems, "1"))

SLIPS = [
    *(
        "",
        "\t",
        " ",
        "  ",
        "\n",
        ":",
        ": ",
        "-",
        "- ",
        "#",
        " #",
        '"',
        "'",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!x ",
    ),
    *("no", "yes", "~", "null", "012", "1:30", "1e5", ".inf", "2026-11-22", "0x1F", "true", "-1", "1_000", "å", "😀"),
    *("<<: ", "---\n", "...\n", "%", "|", ">", "\\", "\0", "\u2028", "\ufeff", "? ", "sk-ant-abc123", "password: x\n"),
]


@st.composite
def broken_texts(draw: st.DrawFn) -> bytes:
    """A long or a short spec with one to six slips of an editor: something typed, cut or doubled, in any place."""
    text = draw(st.sampled_from([FULL, MINIMAL]))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 60])))
        slip = draw(st.sampled_from(SLIPS) | st.just(text[start:end] * 2) | st.text(max_size=4))
        text = text[:start] + slip + text[end:]
    return text.encode("utf-8", errors="surrogatepass")


def found(raw: bytes) -> tuple[Problem, ...]:
    try:
        loaded(raw)
    except SpecInvalid as error:
        return error.problems or (Problem("", 0, 0, "", "refused without a problem", "", ""),)
    return ()


def check(raw: bytes) -> bool:
    """Whether it is a spec."""
    lines = re.split("\r\n|\r|\n", raw.decode("utf-8", errors="replace"))
    problems = found(raw)
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 2
        assert problem.what
        assert problem.instead
    for render in RENDERERS:
        shown = render(problems).replace("\n", "")
        assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)
    return not problems


@given(broken_texts())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_slips_of_an_editor(raw: bytes) -> None:
    """A slip that broke nothing, as in a comment, does not count among the examples."""
    assume(not check(raw))


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xef\xbb\xbfa: b")
@example("spec: \ud800".encode("utf-8", errors="surrogatepass"))
def test_any_bytes(raw: bytes) -> None:
    check(raw)

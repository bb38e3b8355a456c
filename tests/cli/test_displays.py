"""What is told while a session goes on: plain lines, JSON lines, a live terminal, or nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eng5_pipeline.cli.display import phrases
from eng5_pipeline.cli.display.choose import display_for
from eng5_pipeline.cli.display.live import LiveDisplay
from eng5_pipeline.cli.display.plain import PlainDisplay
from eng5_pipeline.cli.display.silent import QuietDisplay, SilentDisplay
from eng5_pipeline.cli.program import Outcome as OutcomeShape
from eng5_pipeline.cli.program import Program
from eng5_pipeline.cli.streams import Stream
from eng5_pipeline.engine.observe import Observer
from eng5_pipeline.errors import Refused
from eng5_pipeline.results import Validated
from tests.cli.fakes import FakeSession, FakeSessions, Outcome, ends, one_run, spec_in, tell
from tests.support.clock import FakeClock
from tests.support.run_folders import BATCH

NO_ESSAYS = Validated(essays=(), inputs=(), passed_over={})
FACTS: dict[str, Any] = {
    "failed": 1,
    "cost_usd": Decimal("0.0004"),
    "max_cost_usd": Decimal(5),
    "comparisons_per_minute": 12.04,
    "quiet_seconds": 2.0,
    "waited_seconds": 9.0,
}


def goes_well(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
    observer.stage_started("validate")
    observer.warned("validate", "essay-short", "a\x1b[31m.txt has 3 words")
    observer.stage_finished("validate", NO_ESSAYS, 0.25)
    observer.stage_replayed("upload", NO_ESSAYS)
    observer.stage_skipped("extract", "flags.auto_extract_eng5_db is false")
    observer.stage_stopped("await", "batch-timeout", "no completion")
    return Outcome()


def plain(display: Callable[[PlainDisplay, FakeClock], None]) -> list[str]:
    out, clock = io.StringIO(), FakeClock()
    display(PlainDisplay(Stream(out), clock, Path("/home/ada")), clock)
    return out.getvalue().splitlines()


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_without_a_terminal_every_event_is_a_line_with_its_time(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, goes_well), "run", str(spec_in(tmp_path)))
    assert told.talk.splitlines()[2:] == [
        "validate            begins",
        "warning[essay-short] validate: a\\x1b[31m.txt has 3 words",
        "validate            done     0 student essays, 0 words (0.2 s)",
        "upload              kept     0 student essays, 0 words",
        "extract             skipped  flags.auto_extract_eng5_db is false",
        "await               stopped  batch-timeout",
    ]
    assert all(re.match(r"\d\d:\d\d:\d\dZ ", line) for line in told.err.splitlines())


def test_it_begins_with_label_batch_and_folder(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, goes_well), "run", str(spec_in(tmp_path)))
    assert told.talk.splitlines()[:2] == [f"run role-models · batch {BATCH}", f"folder: artefacts/{BATCH}"]


def test_progress_is_a_line_at_most_each_ten_seconds() -> None:
    def half_a_minute(display: PlainDisplay, clock: FakeClock) -> None:
        display.stage_started("await")
        for second in range(30):
            display.progressed("await", second, 60, FACTS)
            clock.sleep(1)

    lines = plain(half_a_minute)
    assert [line[10:] for line in lines[1:]] == [
        "await               running  10 of at most 60 comparisons, 1 failed, $0.0004 of $5.00, 12/min, quiet 2.0 s",
        "await               running  20 of at most 60 comparisons, 1 failed, $0.0004 of $5.00, 12/min, quiet 2.0 s",
    ]


def test_without_a_limit_and_before_there_is_a_rate_cost_and_silence_are_told_alone() -> None:
    unknown = {**FACTS, "max_cost_usd": None, "comparisons_per_minute": None}
    told = phrases.progress("await", 3, 60, unknown)
    assert told == "3 of at most 60 comparisons, 1 failed, $0.0004, quiet 2.0 s"


def test_a_slow_rate_is_told_with_a_decimal() -> None:
    assert "0.5/min" in phrases.progress("await", 3, 60, {"comparisons_per_minute": 0.5})


def test_the_ten_seconds_begin_with_the_stage() -> None:
    def late_stage(display: PlainDisplay, clock: FakeClock) -> None:
        clock.sleep(60)
        display.stage_started("upload")
        display.progressed("upload", 1, 500, {})

    assert [line[10:] for line in plain(late_stage)] == ["upload              begins"]


def test_uploads_are_told_with_retries() -> None:
    def slow(display: PlainDisplay, clock: FakeClock) -> None:
        display.stage_started("upload")
        clock.sleep(11)
        display.progressed("upload", 300, 500, {"retries": 2})

    assert plain(slow)[1].endswith("upload              running  300 of 500 texts, 2 retries")


def test_json_is_one_versioned_object_a_line_and_nothing_else(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, goes_well), "run", str(spec_in(tmp_path)), "--display", "json")
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert {line["v"] for line in lines} == {1}
    assert {line["batch_uuid"] for line in lines} == {str(BATCH)}
    assert [line["event"] for line in lines] == [
        "opened",
        "stage_started",
        "warning",
        "stage_finished",
        "stage_replayed",
        "stage_skipped",
        "stage_stopped",
        "ended",
    ]


def test_json_ends_with_how_it_ended(tmp_path: Path) -> None:
    error = Refused("anchors-missing", "none", hint="register them")
    sessions = one_run(tmp_path, ends(Outcome(3, "refused", True, error, stage="anchor_preflight")))
    told = tell(sessions, "run", str(spec_in(tmp_path)), "--display", "json")
    last = json.loads(told.out.splitlines()[-1])
    assert (last["exit_code"], last["status"], last["final"]) == (3, "refused", True)
    assert last["error"] == {"reference": "anchors-missing", "what": "none", "hint": "register them"}


def test_json_progress_holds_its_facts(tmp_path: Path) -> None:
    def play(_session: FakeSession, observer: Observer, _stop: Callable[[], bool]) -> OutcomeShape:
        observer.stage_started("await")
        sessions.clock.sleep(2)
        observer.progressed("await", 7, 60, FACTS)
        return Outcome()

    sessions = one_run(tmp_path, play)
    told = tell(sessions, "run", str(spec_in(tmp_path)), "--display", "json")
    [progress] = [line for line in map(json.loads, told.out.splitlines()) if line["event"] == "progress"]
    assert (progress["done"], progress["total"]) == (7, 60)
    assert progress["facts"] == {
        "failed": 1,
        "cost_usd": 0.0004,
        "max_cost_usd": 5.0,
        "comparisons_per_minute": 12.04,
        "quiet_seconds": 2.0,
        "waited_seconds": 9.0,
    }


def test_display_none_says_nothing_but_errors(tmp_path: Path) -> None:
    quiet = tell(one_run(tmp_path, goes_well), "run", str(spec_in(tmp_path)), "--display", "none")
    assert (quiet.out, quiet.err) == ("", "")


def test_quiet_shows_warnings_and_the_result(tmp_path: Path) -> None:
    told = tell(one_run(tmp_path, goes_well), "run", str(spec_in(tmp_path)), "-q")
    assert told.err == "warning[essay-short] validate: a\\x1b[31m.txt has 3 words\n"
    assert f"batch     {BATCH}" in told.out


@pytest.mark.parametrize(
    ("kind", "terminal", "environment", "quiet", "expected"),
    [
        ("auto", True, {"TERM": "xterm"}, False, LiveDisplay),
        ("auto", True, {"TERM": "dumb"}, False, PlainDisplay),
        ("auto", False, {"TERM": "xterm"}, False, PlainDisplay),
        ("plain", True, {"TERM": "xterm"}, False, PlainDisplay),
        ("rich", False, {}, False, LiveDisplay),
        ("auto", True, {"TERM": "xterm"}, True, QuietDisplay),
        ("none", True, {"TERM": "xterm"}, False, SilentDisplay),
    ],
)
def test_auto_redraws_only_where_a_terminal_can(
    kind: Any, terminal: bool, environment: dict[str, str], quiet: bool, expected: type, tmp_path: Path
) -> None:
    err = Stream(Terminal() if terminal else io.StringIO())
    sessions = FakeSessions(tmp_path, environment=environment)
    display = display_for(kind, Program(Stream(io.StringIO()), err, lambda: sessions), quiet=quiet)
    assert type(display) is expected


def live(environment: dict[str, str], done: int = 30, total: int = 60, facts: phrases.Facts = FACTS) -> str:
    """All that was drawn until a session went down in the middle of `await`."""
    terminal = Terminal()
    with LiveDisplay(Stream(terminal), {"TERM": "xterm", "COLUMNS": "80", **environment}, Path("/")) as display:
        display.stage_started("validate")
        display.warned("validate", "essay-short", "[red]a\x1b[31m has 3 words")
        display.stage_finished("validate", NO_ESSAYS, 0.25)
        display.stage_started("await")
        display.progressed("await", done, total, facts)
    return terminal.getvalue()


def bar(drawn: str, counts: str) -> str:
    """The line of the stage that is running, without colours."""
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn)
    [line] = {line.strip() for line in re.split(r"[\r\n]", shown) if counts in line}
    return line


def test_a_terminal_shows_a_bar_beside_counts_cost_of_its_limit_and_rate() -> None:
    line = bar(live({}), "30/60")
    told = r"30/60 1 failed \$0\.0004 of \$5\.00 12/min quiet 2\.0 s 0:00:00"
    assert re.fullmatch(rf"\S await [━╸╺]{{4,16}} {told}", line)


def test_what_is_told_of_a_large_batch_fits_on_eighty_columns() -> None:
    large = {**FACTS, "failed": 12, "cost_usd": Decimal("1.234567"), "comparisons_per_minute": 120.0}
    line = bar(live({}, 1200, 3200, large), "1200/3200")
    assert line.endswith(" 1200/3200 12 failed $1.234567 of $5.00 120/min quiet 2.0 s 0:00:00")


def test_on_a_wide_terminal_the_bar_stays_short() -> None:
    assert len(re.findall("[━╸╺]", bar(live({"COLUMNS": "200"}), "30/60"))) == 16


def test_what_colours_say_is_said_in_words_too() -> None:
    shown = live({"NO_COLOR": "1"})
    assert "\x1b[32m" not in shown
    assert "validate            done     0 student essays" in shown


def test_markup_and_control_codes_of_names_are_shown_and_not_obeyed() -> None:
    assert "[red]a\\x1b[31m has 3 words" in live({"NO_COLOR": "1"})

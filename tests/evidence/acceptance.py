"""Lines of the task's acceptance that no run of the program shows: its tests, its documentation, its handoff."""

from __future__ import annotations

import re
from typing import Final

from tests.docs import markdown
from tests.evidence.sheet import Sheet

NAMED: Final = re.compile(r"`([a-z_/]*test_[a-z_]+\.py)::(test_\w+)`")
TOO_LONG: Final = "test_killed_at_any_moment_it_uploads_only_what_is_missing"  # a minute; the slow tests have it
PAGES: Final = {
    "how many comparisons": "tests/docs/test_comparison_rules.py",
    "looking up an assignment and its failures": "tests/docs/test_errors.py",
    "anchors, from CJ's routes to its grades": "tests/docs/test_anchor_grades.py",
    "extraction, the cache, `--force-reupload`: every command, option and exit code": (
        "tests/docs/test_cli.py tests/docs/test_exit_codes.py"
    ),
    "the run folder and its `batch_uuid`": "tests/docs/test_run_folder.py",
    "every link, and every test that the requirements name": "tests/docs/test_links.py tests/docs/test_requirements.py",
}


def acceptance(sheet: Sheet) -> None:
    sheet.heading("R1 to R7 implemented and tested")
    sheet.say(
        "For each the tests that [Requirements](../requirements.md) names one by one, but for",
        f"`{TOO_LONG}`, which takes a minute.",
    )
    for name, section in _requirements():
        sheet.say(f"{name}:")
        sheet.outside(f'pytest -q -n0 -m "not soak" {" ".join(_named(section))}', _last)
    sheet.heading("Documentation describes")
    sheet.say("Pages are held against the program. How many checks these are changes with the pages and is left out.")
    for what, files in PAGES.items():
        sheet.say(f"{what[0].upper()}{what[1:]}:")
        sheet.outside(f"pytest -q -n0 {files}", _nothing)
    sheet.heading("Regression tests pass")
    sheet.say(
        "The README's test command takes minutes and is no part of this page. Continuous integration gives it first,",
        "compares this page afterwards, and stops at the first command that fails:",
    )
    sheet.outside("grep pytest README.md")
    sheet.outside("grep -E '^bash|pytest' .ci/run")
    sheet.heading("Handoff notes")
    sheet.say("What changed, how it was validated, what remains open: [Handoff](../handoff.md).")
    sheet.outside("grep '^## ' docs/handoff.md")


def _requirements() -> list[tuple[str, str]]:
    """Their numbers with their sections."""
    parts = markdown.read("requirements.md").split("\n## ")
    return [(part[:2], part) for part in parts if re.match(r"R\d\. ", part)]


def _named(section: str) -> list[str]:
    found = sorted(set(NAMED.findall(section)))
    return [f"tests/{file}::{test}" for file, test in found if test != TOO_LONG]


def _last(line: str) -> bool:
    return re.search(r"\d (passed|failed|error)", line) is not None


def _nothing(_line: str) -> bool:
    return False

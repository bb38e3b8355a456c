"""The report as a browser shows it, opened from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from eng5_pipeline.report.page.write import write_page
from tests.browser.opened import (
    SIZES,
    Opened,
    labels_cut_off,
    opening_without_scripts,
    violations,
    wider_than_the_screen,
)
from tests.support import run_ends
from tests.support.judged_run import begun_run, completed_run, simulated
from tests.support.run_folders import Run, comparison

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>\x1b[31m\u202egnp.\"'&"


def judged(path: Path) -> Run:
    run = begun_run(path)
    return completed_run(run, simulated(run, 60, seed=1))


def hostile(path: Path) -> Run:
    """In every place that text from outside reaches."""
    names = (f"essays/{HOSTILE}/a.txt", f"essays/b{HOSTILE}", "essays/c.txt")
    run = Run(path, students=names, label=HOSTILE).checked().uploaded().warned("upload", "upload-slow", HOSTILE)
    a, b, c = run.essay_ids
    shown = [(a, b), (b, c), (c, a)]
    run.kept(comparison(run, n, pair, model=HOSTILE, justification=HOSTILE) for n, pair in enumerate(shown))
    return run.stopped("await", "batch-failed", HOSTILE, 5).ended("failed", 5, final=True)


RUNS: dict[str, Callable[[Path], Run]] = {
    "judged": judged,
    "partial": run_ends.timed_out,
    "refused": run_ends.refused_by_preflight,
    "hostile": hostile,
}
REST = ("partial", "refused")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: write_page(run(tmp_path_factory.mktemp(name)).folder) for name, run in RUNS.items()}


def shown(everyday: set[tuple[str, str]]) -> pytest.MarkDecorator:
    """Every report at every size; what is not for every day is a soak."""
    cases = [(name, size) for name in RUNS for size in SIZES]
    marked = [pytest.param(*case, marks=() if case in everyday else pytest.mark.soak) for case in cases]
    return pytest.mark.parametrize(("name", "size"), marked)


@pytest.mark.parametrize("name", ["judged", "hostile", *(pytest.param(n, marks=pytest.mark.soak) for n in REST)])
def test_a_report_asks_for_nothing_and_says_nothing(name: str, reports: dict[str, Path], opened: Opened) -> None:
    opened.at(reports[name], "laptop")
    assert opened.asked_for == [reports[name].as_uri()]
    assert opened.said == []


@shown(everyday={("judged", "phone"), ("judged", "laptop"), ("judged", "paper"), ("hostile", "phone")})
def test_a_report_fits_its_screen_and_its_plots_their_words(
    name: str, size: str, reports: dict[str, Path], opened: Opened
) -> None:
    page = opened.at(reports[name], size)
    assert not wider_than_the_screen(page)
    assert labels_cut_off(page) == []


@shown(everyday={("judged", "phone"), ("judged", "laptop")})
def test_a_report_passes_axe(name: str, size: str, reports: dict[str, Path], opened: Opened) -> None:
    assert violations(opened.at(reports[name], size)) == []


def test_a_report_is_read_without_scripts(reports: dict[str, Path], browser: Browser) -> None:
    with opening_without_scripts(browser) as opened:
        page = opened.at(reports["judged"], "laptop")
        assert page.get_by_role("cell", name="essays/students/Örjan.docx").first.is_visible()
        assert page.locator("svg.theta").is_visible()


def test_a_link_of_the_contents_leads_to_its_part(reports: dict[str, Path], opened: Opened) -> None:
    page = opened.at(reports["judged"], "phone")
    page.get_by_role("link", name="Reliability").click()
    box = page.locator("#reliability").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < SIZES["phone"][1]


def test_paper_has_no_links_and_hides_no_row(reports: dict[str, Path], opened: Opened) -> None:
    page = opened.at(reports["judged"], "paper")
    assert not page.locator("nav").is_visible()
    assert page.locator(".scroll").evaluate_all("all => all.every(each => each.scrollHeight <= each.clientHeight + 1)")


def test_hostile_names_are_shown_as_they_are_written(reports: dict[str, Path], opened: Opened) -> None:
    page = opened.at(reports["hostile"], "laptop")
    shown = HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert page.locator("h1").inner_text() == shown
    assert page.get_by_text(f"essays/b{shown}", exact=True).first.is_visible()
    assert page.locator("script, img").count() == 0

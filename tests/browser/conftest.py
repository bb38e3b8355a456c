"""A headless Chromium of this machine; one for a whole test session."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.opened import Opened, opening

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium(kept_by_playwright: str) -> str | None:
    """One on PATH that starts (a placeholder for a snap does not), else the one that playwright may have fetched."""
    on_path = (path for name in NAMES if (path := shutil.which(name)))
    started = (path for path in on_path if subprocess.run([path, "--version"], capture_output=True).returncode == 0)
    return next(started, None) or (kept_by_playwright if Path(kept_by_playwright).exists() else None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Continuous integration must have one."""
    with sync_playwright() as playwright:
        found = chromium(playwright.chromium.executable_path)
        if found is None:
            why = f"none of {', '.join(NAMES)} starts here, and `playwright install chromium` was not run"
            if os.environ.get("CI") == "true":
                pytest.fail(f"no Chromium: {why}")
            pytest.skip(f"no Chromium: {why}")
        with playwright.chromium.launch(executable_path=found) as browser:
            yield browser


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    with opening(browser) as opened:
        yield opened

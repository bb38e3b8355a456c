"""Files opened from disk in a browser that writes down whatever they do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

Media = Literal["screen", "print"]

# A4 less the margins of the style is 680 pixels wide.
SIZES: dict[str, tuple[int, int, Media]] = {
    "phone": (360, 740, "screen"),
    "laptop": (1280, 800, "screen"),
    "paper": (680, 960, "print"),
}


@dataclass  # not frozen: playwright keeps a mark on the owner of a listener
class Opened:
    """`asked_for` are the addresses of all requests, `said` the lines of the console, uncaught errors and dialogs."""

    context: BrowserContext
    asked_for: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def at(self, file: Path, size: str) -> Page:
        """Loaded, with everything that it asked for."""
        width, height, media = SIZES[size]
        page = self.context.new_page()
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", self._dismissed)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media=media)
        page.goto(file.as_uri())
        return page

    def _dismissed(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()


@contextmanager
def opening(browser: Browser) -> Iterator[Opened]:
    with browser.new_context() as context:
        yield Opened(context)


@contextmanager
def opening_without_scripts(browser: Browser) -> Iterator[Opened]:
    with browser.new_context(java_script_enabled=False) as context:
        yield Opened(context)


def violations(page: Page) -> list[str]:
    """What axe finds against the page: each rule with the elements that break it."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def labels_cut_off(page: Page) -> list[str]:
    """Words of plots that reach beyond their plot, by more than a pixel."""
    cut: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(text => {
            const own = text.getBoundingClientRect(), all = text.ownerSVGElement.getBoundingClientRect();
            return own.left < all.left - 1 || own.right > all.right + 1
                || own.top < all.top - 1 || own.bottom > all.bottom + 1;
        }).map(text => text.textContent)"""
    )
    return cut

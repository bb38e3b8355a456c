"""A page as its reader sees it."""

from __future__ import annotations

from html.parser import HTMLParser

from eng5_pipeline.report.page.write import write_page
from tests.support.run_folders import Run

_ENDS_A_LINE = {"tr", "p", "dd", "h1", "h2", "h3", "li", "figcaption", "caption", "text"}


class Reader(HTMLParser):
    """The page as text, one line a table row, paragraph or label of a plot; and the tags it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += "\n" if tag in _ENDS_A_LINE else " "

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def page(run: Run) -> Reader:
    return read(write_page(run.folder).read_text(encoding="utf-8"))


def lines_of(reader: Reader) -> list[str]:
    return [" ".join(line.split()) for line in reader.text.splitlines() if line.strip()]


def lines(run: Run) -> list[str]:
    return lines_of(page(run))


def section(told: list[str], heading: str, following: str) -> list[str]:
    """The lines between two headings."""
    start = len(told) - 1 - told[::-1].index(heading)
    return told[start : told.index(following, start)]

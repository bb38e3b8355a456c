"""What every part of the page is made of: the account, the names in it, sections, figures with their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from eng5_pipeline.report.account import Account
from eng5_pipeline.report.conventions import CONVENTIONS
from eng5_pipeline.report.diagnosis import Diagnosis
from eng5_pipeline.report.page.markup import Content, Markup, el, join, name, table
from eng5_pipeline.report.page.names import Names

LONGEST_TABLE = 300
T = TypeVar("T")


@dataclass(frozen=True)
class View:
    account: Account
    names: Names

    def essay(self, essay_id: str) -> Markup:
        return name(self.names.essay(essay_id))

    def essays(self, essay_ids: Iterable[str]) -> Markup:
        """In a sentence, some of them."""
        known = list(essay_ids)
        shown = [self.essay(essay) for essay in known[:12]]
        rest = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
        return join([_listed(shown), rest])


@dataclass(frozen=True)
class Part:
    """A section of the page; `key` is where the contents lead to."""

    key: str
    heading: str
    content: Markup

    @property
    def html(self) -> Markup:
        return el("section", el("h2", self.heading, id=self.key), self.content, aria_labelledby=self.key)


def part(key: str, heading: str, *content: Content) -> Part:
    return Part(key, heading, join(content))


def estimated(key: str, heading: str, view: View, tell: Callable[[View, Diagnosis], Iterable[Content]]) -> Part:
    """A part that needs comparisons with a winner; without any it says so."""
    diagnosis = view.account.diagnosis
    if diagnosis is None:
        return part(key, heading, el("p", "No comparison was decided, so nothing can be estimated."))
    return part(key, heading, *tell(view, diagnosis))


def conventions(*keys: str) -> Markup:
    """How the numbers beside it are computed."""
    told = [el("p", CONVENTIONS[key]) for key in keys]
    return el("div", el("p", el("b", "How it is computed")), *told, class_="note", role="note")


def figure(drawn: Markup, said: str, *beside: Content) -> Markup:
    """A plot with what it shows, and its table beside it."""
    shown = el("div", drawn, class_="plot", role="group", aria_label=said, tabindex="0")
    picture = el("figure", shown, el("figcaption", said))
    return el("div", picture, el("div", *beside), class_="beside")


def long_table(
    headings: Iterable[str],
    things: Sequence[T],
    row: Callable[[T], Iterable[Content]],
    caption: str,
    longest: int = LONGEST_TABLE,
) -> Markup:
    """A table that says what it leaves out."""
    left_out = len(things) - longest
    told = f"{caption} The first {longest} of {len(things)}; all are in the artefact." if left_out > 0 else caption
    return table(headings, map(row, things[:longest]), told)


def _listed(shown: Sequence[Markup]) -> Markup:
    return join(content for number, each in enumerate(shown) for content in ((", " if number else None), each))

"""HTML put together from values: whatever is not markup already is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from eng5_pipeline.report.visible import visible


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


class Number(str):
    """A figure, or the heading of a column of them."""

    __slots__ = ()


Content = str | None


def el(tag: str, *content: Content, **attributes: str) -> Markup:
    """An element; None leaves nothing. An attribute's trailing underscore is dropped, its others become hyphens."""
    named = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{tag}{named}>{join(content)}</{tag}>")


def join(content: Iterable[Content]) -> Markup:
    return Markup("".join(map(_html, content)))


def name(text: str) -> Markup:
    """A name from outside: its direction of writing does not reach beyond it."""
    return el("bdi", text)


def table(headings: Iterable[str], rows: Iterable[Iterable[Content]], caption: str) -> Markup:
    """Scrolls sideways on a narrow screen. A cell or heading that is a Number stands flush right."""
    head = el("thead", el("tr", *(_cell("th", heading, scope="col") for heading in headings)))
    body = el("tbody", *(el("tr", *(_cell("td", content) for content in row)) for row in rows))
    content = el("table", el("caption", el("span", caption)), head, body)
    return el("div", content, class_="scroll", role="region", aria_label=caption, tabindex="0")


def definitions(pairs: Iterable[tuple[str, Content]]) -> Markup:
    """Terms with what is known of them; those of which nothing is known are left out."""
    return el("dl", *(join([el("dt", term), el("dd", known)]) for term, known in pairs if known is not None))


def _cell(tag: str, content: Content, **attributes: str) -> Markup:
    if isinstance(content, Number):
        return el(tag, str(content), class_="number", **attributes)
    return el(tag, content, **attributes)


def _html(content: Content) -> str:
    if content is None or isinstance(content, Markup):
        return content or ""
    return escape(visible(content))

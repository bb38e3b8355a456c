"""What the plots are drawn with: elements, axes, and a frame with a title that is read aloud.

Plots tell things apart by shape, place and pattern; colour only repeats it, so that they read in black and white.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from eng5_pipeline.report.page.markup import Markup, el, join
from eng5_pipeline.report.visible import visible

LABEL = 12  # pixels, of text
CHARACTER = 7.6  # pixels, of its average character in a wide font


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` on a line from pixel `start` to pixel `end`; ticks are at least `finest` apart."""

    low: float
    high: float
    start: float
    end: float
    finest: float = 0.0

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def within(self, value: float) -> float:
        return min(max(value, self.low), self.high)

    def ticks(self, about: int = 9) -> list[float]:
        """Round values, some `about` of them."""
        step = max(self.finest, _round_step((self.high - self.low) / about))
        return [n * step for n in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]


def axis(values: Iterable[float], start: float, end: float, margin: float = 0.04) -> Axis:
    """An axis that holds the values and some margin; of no width where they are all the same is none."""
    held = list(values)
    low, high = min(held), max(held)
    room = (high - low) * margin or 0.5
    return Axis(low - room, high + room, start, end)


def plot(name: str, title: str, about: str, width: float, height: float, *content: Markup | None) -> Markup:
    """`name` is unique in the page; `about` says in a sentence what is to be seen."""
    return el(
        "svg",
        el("title", title, id=f"{name}-title"),
        el("desc", about, id=f"{name}-about"),
        *content,
        class_=name,
        viewBox=f"0 0 {px(width)} {px(height)}",
        width=px(width),
        height=px(height),
        role="img",
        aria_labelledby=f"{name}-title {name}-about",
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return el("line", x1=px(x1), y1=px(y1), x2=px(x2), y2=px(y2), class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, **more: str) -> Markup:
    return el("rect", x=px(x), y=px(y), width=px(width), height=px(height), class_=class_, **more)


def path(steps: Iterable[str], class_: str) -> Markup:
    return el("path", d="".join(steps), class_=class_)


def text(x: float, y: float, said: str, class_: str = "") -> Markup:
    """Flush left at x; `class_` mid, end, small, rise changes that."""
    return el("text", said, x=px(x), y=px(y), **({"class_": class_} if class_ else {}))


def dot(x: float, y: float, radius: float, class_: str) -> Markup:
    return el("circle", cx=px(x), cy=px(y), r=px(radius), class_=class_)


def diamond(x: float, y: float, radius: float, class_: str) -> Markup:
    reach = radius * 1.35
    return path(
        [f"M{px(x - reach)} {px(y)}", f"L{px(x)} {px(y - reach)}L{px(x + reach)} {px(y)}L{px(x)} {px(y + reach)}Z"],
        class_,
    )


def bottom_axis(axis: Axis, y: float, top: float, label: str, form: str = "g") -> Markup:
    """Ticks with a faint line up to `top`, and what they mean below."""
    ticks = [
        join([line(axis.at(t), top, axis.at(t), y, "grid"), text(axis.at(t), y + 16, number(t, form), "mid")])
        for t in axis.ticks()
    ]
    middle = (axis.start + axis.end) / 2
    return el("g", *ticks, line(axis.start, y, axis.end, y, "axis"), text(middle, y + 34, label, "mid"))


def left_axis(axis: Axis, x: float, right: float, label: str, form: str = "g") -> Markup:
    ticks = [
        join([line(x, axis.at(t), right, axis.at(t), "grid"), text(x - 6, axis.at(t) + 4, number(t, form), "end")])
        for t in axis.ticks(5)
    ]
    top = min(axis.start, axis.end)
    return el("g", *ticks, line(x, axis.start, x, axis.end, "axis"), text(4, top - 10, label))


def number(value: float, form: str = "g") -> str:
    return f"{value:{form}}".replace("-", "\N{MINUS SIGN}") if abs(value) > 1e-12 else f"{0:{form}}"


def px(value: float) -> str:
    """A tenth of a pixel is as fine as any plot needs."""
    return f"{value:.1f}".removesuffix(".0")


def width_of(said: str) -> float:
    """In pixels, about; what is not visible counts as what stands for it."""
    return CHARACTER * len(visible(said))


def cut(said: str, width: float) -> str:
    """As much of it as goes into so many pixels."""
    shown, room = visible(said), int(width / CHARACTER + 1e-6)
    return shown if len(shown) <= room else shown[: max(1, room - 1)] + "…"


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * 0.999)

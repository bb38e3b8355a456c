"""YAML text -> nodes that know where they stand; whatever is not plain YAML is refused, located."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import AliasEvent, CollectionStartEvent, Event
from yaml.nodes import MappingNode, Node, SequenceNode

from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.source import Mistake

DEEPEST = 32
"""Levels of nesting; a spec has six."""

MOST_NODES = 10_000
"""Keys and values, also after every alias is written out; a spec has some two hundred."""

_EXPLAINED: Final = (
    ("found unexpected end of stream", "a quote that is never closed", "the closing quote on the same line"),
    ("expected ',' or ']'", "a list in brackets that is never closed", "[first, second]"),
    ("expected ',' or '}'", "a mapping in braces that is never closed", "{key: value}; a text with braces in quotes"),
    ("mapping values are not allowed", "a second `: ` on one line", "quotes around a text that holds `: `"),
    ("could not find expected ':'", "a line that is neither `key: value` nor a list item", "key: value"),
    ("while scanning an alias", "`*` at the beginning of a value", 'quotes around it, such as "*.docx"'),
    ("found undefined alias", "`*` at the beginning of a value", 'quotes around it, such as "*.docx"'),
    ("while scanning an anchor", "`&` at the beginning of a value", "quotes around it"),
    ("found duplicate anchor", "an anchor that is defined twice", "the value itself, without `&`"),
    ("that cannot start any token", "a character that cannot begin a value", "quotes around the value"),
    ("found unknown escape", "a backslash that YAML does not know", "single quotes, or `/` between folders"),
    ("expected '<document start>'", "text outside of the document", "a line of the form key: value"),
    ("directive", "a line that begins with `%`", "the spec without it"),
    ("but found '<scalar>'", "text after the end of a value", "quotes around the whole value"),
    ("but found '}'", "a brace that closes nothing", "the value without it, or in quotes"),
    ("but found ']'", "a bracket that closes nothing", "the value without it, or in quotes"),
    ("expected the node content", "a value that is missing or begins with a special character", "quotes around it"),
    ("but found '-'", "a list item where a key belongs", "key: value"),
    ("expected <block end>", "a line whose indentation fits nothing above it", "the indentation of its neighbours"),
    ("sequence entries are not allowed", "a list item that does not belong here", "each item on a line of its own"),
    ("tag", "a tag, which is not read here", "the value without what begins with `!`, or quotes around it"),
)
_AT_ITS_BEGINNING: Final = ("simple key", "quoted scalar", "flow sequence", "flow mapping")


class NotYaml(Exception):
    """The text ends being YAML at some place."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.what)
        self.mistake = mistake


class Mark(Protocol):
    """Where PyYAML stands: 0-based."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(frozen=True)
class Composed:
    """The document's root, None where there is nothing but comments, and what was wrong on the way."""

    root: Node | None
    mistakes: tuple[Mistake, ...]


def position(mark: Mark | None) -> Position:
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)


class _Composer(yaml.SafeLoader):
    """Composes nodes only; constructs nothing, whatever the tags say."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.mistakes: list[Mistake] = []
        self.aliases = 0
        self.nodes = 0
        self._open: list[str | None] = []

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self._next()
        at = position(event.start_mark)
        if isinstance(event, AliasEvent):
            self.aliases += 1
            if event.anchor in self._open:
                raise NotYaml(Mistake(at, "", "an alias of what it stands in", "the value itself"))
        elif getattr(event, "tag", None) is not None:
            self.mistakes.append(
                Mistake(at, "", "a tag, which is not read here", "the value without what begins with `!`")
            )
        if len(self._open) >= DEEPEST:
            raise NotYaml(
                Mistake(
                    at,
                    "",
                    f"nesting deeper than {DEEPEST} levels",
                    "a spec as `eng5-pipeline init` writes it",
                )
            )
        self._open.append(event.anchor if isinstance(event, CollectionStartEvent) else None)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise NotYaml(
                Mistake(at, "", f"more than {MOST_NODES} keys and values", "patterns in place of lists of files")
            )
        node = super().compose_node(parent, index)
        self._open.pop()
        return node

    def _next(self) -> Event:
        event: Event = self.peek_event()  # type: ignore[no-untyped-call]  # its stubs leave it untyped
        return event

    def document(self) -> Composed:
        """The first document; a second one is a mistake and is not read."""
        self.check_node()
        if not self.check_node():
            return Composed(None, ())
        root = self.get_node()
        if self.check_node():
            at = position(self._next().start_mark)
            self.mistakes.append(Mistake(at, "", "a second document in the same file", "one spec a file"))
        return Composed(root, tuple(self.mistakes))


def compose(text: str) -> Composed:
    """The nodes of a text without forbidden characters; NotYaml where it cannot be read."""
    composer = _Composer(text)
    try:
        composed = composer.document()
    except MarkedYAMLError as error:
        raise NotYaml(_explained(error)) from None
    finally:
        composer.dispose()
    if composer.aliases and composed.root is not None:
        _refuse_bombs(_weigh(composed.root, {}))
    return composed


def _explained(error: MarkedYAMLError) -> Mistake:
    told = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if error.context_mark and any(kind in told for kind in _AT_ITS_BEGINNING):
        mark = error.context_mark
    at = position(mark)
    for words, what, instead in _EXPLAINED:
        if words in told:
            return Mistake(at, "", what, instead)
    return Mistake(at, "", "this is not YAML", "key: value, with quotes around a value that has special characters")


@dataclass(frozen=True)
class _Weight:
    """Of a node once every alias in it is written out."""

    nodes: int
    levels: int


def _weigh(node: Node, known: dict[int, _Weight]) -> _Weight:
    if id(node) not in known:
        below = [_weigh(child, known) for child in _children(node)]
        levels = max((child.levels for child in below), default=0)
        known[id(node)] = _Weight(1 + sum(child.nodes for child in below), 1 + levels)
    return known[id(node)]


def _refuse_bombs(weight: _Weight) -> None:
    what = ""
    if weight.nodes > MOST_NODES:
        what = f"aliases that stand for more than {MOST_NODES} values"
    if weight.levels > DEEPEST:
        what = f"aliases that make nesting deeper than {DEEPEST} levels"
    if what:
        raise NotYaml(Mistake(Position(1, 1), "", what, "the values themselves"))


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []

"""Nodes -> plain data, with the place of every key and value, and the mistakes that only nodes can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.scalars import Ambiguous, Plain, read_plain
from eng5_pipeline.spec.secrets import is_secret_name, is_secret_option, is_secret_value
from eng5_pipeline.spec.shape import Path, dotted
from eng5_pipeline.spec.source import Mistake, Span
from eng5_pipeline.spec.yaml_nodes import position

SECRET = "looks like a secret, and a spec is shown to many"
REMOVE = "nothing here; tokens and passwords are read from the environment"


@dataclass(frozen=True)
class Hidden:
    """Stands where a secret stood; no key accepts it, and its mistake is told already."""


Data: TypeAlias = "dict[str, Data] | list[Data] | Plain | Ambiguous | Hidden"


@dataclass
class Tree:
    """What reading nodes has found: the places of keys and values by path, and the words as typed."""

    keys: dict[Path, Position] = field(default_factory=dict)
    values: dict[Path, Position] = field(default_factory=dict)
    scalars: dict[Path, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)

    def read(self, node: Node, path: Path = ()) -> Data:
        """The data below a node. Of a key given twice the first value counts."""
        self.values[path] = position(node.start_mark)
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, SequenceNode):
            return list(self._items(node, path))
        return self._scalar(node, path)

    def _scalar(self, node: Node, path: Path) -> Data:
        text = str(node.value)
        if is_secret_value(text):
            return self._hide(node, path)
        self.scalars[path] = text
        return read_plain(text) if isinstance(node, ScalarNode) and node.style is None else text

    def _items(self, node: SequenceNode, path: Path) -> Iterator[Data]:
        before = ""
        for index, item in enumerate(node.value):
            below = (*path, index)
            self.values[below] = position(item.start_mark)
            yield self._hide(item, below) if is_secret_option(before) else self.read(item, below)
            before = item.value if isinstance(item, ScalarNode) else ""

    def _pairs(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Data]]:
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._add(key, path, "a key that is not a word", "key: value")
            elif key.value == "<<" and key.style is None:
                self._add(key, path, "a merge key, which is not read here", "the keys themselves")
            elif self._is_new(key, value, path):
                yield key.value, self.read(value, (*path, key.value))

    def _is_new(self, key: ScalarNode, value: Node, path: Path) -> bool:
        """Whether the value under this key is to be read: it is neither a secret nor a repetition."""
        below = (*path, str(key.value))
        if is_secret_value(key.value):
            self._hide(key, path)
            return False
        if is_secret_name(key.value):
            self._hide_value(key, value, below)
            return False
        if below in self.keys:
            first = self.keys[below].line
            self._add(key, below, f"is given twice, the first time on line {first}", "one of the two")
            return False
        self.keys[below] = position(key.start_mark)
        return True

    def _hide(self, node: Node, path: Path) -> Hidden:
        self.hidden.append(Span(position(node.start_mark), position(node.end_mark)))
        self._add(node, path, SECRET, REMOVE)
        return Hidden()

    def _hide_value(self, key: Node, value: Node, path: Path) -> None:
        self.hidden.append(Span(position(value.start_mark), position(value.end_mark)))
        self._add(key, path, SECRET, REMOVE)

    def _add(self, node: Node, path: Path, what: str, instead: str) -> None:
        self.mistakes.append(Mistake(position(node.start_mark), dotted(path), what, instead))

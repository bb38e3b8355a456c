"""Every reference that the program can tell, read from its source.

A reference is a text in the place of a parameter or field called `reference`: of an error class, of a value, of a
function that passes it on, of `warn` and `warned`. Some are put together from a prefix and an `ending`.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import eng5_pipeline
from eng5_pipeline import errors

PACKAGE = Path(eng5_pipeline.__file__).parent
LEFT_OUT = ("sandbox", "extract_db")  # child programs: they tell no references
ROOT = "Eng5Error"
NAMED_IN_TEXT = re.compile(r"error\[([a-z0-9-]+)\]")

Functions = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """`imported` says from where a name comes that another module defines."""

    name: str
    tree: ast.Module
    imported: Mapping[str, str]
    defined: frozenset[str]


@dataclass(frozen=True)
class Place:
    """Where something stands: its module, and the function around it, or the module itself."""

    module: Module
    around: ast.AST


@dataclass(frozen=True)
class Taker:
    """Takes a reference, or the ending of one, as this argument; `error` is the class that comes of it."""

    module: str
    position: int
    error: str | None


@dataclass
class Takers:
    of: dict[str, list[Taker]] = field(default_factory=lambda: defaultdict(list))

    def named(self, name: str, module: Module) -> list[Taker]:
        """By what the name means in a module; a method of something else is every method of that name."""
        if name in module.defined or name in module.imported:
            home = module.name if name in module.defined else module.imported[name]
            return [taker for taker in self.of.get(name, ()) if taker.module == home]
        return [] if name.startswith("_") else self.of.get(name, [])


WARNING = "warning"
RAISED_AS = {"Finding": "Refused", "TokenProblem": "ServiceFailed", "Unreadable": "Refused", "Caution": WARNING}
"""What becomes of the values that carry a reference."""


class Source:
    """All modules of the package, child programs left out."""

    def __init__(self) -> None:
        paths = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in LEFT_OUT]
        self.modules = [_module(path) for path in paths]
        self.calls = [found for module in self.modules for found in _calls(module)]
        self.bases: dict[str, list[str]] = {}
        self.references, self.endings = Takers(), Takers()
        self.fixed: list[tuple[str, str]] = []
        for module in self.modules:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    self.bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
        for module in self.modules:
            self._take(module)

    def found(self) -> dict[str, set[str | None]]:
        """By reference, the classes of `errors` that carry it, WARNING, or None where that cannot be seen."""
        found: dict[str, set[str | None]] = defaultdict(set)
        for text, kind in self.fixed:
            found[text].add(kind)
        for place, call in self.calls:
            for text, error in self._told_by(call, place):
                found[text].add(self._raised_as(error))
        for module in self.modules:
            for text in NAMED_IN_TEXT.findall("\n".join(_constants(module))):
                found[text].add(None)
        return found

    def _raised_as(self, name: str | None) -> str | None:
        """The class itself, the nearest above it that `errors` defines, or what a value becomes."""
        if name is None or name == WARNING or hasattr(errors, name):
            return name
        if name in RAISED_AS:
            return RAISED_AS[name]
        return next((kind for base in self.bases.get(name, ()) if (kind := self._raised_as(base))), None)

    def _is_error(self, name: str) -> bool:
        return name == ROOT or any(self._is_error(base) for base in self.bases.get(name, ()))

    def _take(self, module: Module) -> None:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                self._take_class(node, module)
            elif isinstance(node, Functions) and node.name != "__init__":
                error = WARNING if node.name in ("warn", "warned") else _error_named(node.returns)
                self._take_function(node, node.name, error, module)

    def _take_class(self, node: ast.ClassDef, module: Module) -> None:
        error = node.name if self._is_error(node.name) or node.name in RAISED_AS else None
        if self._is_error(node.name):
            self.references.of[node.name].append(Taker(module.name, 0, error))
        fields = [ast.unparse(each.target) for each in node.body if isinstance(each, ast.AnnAssign)]
        self._add(fields, node.name, error, module)
        for each in node.body:
            if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                self._take_function(each, node.name, error, module)
                self.fixed += [(text, node.name) for text in _of_its_own(each) if self._is_error(node.name)]

    def _take_function(self, node: Functions, called: str, error: str | None, module: Module) -> None:
        names = [each.arg for each in node.args.args if each.arg not in ("self", "cls")]
        self._add(names, called, error, module)

    def _add(self, names: list[str], called: str, error: str | None, module: Module) -> None:
        for name, takers in (("reference", self.references), ("ending", self.endings)):
            if name in names:
                takers.of[called].append(Taker(module.name, names.index(name), error))

    def _told_by(self, call: ast.Call, place: Place) -> Iterator[tuple[str, str | None]]:
        name = _called(call)
        if name == "append" and _is_warning(call):
            yield from ((text, WARNING) for text in self._texts(_keyword(call, "name"), place))
        for taker in self.references.named(name, place.module):
            argument = _argument(call, taker.position, "reference")
            yield from ((text, taker.error) for text in self._texts(argument, place))

    def _texts(self, node: ast.expr | None, place: Place) -> set[str]:
        """Every text that an expression can be; of what is passed on, none: it is found where it comes from."""
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.IfExp(body=body, orelse=orelse):
                return self._texts(body, place) | self._texts(orelse, place)
            case ast.Name(id=name):
                values = [*_assigned(name, place.around), *_yielded_as(name, place)]
                return {text for value in values for text in self._texts(value, place)}
            case ast.JoinedStr(values=values):
                return self._joined(values, place)
            case _:
                return set()

    def _joined(self, values: list[ast.expr], place: Place) -> set[str]:
        whole = {""}
        for value in values:
            parts = self._texts(value, place) if isinstance(value, ast.Constant) else self._placed(value, place)
            whole = {before + part for before in whole for part in parts}
        return whole

    def _placed(self, value: ast.expr, place: Place) -> set[str]:
        """What may stand in a placeholder: the key of a service, or an ending that is given."""
        match value:
            case ast.FormattedValue(value=ast.Attribute(attr="key")):
                return {text for at, call in self._all_calls("Service") for text in self._texts(call.args[0], at)}
            case ast.FormattedValue(value=ast.Attribute(attr="ending")):
                classes = [name for name in self.endings.of if name[0].isupper()]
                return {text for name in classes for text in self._given_endings(name, place.module)}
            case ast.FormattedValue(value=ast.Name(id="ending")) if isinstance(place.around, Functions):
                return self._given_endings(place.around.name, place.module)
            case _:
                raise AssertionError(f"no rule for a reference that is put together: {ast.unparse(value)}")

    def _given_endings(self, name: str, module: Module) -> set[str]:
        takers = self.endings.named(name, module)
        private = name.startswith("_")
        given = [(at, call) for at, call in self._all_calls(name) if at.module is module or not private]
        arguments = [(at, _argument(call, taker.position, "ending")) for taker in takers for at, call in given]
        return {text for at, argument in arguments for text in self._texts(argument, at)}

    def _all_calls(self, name: str) -> list[tuple[Place, ast.Call]]:
        return [(at, call) for at, call in self.calls if _called(call) == name]


def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return Module(
        name=".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts),
        tree=tree,
        imported={alias.name: node.module or "" for node in imports for alias in node.names},
        defined=frozenset(node.name for node in nodes if isinstance(node, ast.ClassDef | Functions)),
    )


def _calls(module: Module) -> Iterator[tuple[Place, ast.Call]]:
    def below(node: ast.AST, around: ast.AST) -> Iterator[tuple[Place, ast.Call]]:
        inner = node if isinstance(node, Functions) else around
        if isinstance(node, ast.Call):
            yield Place(module, inner), node
        for child in ast.iter_child_nodes(node):
            yield from below(child, inner)

    return below(module.tree, module.tree)


def _constants(module: Module) -> Iterator[str]:
    """Texts that are not docstrings."""
    nodes = list(ast.walk(module.tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def _of_its_own(constructor: ast.FunctionDef) -> Iterator[str]:
    """The reference of an error class that has but one: it hands it to the class above."""
    for node in ast.walk(constructor):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _error_named(returns: ast.expr | None) -> str | None:
    """The error class that a function says it gives, if it is one of `errors` or a value that becomes one."""
    name = returns.id if isinstance(returns, ast.Name) else ""
    return name if hasattr(errors, name) or name in RAISED_AS else None


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_warning(call: ast.Call) -> bool:
    """A line of the journal."""
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == "warning"


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    return call.args[position] if position < len(call.args) else _keyword(call, name)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _assigned(name: str, around: ast.AST) -> Iterator[ast.expr]:
    """What is given to a name in a function, alone or as one of several."""
    for node in ast.walk(around):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    yield from _paired(name, target, node.value)


def _paired(name: str, target: ast.Tuple, value: ast.Tuple) -> Iterator[ast.expr]:
    for each, given in zip(target.elts, value.elts, strict=True):
        if isinstance(each, ast.Name) and each.id == name:
            yield given


def _yielded_as(name: str, place: Place) -> Iterator[ast.expr]:
    """For a name that goes through pairs: what the module's generators yield in that place of a pair."""
    loops = (node for node in ast.walk(place.around) if isinstance(node, ast.comprehension | ast.For))
    targets = [loop.target for loop in loops if isinstance(loop.target, ast.Tuple)]
    places = {[ast.unparse(each) for each in target.elts].index(name) for target in targets if _is_in(name, target)}
    for node in ast.walk(place.module.tree) if places else ():
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from (node.value.elts[at] for at in places if at < len(node.value.elts))


def _is_in(name: str, target: ast.Tuple) -> bool:
    return name in [ast.unparse(each) for each in target.elts]

"""Imports point one way: a module may import its own room and the rooms below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import eng5_pipeline

PACKAGE = Path(eng5_pipeline.__file__).parent

# Each room with the rooms it may import from, besides itself. Rooms are folders, or single modules at the top.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "contracts": set(),
    "durable": {"errors"},
    "domain": {"errors", "contracts"},
    "run_folder": {"errors", "durable"},
    "event_lines": {"errors", "domain", "durable"},
    "ports": {"errors", "domain"},
    "results": {"errors", "domain"},
    "context": {"results"},
    "spec": {"errors", "domain"},
    "engine": {"errors", "domain", "durable", "results", "context"},
    "stages": {"errors", "domain", "contracts", "ports", "results", "context", "engine"},
    "pipelines": {"stages"},
    "adapters": {"errors", "domain", "contracts", "durable", "event_lines", "ports"},
    "report": {
        "errors",
        "domain",
        "contracts",
        "durable",
        "event_lines",
        "results",
        "engine",
        "run_folder",
        "spec",
    },
    "review": {
        "errors",
        "domain",
        "contracts",
        "durable",
        "ports",
        "results",
        "spec",
        "report",
        "run_folder",
    },
    "wiring": {
        "errors",
        "domain",
        "contracts",
        "ports",
        "results",
        "context",
        "spec",
        "engine",
        "stages",
        "pipelines",
        "adapters",
        "review",
        "run_folder",
    },
    "session": {"errors", "durable", "results", "context", "engine", "spec", "report", "run_folder", "wiring"},
    "opening": {
        "errors",
        "durable",
        "ports",
        "results",
        "engine",
        "spec",
        "stages",
        "adapters",
        "review",
        "run_folder",
        "wiring",
        "session",
    },
    "locks": {"errors", "durable", "context", "results", "spec", "adapters", "review"},
    "comparing": {"errors", "domain", "spec", "report", "adapters", "review", "run_folder"},
    "doctor": {"errors", "results", "context", "engine", "spec", "adapters", "wiring", "opening"},
    "embedded": {"errors", "durable", "run_folder", "wiring", "sandbox"},
    "sandbox": {"contracts"},
    "extract_db": set(),
}
TOP = {"cli", "__main__", "__init__"}  # may import everything but each other's insides


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield parts[0], path


def imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names |= {f"{module}.{alias.name}" for alias in node.names} if module == "eng5_pipeline" else {module}
    ours = [name.split(".") for name in names if name.split(".")[0] == "eng5_pipeline"]
    return {name[1] for name in ours if len(name) > 1 and not name[1].startswith("__")}


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_from_below(room: str) -> None:
    for place, path in modules():
        if place == room:
            above = imported_rooms(path) - MAY_IMPORT[room] - {room}
            assert not above, f"{path.relative_to(PACKAGE)} imports from {sorted(above)}"


def test_every_module_has_a_room() -> None:
    assert {room for room, _ in modules()} <= MAY_IMPORT.keys() | TOP


def test_no_stage_imports_another() -> None:
    shared = {"refusing", "holdings", "drafting"}
    for place, path in modules():
        if place == "stages":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            stages = {name.rsplit(".", 1)[1] for name in froms if name.startswith("eng5_pipeline.stages.")}
            assert stages <= shared, path


def test_the_rooms_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {room for room, below in MAY_IMPORT.items() if below <= done} - done
        assert free, f"a circle among {sorted(MAY_IMPORT.keys() - done)}"
        done |= free


def functions() -> Iterator[tuple[int, str]]:
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{path.name}:{node.name}"


def test_no_function_is_long() -> None:
    assert max(functions())[0] < 60, max(functions())


def test_only_wiring_and_the_child_programs_read_the_environment() -> None:
    readers = {
        room
        for room, path in modules()
        if "os.environ" in path.read_text(encoding="utf-8") or "getenv" in path.read_text(encoding="utf-8")
    }
    assert readers <= {"wiring", "extract_db", "sandbox"}

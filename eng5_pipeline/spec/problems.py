"""Problems as people, programs, GitHub and SARIF viewers read them: pure functions, everything escaped."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from eng5_pipeline.errors import Problem
from eng5_pipeline.spec.dump import Json
from eng5_pipeline.spec.rules import printable

_BEFORE, _WIDTH = 40, 100
_RULES: Final = {
    "spec-invalid": "The run spec cannot be run as it is written.",
    "lock-differs": "What the run spec names is not as it was locked.",
}
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def render_text(problems: Sequence[Problem]) -> str:
    """`file:line:column: where: what`, the line unless it is empty, a caret below the place, what to type instead."""
    return "\n".join(map(_block, problems))


def _block(problem: Problem) -> str:
    text, column = _excerpt(problem)
    gutter = f"{problem.line:>5} | "
    caret = " " * (len(gutter) + _cells(text[: column - 1])) + "^"
    place = f"{problem.file}:{problem.line}:{problem.column}"
    head = f"{printable(place)}: {_said(problem)}"
    shown = f"{gutter}{text}\n{caret}\n" if text else ""
    return f"{head}\n{shown}  instead: {printable(problem.instead)}\n"


def _said(problem: Problem) -> str:
    return printable(f"{problem.where}: {problem.what}" if problem.where else problem.what)


def _excerpt(problem: Problem) -> tuple[str, int]:
    """The part of a long line around the place, and the 1-based column in that part."""
    start = max(0, problem.column - 1 - _BEFORE) if len(problem.text) > _WIDTH else 0
    part = printable(problem.text[start : start + _WIDTH])
    before, after = "…" if start else "", "…" if start + _WIDTH < len(problem.text) else ""
    return before + part + after, problem.column - start + len(before)


def _cells(text: str) -> int:
    """Columns of a terminal that a text takes."""
    marks = sum(unicodedata.category(char) in {"Mn", "Me", "Cf"} for char in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(char) in "WF" for char in text)


def render_json(problems: Sequence[Problem]) -> str:
    """One versioned object; `text` is at most 100 characters around the place."""
    return json.dumps({"version": 1, "problems": [_as_json(problem) for problem in problems]})


def _as_json(problem: Problem) -> Json:
    return {
        "reference": problem.reference,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "where": problem.where,
        "what": problem.what,
        "instead": problem.instead,
        "text": _excerpt(problem)[0],
    }


def render_github(problems: Sequence[Problem]) -> str:
    """A workflow command a line, which GitHub shows beside the line of the spec."""
    return "".join(map(_annotation, problems))


def _annotation(problem: Problem) -> str:
    properties = {
        "file": printable(problem.file),
        "line": str(problem.line),
        "col": str(problem.column),
        "title": printable(problem.where) or problem.reference,
    }
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::error {told}::{_escaped(f'{_said(problem)}. Instead: {printable(problem.instead)}', '')}\n"


def _escaped(text: str, more: str) -> str:
    return "".join(quote(char, safe="") if char in f"%\r\n{more}" else char for char in text)


def render_sarif(problems: Sequence[Problem], version: str) -> str:
    """SARIF 2.1.0, one run, a rule for each reference; columns count Unicode code points.

    `version` is this program's.
    """
    rules: list[Json] = [_rule(reference) for reference in dict.fromkeys(problem.reference for problem in problems)]
    driver: Json = {
        "name": "eng5-pipeline",
        "version": version,
        "rules": rules,
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in problems],
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(reference: str) -> Json:
    told = _RULES.get(reference, "What the run spec names cannot be used as it is.")
    return {"id": reference, "shortDescription": {"text": told}}


def _result(problem: Problem) -> Json:
    region: Json = {"startLine": problem.line, "startColumn": problem.column}
    uri = quote(problem.file.replace("\\", "/"), safe="/", errors="replace")
    return {
        "ruleId": problem.reference,
        "level": "error",
        "message": {"text": f"{_said(problem)}. Instead: {printable(problem.instead)}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    }

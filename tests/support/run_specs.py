"""Run specs for tests: texts that are valid, specs that are generated."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from hypothesis import strategies as st

from eng5_pipeline.spec.load import parse_spec
from eng5_pipeline.spec.loaded import LoadedSpec
from eng5_pipeline.spec.model import (
    Anchors,
    Assignment,
    Essays,
    Expect,
    Extraction,
    FileSet,
    Flags,
    Judge,
    Limits,
    Requester,
    RunSpec,
    Services,
)

T = TypeVar("T")

MINIMAL = """\
spec: eng5-pipeline/v1
assignment:
  id: np_2017_vt
essays:
  students:
    files: ["essays/students/*.docx"]
"""

FULL = """\
# yaml-language-server: $schema=runspec-v1.schema.json
spec: eng5-pipeline/v1
label: role-models-baseline
assignment:
  id: 00000000-0000-0000-0000-000000000001
  course_id: 00000000-0000-0000-0000-000000000052
  course_code: ENG5
  language: en
  expect:
    grade_scale: eng5_np_legacy_9_step
    min_anchors: 12
    anchor_grades: [A, B, C+, C-, D+, D-, E+, E-, F+]
    context_origin: research_experiment
essays:
  students: {files: ["essays/students/*.docx"], exclude: [], follow_links: false}
  anchors: {files: ["essays/anchors/*"], grades: essays/anchors.csv}
limits:
  max_comparisons: 60
  completion_timeout: 30m
  grace: 10s
  max_cost_usd: 5.00
  uploads: 10
flags:
  await_completion: true
  auto_extract_eng5_db: false
  force_reupload: false
judge:
  provider: anthropic
  model: claude-sonnet-4-5-20250929
  temperature: 0.0
  max_tokens: 1024
  system_prompt: prompts/system.md
  rubric: prompts/rubric.md
  reasoning_effort: low
  output_verbosity: low
  batching_mode_hint: serial_bundle
  prices: prices.yaml
allow: [missing-student-prompt, result-never-comes, plain-http, single-grade-anchors]
requester: {user_id: eng5-research, org_id: null}
services: {cj: "http://localhost:9095", content: "http://localhost:8001/v1/content", kafka: "localhost:9093"}
extraction: {command: [eng5-extract-db, "{job_id}", --output, "{output_dir}/cj_results.json"], timeout: 10m}
output: ../artefacts
"""


def loaded(text: str | bytes, path: str = "runspecs/a.yaml") -> LoadedSpec:
    raw = text.encode() if isinstance(text, str) else text
    return parse_spec(raw, Path(path))


_LETTERS = "aBz09åÖé中😀 \u00a0.,:;#'\"-_*&!|>%@`[]{}()/\\?=+~<\u0301\ufffe"
_AWKWARD = [
    "no",
    "on",
    "012",
    "1:30",
    "1e5",
    "0o7",
    "089",
    "~",
    "null",
    "true",
    "1_0",
    "2026-11-22",
    "- a",
    "a: b",
    "'",
]


def _texts(longest: int = 12) -> st.SearchStrategy[str]:
    """One-line texts of any script, the words that YAML readers stumble over among them."""
    anything = st.text(_LETTERS, min_size=1, max_size=longest).map(str.strip).filter(bool)
    return anything | st.sampled_from([word for word in _AWKWARD if len(word) <= longest])


def _files() -> st.SearchStrategy[str]:
    parts = st.sampled_from(["a", "åäö", "x y", "a.docx", "-", "[ab]", "no", "012", "1:30", ".hidden", "é#"])
    return st.lists(parts, min_size=1, max_size=3).map("/".join)


def _patterns() -> st.SearchStrategy[tuple[str, ...]]:
    pattern = st.builds("{}{}".format, st.sampled_from(["", "../", "**/", "*/"]), _files() | st.just("*.docx"))
    return st.lists(pattern, min_size=1, max_size=3).map(tuple)


def _durations(longest: timedelta) -> st.SearchStrategy[timedelta]:
    milliseconds = st.integers(1, longest // timedelta(milliseconds=1))
    return milliseconds.map(lambda count: timedelta(milliseconds=count))


def _urls() -> st.SearchStrategy[str]:
    host = st.sampled_from(["localhost", "cj.example.org", "[::1]", "127.0.0.1"])
    return st.builds(
        "{}://{}:{}{}".format,
        st.sampled_from(["http", "https"]),
        host,
        st.integers(1, 65535),
        st.sampled_from(["", "/v1/content"]),
    )


@st.composite
def _flags(draw: st.DrawFn) -> Flags:
    awaits = draw(st.booleans())
    extracts = draw(st.booleans()) if awaits else False
    return Flags(await_completion=awaits, auto_extract_eng5_db=extracts, force_reupload=draw(st.booleans()))


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def _counts() -> st.SearchStrategy[int]:
    return st.integers(1, 500)


_MONTH = timedelta(days=30)
_SLUGS = st.uuids().map(str) | st.sampled_from(["np_2017_vt", "no", "1e5", "012", "a.b-c"])
_EFFORTS = st.sampled_from(["low", "medium", "high"])
_MONEY = st.integers(1, 10**12).map(lambda millionths: Decimal(millionths) / 10**6)

_EXPECT = st.builds(
    Expect,
    grade_scale=_maybe(_texts()),
    min_anchors=_maybe(_counts()),
    anchor_grades=_maybe(st.lists(_texts(4), unique=True, max_size=9).map(tuple)),
    context_origin=_maybe(_texts()),
)
_ASSIGNMENT = st.builds(
    Assignment,
    id=_SLUGS,
    course_id=_maybe(st.uuids()),
    course_code=st.sampled_from(["ENG5", "ENG6", "ENG7", "SV1", "SV2", "SV3"]),
    language=st.sampled_from(["en", "sv"]),
    expect=_EXPECT,
)
_ESSAYS = st.builds(
    Essays,
    students=st.builds(FileSet, files=_patterns(), exclude=_patterns(), follow_links=st.booleans()),
    anchors=_maybe(st.builds(Anchors, files=_patterns(), grades=_files() | st.just("from-names"))),
)
_LIMITS = st.builds(
    Limits,
    max_comparisons=_maybe(st.integers(2, 2**31 - 1)),
    completion_timeout=_durations(_MONTH),
    grace=_durations(timedelta(seconds=60)),
    max_cost_usd=_maybe(_MONEY),
    uploads=st.integers(1, 100),
)
_JUDGE = st.builds(
    Judge,
    provider=_maybe(st.sampled_from(["anthropic", "openai", "google", "openrouter", "mock"])),
    model=_maybe(_texts()),
    temperature=_maybe(st.floats(0, 2)),
    max_tokens=_maybe(_counts()),
    system_prompt=_maybe(_files()),
    rubric=_maybe(_files()),
    reasoning_effort=_maybe(_EFFORTS | st.just("none")),
    output_verbosity=_maybe(_EFFORTS),
    batching_mode_hint=_maybe(st.sampled_from(["per_request", "serial_bundle", "provider_batch_api"])),
    prices=_maybe(_files()),
)
_PERMISSIONS = ("missing-student-prompt", "result-never-comes", "plain-http", "single-grade-anchors")


def run_specs() -> st.SearchStrategy[RunSpec]:
    """Valid specs, every key of them."""
    return st.builds(
        RunSpec,
        spec=st.just("eng5-pipeline/v1"),
        label=_texts(),
        assignment=_ASSIGNMENT,
        essays=_ESSAYS,
        limits=_LIMITS,
        flags=_flags(),
        judge=_maybe(_JUDGE),
        allow=st.lists(st.sampled_from(_PERMISSIONS), unique=True).map(tuple),
        requester=st.builds(Requester, user_id=_texts(), org_id=_maybe(_texts())),
        services=st.builds(Services, cj=_urls(), content=_urls(), kafka=st.sampled_from(["a:1", "a:1,b:2", "[::1]:9"])),
        extraction=st.builds(
            Extraction,
            command=st.lists(
                st.sampled_from(["x", "--out", "{job_id}", "{run_dir}/å b", "no"]), min_size=1, max_size=4
            ).map(tuple),
            timeout=_durations(_MONTH),
        ),
        output=_files() | st.just("/mnt/runs") | st.just("../artefacts"),
    )


@st.composite
def spec_pairs(draw: st.DrawFn) -> tuple[RunSpec, RunSpec]:
    """Two specs that share some sections, or all."""
    one, other = draw(run_specs()), draw(run_specs())
    shared = draw(st.sets(st.sampled_from(sorted(RunSpec.model_fields))) | st.just(set(RunSpec.model_fields)))
    return one, other.model_copy(update={name: getattr(one, name) for name in shared})

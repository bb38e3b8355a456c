"""Upload caches, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from eng5_pipeline.adapters.content.cache_contents import CacheContents, CachedUpload, Explanation
from eng5_pipeline.cli.commands.cache import NONE, Asked
from eng5_pipeline.cli.json_text import json_lines
from eng5_pipeline.cli.wording import count, cut, near, table, visible
from eng5_pipeline.ports import CacheEntry

VERSION: Final = 1
HEAD: Final = ("uploaded", "bytes", "essay", "run", "storage id")


def caches_text(caches: Sequence[CacheContents], batch: UUID | None, here: Path) -> list[str]:
    return [line for cache in caches for line in _cache_text(cache, batch, here)] or [NONE]


def _cache_text(cache: CacheContents, batch: UUID | None, here: Path) -> list[str]:
    shown = [entry for entry in cache.that_count if batch in (None, entry.batch_uuid)]
    lines = [near(cache.path, here)]
    for url in dict.fromkeys(entry.url for entry in shown):
        of_url = [entry for entry in shown if entry.url == url]
        lines += ["", f"{visible(url)}: {count(len(of_url), 'text')}", *table(HEAD, [_row(e) for e in of_url])]
    replaced = sum(not upload.counts for upload in cache.uploads)
    lines += ["", f"{count(replaced, 'line')} replaced by newer ones"] if replaced else []
    lines += ["", f"{count(len(cache.foreign), 'line')} that nobody can read"] if cache.foreign else []
    return lines if len(lines) > 1 else [*lines, "", "no text"]


def _row(entry: CacheEntry) -> tuple[str, ...]:
    return (
        f"{entry.at:%Y-%m-%d %H:%M}",
        str(entry.size),
        cut(entry.local_id, 60),
        str(entry.batch_uuid)[:8],
        entry.storage_id,
    )


def caches_json(caches: Sequence[CacheContents], batch: UUID | None, here: Path) -> list[str]:
    return _json({"caches": [_cache_json(cache, batch) for cache in caches]})


def _cache_json(cache: CacheContents, batch: UUID | None) -> dict[str, object]:
    uploads = [_upload_json(each) for each in cache.uploads if batch in (None, each.entry.batch_uuid)]
    return {"path": str(cache.path), "uploads": uploads, "unreadable_lines": list(cache.foreign)}


def _upload_json(upload: CachedUpload) -> dict[str, object]:
    return {"line": upload.number, "counts": upload.counts, **upload.entry.model_dump(mode="json")}


def explanation_text(asked: Asked, found: Sequence[tuple[Path, Explanation]], here: Path) -> list[str]:
    head = [
        near(asked.path, here),
        f"  text      sha256 {asked.sha256}, {asked.size} bytes, {asked.words} words",
        f"  service   {visible(asked.url)} ({asked.source})",
    ]
    if not found:
        return [*head, f"  uploaded  {NONE}"]
    return head + [line for path, why in found for line in (f"  cache     {near(path, here)}", *_verdict(asked, why))]


def _verdict(asked: Asked, why: Explanation) -> list[str]:
    if why.reused is not None:
        return ["  reused    the service has this text", *_line(why.reused)]
    verdict: list[str] = []
    if why.elsewhere:
        verdict.append("  uploaded  the service's address differs: this text was sent elsewhere")
        verdict += [line for entry in why.elsewhere for line in (*_line(entry), _to(entry))]
    if why.before is not None:
        verdict.append("  uploaded  the text differs: this file was sent with another")
        verdict += [*_line(why.before), _text(why.before)]
    if why.before_elsewhere is not None:
        verdict.append("  uploaded  text and service's address differ: this file was sent elsewhere with another text")
        verdict += [*_line(why.before_elsewhere), _to(why.before_elsewhere), _text(why.before_elsewhere)]
    return verdict or ["  uploaded  neither this text nor this file was ever sent"]


def _line(entry: CacheEntry) -> list[str]:
    sent = f"{entry.at:%Y-%m-%d %H:%M} by run {entry.batch_uuid} as {visible(entry.local_id)}"
    return [f"            {sent}", f"            storage id {entry.storage_id}"]


def _to(entry: CacheEntry) -> str:
    return f"            to {visible(entry.url)}"


def _text(entry: CacheEntry) -> str:
    return f"            sha256 {entry.sha256}"


def explanation_json(asked: Asked, found: Sequence[tuple[Path, Explanation]], here: Path) -> list[str]:
    return _json(
        {
            "file": str(asked.path),
            "sha256": asked.sha256,
            "size": asked.size,
            "words": asked.words,
            "extractor": asked.extractor,
            "service": asked.url,
            "service_from": asked.source,
            "caches": [{"path": str(path), **_explanation_json(why)} for path, why in found],
        }
    )


def _explanation_json(why: Explanation) -> dict[str, object]:
    before = why.before or why.before_elsewhere
    differs = (["service"] if why.elsewhere or why.before_elsewhere else []) + (["text"] if before else [])
    return {
        "reused": why.reused.model_dump(mode="json") if why.reused else None,
        "differs": differs,
        "same_text_elsewhere": [entry.model_dump(mode="json") for entry in why.elsewhere],
        "same_file_before": before.model_dump(mode="json") if before else None,
    }


def _json(value: dict[str, object]) -> list[str]:
    return json_lines({"v": VERSION, **value})

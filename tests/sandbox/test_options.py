"""What can be set of a stack as a whole, and of the batches with one label."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.embedded import embedded_stack, sandbox_options
from eng5_pipeline.errors import UsageError
from eng5_pipeline.sandbox import SandboxFileInvalid, SandboxOptions, load_options
from eng5_pipeline.sandbox.batch.feed_settings import BatchFeed, FeedSettings
from eng5_pipeline.sandbox.batch.judge import JudgeSettings
from eng5_pipeline.sandbox.options import BatchOptions
from eng5_pipeline.wiring.world import real_world

OPTIONS = SandboxOptions(
    judge=JudgeSettings(seed=7),
    feed=FeedSettings(late_s=1),
    by_label={
        "late-*": BatchOptions(feed=BatchFeed(late_s=5)),
        "late-and-silent": BatchOptions(feed=BatchFeed(silent=True)),
        "blind": BatchOptions(judge=JudgeSettings(error_rate=1)),
    },
)


def _file(folder: Path, text: str) -> Path:
    path = folder / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("label", ["", "other", "Blind"])
def test_a_batch_without_settings_of_its_own_is_as_all(label: str) -> None:
    own = OPTIONS.of_batch(label)
    assert (own.judge, own.batches, own.feed) == (OPTIONS.judge, OPTIONS.batches, OPTIONS.feed)


def test_the_first_pattern_that_agrees_decides() -> None:
    assert OPTIONS.of_batch("late-and-silent").feed == BatchFeed(late_s=5)


def test_a_section_that_is_left_out_is_as_for_all() -> None:
    own = OPTIONS.of_batch("blind")
    assert (own.judge.error_rate, own.feed) == (1, OPTIONS.feed)


def test_options_travel_as_json_in_their_order() -> None:
    sent = SandboxOptions.model_validate_json(OPTIONS.model_dump_json())
    assert sent == OPTIONS
    assert list(sent.by_label) == list(OPTIONS.by_label)


def test_a_seed_is_looked_for_beside_the_file_that_names_it(tmp_path: Path) -> None:
    assert load_options(_file(tmp_path, "seed: my/seed.yaml")).seed == tmp_path / "my" / "seed.yaml"


def test_a_seed_on_the_command_line_comes_before_that_of_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "{seed: its.yaml, face: as-is}")
    options = sandbox_options(tmp_path, Path("mine.yaml"), Path(file.name))
    assert (options.seed, options.face) == (tmp_path / "mine.yaml", "as-is")


@pytest.mark.parametrize(
    "text", ["by_label: {late: {feed: {late: 5}}}", "by_label: {late: {face: as-is}}", "by_label: {late: {late_s: 5}}"]
)
def test_a_mistake_under_a_label_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(SandboxFileInvalid, match=r"stack\.yaml: by_label\.late\."):
        load_options(_file(tmp_path, text))


@pytest.mark.parametrize("text", ["feed: {late: 5}", "faces: as-is"])
def test_mistakes_are_an_error_of_usage_on_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"stack\.yaml: .*not permitted") as refused:
        sandbox_options(tmp_path, None, _file(tmp_path, text))
    assert refused.value.reference == "sandbox-file-invalid"
    assert refused.value.what.isprintable()


def test_so_is_a_seed_that_is_not_there(tmp_path: Path) -> None:
    options = sandbox_options(tmp_path, Path("none.yaml"), None)
    with (
        pytest.raises(UsageError, match=r"none\.yaml: No such file"),
        embedded_stack(tmp_path, real_world(), options),
    ):
        raise AssertionError("it started")

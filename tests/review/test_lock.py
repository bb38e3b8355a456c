"""A lock says by digest what a spec names, a line each, and is held against what is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eng5_pipeline.errors import Differs
from eng5_pipeline.results import AnchorsVerified, Validated
from eng5_pipeline.review.lock import LockedTexts, LockReview, lock_path
from eng5_pipeline.review.lock_lines import Lock, lock_of, parse, render
from tests.support.fakes_essays import MemoryTextIndex
from tests.support.reviewed import anchor, essay, resolved, validated, verified

ESSAYS = {"b.txt": "the second", "a.txt": "the first"}
PROMPTS = {"judge.rubric": "Which is better?"}
ANCHORS = (anchor(12, "A"), anchor(3, "F+"))


def lock(found: Validated | None = None, anchors: AnchorsVerified | None = None) -> Lock:
    there = found or validated(ESSAYS, PROMPTS)
    return lock_of(there.essays, there.inputs, (anchors or verified(*ANCHORS)).summary, lambda path: f"{path.suffix} 1")


def locked(folder: Path) -> LockReview:
    path = lock_path(folder / "spec.yaml")
    path.write_bytes(render(lock()))
    return LockReview(path, "spec.yaml")


def difference(review: Callable[[], object]) -> str:
    with pytest.raises(Differs) as caught:
        review()
    assert caught.value.reference == "lock-differs"
    assert caught.value.hint.endswith("eng5-pipeline lock spec.yaml")
    return caught.value.what


def lines() -> list[str]:
    return render(lock()).decode().splitlines()


class TestText:
    def test_one_sorted_line_for_each_thing_after_the_first(self) -> None:
        head, *rest = lines()
        assert head == '["lock",1]'
        assert rest == sorted(rest)
        assert [line.split(",")[0] for line in rest] == [
            '["anchor"',
            '["anchor"',
            '["essay"',
            '["essay"',
            '["file"',
            '["scale"',
        ]

    def test_two_branches_that_add_an_essay_each_differ_from_their_base_in_one_line_each(self) -> None:
        base = set(lines())
        for name in ("c.txt", "0.txt"):
            one_more = render(lock(validated({**ESSAYS, name: "more"}, PROMPTS))).decode().splitlines()
            assert len(set(one_more) - base) == 1
            assert base <= set(one_more)

    def test_it_is_read_as_it_was_written(self) -> None:
        again = parse(render(lock()), "spec.yaml.lock")
        assert render(again) == render(lock())

    def test_lines_that_end_as_on_windows_are_read_too(self) -> None:
        assert parse(render(lock()).replace(b"\n", b"\r\n"), "x") == parse(render(lock()), "x")

    @settings(max_examples=30)
    @given(st.text(min_size=1).filter(lambda name: name.isprintable()), st.text(min_size=1))
    def test_any_name_and_grade(self, name: str, grade: str) -> None:
        odd = lock(validated({name: "text"}), verified(anchor(1, grade)))
        assert parse(render(odd), "x") == odd

    def test_no_word_of_an_essay_stands_in_it(self) -> None:
        assert "second" not in "\n".join(lines())

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "x.lock:1: is not the first line of a lock"),
            ('["lock",2]\n', "x.lock:1: is not the first line of a lock"),
            ('["lock",1]\n<<<<<<< HEAD\n', "x.lock:2: is not a line of a lock"),
            ('["lock",1]\n["anchor",1]\n', "x.lock:2: is not a line of a lock"),
            ('["lock",1]\n["scale","a"]\n["scale","b"]\n', "x.lock:3: is a second line of scale"),
            ('["lock",1]\n["anchor",1,"A",null]\n["anchor",1,"B",null]\n', "x.lock:3: is a second line of anchor 1"),
            ('["lock",1]\n', "x.lock:1: is followed by lines that do not make a lock"),
        ],
    )
    def test_what_a_merge_left_behind_is_told_at_its_line(self, text: str, told: str) -> None:
        with pytest.raises(Differs) as caught:
            parse(text.encode(), "x.lock")
        assert caught.value.reference == "lock-unreadable"
        assert caught.value.what.startswith(told)


class TestLocalLines:
    def test_nothing_is_said_of_what_is_as_it_was(self, tmp_path: Path) -> None:
        locked(tmp_path).inputs(validated(ESSAYS, PROMPTS))

    def test_without_a_lock_nothing_is_held(self, tmp_path: Path) -> None:
        LockReview(tmp_path / "spec.yaml.lock", "spec.yaml").inputs(validated({}))

    def test_everything_that_differs_is_named(self, tmp_path: Path) -> None:
        now = validated({"a.txt": "another first", "c.txt": "the third"}, {"judge.rubric": "Which is worse?"})
        told = difference(lambda: locked(tmp_path).inputs(now))
        assert told == (
            "4 differences from spec.yaml.lock: file of judge.rubric: rubric.md changed; essay a.txt: changed; "
            "essay b.txt: gone; essay c.txt: new"
        )

    def test_a_file_with_the_same_text_in_it_is_told_as_such(self, tmp_path: Path) -> None:
        now = validated(ESSAYS, PROMPTS)
        saved_again = now.model_copy(update={"essays": (essay("b.txt", "the second", raw="<b>"), now.essays[1])})
        told = difference(lambda: locked(tmp_path).inputs(saved_again))
        assert told.endswith("essay b.txt: the file changed, its text did not")

    def test_a_great_many_are_counted(self, tmp_path: Path) -> None:
        told = difference(lambda: locked(tmp_path).inputs(validated({f"{n}.txt": "x" for n in range(100)}, PROMPTS)))
        assert told.startswith("102 differences from ")
        assert told.endswith("and 82 more")


class TestCjLines:
    def test_nothing_is_said_of_what_is_as_it_was(self, tmp_path: Path) -> None:
        renamed = ANCHORS[0].model_copy(update={"label": "for people"})
        warnings = locked(tmp_path).review(validated(ESSAYS, PROMPTS), resolved(), verified(renamed, ANCHORS[1]))
        assert list(warnings) == []

    def test_anchors_are_named_by_their_registry_id(self, tmp_path: Path) -> None:
        now = verified(anchor(12, "B", "6"), anchor(4, "C+"))
        told = difference(lambda: locked(tmp_path).review(validated(ESSAYS, PROMPTS), resolved(), now))
        assert told == (
            f"3 differences from spec.yaml.lock: anchor 12: grade A -> B, text {'5' * 32} -> {'6' * 32}; "
            "anchor 3: gone; anchor 4: new"
        )

    def test_the_grade_scale(self, tmp_path: Path) -> None:
        now = verified(*ANCHORS, scale="swedish_8_anchor")
        told = difference(lambda: locked(tmp_path).review(validated(ESSAYS, PROMPTS), resolved(), now))
        assert "grade scale: eng5_np_legacy_9_step -> swedish_8_anchor" in told


class TestTextsOfAnEarlierLock:
    def test_are_known_by_file_and_reader(self, tmp_path: Path) -> None:
        known = LockedTexts(MemoryTextIndex(), locked(tmp_path)).entries()
        first = essay("a.txt", "the first")
        assert known[first.raw_sha256, ".txt 1"].text_sha256 == first.text_sha256

    def test_are_none_where_the_lock_cannot_be_read(self, tmp_path: Path) -> None:
        review = locked(tmp_path)
        review.path.write_text("<<<<<<<")
        assert LockedTexts(MemoryTextIndex(), review).entries() == {}

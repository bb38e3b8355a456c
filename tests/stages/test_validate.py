"""What a batch is made of is looked at once: its essays, and the other files that its spec names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pytest

from eng5_pipeline.adapters.essays.text_index import OnlyRead
from eng5_pipeline.context import RunContext
from eng5_pipeline.engine.journal import Journal, NoDisk
from eng5_pipeline.engine.run import Page, Surroundings
from eng5_pipeline.errors import AllRefused, Interrupted, Refused
from eng5_pipeline.ports import ExtractedText, FileChoice, TextIndex
from eng5_pipeline.results import Validated
from eng5_pipeline.stages.validate import Validate
from tests.support.clock import FakeClock
from tests.support.fakes_essays import FakeEssayFiles, MemoryTextIndex
from tests.support.observers import Remembering

LONG = "word " * 60
TWO = {"a.docx": f"{LONG}One", "b.docx": f"{LONG}Två"}


@dataclass
class ReadFiles(FakeEssayFiles):
    """Remembers which files were read as documents."""

    were_read: list[str] = field(default_factory=list)

    def read(self, path: PurePosixPath) -> ExtractedText:
        self.were_read.append(str(path))
        return super().read(path)


@dataclass
class Look:
    texts: dict[str, str]
    index: TextIndex = field(default_factory=MemoryTextIndex)
    patterns: tuple[str, ...] = ("*.docx",)
    inputs: tuple[tuple[str, str], ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed_over: dict[str, int] = field(default_factory=dict)
    stop: Callable[[], bool] = lambda: False
    observer: Remembering = field(default_factory=Remembering)

    def go(self) -> Validated:
        self.files = ReadFiles(self.texts, dict(self.left_out), self.passed_over)
        around = Surroundings(Journal(NoDisk(), FakeClock().now), self.observer, FakeClock().monotonic, self.stop)
        stage = Validate(self.files, self.index, FileChoice(patterns=self.patterns), self.inputs, ())
        return stage.run(RunContext(), Page("validate", around))

    def warnings(self) -> list[str]:
        self.go()
        return [what for _, _, what in self.observer.warnings]


def test_essays_are_counted_and_named_by_their_digests() -> None:
    first, second = Look(TWO).go().essays
    assert (first.local_id, first.words, first.size) == ("a.docx", 61, 303)
    assert first.text_sha256 != second.text_sha256


def test_a_second_look_reads_no_document_and_finds_the_same() -> None:
    first = Look(TWO)
    second = Look(TWO, index=first.index)
    assert first.go() == second.go()
    assert (first.files.were_read, second.files.were_read) == (["a.docx", "b.docx"], [])


def test_a_changed_file_is_read_again() -> None:
    first = Look(TWO)
    first.go()
    second = Look({**TWO, "b.docx": f"{LONG}Changed"}, index=first.index)
    second.go()
    assert second.files.were_read == ["b.docx"]


def test_the_same_bytes_in_another_format_are_read_for_themselves() -> None:
    first = Look(TWO)
    first.go()
    second = Look({f"{name[0]}.odt": text for name, text in TWO.items()}, index=first.index, patterns=("*.odt",))
    second.go()
    assert second.files.were_read == ["a.odt", "b.odt"]


def test_what_is_known_of_a_document_is_told_again() -> None:
    left_out = {"a.docx": ("header left out: it may hold a name",)}
    first = Look(TWO, left_out=left_out)
    second = Look(TWO, left_out=left_out, index=first.index)
    assert first.warnings() == second.warnings() == ["header left out: it may hold a name: a.docx"]


def test_who_only_reads_the_index_leaves_no_trace() -> None:
    index = MemoryTextIndex()
    Look(TWO, index=OnlyRead(index)).go()
    assert index.lines == []


def test_an_essay_of_fewer_than_fifty_words_is_warned_of() -> None:
    look = Look({"a.docx": "word " * 49, "b.docx": "word " * 50})
    assert look.warnings() == ["a.docx has 49 words"]


def test_what_was_read_before_a_refusal_is_remembered() -> None:
    look = Look({**TWO, "c.docx": " "})
    with pytest.raises(Refused, match=r"c\.docx holds no text"):
        look.go()
    assert len(look.index.entries()) == 2


def test_everything_that_cannot_be_used_is_told_at_once() -> None:
    look = Look({**TWO, "c.docx": " ", "d.docx": " "}, patterns=("*.docx", "*.pdf"), inputs=(("judge.rubric", "r.md"),))
    with pytest.raises(AllRefused, match=r"no essay matches \*\.pdf") as why:
        look.go()
    others = ["c.docx holds no text", "d.docx holds no text", "r.md cannot be read: not there"]
    assert [each.what for each in why.value.refusals[1:]] == others
    assert [what for _, _, what in look.observer.warnings] == others


def test_reading_ends_where_enough_cannot_be_used() -> None:
    look = Look({f"{number:02}.docx": " " for number in range(25)})
    with pytest.raises(AllRefused) as why:
        look.go()
    assert (len(why.value.refusals), len(look.files.were_read)) == (20, 20)
    assert "5 more essays were not read" in [what for _, _, what in look.observer.warnings]


def test_what_was_read_before_a_stop_is_remembered() -> None:
    look = Look(TWO)
    look.stop = lambda: bool(look.files.were_read)
    with pytest.raises(Interrupted):
        look.go()
    assert len(look.index.entries()) == 1


def test_an_index_line_holds_no_text() -> None:
    index = MemoryTextIndex()
    Look(TWO, index=index).go()
    assert "word" not in "".join(entry.model_dump_json(exclude={"words"}) for entry in index.lines)


@pytest.mark.parametrize(("texts", "found"), [({}, "no essay"), ({"a.docx": LONG}, "1 student essay")])
def test_fewer_than_two_students_are_refused(texts: dict[str, str], found: str) -> None:
    with pytest.raises(Refused, match=found):
        Look(texts).go()


def test_a_short_essay_is_a_warning() -> None:
    assert Look({**TWO, "c.docx": "Too short"}).warnings() == ["c.docx has 2 words"]


def test_the_same_text_twice_is_a_warning() -> None:
    told = "a.docx and c.docx have the same text; it is uploaded once"
    assert Look({**TWO, "c.docx": TWO["a.docx"]}).warnings() == [told]


def test_what_was_passed_over_is_told_by_reason() -> None:
    assert Look(TWO, passed_over={"lock file": 2}).warnings() == ["2 passed over: lock file"]


def test_many_names_are_not_all_told() -> None:
    texts = {f"{number}.docx": f"{LONG}{number}" for number in range(7)}
    left_out = dict.fromkeys(texts, ("comments left out",))
    [told] = Look(texts, left_out=left_out).warnings()
    assert told == "comments left out: 0.docx, 1.docx, 2.docx, 3.docx, 4.docx and 2 more"


def test_names_that_differ_only_in_their_encoding_are_refused() -> None:
    with pytest.raises(Refused) as why:
        Look({**TWO, "\u00c5.docx": f"{LONG}3", "A\u030a.docx": f"{LONG}4"}).go()
    assert why.value.reference == "essays-same-name"


def test_other_inputs_are_digested() -> None:
    [found] = Look({**TWO, "rubric.md": "Be fair."}, inputs=(("judge.rubric", "rubric.md"),)).go().inputs
    assert (found.role, found.path, len(found.sha256)) == ("judge.rubric", "rubric.md", 64)

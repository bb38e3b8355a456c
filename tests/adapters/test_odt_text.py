"""What an .odt says, as its writer would read it out."""

from __future__ import annotations

import pytest

from eng5_pipeline.adapters.essays.odt import odt_text
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import open_text, zipped


def text_of(body: str) -> str:
    return odt_text(open_text(body)).text


def test_a_word_split_over_spans_stays_whole() -> None:
    assert text_of("<text:p>Role mo<text:span>del</text:span>s</text:p>") == "Role models"


def test_headings_paragraphs_and_blank_lines_are_kept() -> None:
    assert text_of("<text:h>Title</text:h><text:p/><text:p>Text.</text:p>") == "Title\n\nText."


def test_white_space_of_the_file_is_not_that_of_the_text() -> None:
    assert text_of("<text:p>\n  one\n  two <text:span> three</text:span>\n</text:p>") == "one two three"


def test_spaces_tabs_and_line_breaks_that_count_are_kept() -> None:
    body = '<text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d</text:p>'
    assert text_of(body) == "a   b\tc\nd"


def test_a_list_item_is_a_line() -> None:
    items = "".join(f"<text:list-item><text:p>{item}</text:p></text:list-item>" for item in ("one", "two"))
    assert text_of(f"<text:list>{items}</text:list>") == "one\ntwo"


def test_a_table_stands_where_it_is_row_by_row() -> None:
    cells = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in ("a", "b"))
    rows = f"<table:table-row>{cells}</table:table-row>" * 2
    body = f"<text:p>Before</text:p><table:table><table:table-column/>{rows}</table:table><text:p>After</text:p>"
    assert text_of(body) == "Before\na\tb\na\tb\nAfter"


def test_deleted_text_is_not_there() -> None:
    changes = (
        "<text:tracked-changes><text:changed-region><text:p>old</text:p></text:changed-region></text:tracked-changes>"
    )
    found = odt_text(open_text(f"{changes}<text:p>She is <text:change/>brave.</text:p>"))
    assert found.text == "She is brave."
    assert found.left_out == ("tracked changes read as accepted",)


def test_a_text_box_comes_after_its_paragraph() -> None:
    box = "<draw:frame><draw:text-box><text:p>In the box</text:p></draw:text-box></draw:frame>"
    assert text_of(f"<text:p>{box}Text</text:p>") == "Text\nIn the box"


def test_a_footnote_is_marked_and_stands_at_the_end() -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>From her blog.</text:p></text:note-body></text:note>"
    )
    assert text_of(f"<text:p>She said so{note}.</text:p>") == "She said so[1].\n\n[1] From her blog."


def test_words_inside_of_an_unknown_element_are_there() -> None:
    assert text_of('<text:p>see <x:control xmlns:x="urn:x">here</x:control></text:p>') == "see here"


def test_header_comment_picture_and_properties_are_left_out_and_said() -> None:
    body = (
        "<text:p>Essay<office:annotation><dc:creator>T</dc:creator><text:p>Good!</text:p></office:annotation>."
        "<draw:frame><draw:image/><svg:desc>a photo</svg:desc></draw:frame></text:p>"
    )
    styles = "<style:master-page><style:header><text:p>Anna</text:p></style:header></style:master-page>"
    found = odt_text(open_text(body, styles=styles, meta="<dc:creator>Anna</dc:creator>"))
    assert found.text == "Essay."
    assert found.left_out == (
        "comments left out",
        "pictures left out",
        "header left out: it may hold a name",
        "document properties left out: they may hold a name",
    )


def test_a_document_with_a_password_is_refused() -> None:
    with pytest.raises(Unreadable, match="protected by a password") as why:
        odt_text(open_text("<text:p/>", manifest="<encryption-data/>"))
    assert why.value.reference == "essay-encrypted"


def test_a_presentation_is_no_text() -> None:
    with pytest.raises(Unreadable, match="is no OpenDocument text"):
        odt_text(zipped({"content.xml": "<presentation/>"}))

"""What a .docx says, as its writer would read it out."""

from __future__ import annotations

import io

import docx
import pytest

from eng5_pipeline.adapters.essays.docx import docx_text
from eng5_pipeline.adapters.essays.unreadable import Unreadable
from tests.support.documents import paragraph, run, word, word_part, zipped

BOX = f"<w:txbxContent>{paragraph('In the box')}</w:txbxContent>"


def text_of(body: str) -> str:
    return docx_text(word(body)).text


def test_a_word_split_over_runs_stays_whole() -> None:
    assert text_of(paragraph("Role mo", "del", "s matter.")) == "Role models matter."


def test_paragraphs_and_blank_lines_are_kept() -> None:
    body = paragraph("First.") + "<w:p/>" + paragraph("Second.")
    assert text_of(body) == "First.\n\nSecond."


def test_tabs_and_line_breaks_are_kept() -> None:
    body = f"<w:p>{run('a')}<w:r><w:tab/></w:r>{run('b')}<w:r><w:br/></w:r>{run('c')}</w:p>"
    assert text_of(body) == "a\tb\nc"


def test_a_hyphen_that_must_not_break_is_a_hyphen_and_an_optional_one_is_nothing() -> None:
    body = f"<w:p>{run('e')}<w:r><w:noBreakHyphen/></w:r>{run('mail co')}<w:r><w:softHyphen/></w:r>{run('op')}</w:p>"
    assert text_of(body) == "e-mail coop"


def test_a_list_item_is_a_line() -> None:
    numbered = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    items = "".join(f"<w:p>{numbered}{run(item)}</w:p>" for item in ("one", "two"))
    assert text_of(paragraph("Reasons:") + items) == "Reasons:\none\ntwo"


def test_a_table_stands_where_it_is_row_by_row() -> None:
    cells = [f"<w:tc><w:tcPr/>{paragraph(text)}</w:tc>" for text in ("Name", "Why", "Mum", "Kind")]
    table = f"<w:tbl><w:tblPr/><w:tr>{''.join(cells[:2])}</w:tr><w:tr>{''.join(cells[2:])}</w:tr></w:tbl>"
    body = paragraph("Before") + table + paragraph("After")
    assert text_of(body) == "Before\nName\tWhy\nMum\tKind\nAfter"


def test_a_cell_of_two_paragraphs_is_two_lines() -> None:
    table = f"<w:tbl><w:tr><w:tc>{paragraph('one')}{paragraph('two')}</w:tc></w:tr></w:tbl>"
    assert text_of(table) == "one\ntwo"


def test_insertions_count_and_deletions_do_not() -> None:
    body = (
        f"<w:p>{run('She is ')}<w:ins>{run('very ')}</w:ins>"
        f"<w:del><w:r><w:delText>rather </w:delText></w:r></w:del>{run('brave.')}</w:p>"
    )
    found = docx_text(word(body))
    assert found.text == "She is very brave."
    assert found.left_out == ("tracked changes read as accepted",)


def test_moved_text_stands_at_its_new_place_alone() -> None:
    body = f"<w:p><w:moveFrom>{run('old ')}</w:moveFrom>{run('and ')}<w:moveTo>{run('new')}</w:moveTo></w:p>"
    assert text_of(body) == "and new"


def test_a_paragraph_whose_end_was_deleted_runs_on() -> None:
    first = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('One ')}</w:p>"
    assert text_of(first + paragraph("line.")) == "One line."


def test_a_deleted_row_is_not_there() -> None:
    rows = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('gone')}</w:tc></w:tr>"
    kept = f"<w:tr><w:tc>{paragraph('kept')}</w:tc></w:tr>"
    assert text_of(f"<w:tbl>{rows}{kept}</w:tbl>") == "kept"


def test_a_text_box_comes_once_after_its_paragraph() -> None:
    forms = (
        f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{BOX}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback>"
    )
    body = f"<w:p><w:r><mc:AlternateContent>{forms}</mc:AlternateContent></w:r>{run('Text')}</w:p>"
    assert text_of(body) == "Text\nIn the box"


def test_a_box_of_the_older_form_is_read() -> None:
    assert text_of(f"<w:p><w:r><w:pict>{BOX}</w:pict></w:r>{run('Text')}</w:p>") == "Text\nIn the box"


@pytest.mark.parametrize("holder", ["hyperlink", "smartTag", "fldSimple", "customXml", "ins", "bdo"])
def test_words_inside_of_links_and_fields_and_tags_are_there(holder: str) -> None:
    assert text_of(f"<w:p>{run('see ')}<w:{holder}>{run('here')}</w:{holder}></w:p>") == "see here"


def test_an_essay_inside_of_a_content_control_is_read() -> None:
    held = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('My essay')}</w:sdtContent></w:sdt>"
    assert text_of(held) == "My essay"


def test_the_prompt_of_an_empty_content_control_is_not_the_students() -> None:
    held = (
        f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click to enter text')}</w:sdtContent></w:sdt>"
    )
    assert text_of(f"<w:p>{run('Mine')}{held}</w:p>") == "Mine"


def test_field_codes_are_not_text_and_their_results_are() -> None:
    body = f"<w:p><w:r><w:instrText>REF x</w:instrText></w:r>{run('Figure 1')}</w:p>"
    assert text_of(body) == "Figure 1"


def test_a_formula_gives_its_signs() -> None:
    assert text_of(f"<w:p>{run('Let ')}<m:oMath><m:r><m:t>x=2</m:t></m:r></m:oMath></w:p>") == "Let x=2"


def test_hidden_text_is_left_out_and_said() -> None:
    hidden = f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>{run('seen')}"
    found = docx_text(word(f"<w:p>{hidden}</w:p>"))
    assert found.text == "seen"
    assert found.left_out == ("hidden text left out",)


def test_a_footnote_is_marked_and_stands_at_the_end() -> None:
    note = f'<w:footnote w:id="2">{paragraph(" From her blog.")}</w:footnote>'
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p>{run('She said so')}{reference}{run('.')}</w:p>"
    found = docx_text(word(body, parts={"footnotes": word_part("footnotes", note)}))
    assert found.text == "She said so[1].\n\n[1] From her blog."


def test_header_footer_comments_and_properties_are_left_out_and_said() -> None:
    parts = {
        "header": word_part("hdr", paragraph("Anna Andersson 9B")),
        "footer": word_part("ftr", paragraph("Page 1")),
        "comments": word_part("comments", f"<w:comment>{paragraph('Well done!')}</w:comment>"),
    }
    found = docx_text(word(paragraph("Essay."), parts=parts, creator="Anna Andersson"))
    assert found.text == "Essay."
    assert found.left_out == (
        "header left out: it may hold a name",
        "footer left out: it may hold a name",
        "comments left out",
        "document properties left out: they may hold a name",
    )


def test_an_empty_header_is_not_worth_a_word() -> None:
    parts = {"header": word_part("hdr", "<w:p/>")}
    assert docx_text(word(paragraph("Essay."), parts=parts)).left_out == ()


def test_a_picture_is_said() -> None:
    found = docx_text(word(f"<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r>{run('Text')}</w:p>"))
    assert found.left_out == ("pictures left out",)


def test_swedish_text_and_emoji_are_kept() -> None:
    assert text_of(paragraph("Åsa är så", " härlig \U0001f600")) == "Åsa är så härlig \U0001f600"


def test_a_document_of_another_library_is_read() -> None:
    document = docx.Document()
    written = document.add_paragraph("My role ")
    written.add_run("model").bold = True
    document.add_table(1, 2).rows[0].cells[1].text = "cell"
    document.sections[0].header.paragraphs[0].text = "Anna Andersson"
    buffer = io.BytesIO()
    document.save(buffer)
    found = docx_text(buffer.getvalue())
    assert found.text == "My role model\n\tcell"
    assert "header left out: it may hold a name" in found.left_out


def test_a_spreadsheet_is_no_document() -> None:
    with pytest.raises(Unreadable, match="is no Word document") as why:
        docx_text(zipped({"xl/workbook.xml": "<workbook/>"}))
    assert why.value.reference == "essay-unreadable"


def test_half_of_the_xml_is_a_damaged_document() -> None:
    with pytest.raises(Unreadable, match="is a damaged Word document"):
        docx_text(zipped({"word/document.xml": word_part("document", "<w:body>")}))

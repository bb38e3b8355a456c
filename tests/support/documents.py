"""Documents made by hand, down to the XML, so that no reader's idea of a format is also its test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_WORD_NAMESPACES = (
    f'xmlns:w="{_W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODT_NAMESPACES = " ".join(
    f'xmlns:{name}="{_ODF}{full}:1.0"'
    for name, full in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "meta": "meta",
        "svg": "svg-compatible",
    }.items()
)


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer.getvalue()


def word(body: str, *, parts: Mapping[str, str] | None = None, creator: str = "") -> bytes:
    """A .docx of this body. `parts` are further parts by the last word of their relationship's type."""
    parts = parts or {}
    relations = "".join(
        f'<Relationship Id="r{kind}" Type="{_RELATION}/{kind}" Target="{kind}1.xml"/>' for kind in parts
    )
    core = f'<Relationship Id="core" Type="{_CORE}" Target="docProps/core.xml"/>' if creator else ""
    members = {
        "_rels/.rels": _relations(
            f'<Relationship Id="main" Type="{_RELATION}/officeDocument" Target="word/document.xml"/>{core}'
        ),
        "word/document.xml": word_part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": _relations(relations),
        **{f"word/{kind}1.xml": xml for kind, xml in parts.items()},
    }
    if creator:
        members["docProps/core.xml"] = (
            '<cp:coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties">'
            f"<dc:creator>{creator}</dc:creator></cp:coreProperties>"
        )
    return zipped(members)


def word_part(root: str, inside: str, declared: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{declared}<w:{root} {_WORD_NAMESPACES}>{inside}</w:{root}>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(run(text) for text in runs)}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def open_text(body: str, *, styles: str = "", meta: str = "", manifest: str = "") -> bytes:
    """An .odt of this body; `styles` stands among the master styles, `meta` in the meta data."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": _odt("document-content", f"<office:body><office:text>{body}</office:text></office:body>"),
            "styles.xml": _odt("document-styles", f"<office:master-styles>{styles}</office:master-styles>"),
            "meta.xml": _odt("document-meta", f"<office:meta>{meta}</office:meta>"),
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        }
    )


def pdf(*pages: str, encrypt: str = "") -> bytes:
    """A .pdf whose pages are content streams; the font is Helvetica in WinAnsiEncoding (cp1252)."""
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for index, page in enumerate(pages):
        stream = page.encode("cp1252")
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>"
            + f"/Contents {5 + 2 * index} 0 R>>".encode(),
            b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        ]
    return _pdf_file(objects, encrypt)


def pdf_page(*lines: str) -> str:
    shown = "".join(f"({line}) Tj 0 -16 Td " for line in lines)
    return f"BT /F 12 Tf 72 770 Td {shown}ET"


PDF_PICTURE = "q 200 0 0 200 100 500 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q"

PDF_LOCK = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'ab' * 32}>/U<{'cd' * 32}>>>/ID[<{'01' * 16}><{'01' * 16}>]"
"""An encryption that the empty password does not open."""


def _pdf_file(objects: list[bytes], encrypt: str) -> bytes:
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%b endobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R{encrypt}>>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


def _odt(root: str, inside: str) -> str:
    namespaces = f'{_ODT_NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {namespaces}>{inside}</office:{root}>'


def _relations(inside: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{inside}</Relationships>'

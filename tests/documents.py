"""Documents for the tests, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

Shown = tuple[float, float, int, str]
"""Where a line of a PDF begins, from the left and from below, its size, and its text; all in points."""


def pdf(*pages: Sequence[Shown], password: str = "", **said: str) -> bytes:
    """A PDF of those pages (A4), with its properties, `Title="…"`."""
    writer = PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(595, 842)
        font = {
            "/Type": "/Font",
            "/Subtype": "/Type1",
            "/BaseFont": "/Helvetica",
            "/Encoding": "/WinAnsiEncoding",
        }
        named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(named)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = StreamObject()
        stream.set_data(b"".join(map(_drawn, lines)))
        page[NameObject("/Contents")] = writer._add_object(stream)
    return _written(writer, password, said)


def pdf_of_packed(content: bytes) -> bytes:
    """A PDF of one page, drawn by what the content unpacks to."""
    writer = PdfWriter()
    stream = StreamObject()
    stream.set_data(content)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.add_blank_page(595, 842)[NameObject("/Contents")] = writer._add_object(stream)
    return _written(writer, "", {})


def _written(writer: PdfWriter, password: str, said: Mapping[str, str]) -> bytes:
    writer.add_metadata({f"/{name}": value for name, value in said.items()})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def _drawn(line: Shown) -> bytes:
    x, y, size, text = line
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET\n".encode("cp1252")


def docx_packed(method: int, document: bytes, *, said_size: int | None = None) -> bytes:
    """A DOCX of that XML, packed so; it may say that it is of another size than it is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr("word/document.xml", document)
    packed = content.getvalue()
    if said_size is None:
        return packed
    true_size = len(document).to_bytes(4, "little")
    return packed.replace(true_size, said_size.to_bytes(4, "little"))


def docx(body: str, *, core: str = "") -> bytes:
    """A DOCX of that XML, in which `w` is the namespace of the text."""
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {names}><w:body>{body}</w:body></w:document>")
        if core:
            archive.writestr("docProps/core.xml", core)
    return content.getvalue()

"""Each format is read into the text and the facts in it; what is hostile is refused with the reason."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import docx as python_docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import DOCX, JSON, JSON_FILE, MARKDOWN, PDF, TEXT, parts, to_article
from index.errors import ArticleUnreadable
from index.formats.docx import read_docx
from index.formats.encoding import decoded
from index.formats.json_object import read_json
from index.formats.markdown import read_markdown
from index.formats.packed import LARGEST_BYTES, unpacked
from index.formats.page import Page
from index.formats.pdf import read_pdf
from index.records import WIB, RawArticle
from tests.documents import docx, pdf, pdf_of_packed

NOW = datetime(2026, 2, 7, 9, 0, tzinfo=WIB)
FIRST = "Wali Kota Serang melantik dua ratus enam puluh sembilan pejabat pada"


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "印度尼西亚总统周五宣布了一项新的经济政策,以促进国家的增长。"),
        ("shift_jis", "インドネシアの大統領は金曜日に新しい経済政策を発表した。"),
        ("cp1251", "Президент Индонезии объявил в пятницу о новой экономической политике."),
        ("cp1256", "أعلن الرئيس الإندونيسي يوم الجمعة عن سياسة اقتصادية جديدة لتعزيز النمو"),
        ("cp1252", "Café “Serang” – dibuka hari ini."),
        ("utf-16-le", "Kafe Serang dibuka – hari ini."),
        ("utf-16-be", "Kafe Serang dibuka – hari ini."),
    ],
)
def test_other_encodings_are_told_by_how_the_text_looks(encoding: str, text: str) -> None:
    assert decoded(text.encode(encoding)) == text


def test_a_damaged_byte_costs_a_text_only_that_character() -> None:
    text = "Kafe “Serang” – dibuka hari ini. " * 3
    assert decoded(text.encode() + b"\xff") == text + "\ufffd"


# Markdown


def test_markdown_gives_its_words_on_lines_and_its_front_matter() -> None:
    content = """---
title: "Banjir Bekasi surut"
date: 2026-02-06 10:00:00+07:00
author: [Siti Aminah, Budi]
source: Antara
tags: [banjir]
---
## Tiga hari

Banjir *melanda*
[Bekasi](https://a.id) &amp; Serang.

- Satu **kios**
- Dua kios

> Kami siap.

| Kota | Kios |
|---|---|
| Bekasi | 48 |

```
kode
```
"""
    assert read_markdown(content.encode()) == Page(
        text="Tiga hari\n\nBanjir melanda Bekasi & Serang.\n\n• Satu kios\n\n• Dua kios\n\nKami siap.\n\n"
        "Kota | Kios\n\nBekasi | 48",
        title="Banjir Bekasi surut",
        outlet="Antara",
        published_at=datetime(2026, 2, 6, 10, tzinfo=WIB),
        authors=("Siti Aminah", "Budi"),
    )


def test_front_matter_may_be_toml() -> None:
    page = read_markdown(b'+++\r\ntitle = "Banjir"\r\ndate = 2026-02-06\r\n+++\r\nSurut.\r\n')
    assert page == Page(text="Surut.", title="Banjir", published_at=date(2026, 2, 6))


def test_a_first_heading_is_the_title_and_rules_are_no_front_matter() -> None:
    assert read_markdown(b"# Banjir surut\n\nDi Bekasi.").title == "Banjir surut"
    assert read_markdown(b"---\nSatu kalimat.\n---\n\nDua.").text == "Satu kalimat.\n\nDua."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"---\ntitle: [\n---\nSatu.", "its front matter can't be read"),
        (b"---\ndate: besok\n---\nSatu.", "no date in 'besok'"),
        (b"---\na: &a [*a]\n? [b]\n: c\n---\nSatu.", "its front matter can't be read"),
        (b"[" * 100_000, "a paragraph of more than 100,000 characters"),
    ],
)
def test_odd_markdown_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ArticleUnreadable, match=f"^{reason}"):
        read_markdown(content)


# PDF


def test_a_pdf_gives_paragraphs_over_lines_and_pages_without_furniture() -> None:
    def page(number: int, *lines: str) -> list[tuple[float, float, int, str]]:
        body = [(72, 720 - 14 * n, 11, line) for n, line in enumerate(lines)]
        return [(72, 810, 9, "Humas Kota Serang"), *body, (290, 30, 9, f"Halaman {number} dari 3")]

    content = pdf(
        page(
            1,
            FIRST,
            "Jumat, dan meminta mereka mempertanggung-",
            "jawabkan anggaran untuk anak-",
            "anak sekolah.",
        ),
        page(2, "Mereka bekerja mulai Senin, dan hasilnya akan dinilai oleh lembaga"),
        page(3, "pengawas pada akhir tahun."),
        Title="Siaran pers pelantikan pejabat",
        Author="Siti Aminah",
        CreationDate="D:20260206103000+07'00'",
    )
    assert read_pdf(content) == Page(
        text=f"{FIRST} Jumat, dan meminta mereka mempertanggungjawabkan anggaran untuk anak-anak sekolah.\n\n"
        "Mereka bekerja mulai Senin, dan hasilnya akan dinilai oleh lembaga pengawas pada akhir tahun.",
        title="Siaran pers pelantikan pejabat",
        authors=("Siti Aminah",),
        published_at=datetime(2026, 2, 6, 10, 30, tzinfo=WIB),
    )


def test_what_programs_write_into_a_pdf_unasked_is_not_believed() -> None:
    lines = [(72.0, 700.0, 11, "Serang, Jumat (6/2/2026): pejabat dilantik.")]
    page = read_pdf(
        pdf(lines, Title="Microsoft Word - siaran pers.docx", Author="ASUS User", CreationDate="D:20200101")
    )
    assert page == Page(text="Serang, Jumat (6/2/2026): pejabat dilantik.")


def bomb_in_pdf() -> bytes:
    """Two MB that unpack to two GB: a flushed block repeats as it is."""
    packer = zlib.compressobj(9)
    packed = [
        packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in ("first", "another")
    ]
    return pdf_of_packed(packed[0] + packed[1] * 200)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda: pdf([(72, 700, 11, FIRST)], password="rahasia"),
            "encrypted; save it without a password",
        ),
        (lambda: pdf([]), r"no text in it: scanned, or drawn; recognise the text \(OCR\) first"),
        (lambda: pdf([(72, 700, 11, FIRST)])[:200], "(damaged PDF|no text in it)"),
        (lambda: b"<html>", "no PDF, though it is called one"),
        (lambda: pdf(*([[]] * 501)), "more than 500 pages; split it into articles"),
        (bomb_in_pdf, "reading it takes more than (1024 MB of memory|60 s); print it anew"),
    ],
)
def test_a_pdf_without_text_for_us_is_refused_with_the_reason(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(ArticleUnreadable, match=f"^{reason}"):
        read_pdf(make())


# DOCX


def test_a_document_gives_paragraphs_rows_and_properties() -> None:
    document = python_docx.Document()
    document.core_properties.title = "Siaran pers pelantikan pejabat"
    document.core_properties.author = "Siti Aminah"
    document.core_properties.created = datetime(2026, 2, 6, 3, 30)
    document.add_heading("Pelantikan", 1)
    document.add_paragraph("Wali Kota melantik ").add_run("269 pejabat").bold = True
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Bekasi", "48 kios"
    content = io.BytesIO()
    document.save(content)

    assert read_docx(content.getvalue()) == Page(
        text="Pelantikan\n\nWali Kota melantik 269 pejabat\n\nBekasi | 48 kios",
        title="Siaran pers pelantikan pejabat",
        authors=("Siti Aminah",),
        published_at=datetime(2026, 2, 6, 3, 30, tzinfo=UTC),
    )


def test_a_document_that_says_nothing_of_itself_has_no_date_and_no_author() -> None:
    document = python_docx.Document()
    document.add_paragraph("Banjir surut.")
    content = io.BytesIO()
    document.save(content)
    assert read_docx(content.getvalue()) == Page(text="Banjir surut.")


def test_tracked_changes_and_content_controls_read_as_one_sees_them() -> None:
    body = (
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Banjir</w:t><w:tab/><w:t>surut</w:t></w:r>"
        "<w:ins><w:r><w:t xml:space='preserve'> hari ini</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> kemarin</w:delText></w:r></w:del>"
        "<w:r><w:br/><w:t>di Bekasi.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert read_docx(docx(body)).text == "Banjir surut hari ini\ndi Bekasi."


def bomb_in_docx() -> bytes:
    return docx("<w:p><w:r><w:t>" + "a" * (LARGEST_BYTES + 1) + "</w:t></w:r></w:p>")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb_in_docx, "it unpacks to more than 32 MB"),
        (lambda: docx("<w:p>")[:-30], "damaged DOCX"),
        (lambda: docx("<w:p>"), "damaged DOCX"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted, or made by Word before 2007"),
        (lambda: docx("<w:p/>"), "no text in it"),
        (lambda: zip_of("a.txt", b"a"), "damaged DOCX"),
        (
            lambda: zip_of("word/document.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
            "not a DOCX as Word",
        ),
        (lambda: docx("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000), "no text in it"),
    ],
)
def test_a_document_without_text_for_us_is_refused_with_the_reason(
    make: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(ArticleUnreadable, match=f"^{reason}"):
        read_docx(make())


def zip_of(name: str, content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(name, content)
    return archive.getvalue()


# JSON


def test_authors_are_a_list_a_string_or_objects_with_names() -> None:
    for given_authors in (["Siti", "Budi"], "Siti, Budi", [{"name": "Siti"}, {"name": "Budi"}]):
        assert read_json(json.dumps({"authors": given_authors}).encode(), fetched_at=NOW).authors == (
            "Siti",
            "Budi",
        )
    assert read_json(b'{"author": "Siti"}', fetched_at=NOW).authors == ("Siti",)
    with pytest.raises(ArticleUnreadable, match="authors are not text"):
        read_json(b'{"authors": [5]}', fetched_at=NOW)


def test_a_json_file_is_an_article_or_an_array_of_them() -> None:
    one = RawArticle(b'{"text": "Satu."}', JSON_FILE, "a.json")
    assert list(parts(one)) == [one]
    assert to_article(one, NOW).origin == "a.json"

    many = RawArticle(b' [ {"text": "Satu."} , 7,{"text":"Dua."}]\n', JSON_FILE, "a.json")
    assert list(parts(many)) == [
        RawArticle(b'{"text": "Satu."}', JSON, "a.json:1"),
        RawArticle(b"7", JSON, "a.json:2"),
        RawArticle(b'{"text":"Dua."}', JSON, "a.json:3"),
    ]


@pytest.mark.parametrize("rest", ["", ",", ', {"text"', " {}", ", " + "[" * 100_000])
def test_an_array_that_breaks_off_gives_what_comes_before(rest: str) -> None:
    found = parts(RawArticle(f'[{{"text": "Satu."}}{rest}'.encode(), JSON_FILE, "a.json"))
    assert next(found).content == b'{"text": "Satu."}'
    with pytest.raises(ArticleUnreadable, match=r"^a\.json: not JSON .*what comes before that was read"):
        next(found)


# Packed, and too large


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (TEXT, b"Banjir surut."),
        (MARKDOWN, b"Banjir *surut*."),
        (JSON_FILE, b'{"text": "Banjir surut."}'),
        (DOCX, docx("<w:p><w:r><w:t>Banjir surut.</w:t></w:r></w:p>")),
        (PDF, pdf([(72, 700, 11, "Banjir surut.")])),
    ],
)
def test_every_format_may_be_gzipped(media_type: str, content: bytes) -> None:
    (part,) = parts(RawArticle(gzip.compress(content), f"{media_type}+gzip", "a"))
    assert part == RawArticle(content, media_type, "a")
    assert to_article(part, NOW).text == "Banjir surut."


def test_gzipped_files_may_be_joined_and_filled_up_with_zeros() -> None:
    joined = gzip.compress(b"Banjir melanda.\n") + gzip.compress(b"Gempa melanda.") + bytes(512)
    assert unpacked(joined) == b"Banjir melanda.\nGempa melanda."


def test_a_gzip_bomb_is_refused_without_unpacking_it() -> None:
    packed = gzip.compress(bytes(8 * LARGEST_BYTES), 1)
    tracemalloc.start()
    try:
        with pytest.raises(ArticleUnreadable, match=r"^a\.txt\.gz: larger than 32 MB; split it"):
            list(parts(RawArticle(packed, f"{TEXT}+gzip", "a.txt.gz")))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * LARGEST_BYTES


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_line_of_50_mb_is_refused_and_the_next_one_read(pack: Callable[[bytes], bytes]) -> None:
    media_type = "application/jsonl" + ("+gzip" if pack is gzip.compress else "")
    huge = b'{"text": "' + b"a" * 50_000_000 + b'"}\n'
    first, second = parts(RawArticle(pack(huge + b'{"text": "Dua."}'), media_type, "a.jsonl"))
    with pytest.raises(ArticleUnreadable, match=r"^a\.jsonl:1: larger than 32 MB"):
        to_article(first, NOW)
    assert (second.origin, to_article(second, NOW).text) == ("a.jsonl:2", "Dua.")


# Whatever comes


def only_refuses(read: Callable[[bytes], object], content: bytes) -> None:
    try:
        read(content)
    except ArticleUnreadable as error:
        assert str(error)  # noqa: PT017


def all_parts(media_type: str) -> Callable[[bytes], object]:
    return lambda content: [to_article(part, NOW) for part in parts(RawArticle(content, media_type, "a"))]


SOME_DOCX = docx("<w:p><w:r><w:t>Banjir surut.</w:t></w:r></w:p>", core="<a><title>b</title></a>")


@given(st.binary(max_size=200), st.text(max_size=200), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_no_bytes_bring_anything_but_a_refusal(noise: bytes, text: str, seed: int) -> None:
    for media_type in (TEXT, MARKDOWN, JSON, JSON_FILE, DOCX, PDF, "application/jsonl"):
        for content in (noise, text.encode(errors="replace")):
            only_refuses(all_parts(media_type), content)
            only_refuses(all_parts(f"{media_type}+gzip"), content)
    only_refuses(all_parts(MARKDOWN), b"---\n" + text.encode(errors="replace") + b"\n---\nBanjir.")
    only_refuses(read_docx, damaged(SOME_DOCX, noise, seed))
    only_refuses(all_parts(f"{TEXT}+gzip"), damaged(gzip.compress(b"Banjir surut."), noise, seed))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner)))
@settings(max_examples=40, deadline=None)
def test_no_value_in_a_field_brings_anything_but_a_refusal(value: object) -> None:
    for name in ("text", "id", "url", "title", "outlet", "language", "date", "authors"):
        only_refuses(all_parts(JSON_FILE), json.dumps({"text": "Banjir.", name: value}).encode())


SOME_PDF = pdf([(72, 700, 11, FIRST)], Title="Siaran pers pelantikan", CreationDate="D:20260206")


@given(st.binary(min_size=1, max_size=40), st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_no_damage_to_a_pdf_brings_anything_but_a_refusal(noise: bytes, seed: int) -> None:
    only_refuses(read_pdf, damaged(SOME_PDF, noise, seed))


def damaged(content: bytes, noise: bytes, seed: int) -> bytes:
    at = seed % len(content)
    return content[:at] + noise + content[at + len(noise) :]

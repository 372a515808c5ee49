"""Files as they come, and what becomes of them on the way: for the fuzz of all that reads files.

Each kind of file has sound ones, and the words of its format; a damaged one has bytes flipped, cut out, put
in, repeated, or the rest of another file. What may come of it: articles, or a refusal of our own, in time.
"""

from __future__ import annotations

import gzip
import io
import json
import time
import traceback
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from index.articles import (
    DOCX,
    HTML,
    JSON,
    JSON_FILE,
    JSON_LINES,
    MARKDOWN,
    PDF,
    TEXT,
    parts,
    to_article,
)
from index.bounded import TooBig
from index.errors import ArticleUnreadable, FetchRefused
from index.feeds import is_listing, read_listing
from index.formats import pdf as pdf_format
from index.formats import pdf_lines
from index.languages import detect
from index.media_types import media_type_of, recoded
from index.passages import split
from index.places import places_in
from index.records import Article, RawArticle
from qa_service import follow_ups, schemas
from qa_service.answers import Turn
from qa_service.periods import period_in
from tests.documents import docx, pdf

LONGEST_S = 10
"""What reading a damaged file of some kilobytes may take of the processor."""

NOW = datetime(2026, 2, 7, 9, 0, tzinfo=UTC)
_OURS = Path(__file__).parents[1]

_SEED = (_OURS / "seeds").glob("*.txt")
_TEXTS = [
    next(_SEED).read_bytes()[:3000],
    b"SERANG, KOMPAS.com - Banjir surut.\n\nEditor: Budi Santoso\nJumat (6/2/2026)\nJl. A. Yani. (red)",
    "Banjir “surut” – 6 Februari 2026 | 10:44 WIB\n• BPBD\n• PMI\n".encode("cp1252"),
    "Banjir surut, kata wali kota.".encode("utf-16"),
    "印度尼西亚总统周五宣布了一项新的经济政策。".encode("gb18030"),
]
_OBJECTS: list[dict[str, Any]] = [
    {
        "text": "Banjir surut.",
        "id": "a-1",
        "title": "Banjir",
        "date": "6/2/2026",
        "authors": ["Siti", "Budi"],
    },
    {
        "body": "Gempa.",
        "url": "https://a.id/1",
        "source": {"name": "Antara"},
        "author": "Siti; Budi",
        "lang": "id-ID",
    },
    {
        "html": "<h1>Banjir</h1><p>Banjir melanda tiga kecamatan di Serang sejak pagi hari.</p>",
        "publishedAt": "2026-02-06T10:00:00+07:00",
    },
]
_JSON = [json.dumps(each).encode() for each in _OBJECTS]
_LD = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": ["NewsArticle"],
            "headline": "Wali kota melantik 269 pejabat",
            "datePublished": "2026-02-06T10:00:00+07:00",
            "author": [{"name": "Siti"}],
            "publisher": {"name": "Antara"},
            "articleBody": "Wali kota melantik <b>269</b> pejabat &amp; guru di Serang pada hari Jumat pagi.",
        }
    ],
}
_HTML = [
    (
        "<!DOCTYPE html><html lang=id><head><meta charset=utf-8><title>Wali kota melantik 269 pejabat - A"
        "ntara</title>"
        "<meta property='og:type' content='article'><meta property='article:published_time' content='2026"
        "-02-06'>"
        "<meta name=author content='Siti, Budi'><link rel=canonical href='https://a.id/1?x=1'>"
        f"<script type='application/ld+json'>{json.dumps(_LD)}</script></head><body><nav><ul><li><a href="
        f"/>Beranda"
        "</a></ul></nav><article><h1>Wali kota melantik 269 pejabat</h1><time datetime='2026-02-06'>2 jam"
        " lalu</time>"
        "<p>SERANG - Wali kota melantik 269 pejabat di Serang pada hari Jumat pagi.</p><p>Baca juga: <a h"
        "ref=/2>lain"
        "</a></p><table><tr><td>a<td>b</table><figure><figcaption>Foto pelantikan pejabat di kota Serang "
        "pada hari "
        "Jumat.</figcaption></figure></article></body></html>"
    ).encode(),
    b"<meta charset='windows-1252'><body><p>Caf\xe9 Serang dibuka hari ini oleh wali kota bersama warga.</p>",
]
_MARKDOWN = [
    b"---\ntitle: Banjir\ndate: 2026-02-06\nauthors: [Siti, &a Budi, *a]\n---\n# Banjir\n\nBanjir *surut*"
    b" di [Serang](https://a.id).\n\n> kata\n\n- satu\n- dua\n\n| a | b |\n|---|---|\n| 1 | `2` |\n",
    b'+++\ntitle = "Banjir"\ndate = 2026-02-06T10:00:00Z\n[author]\nname = "Siti"\n+++\nBanjir\nsurut.  '
    b"\nSelesai\\\n![gambar](a.png)\n",
]
_PDFS = [
    pdf(
        [
            (72, 780, 9, "Halaman 1"),
            (72, 700, 14, "Wali Kota Melantik"),
            (72, 680, 11, "Wali kota melantik pe-"),
            (72, 666, 11, "jabat di Serang."),
        ],
        Title="Siaran pers pelantikan",
        Author="Siti Aminah",
        CreationDate="D:20260206103000+07'00'",
    ),
    pdf([(72, 700, 11, "Banjir melanda")], [(72, 700, 11, "tiga kecamatan.")]),
]
_DOCX_BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    b'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body><w:p><w:r><w:t>Banji'
    b"r</w:t>"
    b'<w:tab/><w:t xml:space="preserve"> surut.</w:t><w:br/></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t'
    b">satu</w:t>"
    b"</w:r></w:p></w:tc><w:tc><w:p><w:moveFrom><w:r><w:t>dua</w:t></w:r></w:moveFrom></w:p></w:tc></w:tr"
    b"></w:tbl>"
    b"<mc:Fallback><w:p/></mc:Fallback></w:body></w:document>"
)
_CORE = (
    b"<a xmlns:b='c'><b:title>Siaran pers pelantikan</b:title><b:creator>Sit"
    b"i Aminah</b:creator><b:created>2026-02-06T10:00:00Z</b:created></a>"
)
_RSS = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
    b"<channel><title>Berita</title><link>https://a.id</link><item><title>&lt;b&gt;Banjir&lt;/b&gt;</title>"
    b"<link>https://a.id/1</link><pubDate>Fri, 06 Feb 2026 14:30:00 +0700</pubDate><dc:creator>Siti</dc:c"
    b"reator>"
    b"<source url='https://b.id'>Antara</source><guid>x</guid><description><![CDATA[<p>a]]></description>"
    b"</item></channel></rss>"
)
_ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title type='html'>Berita</title><entry><title>Gempa</tit"
    b"le>"
    b"<link rel='alternate' href='/2'/><updated>2026-02-06T14:30:00Z</updated><author><name>Siti</name></"
    b"author>"
    b"<source><title>Antara</title></source><content type='xhtml'><div>a</div></content></entry></feed>"
)
_SITEMAP = (
    b"<?xml version='1.0' encoding='UTF-8'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    b"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc> https://a.id/1 </loc><news:n"
    b"ews>"
    b"<news:publication><news:name>Berita</news:name></news:publication><news:publication_date>2026-02-06"
    b"</news:publication_date><news:title>Banjir</news:title></news:news></url><url><loc>/2</loc><lastmod"
    b">2026</lastmod>"
    b"</url></urlset>"
)
_SITEMAPS = b"<sitemapindex><sitemap><loc>https://a.id/s.xml.gz</loc></sitemap><sitemap/></sitemapindex>"

_ANY = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1f\x8b",
    b"\n",
    b"\r\n",
    b" " * 40,
    b"9" * 30,
    b"\xed\xa0\x80",
    b"&#0;",
    b"\xe2\x80\x8b",
)
_TAGS = (
    b"<",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"http://[",
    b"xmlns:a=''",
    b"<a " * 20,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: sound ones, the words of its format, and what reads it."""

    sound: Sequence[bytes]
    words: Sequence[bytes]
    read: Callable[[bytes], object]


def _articles(media_type: str, *, origin: str = "a") -> Callable[[bytes], object]:
    def read(content: bytes) -> object:
        return [
            _whole(to_article(part, NOW))
            for part in parts(RawArticle(content, media_type, origin), most_bytes=10**7)
        ]

    return read


def _whole(article: Article) -> object:
    """What is made of an article further on, which must not fail either."""
    for span in split(article.text, count_tokens=lambda texts: [len(text) // 4 for text in texts]):
        assert article.text[span.start : span.end].strip()
    article.origin.encode()
    return schemas.Article.of(article).model_dump_json().encode()


def _zipped(
    read: Callable[[bytes], object], name: str, other: Mapping[str, bytes]
) -> Callable[[bytes], object]:
    """Reads a DOCX whose part of that name is the damaged content, sound as an archive."""

    def zipping(content: bytes) -> object:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for each, text in (*other.items(), (name, content)):
                archive.writestr(each, text)
        return read(packed.getvalue())

    return zipping


def _pdf_here(content: bytes) -> object:
    """Reads a PDF in this process, where a failure of what follows its child process is seen soonest."""

    def found(content: bytes) -> Any:
        try:
            return json.loads(json.dumps(pdf_lines._read(content)))
        except Exception as error:  # which the child process tells as a refusal
            raise ArticleUnreadable(f"damaged PDF ({error})") from None

    with mock.patch.object(pdf_format, "_found", found):
        return _articles(PDF)(content)


def _listing(content: bytes) -> object:
    raw = RawArticle(content, "application/xml", "https://a.id/rss")
    is_listing(raw)
    return repr(read_listing(raw)).encode()


def _from_web(content: bytes) -> object:
    """Reads what a server sends, which says of itself what it likes."""
    said, _, body = content.partition(b"\n")
    content_type = said.decode("latin-1")
    media_type = media_type_of(content_type, body, "/a.html")
    return _articles(media_type, origin="https://a.id/1")(recoded(body, content_type))


def _question(content: bytes) -> object:
    """What a question names, found by expressions that might take for ever."""
    question = content.decode(errors="replace")[:1000]
    for as_of in (date(2026, 2, 6), date.min, date.max):
        assert period_in(question, as_of=as_of) is not None
    return (
        detect(question),
        places_in(question),
        follow_ups.ways(question, [Turn("Siapa?", question, None)]),
    )


def _gzipped(media_type: str) -> Callable[[bytes], object]:
    return _articles(f"{media_type}+gzip")


KINDS: Mapping[str, Kind] = {
    "text": Kind(
        _TEXTS,
        (*_ANY, b"SERANG - ", b"Editor: Budi\n", b"(red)", b"Jl. ", b"6/2/2026", "• ".encode()),
        _articles(TEXT),
    ),
    "html": Kind(
        _HTML,
        (*_ANY, *_TAGS, b"charset=utf-7", b"<div>" * 50, b"<meta ", b"<script>", b'"articleBody":'),
        _articles(HTML, origin="https://a.id/1"),
    ),
    "markdown": Kind(
        _MARKDOWN,
        (*_ANY, b"---\n", b"+++\n", b"&a [*a]", b"[" * 20, b"> " * 20, b"`", b"**", b"<b ", b"a.b.c=1"),
        _articles(MARKDOWN),
    ),
    "json": Kind(
        _JSON,
        (*_ANY, b'"', b"\\ud800", b"\\u0000", b"NaN", b"1e999", b"[" * 50, b'{"name":', b'"content_hash":"'),
        _articles(JSON_FILE),
    ),
    "json array": Kind(
        [b"[" + b", ".join(_JSON) + b"]"], (*_ANY, b"[", b"]", b",", b"{", b"}", b'"'), _articles(JSON_FILE)
    ),
    "a json fetched": Kind(
        _JSON, (*_ANY, b"http://[", b'"url":"', b"\\ud800"), _articles(JSON, origin="https://a.id/1")
    ),
    "json lines": Kind([b"\n".join(_JSON)], (*_ANY, b"\n\n\n", b'"'), _articles(JSON_LINES)),
    "packed json lines": Kind([gzip.compress(b"\n".join(_JSON), mtime=0)], _ANY, _gzipped(JSON_LINES)),
    "packed text": Kind([gzip.compress(_TEXTS[0], mtime=0)], _ANY, _gzipped(TEXT)),
    "docx": Kind(
        [docx("<w:p><w:r><w:t>Banjir.</w:t></w:r></w:p>", core=_CORE.decode())],
        (*_ANY, b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"),
        _articles(DOCX),
    ),
    "docx body": Kind(
        [_DOCX_BODY],
        (*_ANY, *_TAGS, b"<w:p>", b"</w:tr>", b"<w:t>"),
        _zipped(_articles(DOCX), "word/document.xml", {}),
    ),
    "docx properties": Kind(
        [_CORE],
        (*_ANY, *_TAGS),
        _zipped(_articles(DOCX), "docProps/core.xml", {"word/document.xml": _DOCX_BODY}),
    ),
    "pdf": Kind(
        _PDFS,
        (
            *_ANY,
            b"<<",
            b">>",
            b"obj",
            b"stream\n",
            b"endstream",
            b"/Length -1",
            b"1e999",
            b"/Kids [1 0 R]",
            b"(\\",
            b"Tj",
            b"Td",
            b"1 0 0 -1 0 0 cm",
        ),
        _pdf_here,
    ),
    "feed": Kind([_RSS, _ATOM], (*_ANY, *_TAGS, b"<item>", b"<entry>", b"xml:base='http://['"), _listing),
    "sitemap": Kind(
        [_SITEMAP, _SITEMAPS, gzip.compress(_SITEMAP, mtime=0)], (*_ANY, *_TAGS, b"<url>", b"<loc>"), _listing
    ),
    "question": Kind(
        [
            b"Siapa wali kota Serang sejak 1 sampai 5 Oktober 2025?",
            b"Apa yang terjadi pada akhir Maret 2026 di Bekasi?",
            b"What happened between May 2025 and last Friday?",
        ],
        (
            *_ANY,
            b"dari ",
            b" sampai ",
            b" - ",
            b"3 hari terakhir",
            b"999 tahun lalu",
            b"31 Februari",
            b"(29/2)",
            b"Kota Serang, ",
            b"Kalau di ",
            b"tahun 2026 ",
        ),
        _question,
    ),
    "from the web": Kind(
        [
            b"text/html; charset=utf-8\n" + _HTML[0],
            b"text/plain; charset=latin-1\n" + _TEXTS[1],
            b"text/markdown\n" + _MARKDOWN[0],
        ],
        (
            *_ANY,
            b"; charset=punycode",
            b"; charset=utf-16",
            b"; charset=\0",
            b"application/json",
            b"text/markdown",
        ),
        _from_web,
    ),
}

_PLACES = st.integers(0, 2**16)
_CHANGES = st.sampled_from(("flip", "put", "cut", "drop", "repeat", "splice"))


@st.composite
def damaged(draw: st.DrawFn, kind: Kind) -> bytes:
    """A file of the kind, more or less damaged."""
    content = draw(st.sampled_from(kind.sound))
    noise = st.sampled_from(kind.words) | st.binary(min_size=1, max_size=8)
    for _ in range(draw(st.integers(0, 5))):
        content = _changed(content, draw(_CHANGES), draw(_PLACES), draw(_PLACES), draw(noise), kind.sound)
    return content


def _changed(
    content: bytes, change: str, at: int, length: int, noise: bytes, others: Sequence[bytes]
) -> bytes:
    at %= len(content) + 1
    before, after = content[:at], content[at:]
    match change:
        case "flip":
            return before + noise + after[len(noise) :]
        case "put":
            return before + noise + after
        case "cut":
            return before
        case "drop":
            return before + after[length % 100 :]
        case "repeat":
            return before + after[: length % 50] * (length % 40) + after
        case _:
            other = others[length % len(others)]
            return before + other[length % (len(other) + 1) :]


def require_articles_or_a_refusal(kind: Kind, content: bytes) -> None:
    """Fails where reading brings about anything else, also if it is called a refusal, or takes too long."""
    began = time.process_time()
    try:
        kind.read(content)
    except TooBig:
        pass
    except (ArticleUnreadable, FetchRefused) as error:
        # What stumbles is refused as well, and logged. Libraries may; where we do, something is to be mended.
        stumbled = error.__cause__.__cause__ if error.__cause__ is not None else None
        if str(error.__cause__ or "").startswith("could not be read ("):
            assert stumbled is not None
            place = Path(traceback.extract_tb(stumbled.__traceback__)[-1].filename)
            assert not (place.is_relative_to(_OURS) and ".venv" not in place.parts), stumbled
    assert time.process_time() - began < LONGEST_S

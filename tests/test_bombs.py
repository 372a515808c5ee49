"""What looks small and would take all memory or never end is refused, within limits of both.

Each bomb goes off in a process of its own, which may take MEMORY_MB more than it has once all is imported.
"""

from __future__ import annotations

import gzip
import multiprocessing
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from index.articles import DOCX, HTML, JSON_FILE, JSON_LINES, MARKDOWN, TEXT
from tests.bomb_reader import read_bomb
from tests.documents import docx, docx_packed, pdf_of_packed

pytestmark = pytest.mark.long

MEMORY_MB = 700
LONGEST_S = 20
"""Of the processor; most take less than one."""

# Each process is forked from one that has everything imported.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.bomb_reader"])


def go_off(tmp_path: Path, media_type: str, content: bytes) -> str:
    """What reading it says, in a process with little memory and time."""
    (tmp_path / "bomb").write_bytes(content)
    limits = (MEMORY_MB * 2**20, LONGEST_S)
    reading = _processes.Process(target=read_bomb, args=(tmp_path, media_type, *limits))
    reading.start()
    reading.join()
    assert reading.exitcode == 0
    return (tmp_path / "said").read_text()


ZEROS = gzip.compress(bytes(2**30), 9)
"""A gigabyte in a megabyte."""

BILLION_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    + "]>"
)


def bzip2_in_docx() -> bytes:
    return docx_packed(zipfile.ZIP_BZIP2, b"<a>" + b" " * 2**28 + b"</a>", said_size=1000)


def pages_in_pdf() -> bytes:
    content = zlib.compressobj(9)
    drawn = b"BT /F1 9 Tf 72 700 Td (" + b"a" * 2**20 + b") Tj ET\n"
    return pdf_of_packed(b"".join([*(content.compress(drawn) for _ in range(64)), content.flush()]))


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "gzip": (f"{TEXT}+gzip", lambda: ZEROS, "larger than 32 MB"),
    "gzip in gzip": (f"{HTML}+gzip", lambda: gzip.compress(ZEROS), "(refused|no article)"),
    "gzipped JSON": (f"{JSON_FILE}+gzip", lambda: ZEROS, "larger than 32 MB"),
    "a gzipped line of a gigabyte": (f"{JSON_LINES}+gzip", lambda: ZEROS, "too much comes out"),
    "a gigabyte of empty lines": (
        f"{JSON_LINES}+gzip",
        lambda: gzip.compress(b"\n" * 2**25, 9),
        "too much comes out",
    ),
    "a line of 50 MB": (TEXT, lambda: b"a" * 50_000_000, "larger than 32 MB"),
    "a line of 50 MB among JSON Lines": (
        JSON_LINES,
        lambda: b'{"text": "' + b"a" * 50_000_000,
        "larger than",
    ),
    "DOCX": (DOCX, lambda: docx("<w:p>" + " " * 40_000_000 + "</w:p>"), "unpacks to more than 32 MB"),
    "DOCX that says it is small": (
        DOCX,
        lambda: docx_packed(zipfile.ZIP_DEFLATED, b"<a>" + b" " * 2**28 + b"</a>", said_size=1000),
        "damaged DOCX",
    ),
    "DOCX in bzip2": (DOCX, bzip2_in_docx, "packed in another way"),
    "billion laughs in DOCX": (
        DOCX,
        lambda: docx_packed(zipfile.ZIP_DEFLATED, f"{BILLION_LAUGHS}<a>&a9;</a>".encode()),
        "declares a document type",
    ),
    "billion laughs in a feed": (
        "feed",
        lambda: f"{BILLION_LAUGHS}<rss><channel><title>&a9;</title></channel></rss>".encode(),
        "declares the entity",
    ),
    "billion laughs in a sitemap": (
        "feed",
        lambda: f"{BILLION_LAUGHS}<urlset><url><loc>&a9;</loc></url></urlset>".encode(),
        "declares the entity",
    ),
    "a gzipped sitemap": ("feed", lambda: ZEROS, "larger than a sitemap may be"),
    "a wide feed": ("feed", lambda: b"<rss><channel>" + b"<item/>" * 2_000_000, "lists more than 10,000"),
    "a wide feed in UTF-16": (
        "feed",
        lambda: ("<rss><channel>" + "<item/>" * 2_000_000).encode("utf-16"),
        "lists more than 10,000",
    ),
    "a feed of tags": ("feed", lambda: b"<rss><channel>" + b"<a>" * 1_100_000, "larger than a feed is"),
    "a wide sitemap": (
        "feed",
        lambda: b"<urlset>" + b"<url/>" * 3_000_000 + b"</urlset>",
        "lists more than a sitemap may",
    ),
    "deep HTML": (HTML, lambda: b"<div>" * 2_000_000, "nested"),
    "deep inline HTML": (HTML, lambda: b"<b><i>" * 1_500_000, "nested"),
    "wide HTML": (HTML, lambda: b"<p>kata" * 1_400_000, "elements"),
    "a paragraph of brackets": (MARKDOWN, lambda: b"[" * 90_000, "full of"),
    "deep JSON": (JSON_FILE, lambda: b'{"text": ' * 3_000_000, "not JSON"),
    "a number of a million digits": (JSON_FILE, lambda: b'{"id": ' + b"9" * 1_000_000 + b"}", "not JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bomb_is_refused_within_memory_and_time(tmp_path: Path, name: str) -> None:
    media_type, make, reason = REFUSED[name]
    said = go_off(tmp_path, media_type, make())
    assert "refused" in said
    assert "could not be read" not in said, said[-500:]
    assert re.search(reason, said), said[-500:]


LD = '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody": "%s"}</script>'
PROSE = "Wali kota melantik 269 pejabat di Serang pada hari Jumat pagi."

SLOW: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a title of megabytes over many passages": (
        JSON_FILE,
        lambda: b'{"title": "' + b"Judul " * 200_000 + b'", "text": "' + f"{PROSE} ".encode() * 1_000 + b'"}',
    ),
    "an outlet of megabytes": (
        HTML,
        lambda: (
            f"<meta property=og:site_name content='{'Kabar ' * 100_000}'>"
            "<meta property=og:type content=article>"
            f"<p>{PROSE * 500}</p>"
        ).encode(),
    ),
    "a stated body of tags": (HTML, lambda: (LD % ("<p>" * 700_000) + f"<p>{PROSE}</p>").encode()),
    "an encoding that takes hours": (
        HTML,
        lambda: (
            b"<meta charset=punycode>"
            + f"<p>{PROSE}</p>".encode()
            + b"a" * 2_000_000
            + b"-"
            + b"a" * 2_000_000
        ),
    ),
    "abbreviations that end no sentence": (TEXT, lambda: b"Jl. " * 100_000),
    "initials": (TEXT, lambda: b"A. " * 100_000),
    "by-lines behind by-lines": (TEXT, lambda: b"Banjir surut" + b".(a)" * 200_000),
    "by-lines before by-lines": (TEXT, lambda: b"Editor: Budi\n" * 20_000 + PROSE.encode()),
    "datelines before by-lines": (TEXT, lambda: b"SERANG - Editor: Budi\n" * 20_000 + PROSE.encode()),
    "bullets before datelines": (TEXT, lambda: ("a.com - • " * 50_000 + PROSE).encode()),
    "a word of megabytes": (TEXT, lambda: b"a" * 1_000_000),
    "a headline of megabytes": (
        TEXT,
        lambda: b"Kata " + b"a" * 2_000_000 + b" kata\n\n" + PROSE.encode() * 500,
    ),
    "an outlet in a dateline of megabytes": (
        TEXT,
        lambda: b"a" * 1_000_000 + b".com - " + PROSE.encode() * 500,
    ),
    "full stops": (TEXT, lambda: b"." * 1_000_000 + b" a"),
    "quotation marks": (TEXT, lambda: "a.”".encode() * 300_000),
    "brackets": (TEXT, lambda: b"(a " * 300_000),
    "dates": (TEXT, lambda: b"Jumat (6/2/" * 400_000),
    "short lines": (TEXT, lambda: b"a\n" * 200_000),
    "properties that come in pieces": (
        DOCX,
        lambda: docx(
            "<w:p><w:r><w:t>Banjir.</w:t></w:r></w:p>", core=f"<a><title>{'a&amp;' * 2_000_000}</title></a>"
        ),
    ),
    "comments in Markdown": (MARKDOWN, lambda: b"<!--" * 24_000),
    "tags in Markdown": (MARKDOWN, lambda: b"<a b" * 24_000),
    "emphasis in Markdown": (MARKDOWN, lambda: b"*a **b _c " * 9_000),
    "code in Markdown": (MARKDOWN, lambda: b"".join(b"`" * n + b" " for n in range(1, 430))),
    "quotations in Markdown": (MARKDOWN, lambda: b"> " * 45_000),
    "lists in Markdown": (MARKDOWN, lambda: b"* " * 45_000),
    "definitions in Markdown": (MARKDOWN, lambda: b"[a]: b\n" * 13_000),
    "entities in Markdown": (MARKDOWN, lambda: b"&amp;&#0;" * 10_000),
    "nested front matter": (MARKDOWN, lambda: b"---\n" + b"[" * 4_000 + b"\n---\nBanjir."),
    "laughing front matter": (
        MARKDOWN,
        lambda: (
            "---\na0: &a0 [ha]\n"
            + "".join(f"a{n + 1}: &a{n + 1} [{','.join([f'*a{n}'] * 10)}]\n" for n in range(9))
            + "authors: *a9\n---\nBanjir."
        ).encode(),
    ),
    "dotted front matter": (MARKDOWN, lambda: b"+++\n" + b"a." * 8_000 + b"a=1\n+++\nBanjir."),
    "comments before nothing": ("feed", lambda: b"<!---->" * 100_000 + b"&"),
    "comments that don't end": ("feed", lambda: b"<!--" * 100_000),
    "a deep feed": ("feed", lambda: b"<rss><channel>" + b"<a>" * 50_000),
    "a deep sitemap": ("feed", lambda: b"<urlset><url>" + b"<a>" * 1_000_000),
    "a sitemap of other things": ("feed", lambda: b"<urlset>" + b"<a/>" * 1_000_000 + b"</urlset>"),
    "a title in a feed": (
        "feed",
        lambda: b"<rss><channel><item><title>" + b"&lt;" * 100_000 + b"</title></item></channel></rss>",
    ),
    "a long feed": ("feed", lambda: b"<rss><channel>" + b"<item><link>http://a.id/1</link></item>" * 9_000),
    "markup in a feed": (
        "feed",
        lambda: (
            b"<rss><channel><item><description>"
            + b"&lt;b&gt;" * 100_000
            + b"</description></item></channel></rss>"
        ),
    ),
}
"""What may be read or refused, if it only is in time."""


@pytest.mark.parametrize("name", SLOW)
def test_what_would_take_hours_or_gigabytes_takes_seconds(tmp_path: Path, name: str) -> None:
    media_type, make = SLOW[name]
    said = go_off(tmp_path, media_type, make())
    assert said.startswith(("read", "refused", "listed"))
    assert "could not be read" not in said, said[-500:]
    if said.startswith("read"):
        _, characters, embedded = said.split()
        assert int(embedded) < 5 * int(characters) + 10_000

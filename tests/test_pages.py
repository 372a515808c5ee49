"""The reading pages: the whole article, and exactly the quote highlighted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Passage, Revision, Span
from qa_service.answers import Citation
from ui.pages import Archive, paragraphs, quoted_span, reading_link, reading_pages

ARTICLE = Article(
    id="satu",
    title="Harga <cabai> & bawang",
    text=(
        "Baris pertama & <b>tebal</b>.\n\n"
        "Baris 👩‍👩‍👧 kedua, cafe\u0301.\n<script>alert(1)</script> &lt;i&gt;\nAkhir."
    ),
    language="jv",
    content_hash="00",
    fetched_at=datetime(2026, 2, 6, tzinfo=UTC),
    origin="seed",
    outlet="Media & Kota",
    url="https://example.com/a?b=1&c=2",
    published_at=date(2026, 2, 6),
)
MARKS = re.compile(r'<mark(?: id="quote")?>(.*?)</mark>', re.DOTALL)


def client_of(
    article: Article = ARTICLE, *, earlier: Revision | None = None, copies: Sequence[Article] = ()
) -> TestClient:
    def article_of(article_id: str) -> Article:
        if article_id != article.id:
            raise ArticleNotFound(f"no article {article_id}")
        return article

    def revision_of(article_id: str, version: str) -> Revision:
        if not earlier or earlier.article_id != article_id or not earlier.content_hash.startswith(version):
            raise RevisionNotFound(f"no version {version}")
        return earlier

    app = FastAPI()
    app.include_router(reading_pages(Archive(article_of, lambda _: [article, *copies], revision_of)))
    return TestClient(app)


def marked(page: str) -> list[str]:
    return [unescape(mark) for mark in MARKS.findall(page)]


def lines_of(quote: str) -> list[str]:
    return [line for line in quote.split("\n") if line]


@pytest.mark.parametrize(
    "quote",
    [
        "pertama",
        "& <b>tebal</b>",
        "👩‍👩‍👧 kedua",
        "e\u0301.",
        "tebal</b>.\n\nBaris 👩‍👩‍👧",
        "kedua, cafe\u0301.\n<script>alert(1)</script> &lt;i&gt;\nAkhir",
        ARTICLE.text,
    ],
)
def test_the_highlight_holds_exactly_the_quote(quote: str) -> None:
    start = ARTICLE.text.index(quote)
    page = client_of().get(f"/articles/satu/view?start={start}&end={start + len(quote)}")
    assert page.status_code == 200
    assert marked(page.text) == lines_of(quote)
    assert page.text.count('id="quote"') == 1
    assert page.text.index('<mark id="quote">') == page.text.index("<mark")


ALPHABET = st.sampled_from([*"ab <>&\"'\n\n", "👩‍👧", "\u0301", "\u200d", "é", "中", "ع"])


@given(st.lists(ALPHABET, min_size=1).map("".join), st.data())
def test_any_quote_of_any_text_is_marked_whole_and_the_rest_stays(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = paragraphs(text, Span(start, end))
    lines = [line for line in text.split("\n") if line.strip()]
    assert [part.before + part.quoted + part.after for part in shown] == lines
    visible = [line for line in text[start:end].split("\n") if line.strip()]
    assert [part.quoted for part in shown if part.quoted.strip()] == visible
    assert sum(part.opens for part in shown) == any(part.quoted for part in shown)


def test_the_link_of_a_citation_opens_the_page_on_its_quote() -> None:
    article = replace(ARTICLE, id="a b&c?#")
    quote = "pertama"
    start = article.text.index(quote)
    passage = Passage(1, article.id, 0, 0, len(article.text), article.text)
    end = start + len(quote)
    link = reading_link(Citation(1, quote, start, end, Span(start, end), article, passage, 1.0))
    version = article.content_hash[:12]
    assert link == f"/articles/a%20b%26c%3F%23/view?start={start}&end={start + 7}&version={version}#quote"
    assert marked(client_of(article).get(link).text) == [quote]


def test_a_link_to_an_article_that_has_changed_marks_nothing_and_says_so() -> None:
    passage = Passage(1, ARTICLE.id, 0, 0, len(ARTICLE.text), ARTICLE.text)
    link = reading_link(Citation(1, ARTICLE.text[:5], 0, 5, Span(0, 5), ARTICLE, passage, 1.0))
    page = client_of(replace(ARTICLE, content_hash="another")).get(link)
    assert page.status_code == 200
    assert "Artikel ini berubah sejak dikutip" in page.text
    assert "<mark" not in page.text


EARLIER = Revision(
    article_id="satu",
    content_hash="beef",
    title=ARTICLE.title,
    text="Baru kemarin: 12 <b>orang</b>. Baris pertama.",
    published_at=None,
    fetched_at=datetime(2026, 2, 5, tzinfo=UTC),
    replaced_at=datetime(2026, 2, 6, tzinfo=UTC),
    replaced_by="satu",
)


@pytest.mark.parametrize(
    ("language", "since", "gone"),
    [
        (
            "id",
            "Artikel ini berubah sejak dikutip. Saat dikutip tertulis:",
            "tidak ada lagi di teks sekarang",
        ),
        ("en", "This article has changed since it was quoted.", "no longer stands in the present text"),
    ],
)
def test_a_quote_that_is_gone_is_shown_as_it_stood_then(language: str, since: str, gone: str) -> None:
    page = client_of(earlier=EARLIER).get(
        "/articles/satu/view?start=0&end=30&version=beef", headers={"Accept-Language": language}
    )
    assert since in page.text
    assert '<blockquote lang="jv">Baru kemarin: 12 &lt;b&gt;orang&lt;/b&gt;.</blockquote>' in page.text
    assert gone in page.text
    assert "<mark" not in page.text


def test_a_quote_that_still_stands_is_marked_where_it_stands_now() -> None:
    page = client_of(earlier=EARLIER).get("/articles/satu/view?start=31&end=44&version=be").text
    assert '<blockquote lang="jv">Baris pertama</blockquote>' in page
    assert "Kalimat itu masih ada di teks sekarang" in page
    assert marked(page) == ["Baris pertama"]


def test_an_article_whose_id_changed_with_its_text_is_found_by_the_version_quoted() -> None:
    pages = client_of(earlier=replace(EARLIER, article_id="nol"))
    page = pages.get("/articles/nol/view?start=31&end=44&version=beef")
    assert page.status_code == 200
    assert marked(page.text) == ["Baris pertama"]
    assert pages.get("/articles/nol/view").status_code == 404
    assert pages.get("/articles/nol/view?version=dead").status_code == 404


def test_the_other_copies_of_a_story_are_listed_and_can_be_opened() -> None:
    copy = replace(ARTICLE, id="a/b", title="Salinan <b>", outlet="Antara", published_at=None)
    page = client_of(copies=[copy]).get("/articles/satu/view").text
    assert '<h2 id="copies-heading">Salinan lain berita ini</h2>' in page
    assert (
        '<li><a href="/articles/a%2Fb/view"><span lang="jv">Salinan &lt;b&gt;</span></a> '
        '<span class="byline">Antara · tanpa tanggal</span></li>'
    ) in page
    assert page.count("<li>") == 1
    assert 'id="copies"' not in client_of().get("/articles/satu/view").text


def test_the_page_tells_title_outlet_date_and_language_and_leads_on_and_back() -> None:
    page = client_of().get("/articles/satu/view").text
    assert "<title>Harga &lt;cabai&gt; &amp; bawang · Tanya</title>" in page
    assert '<h1 lang="jv">Harga &lt;cabai&gt; &amp; bawang</h1>' in page
    assert 'Media &amp; Kota</span> · <time datetime="2026-02-06">6 Februari 2026</time>' in page
    assert '<article lang="jv">' in page
    assert (
        '<a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">'
        "Buka di situs penerbit (tab baru)</a>"
    ) in page
    assert '<a class="back" href="/chat/">' in page
    assert "<script" not in page


def test_an_article_without_outlet_date_or_url_is_shown_all_the_same() -> None:
    bare = replace(ARTICLE, outlet=None, published_at=None, url=None)
    page = client_of(bare).get("/articles/satu/view", headers={"Accept-Language": "en"}).text
    assert '<span class="outlet">Outlet not named</span> · undated' in page
    assert "publisher" not in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,x",
        "//example.com/a",
        "https:",
        "http://[",
        "/a",
    ],
)
def test_only_web_addresses_are_linked(url: str) -> None:
    page = client_of(replace(ARTICLE, url=url)).get("/articles/satu/view").text
    assert "Buka di situs penerbit" not in page
    assert "javascript" not in page.lower()


@pytest.mark.parametrize(
    "query",
    [
        "start=5&end=5",
        "start=-1&end=4",
        "start=0&end=99999",
        "start=9&end=3",
        "start=x&end=y",
        "start=3",
        "end=3",
        "start=29&end=31",
        f"start={'9' * 5000}&end=3",
        "start=1e1&end=20",
        "start=&end=",
    ],
)
def test_offsets_that_mark_nothing_give_the_page_with_a_notice(query: str) -> None:
    page = client_of().get(f"/articles/satu/view?{query}")
    assert page.status_code == 200
    assert "Kutipan yang dituju tidak ada di teks ini" in page.text
    assert "<mark" not in page.text
    assert "Baris pertama" in page.text


def test_a_page_without_offsets_has_no_highlight_and_no_notice() -> None:
    page = client_of().get("/articles/satu/view").text
    assert "<mark" not in page
    assert "notice" not in page


def test_blank_text_between_lines_is_no_quote() -> None:
    assert quoted_span("a\n\nb", "1", "3") is None
    assert quoted_span("a\n\nb", "1", "4") == Span(1, 4)


def test_an_unknown_article_is_a_page_with_a_way_back() -> None:
    page = client_of().get("/articles/lain/view?start=1&end=2")
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Artikel tidak ditemukan</h1>" in page.text
    assert 'href="/chat/"' in page.text


@pytest.mark.parametrize("path", ["/articles/satu/view", "/articles/lain/view"])
def test_a_page_may_load_nothing_but_its_own_style(path: str) -> None:
    page = client_of().get(path)
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_style_is_served_from_here() -> None:
    style = client_of().get("/ui/article.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.text
    assert "@import" not in style.text

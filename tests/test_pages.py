"""The reading pages: the whole article, and exactly the quote highlighted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape, unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Passage, Revision, Span
from qa_service.answers import Citation
from ui.pages import Archive, publisher_link, reading_link, reading_pages
from ui.quotes import also_quoted, paragraphs, quoted_span, quotes_of

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
MARKS = re.compile(r'<mark(?: id="[^"]*")?>(.*?)</mark>', re.DOTALL)


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
def test_any_quotes_of_any_text_are_marked_whole_and_the_rest_stays(text: str, data: st.DataObject) -> None:
    def asked_for() -> Span | None:
        start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
        return quoted_span(text, str(start), str(end))

    first, *others = (asked_for() for _ in range(3))
    quotes = quotes_of(first, [span for span in others if span])
    shown = paragraphs(text, quotes)
    assert ["".join(piece.text for piece in line) for line in shown] == [
        line for line in text.split("\n") if line.strip()
    ]
    for quote in quotes:
        pieces = [piece for line in shown for piece in line if piece.quote == quote]
        visible = [line for line in text[quote.span.start : quote.span.end].split("\n") if line.strip()]
        assert [piece.text for piece in pieces if piece.text.strip()] == visible
        assert [piece.opens for piece in pieces] == [True] + [False] * (len(pieces) - 1)
        assert [piece.closes for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def cited(quote: str, *, n: int = 1, article: Article = ARTICLE) -> Citation:
    start = article.text.index(quote)
    span = Span(start, start + len(quote))
    passage = Passage(1, article.id, 0, 0, len(article.text), article.text)
    return Citation(n, quote, span.start, span.end, span, article, passage, 1.0)


def test_quotes_of_one_answer_are_marked_together_with_ways_from_one_to_the_next() -> None:
    second, first, third = (
        cited(quote, n=n) for n, quote in enumerate(("kedua", "Baris pertama", "Akhir."), start=1)
    )
    elsewhere = cited("Baris", n=4, article=replace(ARTICLE, id="lain"))
    link = reading_link(second, [first, second, third, elsewhere, replace(third, n=5)])
    assert link.endswith("&version=00&also=0-13&also=93-99#quote")
    page = client_of().get(link).text
    assert marked(page) == ["Baris pertama", "kedua", "Akhir."]
    assert re.findall(r'<mark id="([^"]*)">', page) == ["quote-1", "quote", "quote-3"]
    assert re.findall(r'<a href="(#[^"]*)" aria-label="([^"]*)">', page) == [
        ("#quote", "Kutipan berikutnya"),
        ("#quote-1", "Kutipan sebelumnya"),
        ("#quote-3", "Kutipan berikutnya"),
        ("#quote", "Kutipan sebelumnya"),
    ]
    assert 'role="group" aria-label="Kutipan 2 dari 3"' in page


def test_a_single_quote_has_no_way_to_the_next_one() -> None:
    page = client_of().get(reading_link(cited("kedua"), [cited("kedua")])).text
    assert 'class="turns"' not in page


def test_of_quotes_that_overlap_the_first_named_is_marked() -> None:
    assert [quote.span for quote in quotes_of(Span(5, 9), [Span(0, 6), Span(0, 5), Span(9, 12)])] == [
        Span(0, 5),
        Span(5, 9),
        Span(9, 12),
    ]


@pytest.mark.parametrize(
    "written", ["", "1", "2-1", "0-999", "a-b", "1-2-3", "-1-2", "²-3", f"{'9' * 5000}-1"]
)
def test_a_further_quote_that_marks_nothing_is_left_out(written: str) -> None:
    assert also_quoted("abcd", [written, "1-3"]) == [Span(1, 3)]
    assert client_of().get("/articles/satu/view", params={"also": written}).status_code == 200


@pytest.mark.parametrize(
    ("url", "quote", "fragment"),
    [
        ("https://example.com/a?b=1&c=2", "10-12, a & b", "#:~:text=10%2D12%2C%20a%20%26%20b"),
        ("https://example.com/a#isi", "kedua", "#isi:~:text=kedua"),
        ("https://example.com/a#isi:~:text=lain", "kedua", "#isi:~:text=kedua"),
        ("https://example.com/a", "satu  dua\n\ntiga empat", "#:~:text=satu%20dua,tiga%20empat"),
        ("https://example.com/a", "豹-é", "#:~:text=%E8%B1%B9%2D%C3%A9"),
        (
            "https://example.com/a",
            " ".join(f"kata{n:02}panjangnya" for n in range(12)),
            "#:~:text="
            + ",".join(
                "%20".join(f"kata{n:02}panjangnya" for n in ends) for ends in (range(5), range(7, 12))
            ),
        ),
    ],
)
def test_the_publishers_page_opens_where_the_quote_stands(url: str, quote: str, fragment: str) -> None:
    article = replace(ARTICLE, text=f"Sebelum. {quote} Sesudah.", url=url)
    link = publisher_link(cited(quote, article=article))
    assert link == url.partition("#")[0] + fragment
    page = client_of(article).get(reading_link(cited(quote, article=article))).text
    assert f'<a href="{escape(link)}" target="_blank"' in page


def test_a_quote_of_an_article_without_a_web_address_leads_to_no_publisher() -> None:
    assert publisher_link(cited("kedua", article=replace(ARTICLE, url=None))) is None
    assert publisher_link(cited("kedua", article=replace(ARTICLE, url="javascript:alert(1)"))) is None


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
        ("en", "This article has changed since it was quoted.", "is no longer in the current text"),
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
    assert page.count("<script") == 1  # the theme\'s


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
    assert quoted_span("a\n\nb", "1", "4") == Span(3, 4)


def test_more_from_the_outlet_is_a_link_to_the_archive() -> None:
    page = client_of().get("/articles/satu/view").text
    assert '<a href="/archive?outlet=Media+%26+Kota">Berita lain dari Media &amp; Kota</a>' in page


def test_an_unknown_article_is_a_page_with_a_way_back() -> None:
    page = client_of().get("/articles/lain/view?start=1&end=2")
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Artikel tidak ditemukan</h1>" in page.text
    assert 'href="/chat/"' in page.text


@pytest.mark.parametrize("path", ["/articles/satu/view", "/articles/lain/view"])
def test_a_page_may_load_nothing_but_our_style_and_theme(path: str) -> None:
    page = client_of().get(path)
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_style_is_served_from_here() -> None:
    style = client_of().get("/ui/article.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "http" not in style.text
    assert "@import" not in style.text

"""A web page becomes its article; what is no article, or too much of a page, is refused."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import to_article
from index.errors import ArticleUnreadable
from index.formats.html import MOST_BYTES, read_html
from index.formats.page import Page
from index.records import WIB, Article, RawArticle

NOW = datetime(2026, 2, 7, 9, 0, tzinfo=WIB)
URL = "https://berita.example/kota/pejabat-dilantik-123"
TITLE = "Wali Kota Serang Lantik 269 Pejabat"
FIRST = (
    "Wali Kota Serang Budi Rustandi melantik 269 pejabat baru di lingkungan pemerintah kota pada akhir pekan."
)
SECOND = "Pelantikan itu berlangsung di Pasar Kepandean dan disaksikan ratusan warga dan pedagang sejak pagi."
THIRD = "“Saya minta semuanya bekerja keras dan melayani warga dengan cepat,” kata wali kota seusai acara."
BODY = f"{FIRST}\n{SECOND}\n{THIRD}"


def html(*, head: str = "", before: str = "", body: str = "", after: str = "") -> str:
    paragraphs = body or "".join(f"<p>{line}</p>" for line in BODY.split("\n"))
    return (
        f"<!DOCTYPE html><html><head><title>{TITLE} - Kabar Serang</title>{head}</head><body>"
        '<nav><ul><li><a href="/">Beranda</a></li><li><a href="/kota">Kota</a></li></ul></nav>'
        f"<article><h1>{TITLE}</h1>{before}{paragraphs}{after}</article>"
        "<footer>Hak cipta Kabar Serang</footer></body></html>"
    )


def read(page: str | bytes, url: str = "") -> Page:
    return read_html(page, url=url, fetched_at=NOW)


def article(page: str | bytes, origin: str = URL) -> Article:
    content = page.encode() if isinstance(page, str) else page
    return to_article(RawArticle(content=content, media_type="text/html", origin=origin), NOW)


def stated(**fields: object) -> str:
    fields = {"@context": "https://schema.org", "@type": "NewsArticle"} | fields
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


def meta(**tags: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{tags[name]}">' for name in tags)


def test_a_page_becomes_its_article_without_navigation_and_footer() -> None:
    assert (article(html()).title, article(html()).text) == (f"{TITLE}", BODY)


@pytest.mark.parametrize(
    "box",
    [
        "<p><strong>Baca juga: <a href='/x'>Apakah ASN Boleh Libur?</a></strong></p>",
        "<p>ADVERTISEMENT</p><p>SCROLL TO CONTINUE WITH CONTENT</p>",
        "<div class='linksisip'><p>Lihat berita lain tentang pelantikan pejabat di kota ini.</p></div>",
        "<p><b>Baca Juga</b></p><ul><li><a href='/x'>Apakah ASN Boleh Libur pada Hari Itu?</a></li></ul>",
        "<h4>Berita Terkait</h4><div><a href='/y'>Sepuluh Pejabat Kota Serang Pindah Kantor</a></div>",
    ],
)
def test_links_elsewhere_within_the_body_are_left_out(box: str) -> None:
    body = f"<p>{FIRST}</p>{box}<p>{SECOND}</p><p>{THIRD}</p>"

    assert article(html(body=body)).text == BODY


def test_bylines_and_share_bars_around_the_body_are_left_out() -> None:
    before = "<p>Penulis: Siti Aminah</p><p>Jumat, 6 Februari 2026 | 10:44 WIB</p>"
    after = "<p>Redaktur : Joko Susilo</p><p>Bagikan:</p><p>WhatsApp</p><p>12 Komentar</p>"
    found = article(html(before=before, after=after))

    assert (found.text, found.authors) == (BODY, ("Siti Aminah",))


def test_the_dateline_goes_and_names_the_outlet() -> None:
    body = f"<p><strong>SERANG, KOMPAS.com</strong> - {FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
    found = article(html(body=body))

    assert (found.text, found.outlet) == (BODY, "KOMPAS.com")


def test_a_paragraph_set_loose_before_the_first_block_is_kept() -> None:
    body = f"<div itemprop='articleBody'><b>Kota</b> {FIRST}<div>{SECOND}</div><div>{THIRD}</div></div>"

    assert article(html(body=body)).text == f"Kota {BODY}"


def test_a_body_that_stands_in_the_metadata_alone_is_taken_from_there() -> None:
    head = stated(headline=TITLE, articleBody=BODY.replace("\n", "\n\n"))

    assert article(html(head=head, body=f"<p>{FIRST}</p>")).text == BODY


def test_a_photo_story_is_its_captions() -> None:
    captions = BODY.split("\n")
    figures = "".join(
        f"<figure><img src='a.jpg'><figcaption>{text}</figcaption></figure>" for text in captions
    )

    assert article(html(body=figures)).text == BODY


def test_what_the_metadata_say_is_read() -> None:
    head = stated(
        headline=TITLE,
        datePublished="2026-02-06T10:44:00+07:00",
        author=[{"@type": "Person", "name": "Siti Aminah"}, {"@type": "Person", "name": "Joko Susilo"}],
        publisher={"@type": "Organization", "name": "Kabar Serang"},
    )
    page = read(html(head=head + f"<link rel='canonical' href='{URL}'>"))

    assert (page.title, page.outlet, page.url) == (TITLE, "Kabar Serang", URL)
    assert page.authors == ("Siti Aminah", "Joko Susilo")
    assert page.published_at == datetime(2026, 2, 6, 10, 44, tzinfo=WIB)


def test_open_graph_is_read_where_there_is_no_json_ld() -> None:
    page = read(
        html(
            head=meta(
                og__title=TITLE,
                og__site_name="Kabar Serang",
                og__url=URL,
                article__published_time="2026-02-06T03:44:00Z",
                author="Siti Aminah",
            )
        )
    )

    assert (page.title, page.outlet, page.url, page.authors) == (TITLE, "Kabar Serang", URL, ("Siti Aminah",))
    assert page.published_at == datetime(2026, 2, 6, 3, 44, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Kabar Serang", "PT Kabar Serang Media", "kabarserang.com", "Tim Redaksi"])
def test_the_outlet_is_nobody_who_wrote(name: str) -> None:
    assert read(html(head=meta(og__site_name="Kabar Serang", author=name))).authors == ()


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", TITLE),
        (meta(og__title="Heboh! Ratusan Pejabat Serang Dilantik di Pasar"), TITLE),
        (meta(og__title=f"{TITLE} - Kabar Serang", og__site_name="Kabar Serang"), TITLE),
    ],
)
def test_the_title_is_the_one_that_most_statements_agree_on(head: str, title: str) -> None:
    site = meta(og__site_name="Kabar Serang")

    assert read(html(head=site + head)).title == title


def test_a_dash_within_a_title_is_not_the_end_of_it() -> None:
    title = "Serang Menang 2 - 0 atas Cilegon"
    page = html(head=meta(og__title=title, og__site_name="Kabar Serang")).replace(TITLE, title)

    assert read(page).title == title


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("Jumat, 6 Februari 2026 | 10:44 WIB", datetime(2026, 2, 6, 10, 44, tzinfo=WIB)),
        ("Jumat , 06 Feb 2026, 12.44 WITA", datetime(2026, 2, 6, 11, 44, tzinfo=WIB)),
        ("5/6/2025 10:44", datetime(2025, 6, 5, 10, 44, tzinfo=WIB)),
        ("6 Februari 2026", date(2026, 2, 6)),
        ("2 jam lalu", NOW - timedelta(hours=2)),
        ("3 hari yang lalu", date(2026, 2, 4)),
    ],
)
def test_the_time_shown_beside_the_headline_is_read_day_first(shown: str, moment: date | datetime) -> None:
    page = html(before=f"<div class='tanggal'>{shown}</div>")
    today = "<body><div>Sabtu, 7 Februari 2026</div>"

    assert read(page.replace("<body>", today)).published_at == moment


def test_a_date_in_the_address_is_better_than_none() -> None:
    assert read(html(), "https://berita.example/2026/02/06/pejabat").published_at == date(2026, 2, 6)


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        (URL, URL),
        ("/kota/lain", "https://berita.example/kota/lain"),
        ("https://www.berita.example/kota/lain", "https://www.berita.example/kota/lain"),
        ("https://jahat.example/kota/lain", f"{URL}?utm=x"),
        ("https://berita.example/", f"{URL}?utm=x"),
        ("javascript:alert(1)", f"{URL}?utm=x"),
        ("http://[", f"{URL}?utm=x"),
    ],
)
def test_the_canonical_address_counts_on_its_own_site_only(canonical: str, url: str) -> None:
    assert read(html(head=f'<link rel="canonical" href="{canonical}">'), f"{URL}?utm=x").url == url


def test_the_language_is_declared_only_where_the_text_cannot_tell() -> None:
    page = html().replace("<html>", '<html lang="nb-NO">')

    assert read(page).language == "nb"
    assert article(html().replace("<html>", '<html lang="en">')).language == "id"


LATIN_1 = "<meta charset='iso-8859-1'>"
CAFE = f"<p>Café “Serang” dibuka. {FIRST}</p>"
JAPANESE = "市長は新しい職員二百六十九人を任命した。"
RUSSIAN = "Мэр города Серанг назначил двести новых чиновников, сообщила администрация города."


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        (html(body=CAFE).encode(), "Café “Serang” dibuka."),
        (html(body=CAFE).encode("utf-16"), "Café “Serang” dibuka."),
        (html(head=LATIN_1, body=CAFE).encode("cp1252"), "Café “Serang” dibuka."),
        (html(head=LATIN_1, body=CAFE).encode(), "Café “Serang” dibuka."),
        (html(head="<meta charset='tidak-ada'>", body=CAFE).encode("cp1252"), "Café “Serang” dibuka."),
        (html(head="<meta charset=shift_jis>", body=f"<p>{JAPANESE}</p>").encode("shift_jis"), JAPANESE),
        (html(body=f"<p>{RUSSIAN}</p>" * 3).encode("cp1251"), RUSSIAN),
    ],
)
def test_bytes_are_read_in_their_encoding(content: bytes, beginning: str) -> None:
    assert read(content).text.startswith(beginning)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "   ",
        "<html></html>",
        html().replace(TITLE, "404 Not Found"),
        html().replace(TITLE, "Halaman Tidak Ditemukan"),
        html().replace(TITLE, "Masuk"),
        f"<title>Indeks Berita</title>{'<li><a href=/x>Sepuluh Pejabat Pindah Kantor</a></li>' * 30}",
        f"<title>Portal Berita Serang Hari Ini</title>{f'<p>{FIRST}</p>' * 5}",
        f"<title>{TITLE}</title><form><input name=nama><button>Masuk</button></form>",
    ],
)
def test_a_page_without_an_article_is_refused(page: str) -> None:
    with pytest.raises(ArticleUnreadable, match=r"^no article in it|^not HTML"):
        read(page)


def test_a_front_page_is_refused_by_its_address() -> None:
    with pytest.raises(ArticleUnreadable, match="no article in it"):
        read(html(), "https://berita.example/indeks/")


def test_a_feed_is_refused() -> None:
    with pytest.raises(ArticleUnreadable, match="a feed or a sitemap"):
        read('<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Kabar</title></channel></rss>')


def test_a_page_of_one_paragraph_without_a_title_is_an_article() -> None:
    assert article(f"<p>{FIRST}</p>").text == FIRST


@pytest.mark.parametrize("tag", ["div", "b", "blockquote", "table><tr><td"])
def test_what_is_nested_too_deep_is_refused_and_not_read_in_part(tag: str) -> None:
    with pytest.raises(ArticleUnreadable, match="nested"):
        read(html(body=f"<{tag}>" * 20_000 + BODY))


def test_what_has_too_many_elements_is_refused() -> None:
    with pytest.raises(ArticleUnreadable, match="elements"):
        read(html(body="<p>kata</p>" * 50_000))


def test_what_is_too_big_is_refused() -> None:
    with pytest.raises(ArticleUnreadable, match="over 10 MB"):
        read(b" " * (MOST_BYTES + 1))


def test_entities_of_the_page_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(12))
    page = f'<!DOCTYPE html [<!ENTITY l0 "lol">{entities}<!ENTITY berkas SYSTEM "file:///etc/hostname">]>'

    text = read(f"{page}<html><body><p>&l12; &berkas; {FIRST}</p></body></html>").text

    assert "lol" not in text
    assert len(text) < 2 * len(FIRST)


@pytest.mark.parametrize(
    "script",
    ["{" * 100_000, '{"mainEntity":' * 5_000 + "1" + "}" * 5_000, "[" * 500 + "]" * 500, '"kata"', "\x00"],
)
def test_broken_metadata_do_no_harm(script: str) -> None:
    assert article(html(head=f'<script type="application/ld+json">{script}</script>')).text == BODY


SOUP = st.sampled_from(
    [
        *("<p>", "</p>", "<div class='komentar'>", "</div>", "<span>", "</span>", "<a href='/x'>", "</a>"),
        *("<h1>", "</h1>", "<table><tr><td>", "</table>", "<ul><li>", "<br>", "<svg>", "<math>", "<title>"),
        *("<script>", "<!--", "-->", "<![CDATA[", "<html lang=id>", "<body>", "<frameset>", "<template>"),
        *("<time datetime='2026-02-06'>", "<meta property='og:title' content='Judul'>", "<base href='x:'>"),
        *("<link rel=canonical href='//['>", "&#x1F;", "&#xD800;", "\ud800", "\x00", "\ufeff", "2 jam lalu"),
        *(FIRST, SECOND, TITLE, "Baca juga", stated(author=[[["S"]]], datePublished=5, headline={})),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SOUP | st.text(max_size=5), max_size=25).map("".join))
def test_any_soup_of_tags_is_read_or_refused(soup: str) -> None:
    with contextlib.suppress(ArticleUnreadable):
        assert read(soup).text != ""

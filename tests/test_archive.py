"""The archive page: what there is, found as one looks for it, and changed only by who may."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from index.errors import ArticleUnreadable
from index.records import RawArticle
from qa_service.access import COOKIE
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.keys import Keys, Scope
from tests.browser import chromium, served, visit
from tests.corpus import FETCHED_AT, make_article, make_service, put
from tests.fakes import WordHashEmbedder
from ui.archive import archive_pages
from ui.listing import excerpt, marked
from ui.pages import Archive, reading_pages

PAGE = "https://example.id/berita/1"
BODY_BYTES = 20_000


class Pages:
    """A Fetch that knows one page."""

    def fetch(self, url: str) -> RawArticle:
        if url != PAGE:
            raise ArticleUnreadable(f"{url}: nobody answers there")
        return RawArticle(b"Gubernur membuka 12 jembatan.", "text/plain", url)


class Slow(WordHashEmbedder):
    """Takes a while for each text."""

    def embed_passages(self, texts: Any) -> Any:
        time.sleep(0.15 * len(texts))
        return super().embed_passages(texts)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, threshold=0.0, fetch=Pages())
    yield service
    service.close()


def app_of(service: Service) -> FastAPI:
    app = create_api(service, max_body=BODY_BYTES)
    store = service.store
    app.include_router(reading_pages(Archive(store.article, store.copies, store.revision)))
    app.include_router(archive_pages(service, max_body=BODY_BYTES))
    return app


def client_of(service: Service, *, host: str = "127.0.0.1", peer: str = "127.0.0.1") -> TestClient:
    return TestClient(
        app_of(service), base_url=f"http://{host}:8000", client=(peer, 50000), raise_server_exceptions=False
    )


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with client_of(service) as client:
        yield client


def fill(service: Service, count: int, *, outlet: str = "Antara") -> None:
    """Articles n0, n1 …, each published a day earlier than the one before, and arrived later."""
    for n in range(count):
        article = make_article(
            f"n{n}",
            f"Isi nomor{n}.",
            title=f"Judul {n}",
            outlet=outlet,
            published_at=date(2026, 2, 28) - timedelta(n),
        )
        put(service.store, replace(article, fetched_at=FETCHED_AT + timedelta(minutes=n)))


def titles(page: str) -> list[str]:
    return [unescape(re.sub("<[^>]+>", "", found)) for found in re.findall(r"<h3[^>]*>(.*?)</h3>", page)]


def ids(service: Service) -> list[str]:
    return sorted(article.id for article in service.store.articles(offset=0, limit=99))


# What there is


def test_the_page_tells_how_current_the_archive_is_and_what_it_covers(
    service: Service, client: TestClient
) -> None:
    fill(service, 2)
    put(service.store, make_article("x", "Isi.", title="Tanpa <b>", outlet=None))
    page = client.get("/archive").text
    assert "<h1>Arsip berita</h1>" in page
    assert re.search(r"Indeks per \d\d:\d\d WIB · berita terbaru 28 Feb 2026 · 3 artikel", page)
    assert "3 artikel, 27 Februari 2026 sampai 28 Februari 2026" in page
    assert '<a href="/archive?outlet=Antara">Antara</a> <span>2</span>' in page
    assert "<span>Media tidak disebut</span> <span>1</span>" in page
    assert titles(page) == ["Judul 0", "Judul 1", "Tanpa <b>"]
    assert '<h3 lang="id"><a href="/articles/n0/view">Judul 0</a></h3>' in page
    english = client.get("/archive", headers={"accept-language": "en"}).text
    assert '<html lang="en">' in english
    assert "3 articles, 27 February 2026 to 28 February 2026" in english


def test_an_empty_archive_says_so_and_offers_to_add(client: TestClient) -> None:
    page = client.get("/archive").text
    assert "Arsip masih kosong." in page
    assert "<details open>" in page
    assert (
        ".txt, .html, .htm, .md, .markdown, .pdf, .docx, .json, .jsonl, masing-masing boleh juga .gz." in page
    )


def test_the_list_is_paged(service: Service, client: TestClient) -> None:
    fill(service, 41)
    first, second, third = (client.get(f"/archive?page={n}").text for n in (1, 2, 3))
    assert [len(titles(page)) for page in (first, second, third)] == [20, 20, 1]
    assert titles(third) == ["Judul 40"]
    assert 'rel="prev"' not in first
    assert '<a rel="next" href="/archive?page=2">' in first
    assert '<a rel="prev" href="/archive">' in second
    assert "Halaman 2 dari 3" in second
    assert 'rel="next"' not in third
    assert '<ol class="articles" start="21">' in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "²", "9" * 30])
def test_a_page_that_makes_no_sense_is_the_first(service: Service, client: TestClient, page: str) -> None:
    fill(service, 1)
    assert titles(client.get("/archive", params={"page": page, "order": "oldest"}).text) == ["Judul 0"]


def test_a_page_past_the_end_is_empty_and_leads_back(service: Service, client: TestClient) -> None:
    fill(service, 21)
    page = client.get("/archive?page=9").text
    assert titles(page) == []
    assert 'rel="prev"' in page


def test_what_came_in_last_is_told_with_its_time(service: Service, client: TestClient) -> None:
    fill(service, 2)
    page = client.get("/archive?order=arrived").text
    assert titles(page) == ["Judul 1", "Judul 0"]
    assert "masuk 1 Nov 2026, 19:01 WIB" in page


def test_an_outlets_articles_are_listed_alone(service: Service, client: TestClient) -> None:
    fill(service, 1)
    put(service.store, make_article("k", "Isi.", title="Lain", outlet="Kota & Desa"))
    page = client.get("/archive", params={"outlet": "KOTA & desa"}).text
    assert titles(page) == ["Lain"]
    assert '<option value="Kota &amp; Desa" selected>' in page
    assert '<a href="/archive?outlet=Kota+%26+Desa" aria-current="true">' in page
    assert 'href="/archive?outlet=KOTA+%26+desa&amp;order=arrived"' in page


# Search


def test_a_search_shows_the_passage_with_its_words_marked(service: Service, client: TestClient) -> None:
    text = "Hujan <b>deras</b> turun. Wali kota melantik 61 pejabat."
    put(service.store, make_article("a", text, title="Pelantikan & hujan"), budget=5)
    put(service.store, make_article("b", "Pasar dibuka.", title="Pasar"))
    page = client.get("/archive", params={"q": "pelantikan deras"}).text
    assert titles(page) == ["Pelantikan & hujan"]
    assert "<mark>Pelantikan</mark> &amp; hujan" in page
    assert "Hujan &lt;b&gt;<mark>deras</mark>&lt;/b&gt; turun." in page
    assert 'value="pelantikan deras"' in page
    (link,) = re.findall(r'<h3 lang="id"><a href="([^"]+)">', page)
    read = client.get(unescape(link)).text
    assert '<mark id="quote">Hujan &lt;b&gt;deras&lt;/b&gt; turun.</mark>' in read


def test_a_search_keeps_to_the_outlet_and_is_paged(service: Service, client: TestClient) -> None:
    fill(service, 25)
    put(service.store, make_article("k", "Judul lain.", title="Judul lain", outlet="Kompas"))
    page = client.get("/archive", params={"q": "judul", "outlet": "Antara"}).text
    assert (len(titles(page)), "Judul lain" in titles(page)) == (20, False)
    assert 'href="/archive?q=judul&amp;outlet=Antara&amp;page=2"' in page
    assert len(titles(client.get("/archive?q=judul&outlet=Antara&page=2").text)) == 5


def test_a_search_that_finds_more_than_it_shows_says_so(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.listing._MOST_FOUND", 3)
    fill(service, 3)
    assert '<p class="byline">3 artikel · ' in client.get("/archive?q=judul").text
    fill(service, 4)
    page = client.get("/archive?q=judul").text
    assert (len(titles(page)), '<p class="byline">3 artikel pertama · ' in page) == (3, True)
    english = client.get("/archive?q=judul", headers={"accept-language": "en"}).text
    assert '<p class="byline">the first 3 articles · ' in english


def test_a_search_without_a_match_says_so(service: Service, client: TestClient) -> None:
    fill(service, 1)
    page = client.get("/archive", params={"q": "<script>alert(1)</script>"}).text
    assert "Tidak ada artikel yang cocok" in page
    assert "Hasil untuk “&lt;script&gt;alert(1)&lt;/script&gt;”" in page
    assert "<script>alert" not in page


def test_marking_escapes_everything() -> None:
    assert marked("a <b> & kota", "kota") == "a &lt;b&gt; &amp; <mark>kota</mark>"
    assert marked("a <b>", "") == "a &lt;b&gt;"


def test_an_excerpt_shows_where_most_of_the_words_stand() -> None:
    text = "Banjir. " + "lorem " * 100 + "Banjir di Serang surut, kata <b>Budi</b>. " + "ipsum " * 100
    shown = excerpt(text, "serang banjir")
    assert "<mark>Banjir</mark> di <mark>Serang</mark> surut, kata &lt;b&gt;Budi&lt;/b&gt;. ipsum" in shown
    assert (shown.startswith("… lorem lorem"), shown.endswith("ipsum …")) == (True, True)
    assert 320 <= len(shown.striptags()) < 340
    assert excerpt(text, "serang") == excerpt(text, "serang gempa")
    assert excerpt("Banjir surut.", "surut") == "Banjir <mark>surut</mark>."
    assert excerpt("Ujung " + "x" * 400, "gempa") == "Ujung " + "x" * 400


# Adding


def add(client: TestClient, **fields: str) -> Any:
    return client.post("/archive/articles", data=fields)


def test_pasted_text_becomes_an_article_with_a_link_to_it(service: Service, client: TestClient) -> None:
    page = add(
        client,
        title="Perahu",
        outlet="Kabar Banten",
        published_at="2026-03-02",
        text="BPBD Cilegon membeli 37 perahu karet.\r\n\r\nBaris kedua.",
        url="",
    )
    (article,) = service.store.articles(offset=0, limit=9)
    assert (page.status_code, page.history[0].status_code) == (200, 303)
    assert page.url.path == "/archive"
    assert f'<a href="/articles/{article.id}/view" lang="id">Perahu</a>' in page.text
    assert "Kini ada di arsip" in page.text
    assert (article.outlet, article.published_on) == ("Kabar Banten", date(2026, 3, 2))
    assert "\r" not in article.text
    asked = client.post("/ask", json={"question": "BPBD Cilegon membeli berapa perahu karet?"}).json()
    assert asked["citations"][0]["article"]["id"] == article.id


def test_an_article_that_is_there_already_is_told_so(service: Service, client: TestClient) -> None:
    add(client, text="BPBD Cilegon membeli 37 perahu karet.")
    assert "Sudah ada di arsip" in add(client, text="BPBD Cilegon membeli 37 perahu karet.").text
    assert len(ids(service)) == 1


def test_a_web_address_is_fetched(service: Service, client: TestClient) -> None:
    assert "Kini ada di arsip" in add(client, url=PAGE).text
    (article,) = service.store.articles(offset=0, limit=9)
    assert (article.url, article.text) == (PAGE, "Gubernur membuka 12 jembatan.")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"text": "Isi berita.", "published_at": "kemarin"},
            'Tanggal terbit: <span lang="en">this is no date',
        ),
        ({"url": "javascript:alert(1)"}, 'Alamat: <span lang="en">this is no address on the web'),
        (
            {"url": "https://example.id/tiada"},
            'Alamat: <span lang="en">https://example.id/tiada: nobody answers',
        ),
        ({"text": "  "}, "there is no article"),
        ({}, "there is no article"),
    ],
)
def test_what_cannot_be_added_is_told_as_a_page(
    service: Service, client: TestClient, fields: dict[str, str], said: str
) -> None:
    page = add(client, **fields)
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "<h1>Tidak bisa dilakukan</h1>" in page.text
    assert said in page.text
    assert ids(service) == []


def test_files_become_a_job_whose_errors_are_named(service: Service, client: TestClient) -> None:
    files = [
        ("files", ("satu.txt", b"Gubernur membuka jembatan pertama.")),
        ("files", ("dua.jsonl", b'{"text": "Pasar dibuka lagi."}\n{"title": "<b>kosong"}\n')),
        ("files", ("tiga.exe", b"MZ")),
    ]
    page = client.post("/archive/files", files=files)
    assert page.history[0].status_code == 303
    assert re.fullmatch("/archive/jobs/[0-9a-f]{16}", page.url.path)
    told = finished(client, page.url.path)
    assert "4 dari 4 artikel" in told
    assert re.findall(r"<dd>(\d+)</dd>", told) == ["2", "0", "2"]
    assert '<th scope="row">tiga.exe</th><td lang="en">unknown format' in told
    assert '<th scope="row">dua.jsonl:2</th>' in told
    assert "http-equiv" not in told
    assert 'href="/archive?order=arrived"' in told
    assert len(ids(service)) == 2


def finished(client: TestClient, path: str) -> str:
    """The job's page, once it is."""
    for _ in range(500):
        page = client.get(path).text
        if "data-going" not in page:
            return page
        time.sleep(0.02)
    raise AssertionError(page)


def test_a_running_job_shows_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    service = make_service(tmp_path, embedder=Slow())
    with client_of(service) as client:
        lines = "".join(f'{{"text": "Berita nomor {n} tentang kota."}}\n' for n in range(200))
        path = client.post("/archive/files", files=[("files", ("a.jsonl", lines.encode()))]).url.path
        for _ in range(100):
            page = client.get(path).text
            if "artikel per detik" in page:
                break
            time.sleep(0.05)
        assert re.search(r'<progress max="200" value="\d+" aria-label="Kemajuan">', page)
        assert re.search(r"\d+ dari 200 artikel · \d+,\d artikel per detik · kira-kira \d+ detik lagi", page)
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
        stopped = client.post(f"{path}/cancel")
        assert (stopped.history[0].status_code, stopped.url.path) == (303, path)
        assert "Dihentikan; yang sudah masuk tetap ada" in stopped.text
        assert "/cancel" not in stopped.text
        assert 0 < len(ids(service)) < 200
    service.close()


def test_an_upload_that_is_too_large_is_told_as_a_page(service: Service, client: TestClient) -> None:
    page = client.post("/archive/files", files=[("files", ("a.txt", b"a" * 2 * BODY_BYTES))])
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "larger than" in page.text
    assert ids(service) == []


def test_an_unknown_job_is_a_page(client: TestClient) -> None:
    page = client.get("/archive/jobs/dead")
    assert (page.status_code, "<h1>Tidak bisa dilakukan</h1>" in page.text) == (404, True)


# Deleting


def test_an_article_is_deleted_after_a_question(service: Service, client: TestClient) -> None:
    fill(service, 1)
    assert '<a class="danger" href="/archive/articles/n0/delete" aria-label="Hapus: Judul 0">' in (
        client.get("/archive").text
    )
    question = client.get("/archive/articles/n0/delete")
    assert "<h1>Hapus artikel ini?</h1>" in question.text
    assert ids(service) == ["n0"]
    page = client.post("/archive/articles/n0/delete")
    assert (page.history[0].status_code, page.url.path) == (303, "/archive")
    assert "Artikel sudah dihapus" in page.text
    assert ids(service) == []
    assert client.post("/archive/articles/n0/delete").status_code == 404
    assert client.get("/archive/articles/n0/delete").status_code == 404


# Who may

CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("/archive/articles", {"data": {"text": "Palsu."}}),
    ("/archive/files", {"files": [("files", ("a.txt", b"Palsu."))]}),
    ("/archive/articles/n0/delete", {}),
    ("/archive/jobs/dead/cancel", {}),
]


@pytest.mark.parametrize(("path", "sent"), CHANGES, ids=[path for path, _ in CHANGES])
@pytest.mark.parametrize(
    ("headers", "host", "peer"),
    [
        ({"origin": "https://evil.example"}, "127.0.0.1", "127.0.0.1"),
        ({"origin": "null"}, "127.0.0.1", "127.0.0.1"),
        ({"origin": "http://127.0.0.1:8001"}, "127.0.0.1", "127.0.0.1"),
        ({"sec-fetch-site": "cross-site"}, "127.0.0.1", "127.0.0.1"),
        ({"sec-fetch-site": "same-site"}, "127.0.0.1", "127.0.0.1"),
        ({}, "evil.example", "127.0.0.1"),
        ({}, "127.0.0.1", "192.168.1.9"),
        ({"x-forwarded-for": "127.0.0.1"}, "127.0.0.1", "127.0.0.1"),
    ],
    ids=["origin", "null origin", "port", "cross-site", "same-site", "rebound name", "machine", "proxy"],
)
def test_a_form_from_elsewhere_changes_nothing(
    service: Service, path: str, sent: dict[str, Any], headers: dict[str, str], host: str, peer: str
) -> None:
    fill(service, 1)
    response = client_of(service, host=host, peer=peer).post(path, headers=headers, **sent)
    assert (response.status_code, response.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "<h1>Tidak bisa dilakukan</h1>" in response.text
    assert ids(service) == ["n0"]


def test_our_own_forms_are_taken(service: Service, client: TestClient) -> None:
    fill(service, 1)
    ours = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    assert client.post("/archive/articles/n0/delete", headers=ours).status_code == 200
    assert ids(service) == []


@pytest.mark.parametrize(("host", "peer"), [("tanya.example", "127.0.0.1"), ("127.0.0.1", "192.168.1.9")])
def test_who_may_not_write_reads_all_and_is_offered_nothing_to_change(
    service: Service, host: str, peer: str
) -> None:
    fill(service, 1)
    away = client_of(service, host=host, peer=peer)
    page = away.get("/archive").text
    assert titles(page) == ["Judul 0"]
    assert 'method="post"' not in page
    assert "/delete" not in page
    assert away.get("/archive/articles/n0/delete").status_code == 403


def test_who_has_a_key_that_may_write_changes_the_archive_from_anywhere(service: Service) -> None:
    fill(service, 1)
    away = client_of(service, host="tanya.example", peer="192.168.1.9")
    assert '<a href="/key">' not in away.get("/archive").text
    key, sent = Keys(service.store.engine).make("redaksi", Scope.WRITE)
    assert '<a href="/key">Kunci akses</a>' in away.get("/archive").text
    away.cookies.set(COOKIE, sent)
    page = away.get("/archive").text
    assert 'action="/archive/articles" method="post"' in page
    assert '<a href="/key">' not in page
    Keys(service.store.engine).make("lain", Scope.WRITE)
    Keys(service.store.engine).revoke(key.id)
    refused = away.post("/archive/articles/n0/delete")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert '<a href="/key">Kunci akses</a>' in refused.text
    assert ids(service) == ["n0"]


def test_a_link_from_another_site_does_not_take_the_forms_away(client: TestClient) -> None:
    page = client.get("/archive", headers={"sec-fetch-site": "cross-site"}).text
    assert 'method="post"' in page


@pytest.mark.parametrize("path", ["/archive", "/archive/jobs/dead", "/archive/articles/n0/delete"])
def test_a_page_runs_and_loads_only_what_is_ours(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


# As a person does it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("width", "locale", "dark"), [(390, "id-ID", False), (1440, "en-GB", True)])
def test_a_person_adds_reads_finds_and_deletes_an_article(
    service: Service, browser: Browser, width: int, locale: str, dark: bool
) -> None:
    says = (
        {"paste": "Paste text", "title": "Title", "text": "Text", "add": "Add", "added": "In the archive now"}
        if locale.startswith("en")
        else {
            "paste": "Tempel teks",
            "title": "Judul",
            "text": "Teks",
            "add": "Tambahkan",
            "added": "Kini ada",
        }
    )
    fill(service, 25)
    with (
        served(app_of(service)) as address,
        visit(browser, f"{address}/archive", width=width, locale=locale, dark=dark) as visited,
    ):
        page = visited.page
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_text(says["paste"]).click()
        page.get_by_label(says["title"], exact=True).fill("Perahu karet")
        page.get_by_label(says["text"], exact=True).fill("BPBD Cilegon membeli 37 perahu karet.")
        page.get_by_role("button", name=says["add"], exact=True).click()
        expect(page.get_by_role("status")).to_contain_text(says["added"])
        page.get_by_role("status").get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Perahu karet")
        page.goto(f"{address}/archive")
        page.get_by_role("searchbox").fill("cilegon perahu")
        page.keyboard.press("Enter")
        expect(page.locator(".articles li")).to_have_count(1)
        expect(page.locator("blockquote mark").first).to_have_text("Cilegon")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator(".articles .danger").click()
        page.locator("button.danger").click()
        expect(page.get_by_role("status")).to_be_visible()
        assert len(ids(service)) == 25
        visited.assert_quiet()


LOOK = """[
    document.querySelector("progress").value,
    document.querySelector("#state").textContent,
    document.activeElement.tagName,
]"""


@pytest.mark.parametrize("width", [390, 1440])
def test_an_uploads_progress_moves_by_itself_and_ends(tmp_path: Path, browser: Browser, width: int) -> None:
    service = make_service(tmp_path / "home", embedder=Slow())
    file = tmp_path / "berita.jsonl"
    file.write_text(
        "".join(f'{{"text": "Berita nomor {n} tentang kota."}}\n' for n in range(25)) + '{"a": 1}\n'
    )
    with served(app_of(service)) as address, visit(browser, f"{address}/archive", width=width) as visited:
        page = visited.page
        page.get_by_text("Unggah berkas").click()
        page.get_by_label("Berkas", exact=True).set_input_files(file)
        page.get_by_role("button", name="Unggah", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Menambah artikel")
        page.get_by_role("button", name="Hentikan").focus()
        seen = set()
        for _ in range(200):
            value, state, focused = page.evaluate(LOOK)
            seen.add(value)
            if state == "Selesai":
                break
            assert focused == "BUTTON"
            page.wait_for_timeout(100)
        assert len(seen) > 2
        assert (value, focused) == (26, "P")
        expect(page.locator(".errors th[scope=row]")).to_have_text("berita.jsonl:26")
        expect(page.get_by_role("button", name="Hentikan")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        visited.assert_quiet()
    service.close()


def test_without_javascript_a_jobs_page_loads_itself_anew(tmp_path: Path, browser: Browser) -> None:
    service = make_service(tmp_path / "home", embedder=Slow())
    with served(app_of(service)) as address:
        page = browser.new_context(java_script_enabled=False, locale="id-ID").new_page()
        page.goto(f"{address}/archive")
        page.locator("summary").nth(1).click()
        lines = "".join(f'{{"text": "Berita nomor {n} tentang kota."}}\n' for n in range(20))
        page.locator("input[type=file]").set_input_files(
            {"name": "a.jsonl", "mimeType": "application/jsonl", "buffer": lines.encode()}
        )
        page.locator("form[enctype] button").click()
        expect(page.locator("#state")).to_have_text("Selesai", timeout=20_000)
        page.context.close()
    service.close()


def test_the_theme_that_was_chosen_in_the_chat_is_that_of_every_page(
    service: Service, browser: Browser
) -> None:
    with served(app_of(service)) as address, visit(browser, f"{address}/archive") as visited:
        page = visited.page
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(paper) == "rgb(251, 250, 246)"
        page.evaluate("localStorage.setItem('tanya-theme', 'dark')")
        page.reload()
        assert page.evaluate(paper) == "rgb(23, 22, 20)"
        visited.assert_quiet()


def test_a_search_too_many_is_a_page_that_says_so_and_the_list_is_shown_all_the_same(tmp_path: Path) -> None:
    service = make_service(tmp_path / "full", most_questions=1)
    client = client_of(service)
    with service.foreground.question():
        refused = client.get("/archive", params={"q": "jembatan"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "ask again in a few seconds" in refused.text
        assert client.get("/archive").status_code == 200
    assert client.get("/archive", params={"q": "jembatan"}).status_code == 200
    service.close()

"""Files become raw articles, raw articles become clean ones, and what can't be read is named."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from index.articles import files, files_of, parts, raw_file, to_article
from index.errors import ArticleUnreadable
from index.records import WIB, Article, RawArticle

NOW = datetime(2026, 2, 7, 9, 0, tzinfo=WIB)
SENTENCE = "Wali Kota Serang melantik 269 pejabat baru pada Jumat (31/10/2025)."


def text_article(content: bytes) -> Article:
    return to_article(RawArticle(content=content, media_type="text/plain", origin="a.txt"), NOW)


def json_article(**fields: object) -> Article:
    content = json.dumps({"text": SENTENCE} | fields).encode()
    return to_article(RawArticle(content=content, media_type="application/json", origin="a.jsonl:1"), NOW)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_text_file_becomes_an_article_with_what_its_text_says() -> None:
    assert text_article(f"SERANG, KOMPAS.com - {SENTENCE}\n0 Komen".encode()) == Article(
        id=sha256(SENTENCE)[:16],
        title=SENTENCE,
        text=SENTENCE,
        language="id",
        content_hash=sha256(f"{SENTENCE}\n{SENTENCE}"),
        fetched_at=NOW,
        origin="a.txt",
        outlet="KOMPAS.com",
        url=None,
        published_at=date(2025, 10, 31),
    )


def test_a_json_line_says_everything_itself() -> None:
    article = json_article(
        id="7", url="https://a.id/7", title="Pelantikan", outlet="A", published_at="2026-02-06", language="ms"
    )

    assert (article.title, article.outlet, article.language) == ("Pelantikan", "A", "ms")
    assert (article.url, article.published_at) == ("https://a.id/7", date(2026, 2, 6))


@pytest.mark.parametrize("name", ["text", "body", "content"])
def test_the_text_may_be_called_text_body_or_content(name: str) -> None:
    assert json_article(**{"text": "", name: SENTENCE}).text == SENTENCE


def test_html_may_stand_in_the_place_of_the_text() -> None:
    page = f"<title>Pelantikan - A</title><h1>Pelantikan</h1><p>Penulis: Siti Aminah</p><p>{SENTENCE}</p>"
    article = json_article(text="", html=page, outlet="A", url="https://a.id/7")

    assert (article.title, article.text, article.authors) == ("Pelantikan", SENTENCE, ("Siti Aminah",))
    assert (article.outlet, article.url) == ("A", "https://a.id/7")


def test_what_is_given_beside_the_html_goes_before_what_the_page_says() -> None:
    head = "<meta property='og:site_name' content='B'><link rel='canonical' href='https://a.id/lain'>"
    page = f"<title>Judul Lain</title>{head}<h1>Judul Lain</h1><p>6 Februari 2026</p><p>{SENTENCE}</p>"
    given = {
        "title": "Pelantikan",
        "outlet": "A",
        "date": "2025-10-31",
        "url": "https://a.id/7",
        "author": "S",
    }
    article = json_article(text="", html=page, **given)

    assert (article.title, article.outlet, article.url) == ("Pelantikan", "A", "https://a.id/7")
    assert (article.published_at, article.authors) == (date(2025, 10, 31), ("S",))


def test_a_text_goes_before_html() -> None:
    assert json_article(html="<p>Halaman lain.</p>").text == SENTENCE


@pytest.mark.parametrize(
    ("fields", "authors"),
    [
        ({"authors": ["Siti Aminah", " Joko  Susilo ", ""]}, ("Siti Aminah", "Joko Susilo")),
        ({"authors": "Siti Aminah, Joko Susilo"}, ("Siti Aminah", "Joko Susilo")),
        ({"author": "Siti Aminah"}, ("Siti Aminah",)),
        ({"author": None, "authors": []}, ()),
    ],
)
def test_authors_are_a_list_or_a_string(fields: dict[str, object], authors: tuple[str, ...]) -> None:
    assert json_article(**fields).authors == authors


def test_an_html_file_becomes_an_article(tmp_path: Path) -> None:
    (tmp_path / "a.HTM").write_text(f"<title>Pelantikan</title><h1>Pelantikan</h1><p>{SENTENCE}</p>")
    article = to_article(raw_file(tmp_path / "a.HTM"), NOW)

    assert (article.title, article.text, article.url) == ("Pelantikan", SENTENCE, None)


def test_html_that_was_fetched_is_known_by_its_address() -> None:
    content = f"<title>Pelantikan</title><h1>Pelantikan</h1><p>2 jam lalu</p><p>{SENTENCE}</p>".encode()
    article = to_article(RawArticle(content, "text/html", "https://a.id/7"), NOW)

    assert (article.url, article.id) == ("https://a.id/7", sha256("https://a.id/7")[:16])
    assert article.published_at == datetime(2026, 2, 7, 7, 0, tzinfo=WIB)


def test_other_usual_field_names_are_known() -> None:
    article = json_article(date="2026-02-06", source="A", lang="en-GB")

    assert (article.published_at, article.outlet, article.language) == (date(2026, 2, 6), "A", "en")


def test_fields_that_say_nothing_leave_it_to_the_text() -> None:
    article = json_article(id=None, url=" ", title="", outlet=None, published_at="", language="indonesia!")

    assert article.id == sha256(SENTENCE)[:16]
    assert (article.title, article.language, article.published_at) == (SENTENCE, "id", date(2025, 10, 31))


def test_the_id_comes_from_the_url_else_from_the_field_else_from_the_text() -> None:
    assert json_article(url="https://a.id/7", id="x").id == sha256("https://a.id/7")[:16]
    assert json_article(id="x").id == "x"
    assert json_article(id=7).id == "7"
    assert json_article().id == sha256(SENTENCE)[:16]


def test_the_content_hash_changes_with_the_title_and_with_the_text() -> None:
    hashes = {
        json_article(title=title, text=text).content_hash for title in "ab" for text in ("Satu.", "Dua.")
    }

    assert len(hashes) == 4


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-02-06", date(2026, 2, 6)),
        ("6/2/2026", date(2026, 2, 6)),
        ("Jumat, 6 Februari 2026", date(2026, 2, 6)),
        ("2026-02-06T10:00:00", datetime(2026, 2, 6, 10, tzinfo=WIB)),
        ("2026-02-06T10:00:00Z", datetime(2026, 2, 6, 10, tzinfo=UTC)),
        ("Fri, 06 Feb 2026 10:00:00 +0700", datetime(2026, 2, 6, 10, tzinfo=WIB)),
    ],
)
def test_a_given_date_is_iso_or_rfc_2822_or_written_out(written: str, moment: date | datetime) -> None:
    assert json_article(published_at=written).published_at == moment


@pytest.mark.parametrize(
    "content",
    [
        "Café “Serang” dibuka.".encode(),
        "Café “Serang” dibuka.".encode("utf-8-sig"),
        "Café “Serang” dibuka.".encode("utf-16"),
        "Café “Serang” dibuka.".encode("cp1252"),
    ],
)
def test_text_is_read_in_utf8_utf16_or_windows_1252(content: bytes) -> None:
    assert text_article(content).text == "Café “Serang” dibuka."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "a.txt: no text in it; leave it out or give it a text"),
        (b" \n\t", "a.txt: no text in it; leave it out or give it a text"),
        (b"ADVERTISEMENT\n0 Komen", "a.txt: no text in it; leave it out or give it a text"),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00",
            "a.txt: not text in UTF-8 or another known encoding; save it as UTF-8",
        ),
    ],
)
def test_a_file_without_text_is_unreadable(content: bytes, reason: str) -> None:
    with pytest.raises(ArticleUnreadable) as error:
        text_article(content)

    assert str(error.value) == reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "berita.jsonl:3: not JSON"),
        (b"[" * 100_000, "berita.jsonl:3: not JSON"),
        (b"[1]", "berita.jsonl:3: not a JSON object"),
        (b"{}", "berita.jsonl:3: no text in it"),
        (b'{"text": 5}', "berita.jsonl:3: text is not text"),
        (b'{"text": "a", "title": ["b"]}', "berita.jsonl:3: title is not text"),
        (b'{"text": "a", "authors": [5]}', "berita.jsonl:3: authors are not text"),
        (b'{"html": "<title>Masuk</title><p>Masuk"}', "berita.jsonl:3: no article in it"),
        (b'{"text": "a", "date": "kemarin"}', "berita.jsonl:3: no date in 'kemarin'"),
    ],
)
def test_a_bad_line_is_named_and_the_lines_around_it_are_read(line: bytes, reason: str) -> None:
    good = json.dumps({"text": SENTENCE}).encode()
    raw = RawArticle(
        content=b"\n".join([good, b"", line, good]), media_type="application/jsonl", origin="berita.jsonl"
    )
    first, bad, last = parts(raw)

    assert to_article(first, NOW).text == to_article(last, NOW).text == SENTENCE
    with pytest.raises(ArticleUnreadable, match=f"^{reason.replace('[', '.')}"):
        to_article(bad, NOW)


def test_each_json_line_keeps_its_own_bytes_and_place() -> None:
    raw = RawArticle(
        content=b'\xef\xbb\xbf\n{"a": 1}\r\n\n{"b": 2}', media_type="application/jsonl", origin="x.jsonl"
    )

    assert list(parts(raw)) == [
        RawArticle(content=b'{"a": 1}', media_type="application/json", origin="x.jsonl:2"),
        RawArticle(content=b'{"b": 2}', media_type="application/json", origin="x.jsonl:4"),
    ]


def test_a_line_is_known_by_its_article_wherever_it_moves_in_the_file() -> None:
    article = json_article(id="7")
    again = to_article(RawArticle(b'{"id": "7", "text": "Lain."}', "application/json", article.origin), NOW)

    assert article.origin == again.origin == "a.jsonl:1#7"


def test_a_text_file_is_one_part() -> None:
    raw = RawArticle(content=b"Satu.\nDua.", media_type="text/plain", origin="a.txt")

    assert list(parts(raw)) == [raw]


def test_a_lone_surrogate_in_json_does_no_harm() -> None:
    content = b'{"text": "Satu \\ud800 dua.", "url": "https://a.id/\\udfff"}'
    article = to_article(RawArticle(content=content, media_type="application/json", origin="a"), NOW)

    assert (article.text, article.url) == ("Satu dua.", "https://a.id/")


def test_an_unsplit_collection_is_refused() -> None:
    raw = RawArticle(content=b"{}", media_type="application/jsonl", origin="x.jsonl")

    with pytest.raises(ArticleUnreadable, match="split it with parts"):
        to_article(raw, NOW)


def test_the_files_of_a_folder_come_in_order_without_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("z.TXT", "b/a.txt", "b/c.jsonl", "photo.png", ".git/x.txt", ".hidden.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")

    names = ["b/a.txt", "b/c.jsonl", "photo.png", "z.TXT"]
    assert list(files(tmp_path)) == [tmp_path / name for name in names]
    assert list(files(tmp_path / "z.TXT")) == [tmp_path / "z.TXT"]


def test_the_end_of_its_name_says_what_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "z.TXT").write_text("a", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text("{}", encoding="utf-8")

    assert raw_file(tmp_path / "z.TXT") == RawArticle(b"a", "text/plain", str(tmp_path / "z.TXT"))
    assert raw_file(tmp_path / "c.jsonl").media_type == "application/jsonl"


def test_a_gzipped_collection_is_read_line_by_line(tmp_path: Path) -> None:
    line = json.dumps({"text": SENTENCE}).encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line + b"\n" + line))

    raw = raw_file(tmp_path / "a.jsonl.gz")

    assert [part.content for part in parts(raw)] == [line, line]
    assert [part.origin for part in parts(raw)] == [f"{tmp_path}/a.jsonl.gz:1", f"{tmp_path}/a.jsonl.gz:2"]


@pytest.mark.parametrize("damage", [slice(0, 40), slice(5, None)])
def test_a_damaged_gzip_is_named(damage: slice) -> None:
    content = gzip.compress(json.dumps({"text": SENTENCE}).encode())[damage]
    raw = RawArticle(content=content, media_type="application/jsonl+gzip", origin="a.jsonl.gz")

    with pytest.raises(ArticleUnreadable, match=r"^a\.jsonl\.gz: damaged gzip"):
        list(parts(raw))


def test_a_file_named_by_hand_is_refused_when_its_format_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")

    with pytest.raises(ArticleUnreadable, match=r"a\.png: unknown format; readable are \.txt, "):
        raw_file(tmp_path / "a.png")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArticleUnreadable, match=r"a\.txt: No such file or directory; check the path"):
        raw_file(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        ("/b/a.txt", ["/b/a.txt"]),
        ("/b/a.jsonl:12", ["/b/a.jsonl:12", "/b/a.jsonl"]),
        ("/b/a.jsonl:12#serang-1", ["/b/a.jsonl:12#serang-1", "/b/a.jsonl:12", "/b/a.jsonl"]),
        ("/b/a.json#1", ["/b/a.json#1", "/b/a.json"]),
        ("/b#1/a.txt", ["/b#1/a.txt"]),
        ("/b/a#1.txt", ["/b/a#1.txt", "/b/a"]),
        ("https://a.id/1#1", ["https://a.id/1#1", "https://a.id/1"]),
    ],
)
def test_the_files_are_known_that_an_article_may_have_come_from(origin: str, names: list[str]) -> None:
    assert list(files_of(origin)) == names


def test_a_text_from_the_web_is_known_by_its_address() -> None:
    raw = RawArticle(b"Banjir melanda.", "text/plain", "https://a.id/1")
    assert to_article(raw, NOW).url == "https://a.id/1"
    assert to_article(replace(raw, origin="/b/https.txt"), NOW).url is None


def test_what_was_fetched_takes_no_article_s_place_on_another_site() -> None:
    fields = {"text": SENTENCE, "id": "kept", "url": "https://kompas.com/read/1"}

    def fetched(origin: str) -> Article:
        return to_article(RawArticle(json.dumps(fields).encode(), "application/json", origin), NOW)

    elsewhere, at_home = fetched("https://evil.example/x"), fetched("https://www.kompas.com/read/1?page=all")
    assert (elsewhere.url, elsewhere.id) == ("https://evil.example/x", sha256("https://evil.example/x")[:16])
    assert (at_home.url, at_home.id) == (fields["url"], sha256(fields["url"])[:16])
    with pytest.raises(ArticleUnreadable, match="download it and add the file"):
        list(parts(RawArticle(b"{}\n{}", "application/jsonl", "https://evil.example/x.jsonl")))


def test_an_exported_article_with_an_id_that_can_stand_in_no_path_gets_another() -> None:
    article = json_article(text=SENTENCE, title="Judul", id="../a", content_hash=sha256(f"Judul\n{SENTENCE}"))
    assert article.id == sha256("../a")[:16]

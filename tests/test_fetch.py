"""Fetching: only where it is allowed, only so much, and never where a URL's author can't look himself."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from itertools import pairwise

import pytest

from index.addresses import is_public
from index.articles import DOCX
from index.errors import AddressRefused, FetchRefused
from index.fetch import Fetcher, Limits
from index.media_types import media_type_of, recoded
from index.records import RawArticle, Validators
from tests.documents import docx
from tests.website import Answer, Website, website


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as site:
        yield site


def fetcher(*, pause_s: float = 0, **limits: float) -> Fetcher:
    return Fetcher(allow_private=True, pause_s=pause_s, limits=Limits(**limits))  # type: ignore[arg-type]


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, list[str]]], list[str]]:
    """Names the addresses of hosts; returns the list of the hosts that are looked up."""

    def resolve(addresses: dict[str, list[str]]) -> list[str]:
        asked: list[str] = []

        def addresses_of(host: str) -> list[str]:
            asked.append(host)
            return addresses.get(host, [host])

        monkeypatch.setattr("index.pinned.addresses_of", addresses_of)
        return asked

    return resolve


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_of_no_open_network_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "103.10.64.1",
        "172.32.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "64:ff9b::808:808",
    ],
)
def test_an_address_of_the_open_internet_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001"]
)
def test_this_machine_is_not_asked_however_it_is_written(site: Website, host: str) -> None:
    with pytest.raises(AddressRefused, match="not one of the open internet: set TANYA_FETCH_PRIVATE=true"):
        Fetcher().fetch(site.url("/a", host))
    assert site.asked == []


def test_a_name_with_any_private_address_is_refused(
    site: Website, resolved: Callable[[dict[str, list[str]]], list[str]]
) -> None:
    resolved({"berita.example": ["8.8.8.8", "127.0.0.1"]})
    with pytest.raises(AddressRefused, match=r"berita\.example has the address 127\.0\.0\.1"):
        Fetcher().fetch(site.url("/a", "berita.example"))
    assert site.asked == []


def test_a_redirect_to_a_private_address_is_refused(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.pinned.is_public", lambda address: address == "127.0.0.1")
    site.pages["/a"] = Answer(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})
    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254 has the address 169\.254\.169\.254"):
        Fetcher(pause_s=0).fetch(site.url("/a"))
    assert site.paths == ["/a"]


def test_the_address_that_was_checked_is_the_one_connected_to(
    site: Website, resolved: Callable[[dict[str, list[str]]], list[str]]
) -> None:
    site.text("/a", "Banjir melanda.")
    asked = resolved({"berita.example": ["127.0.0.1"]})
    url = site.url("/a", "berita.example")
    assert fetcher().fetch(url) == RawArticle(b"Banjir melanda.", "text/plain", url)
    assert asked == ["berita.example", "berita.example"]  # robots.txt, then the page: no other look-up
    assert {headers["host"] for _, headers in site.asked} == {f"berita.example:{site.port}"}


def test_an_address_that_does_not_answer_is_passed_over(
    site: Website, resolved: Callable[[dict[str, list[str]]], list[str]]
) -> None:
    site.text("/a", "Banjir melanda.")
    resolved({"berita.example": ["127.0.0.2", "127.0.0.1"]})
    assert fetcher().fetch(site.url("/a", "berita.example")).content == b"Banjir melanda."


# URLs


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://a.id/1", "only http and https"),
        ("https:///a", "only http and https"),
        ("https://ani:rahasia@a.id/", "has a user name in it"),
        ("http://a.id:25/", "port 25 is not one for pages"),
        ("http://a.id:99999/", "port 99999 is not one for pages"),
        ("http://[::1/", "not a URL"),
        ("http://xn--a.com/", "not a URL"),
    ],
)
def test_a_url_that_is_no_page_s_is_refused(url: str, message: str) -> None:
    with pytest.raises(FetchRefused, match=message):
        Fetcher().fetch(url)


def test_a_name_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: str) -> list[str]:
        raise OSError("Name or service not known")

    monkeypatch.setattr("index.pinned.addresses_of", unknown)
    with pytest.raises(FetchRefused, match=r"the name nowhere\.example has no address.*try again later"):
        Fetcher().fetch("https://nowhere.example/")


def test_redirects_are_followed_to_the_page_s_own_address(site: Website) -> None:
    site.pages["/a"] = Answer(status=301, headers={"Location": "/b#top"})
    site.text("/b", "Banjir melanda.")
    assert fetcher().fetch(site.url("/a#part")).origin == site.url("/b")


def test_redirects_come_to_an_end(site: Website) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "/a"})
    with pytest.raises(FetchRefused, match="redirected more than 3 times"):
        fetcher(redirects=3).fetch(site.url("/a"))
    assert site.paths == ["/a"] * 4


def test_a_redirect_to_a_file_is_refused(site: Website) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(FetchRefused, match="only http and https"):
        fetcher().fetch(site.url("/a"))


def test_a_redirect_to_a_name_that_is_none_is_refused(site: Website) -> None:
    site.pages["/a"] = Answer(status=302, headers={"Location": "http://xn--a.com/"})
    with pytest.raises(FetchRefused, match=r"/a: redirects to what is no URL .*; check the address"):
        fetcher().fetch(site.url("/a"))


# Limits


def test_a_body_may_be_as_long_as_the_limit_and_no_longer(site: Website) -> None:
    site.text("/a", "x" * 1000)
    assert len(fetcher(body_bytes=1000).fetch(site.url("/a")).content) == 1000
    with pytest.raises(FetchRefused, match="larger than 999 bytes"):
        fetcher(body_bytes=999).fetch(site.url("/a"))


def test_a_compressed_page_is_opened(site: Website) -> None:
    packed = gzip.compress(b"Banjir ") + gzip.compress(b"melanda.")
    site.pages["/a"] = Answer(packed, headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})
    assert fetcher().fetch(site.url("/a")).content == b"Banjir melanda."


def test_a_bomb_ends_at_the_limit(site: Website) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    site.pages["/a"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchRefused, match="larger than 1,000,000 bytes"):
        fetcher(body_bytes=1_000_000).fetch(site.url("/a"))


@pytest.mark.parametrize(
    ("encoding", "body", "message"),
    [
        ("br", b"\x0b", "sent as 'br'"),
        ("gzip", b"no gzip", "damaged gzip"),
        ("gzip", gzip.compress(b"a" * 99)[:-9], "damaged"),
    ],
    ids=["unknown", "no gzip", "cut"],
)
def test_a_body_that_can_t_be_opened_is_refused(
    site: Website, encoding: str, body: bytes, message: str
) -> None:
    site.pages["/a"] = Answer(body, headers={"Content-Encoding": encoding})
    with pytest.raises(FetchRefused, match=message):
        fetcher().fetch(site.url("/a"))


@pytest.mark.parametrize("path", ["/robots.txt", "/a"])
def test_a_server_that_drips_is_left_in_time(site: Website, path: str) -> None:
    def drip(write: Callable[[bytes], object]) -> None:
        for _ in range(100):
            write(b"x")
            time.sleep(0.02)

    site.pages[path] = Answer(write=drip)
    start = time.monotonic()
    with pytest.raises(FetchRefused, match=r"took longer than 0\.2 s; try again later"):
        fetcher(total_s=0.2).fetch(site.url("/a"))
    assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "answered 404 Not Found; check the address"),
        (403, "check the address"),
        (429, "try again later"),
        (503, "try again later"),
        (304, "unasked"),
    ],
)
def test_what_is_not_given_is_refused_with_the_status(site: Website, status: int, message: str) -> None:
    site.pages["/a"] = Answer(status=status)
    with pytest.raises(FetchRefused, match=message):
        fetcher().fetch(site.url("/a"))


# Manners


def test_we_say_who_we_are(site: Website) -> None:
    site.text("/a", "Banjir.")
    fetcher().fetch(site.url("/a"))
    agents = {headers["user-agent"] for _, headers in site.asked}
    assert agents == {f"Tanya/{metadata.version('tanya')} (news archive that answers with quotes)"}


def test_robots_txt_is_asked_once_and_obeyed(site: Website) -> None:
    site.text("/robots.txt", "User-agent: tanya\nDisallow: /dalam\n\nUser-agent: *\nDisallow: /\n")
    site.text("/a", "Banjir.")
    ours = fetcher()
    assert ours.fetch(site.url("/a")).content == b"Banjir."
    with pytest.raises(FetchRefused, match=r"/dalam/1: the site's robots\.txt keeps robots away"):
        ours.fetch(site.url("/dalam/1"))
    assert [path for path, _ in site.asked] == ["/robots.txt", "/a"]


def test_robots_txt_holds_for_where_a_redirect_leads(site: Website) -> None:
    site.text("/robots.txt", "User-agent: *\nDisallow: /dalam\n")
    site.pages["/a"] = Answer(status=302, headers={"Location": "/dalam/1"})
    with pytest.raises(FetchRefused, match=r"robots\.txt keeps robots away"):
        fetcher().fetch(site.url("/a"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_without_a_robots_txt_everything_is_allowed(site: Website, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", status)
    site.text("/a", "Banjir.")
    assert fetcher().fetch(site.url("/a")).content == b"Banjir."


@pytest.mark.parametrize("status", [500, 503])
def test_with_a_robots_txt_that_can_t_be_reached_nothing_is_allowed(site: Website, status: int) -> None:
    site.pages["/robots.txt"] = Answer(status=status)
    site.text("/a", "Banjir.")
    with pytest.raises(FetchRefused, match=rf"no robot may come .*answered {status}"):
        fetcher().fetch(site.url("/a"))
    assert site.paths == []


def test_a_robots_txt_elsewhere_holds_too(site: Website) -> None:
    site.pages["/robots.txt"] = Answer(status=301, headers={"Location": "/rules"})
    site.text("/rules", "User-agent: *\nDisallow: /\n")
    with pytest.raises(FetchRefused, match=r"robots\.txt keeps robots away"):
        fetcher().fetch(site.url("/a"))


def test_a_robots_txt_that_could_not_be_read_is_asked_for_again_after_a_minute(
    site: Website, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/robots.txt"] = Answer(status=503)
    site.text("/a", "Banjir.")
    ours = fetcher()
    for _ in range(2):
        with pytest.raises(FetchRefused, match="no robot may come"):
            ours.fetch(site.url("/a"))
    assert len(site.asked) == 1
    site.text("/robots.txt", "")
    monkeypatch.setattr("index.fetch._FAILURE_KEPT_S", 0)
    assert [ours.fetch(site.url("/a")).content for _ in range(2)] == [b"Banjir."] * 2
    assert [path for path, _ in site.asked] == ["/robots.txt", "/robots.txt", "/a", "/a"]


def test_threads_take_turns_at_a_host(site: Website) -> None:
    came: list[float] = []

    def page(_: dict[str, str]) -> Answer:
        came.append(time.monotonic())
        return Answer(b"Banjir.", headers={"Content-Type": "text/plain"})

    site.pages["/a"] = page
    ours = fetcher(pause_s=0.3)
    with ThreadPoolExecutor(4) as pool:
        assert {raw.content for raw in pool.map(ours.fetch, [site.url("/a")] * 4)} == {b"Banjir."}
    assert len(came) == 4
    assert all(later - earlier > 0.15 for earlier, later in pairwise(came))


@pytest.mark.parametrize(("pause_s", "rules"), [(0.2, ""), (0, "User-agent: *\nCrawl-delay: 0.2\n")])
def test_a_host_is_given_a_pause_which_counts_for_no_limit(site: Website, pause_s: float, rules: str) -> None:
    site.text("/robots.txt", rules)
    site.text("/a", "Banjir.")
    ours = fetcher(pause_s=pause_s, total_s=0.15)
    start = time.monotonic()
    ours.fetch(site.url("/a"))
    ours.fetch(site.url("/a"))
    assert 0.2 <= time.monotonic() - start < 1


def test_a_page_that_has_not_changed_is_not_sent_again(site: Website) -> None:
    def page(headers: dict[str, str]) -> Answer:
        same = (headers.get("if-none-match"), headers.get("if-modified-since")) == ('"1"', "Mon")
        return Answer(status=304) if same else Answer(b"Banjir.", headers=given)

    given = {"ETag": '"1"', "Last-Modified": "Mon", "Content-Type": "text/plain"}
    site.pages["/a"] = page
    first = fetcher().fetch_changed(site.url("/a"), Validators())
    assert first is not None
    assert first.validators == Validators('"1"', "Mon")
    assert fetcher().fetch_changed(site.url("/a"), first.validators) is None


# What came


@pytest.mark.parametrize(
    ("header", "content", "media_type"),
    [
        ("text/html; charset=utf-8", b"", "text/html"),
        ("Application/XHTML+xml", b"", "text/html"),
        ("application/rss+xml", b"", "application/rss+xml"),
        ("", b"%PDF-1.7", "application/pdf"),
        ("application/octet-stream", b"\xef\xbb\xbf\n<!DOCTYPE HTML>", "text/html"),
        ("", b'<?xml version="1.0"?>', "application/xml"),
        ("", b"\x1f\x8b\x08", "application/gzip"),
        ("", b'{"text": "a"}', "application/json"),
        ("", "Banjir é".encode(), "text/plain"),
        ("", b"\x89PNG\x0d\x00", "application/octet-stream"),
        ("application/octet-stream", docx(""), DOCX),
        ("application/zip", docx(""), DOCX),
        ("binary/octet-stream", b"%PDF-1.7", "application/pdf"),
        ("application/zip", b"PK\x03\x04 berita/1.txt", "application/zip"),
    ],
)
def test_what_came_is_told_by_the_header_and_else_by_the_bytes(
    header: str, content: bytes, media_type: str
) -> None:
    assert media_type_of(header, content, "/berita/1") == media_type


@pytest.mark.parametrize(
    ("header", "content", "path", "media_type"),
    [
        ("application/octet-stream", b"# Banjir", "/a.md", "text/markdown"),
        ("", b'{"text": "a"}\n', "/a.JSONL", "application/jsonl"),
        ("application/gzip", b"\x1f\x8b", "/a.txt.gz", "text/plain+gzip"),
        ("text/x-markdown", b"# Banjir", "/a.md", "text/markdown"),
        ("application/octet-stream", b"<html><body>", "/a.pdf", "text/html"),
        ("application/octet-stream", b"PK\x03\x04", "/a.docx", DOCX),
        ("text/plain", b"# Banjir", "/a.md", "text/plain"),
        ("image/png", b"\x89PNG", "/a.html", "image/png"),
        ("application/gzip", b"\x1f\x8b", "/sitemap.xml.gz", "application/gzip"),
    ],
)
def test_where_that_tells_nothing_the_end_of_the_path_does(
    header: str, content: bytes, path: str, media_type: str
) -> None:
    assert media_type_of(header, content, path) == media_type


@pytest.mark.parametrize(
    ("header", "came", "kept"),
    [
        ("text/plain; charset=latin-1", b"caf\xe9", "café".encode()),
        ("text/html; charset=UTF-8", b"caf\xe9", b"caf\xe9"),
        ("text/html; charset=nonsense", b"caf\xe9", b"caf\xe9"),
        ("text/plain; charset=ascii", b"caf\xe9", b"caf\xe9"),
        ("text/xml; charset=latin-1", b"caf\xe9", b"caf\xe9"),
        ("application/pdf", b"\xe9", b"\xe9"),
    ],
)
def test_an_encoding_that_only_the_header_names_is_not_lost(header: str, came: bytes, kept: bytes) -> None:
    assert recoded(came, header) == kept

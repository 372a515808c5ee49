"""Pages from the web, fetched as a polite and careful guest.

    URL ──allowed?──▶ robots.txt ──▶ pause ──▶ addresses, checked ──▶ request ──▶ redirect: all over again
                                                                        └──▶ body, counted ──▶ RawArticle

A URL may come from anyone (a feed, an app), and this machine may reach what its author can't. Each hop is
therefore held to the same rules, and connects to the very address that was checked: a name that is
resolved twice may give another address the second time.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from http import HTTPStatus
from importlib import metadata

import httpx

from index.bounded import Counted, Damaged, Inflater, TooBig
from index.errors import AddressRefused, FetchRefused
from index.media_types import media_type_of, recoded
from index.pinned import PinnedTransport
from index.records import RawArticle, Validators
from index.robots import AGENT, Robots
from index.time_limit import run_within

_CONNECT_S = 10.0
_WEB_PORTS = (None, 80, 443)
_FREE_PORTS = range(1024, 65536)
_ROBOTS_KEPT_S = 3600.0
_FAILURE_KEPT_S = 60.0
_BY_HAND = "save it and add the file"
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a server may go. `body_bytes` counts what is left after decompression."""

    body_bytes: int = 52_428_800  # as long as a sitemap may be (sitemaps.org)
    total_s: float = 30.0
    redirects: int = 5  # that many a robots.txt may take (RFC 9309)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came. The origin of `raw` is the URL at which the last redirect ended."""

    raw: RawArticle
    validators: Validators


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a site's robots.txt said at a time on the monotonic clock, or why it couldn't be read."""

    at: float
    said: Robots | str

    @property
    def kept_until(self) -> float:
        return self.at + (_FAILURE_KEPT_S if isinstance(self.said, str) else _ROBOTS_KEPT_S)


class Fetcher:
    """Fetches pages, for any thread. What robots.txt says is asked of each host once in an hour, and after a
    minute where it could not be read.

    Redirects are followed within the limits. Proxies of the environment are not used: behind one, no address
    could be checked.
    """

    def __init__(
        self, *, allow_private: bool = False, pause_s: float = 1.0, limits: Limits | None = None
    ) -> None:
        """`pause_s` lies between two requests to one host, or longer where its robots.txt asks for it."""
        self._allow_private = allow_private
        self._pause_s = pause_s
        self._limits = limits or Limits()
        self._robots: dict[str, _Asked] = {}
        self._next_request_at: dict[str, float] = {}  # by host, on the monotonic clock
        self._taking_turns = threading.Lock()
        self._tls = httpx.create_ssl_context()

    def fetch(self, url: str) -> RawArticle:
        """The page at `url`. FetchRefused where it may not or can't be fetched, with the reason."""
        fetched = self.fetch_changed(url, Validators())
        if fetched is None:
            raise FetchRefused(f"{url}: answered that nothing has changed, unasked; report it to the site")
        return fetched.raw

    def fetch_changed(self, url: str, known: Validators) -> Fetched | None:
        """The page at `url`; None where it is still the one that came with `known`."""
        return run_within(self._within_time(url, known), timeout_s=None)

    async def _within_time(self, url: str, known: Validators) -> Fetched | None:
        client = httpx.AsyncClient(
            transport=PinnedTransport(self._tls, allow_private=self._allow_private),
            headers={"User-Agent": _user_agent(), "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(None, connect=_CONNECT_S),  # the whole of it has its own limit
            trust_env=False,
        )
        try:
            async with asyncio.timeout(self._limits.total_s) as clock, client:
                return await self._page(client, clock, web_url(url), known)
        except TimeoutError as error:
            limit = f"{self._limits.total_s:g} s"
            raise FetchRefused(f"{url}: took longer than {limit}; try again later") from error

    async def _page(
        self, client: httpx.AsyncClient, clock: asyncio.Timeout, url: httpx.URL, known: Validators
    ) -> Fetched | None:
        conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        for _ in range(self._limits.redirects + 1):
            robots = await self._robots_of(client, url)
            if not robots.allow(str(url)):
                raise FetchRefused(f"{url}: the site's robots.txt keeps robots away; ask the site for a feed")
            await self._pause(clock, url.host, robots)
            response, content = await self._request(client, url, headers)
            if not _leads_on(response):
                return _fetched(url, response, content)
            url = web_url(response.headers["location"], base=url)
        raise FetchRefused(f"{url}: redirected more than {self._limits.redirects} times; check the address")

    async def _robots_of(self, client: httpx.AsyncClient, url: httpx.URL) -> Robots:
        site = url.copy_with(raw_path=b"/robots.txt")
        now = asyncio.get_running_loop().time()
        asked = self._robots.get(str(site))
        if asked is None or now > asked.kept_until:
            try:
                asked = _Asked(now, await self._read_robots(client, site))
            except AddressRefused:
                raise
            except FetchRefused as error:
                asked = _Asked(now, str(error))
            self._robots[str(site)] = asked
        if isinstance(asked.said, str):
            why = asked.said
            raise FetchRefused(f"{url}: without a robots.txt that can be read no robot may come ({why})")
        return asked.said

    async def _read_robots(self, client: httpx.AsyncClient, url: httpx.URL) -> Robots:
        """By RFC 9309, 2.3.1: no such file allows everything, one that can't be reached allows nothing."""
        for _ in range(self._limits.redirects + 1):
            response, content = await self._request(client, url, {})
            if _leads_on(response):
                url = web_url(response.headers["location"], base=url)
            elif response.is_success:
                return Robots.read(content)
            elif response.is_client_error:
                break
            else:
                raise FetchRefused(f"{url}: {_answered(response)}; try again later")
        return Robots.none()

    async def _pause(self, clock: asyncio.Timeout, host: str, robots: Robots) -> None:
        """Wait until the host may be asked again; that is not part of the time that a page may take."""
        now = asyncio.get_running_loop().time()
        with self._taking_turns:  # before the pause: else all who wait would go together after it
            pause_s = max(0.0, self._next_request_at.get(host, now) - now)
            self._next_request_at[host] = now + pause_s + max(self._pause_s, robots.pause_s)
        deadline = clock.when()
        if pause_s and deadline is not None:
            clock.reschedule(deadline + pause_s)
            await asyncio.sleep(pause_s)

    async def _request(
        self, client: httpx.AsyncClient, url: httpx.URL, headers: dict[str, str]
    ) -> tuple[httpx.Response, bytes]:
        try:
            async with client.stream("GET", url, headers=headers) as response:
                return response, await self._body(url, response) if response.is_success else b""
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise FetchRefused(f"{url}: {reason}; check the address, or try again later") from error
        except UnicodeError as error:  # httpx looks by itself at where a redirect leads
            raise FetchRefused(f"{url}: redirects to what is no URL ({error}); check the address") from error

    async def _body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise FetchRefused(f"{url}: sent as {encoding!r}, which was not asked for; report it to the site")
        body = Inflater(self._limits.body_bytes) if "gzip" in encoding else Counted(self._limits.body_bytes)
        try:
            async for piece in response.aiter_raw():
                body.feed(piece)
            return body.content()
        except TooBig as error:
            limit = f"{self._limits.body_bytes:,} bytes"
            raise FetchRefused(f"{url}: larger than {limit}; {_BY_HAND}") from error
        except Damaged as error:
            raise FetchRefused(f"{url}: damaged gzip ({error}); try again later") from error


def web_url(url: str, *, base: httpx.URL | None = None, instead: str = _BY_HAND) -> httpx.URL:
    """The URL, without its fragment, if it is one we go to; raises FetchRefused, which advises `instead`.

    Ports below 1024 other than the web's own belong to other services (mail, say), which must not be
    spoken to on anybody's behalf; above are those on which people put web servers.
    """
    try:
        parsed = (base.join(url) if base else httpx.URL(url)).copy_with(fragment=None)
        host = parsed.host  # decoded only now, which fails for many an xn--
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchRefused(f"{url}: not a URL ({error}); write it as https://…") from error
    if parsed.scheme not in ("http", "https") or not host:
        raise FetchRefused(f"{parsed}: only http and https will do; {instead}")
    if parsed.userinfo:
        raise FetchRefused(f"{parsed}: has a user name in it; leave that out, or {instead}")
    if parsed.port not in _WEB_PORTS and parsed.port not in _FREE_PORTS:
        raise FetchRefused(f"{parsed}: port {parsed.port} is not one for pages; use 80, 443 or 1024 and up")
    return parsed


def _leads_on(response: httpx.Response) -> bool:
    return response.status_code in _REDIRECTS and "location" in response.headers


def _fetched(url: httpx.URL, response: httpx.Response, content: bytes) -> Fetched | None:
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return None
    if not response.is_success:
        later = response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        remedy = "try again later" if later else "check the address"
        raise FetchRefused(f"{url}: {_answered(response)}; {remedy}")
    said = response.headers.get("content-type", "")
    media_type = media_type_of(said, content, url.path)
    raw = RawArticle(recoded(content, said), media_type, origin=str(url))
    return Fetched(raw, Validators(response.headers.get("etag"), response.headers.get("last-modified")))


def _answered(response: httpx.Response) -> str:
    return f"answered {response.status_code} {response.reason_phrase}".rstrip()


def _user_agent() -> str:
    """Who we are: product and version (RFC 9110, 10.1.5), and what for."""
    return f"{AGENT}/{metadata.version('tanya')} (news archive that answers with quotes)"

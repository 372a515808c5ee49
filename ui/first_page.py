"""The chat's page before its script runs: in its language and theme, and of use without JavaScript."""

from __future__ import annotations

import re

from markupsafe import Markup
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.root_path import own_path
from ui.pages import CHAT_PATH, FROM_CHAT, PLAIN_PATH
from ui.texts import Texts, texts_for

_STYLES = Markup("").join(
    Markup('<link rel="stylesheet" href="../ui/{}.css">').format(part)
    for part in ("chat", "conversation", "sources")
)

_PREVIEW = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
"""What a link to the page is shown with elsewhere: of Gradio, with a picture from another machine."""

_POLICY = "frame-ancestors 'none'; object-src 'none'; base-uri 'self'; connect-src 'self'"
"""As strict as Gradio, which writes scripts and styles into the page, bears."""


class FirstPage:
    """Puts into Gradio's page what its own settings add only by script, hence too late or never."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or own_path(scope).rstrip("/") != CHAT_PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        texts = texts_for(Headers(scope=scope).get("accept-language"))
        # Compressed, the page could not be added to.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, _Completing(send, texts))


class _Completing:
    """Sends a page on, once it is there as a whole, with what it lacks."""

    def __init__(self, send: Send, texts: Texts) -> None:
        self._send = send
        self._texts = texts
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=self._start)
        body = self._body
        if headers.get("content-type", "").startswith("text/html"):
            body = completed(body.decode(), self._texts).encode()
            headers["content-length"] = str(len(body))
            headers["vary"] = "Accept-Language, Cookie"
            headers["content-security-policy"] = _POLICY
            headers["referrer-policy"] = "same-origin"
        await self._send(self._start)
        await self._send({**message, "body": body})


def completed(page: str, texts: Texts) -> str:
    """Gradio's page with its language, title, style and theme, and the way on without JavaScript.

    Without what it says of Gradio.
    """
    head = Markup(
        '<head><title>Tanya</title><link rel="icon" href="../favicon.ico">'
        '<noscript><meta http-equiv="refresh" content="0; url={plain}"></noscript>'
        "{styles}"
        '<script src="../ui/theme.js"></script>'
    ).format(plain=FROM_CHAT + PLAIN_PATH, styles=_STYLES)
    way_on = Markup('<noscript><p><a href="{}">{}</a></p></noscript></body>').format(
        FROM_CHAT + PLAIN_PATH, texts.chat.to_plain
    )
    page = _PREVIEW.sub("", page)
    page = page.replace('href="/manifest.json"', 'href="../manifest.json"', 1)
    page = page.replace('lang="en"', f'lang="{texts.language}"', 1).replace("<head>", str(head), 1)
    return str(way_on).join(page.rsplit("</body>", 1))

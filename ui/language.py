"""The language chosen from the chat's menu, for every page."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.texts import INTERFACES

COOKIE = "tanya_language"
"""Holds what was chosen; the chat's script sets it."""

_CHOICES = frozenset(texts.language for texts in INTERFACES)


class ChosenLanguage:
    """Puts the language that was chosen in the place of what the browser prefers (Accept-Language)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            chosen = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE)
            if chosen in _CHOICES:
                others = [(name, value) for name, value in scope["headers"] if name != b"accept-language"]
                scope = {**scope, "headers": [*others, (b"accept-language", chosen.encode())]}
        await self._app(scope, receive, send)

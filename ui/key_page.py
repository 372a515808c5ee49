"""The page on which a browser is given a key, so that it may do what needs one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Header, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from qa_service.access import COOKIE
from qa_service.guard import require_own_page
from qa_service.keys import KEY, Keys
from ui.headers import headers
from ui.pages import KEY_PATH, page_templates
from ui.texts import texts_for

_LONGEST = 200
"""Characters; a key has some sixty."""

_KEPT_S = 90 * 24 * 3600


def key_page(keys: Keys, *, root: str = "") -> APIRouter:
    """The page /key, with a form to enter a key and one to forget it; `root` is as for page_templates."""
    router = APIRouter(prefix=KEY_PATH, include_in_schema=False)
    pages = page_templates(root)
    kept_for = root or "/"  # what else the host serves is not sent the key

    def shown(request: Request, language: str | None, *, wrong: bool = False) -> HTMLResponse:
        page = pages.get_template("key.html").render(
            texts=texts_for(language),
            key=request.scope.get(KEY),
            sent=COOKIE in request.cookies,
            wrong=wrong,
        )
        return HTMLResponse(page, 401 if wrong else 200, headers=headers(forms=True))

    @router.get("")
    def show(request: Request, accept_language: Annotated[str | None, Header()] = None) -> HTMLResponse:
        return shown(request, accept_language)

    @router.post("")
    def enter(
        request: Request,
        key: Annotated[str, Form(max_length=_LONGEST)] = "",
        accept_language: Annotated[str | None, Header()] = None,
    ) -> Response:
        require_own_page(request)
        known = keys.holder(key.strip()) if key.strip() else None
        if key.strip() and known is None:
            return shown(request, accept_language, wrong=True)
        response = RedirectResponse("key", status_code=303)
        if known is None:
            response.delete_cookie(COOKIE, kept_for)
        else:
            secure = request.url.scheme == "https"
            # Lax: who follows a link in a mail reads with the key too, and what writes looks at Origin.
            response.set_cookie(
                COOKIE, key.strip(), _KEPT_S, path=kept_for, httponly=True, samesite="lax", secure=secure
            )
        return response

    return router

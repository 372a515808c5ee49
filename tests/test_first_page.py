"""The chat's page as it is sent on: what it may load and do; no response is taken for another type."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from qa_service.api import create_api
from tests.corpus import make_service
from ui.first_page import FirstPage


def test_no_other_site_shows_the_chat_in_a_frame_or_has_it_send_elsewhere() -> None:
    app = FastAPI()
    app.add_middleware(FirstPage)

    @app.get("/chat/")
    def chat() -> HTMLResponse:
        return HTMLResponse('<html lang="en"><head></head><body></body></html>')

    assert TestClient(app).get("/chat/").headers["content-security-policy"] == (
        "frame-ancestors 'none'; object-src 'none'; base-uri 'self'; connect-src 'self'"
    )


@pytest.mark.parametrize("path", ["/health/live", "/articles", "/articles/none", "/docs", "/nowhere"])
def test_a_browser_does_not_guess_what_a_response_is(tmp_path: Path, path: str) -> None:
    service = make_service(tmp_path)
    headers = TestClient(create_api(service)).get(path).headers
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    service.close()

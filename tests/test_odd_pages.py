"""Pages, and the forms on them, whatever stands in their addresses and fields: never a failure of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from qa_service.api import create_api
from qa_service.kept_schemas import GivenAnswer
from tests.corpus import make_article, make_service, put
from ui.archive import archive_pages
from ui.key_page import key_page
from ui.pages import Archive, reading_pages
from ui.plain import plain_pages

ODD = [
    "",
    "%00",
    "%ED%A0%80",  # half of a character
    "%FF",
    "%E2%80%AE",  # from right to left
    "a" * 5000,
    "9" * 5000,
    "-1",
    "1e400",
    "99999999999999999999",
    "%EF%BC%91",  # a wide 1
    "0001-01-01",
    "9999-12-31",
    "..%2F..",
    "http:%2F%2F[",
    "%22%3E%3Cscript%3E",
    "0-1&also=".join(["0-1"] * 300),
]
PAGES = [
    "/articles/{}/view",
    "/articles/a/view?start={0}&end={0}",
    "/articles/a/view?start=0&end=5&version={0}&also={0}",
    "/archive?q={}",
    "/archive?outlet={0}&order={0}&page={0}",
    "/archive?added={0}&known={0}",
    "/archive/jobs/{}",
    "/archive/articles/{}/delete",
    "/plain?q={}",
    "/a/{}",
    "/key",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    service = make_service(tmp_path_factory.mktemp("home"), threshold=0.0)
    put(
        service.store,
        make_article("a", "Hujan turun deras. Wali kota melantik 269 pejabat.", outlet="Antara"),
    )
    app, store = create_api(service), service.store

    def given(answer_id: str) -> GivenAnswer:
        return GivenAnswer.since(service.answers.answer(answer_id), store)

    app.include_router(key_page(app.state.keys))
    app.include_router(reading_pages(Archive(store.article, store.copies, store.revision)))
    app.include_router(archive_pages(service, max_body=10_000))
    app.include_router(plain_pages(service.asking, given, ()))
    yield TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
    service.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
def test_whatever_an_address_says_a_page_comes(client: TestClient, page: str, odd: str) -> None:
    response = client.get(
        page.format(odd), headers={"accept-language": odd[:99], "cookie": f"tanya_key={odd[:99]}"}
    )
    assert response.status_code in (200, 404, 422)


FORMS = [
    "/archive/articles",
    "/archive/files",
    "/archive/jobs/a/cancel",
    "/archive/articles/b/delete",
    "/key",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
def test_whatever_a_form_says_it_is_answered(client: TestClient, form: str, odd: str) -> None:
    fields = ("title", "outlet", "published_at", "text", "url", "key", "files")
    sent = "&".join(f"{field}={odd}" for field in fields)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = client.post(form, content=sent, headers=headers, follow_redirects=False)
    assert response.status_code in (200, 303, 400, 401, 404, 413, 415, 422)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("charset", ["utf-7", "undefined", "punycode", "none", "utf-16"])
def test_whatever_a_form_is_written_in_it_is_answered(client: TestClient, form: str, charset: str) -> None:
    parts = (
        f'--b\r\ncontent-disposition: form-data; name="{field}"{more}\r\n\r\ntanya_+2AA-_+2AA-\r\n'
        for field, more in (("key", ""), ("text", ""), ("files", '; filename="+2AA-.txt"'))
    )
    headers = {"content-type": f"multipart/form-data; boundary=b; charset={charset}"}
    response = client.post(
        form, content="".join(parts) + "--b--\r\n", headers=headers, follow_redirects=False
    )
    assert response.status_code in (200, 303, 400, 401, 404, 415, 422)

"""Revisions: what an article said before explains old citations, and is never cited again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Filters
from qa_service.answers import Abstention, Answer
from qa_service.api import create_api
from qa_service.build import Service
from tests.corpus import make_article, make_service, put
from ui.pages import Archive, reading_link, reading_pages

OLD, NEW = "Wali kota melantik 250 pejabat.", "Bupati meresmikan jembatan."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    yield service
    service.close()


def test_an_update_keeps_what_was_said_before(service: Service) -> None:
    old, new = make_article("a", OLD, title="Lama"), make_article("a", NEW)
    put(service.store, old)
    assert service.store.revisions("a") == []
    put(service.store, new)
    (revision,) = service.store.revisions("a")
    assert (revision.article_id, revision.replaced_by) == ("a", "a")
    assert (revision.title, revision.text, revision.content_hash) == ("Lama", OLD, old.content_hash)
    assert service.store.revision("a", old.content_hash[:12]) == revision
    with pytest.raises(RevisionNotFound, match="no earlier version"):
        service.store.revision("a", new.content_hash)


def test_the_same_text_again_is_no_revision_and_going_back_keeps_each_version_once(service: Service) -> None:
    for text in (OLD, OLD, NEW, OLD, NEW):
        put(service.store, make_article("a", text))
    assert [revision.text for revision in service.store.revisions("a")] == [OLD]


def test_a_file_that_goes_back_to_its_old_text_lists_only_the_other_one(service: Service) -> None:
    for article_id, text in ("one", OLD), ("two", NEW), ("one", OLD):
        put(service.store, make_article(article_id, text, origin="berita.txt"))
    (revision,) = service.store.revisions("one")
    assert (revision.article_id, revision.text, revision.replaced_by) == ("two", NEW, "one")


def test_a_file_with_a_new_text_keeps_the_old_one_under_its_old_id(service: Service) -> None:
    put(service.store, make_article("one", OLD, origin="berita.txt"))
    put(service.store, make_article("two", NEW, origin="berita.txt"))
    put(service.store, make_article("three", "Lain lagi.", origin="berita.txt"))
    assert [revision.article_id for revision in service.store.revisions("three")] == ["two", "one"]
    assert service.store.revision("one", "").replaced_by == "three"
    with pytest.raises(ArticleNotFound):
        service.store.revisions("one")


def test_a_deleted_article_takes_its_revisions_with_it(service: Service, tmp_path: Path) -> None:
    put(service.store, make_article("one", OLD, origin="berita.txt"))
    put(service.store, make_article("two", NEW, origin="berita.txt"))
    service.store.delete("two")
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM revisions").fetchone() == (0,)
    connection.close()


def test_a_revision_is_never_found_or_cited(service: Service) -> None:
    put(service.store, make_article("a", OLD))
    assert isinstance(service.ask("wali kota melantik pejabat"), Answer)
    put(service.store, make_article("a", NEW))
    assert isinstance(service.ask("wali kota melantik pejabat"), Abstention)
    hits = service.retriever.retrieve("wali kota melantik pejabat", Filters(), limit=9)
    assert [hit.passage.text for hit in hits] == [NEW]


@pytest.mark.parametrize(("after", "still"), [(NEW, False), (f"{NEW} {OLD}", True)])
def test_a_citation_of_yesterday_is_explained_after_an_update(
    service: Service, after: str, still: bool
) -> None:
    put(service.store, make_article("one", OLD, origin="berita.txt"))
    answer = service.ask("wali kota melantik pejabat")
    assert isinstance(answer, Answer)
    link = reading_link(answer.citations[0])
    store = service.store
    app = create_api(service)
    app.include_router(reading_pages(Archive(store.article, store.copies, store.revision)))
    client = TestClient(app)
    assert f'<mark id="quote">{OLD}</mark>' in client.get(link).text
    put(service.store, make_article("two", after, origin="berita.txt"))
    page = client.get(link, headers={"Accept-Language": "en"}).text
    assert "This article has changed since it was quoted." in page
    assert f'<blockquote lang="id">{OLD}</blockquote>' in page
    assert ("The quote is still in" in page, "The quote is no longer in" in page) == (still, not still)
    assert (f'<mark id="quote">{OLD}</mark>' in page) is still
    service.store.delete("two")
    assert client.get(link).status_code == 404

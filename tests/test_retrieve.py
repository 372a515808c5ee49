"""Retrieval: dense and lexical search fused, in an exact order, with exact scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index import retrieve
from index.records import EVERYTHING, Filters, Hit, Passage
from index.retrieve import LEXICAL_WEIGHT, told_once
from qa_service.build import Service
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    put(service.store, make_article("flood", "banjir bekasi", title="", outlet="Kompas"))
    put(
        service.store,
        make_article("traffic", "macet bekasi timur", title="", published_at=date(2026, 1, 5)),
    )
    put(service.store, make_article("quake", "gempa banten besar", title="", language="ms"))
    yield service
    service.close()


def test_the_score_is_the_cosine_and_a_share_of_bm25(service: Service) -> None:
    hits = service.retriever.retrieve("banjir bekasi", EVERYTHING, limit=9)
    assert [hit.article.id for hit in hits] == ["flood", "traffic", "quake"]
    embedder = WordHashEmbedder()
    for hit, text in zip(
        hits, ("Kompas\nbanjir bekasi", "2026-01-05\nmacet bekasi timur", "gempa banten besar"), strict=True
    ):
        cosine = float(embedder.embed_query("banjir bekasi") @ embedder.embed_query(text))
        assert hit.dense == pytest.approx(cosine, abs=1e-3)
        assert hit.score == hit.dense + LEXICAL_WEIGHT * hit.lexical
    assert hits[0].lexical > hits[1].lexical > hits[2].lexical == 0


def test_the_limit_is_kept_and_may_exceed_the_corpus(service: Service) -> None:
    assert [h.article.id for h in service.retriever.retrieve("gempa", EVERYTHING, limit=1)] == ["quake"]
    assert len(service.retriever.retrieve("gempa", EVERYTHING, limit=100)) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(outlets=("kompas",)), ["flood"]),
        (Filters(languages=("ms",)), ["quake"]),
        (Filters(published_from=date(2026, 1, 1)), ["traffic"]),
        (Filters(published_to=date(2025, 1, 1)), []),
        (Filters(places=("Bekasi",)), ["flood", "traffic"]),
        (Filters(places=("Banten",), languages=("ms",)), ["quake"]),
        (Filters(places=("Banten", "Bekasi")), []),
        (Filters(nothing=True), []),
    ],
    ids=str,
)
def test_only_articles_that_pass_the_filters_are_found(
    service: Service, filters: Filters, expected: list[str]
) -> None:
    hits = service.retriever.retrieve("banjir macet gempa", filters, limit=9)
    assert [hit.article.id for hit in hits] == expected


def test_an_empty_archive_gives_no_hits(tmp_path: Path) -> None:
    service = make_service(tmp_path / "empty")
    assert service.retriever.retrieve("banjir", EVERYTHING, limit=5) == []
    service.close()


@pytest.mark.parametrize("query", ["黑豹队", "مرحبا", "😀", "\u200d\u0000", "' OR 1=1 --", "a" * 1000])
def test_any_text_can_be_asked(service: Service, query: str) -> None:
    assert len(service.retriever.retrieve(query, EVERYTHING, limit=5)) == 3


def test_an_article_deleted_by_another_process_is_not_found(service: Service, tmp_path: Path) -> None:
    assert service.retriever.retrieve("banjir", EVERYTHING, limit=1)[0].article.id == "flood"
    other = make_service(tmp_path)
    other.store.delete("flood")
    other.close()
    hits = service.retriever.retrieve("banjir", EVERYTHING, limit=9)
    assert [hit.article.id for hit in hits if hit.lexical] == []
    assert len(hits) == 2


COPY = "wali kota melantik pejabat baru kemarin sore di balai kota serang"


def test_of_a_story_the_earliest_copy_is_found_and_others_fill_the_places(service: Service) -> None:
    for n, day in enumerate([9, 7, 8, 7]):
        copy = make_article(f"copy-{n}", COPY, title="", outlet=f"Media {n}", published_at=date(2026, 1, day))
        put(service.store, copy)
    hits = service.retriever.retrieve("wali kota melantik pejabat", EVERYTHING, limit=3)
    assert hits[0].article.id == "copy-1"
    assert len({hit.article.id for hit in hits}) == 3
    only = Filters(outlets=("media 0", "media 2"))
    assert [h.article.id for h in service.retriever.retrieve("pejabat", only, limit=3)] == ["copy-2"]


def test_hundreds_of_copies_leave_room_for_other_stories(service: Service) -> None:
    for n in range(150):
        put(service.store, make_article(f"copy-{n:03}", COPY, title=""))
    hits = service.retriever.retrieve("wali kota melantik pejabat", EVERYTHING, limit=4)
    assert hits[0].article.id == "copy-000"
    assert {hit.article.id for hit in hits[1:]} == {"flood", "traffic", "quake"}


def test_articles_that_name_the_place_are_found_behind_hundreds_that_do_not(service: Service) -> None:
    for n in range(150):
        put(service.store, make_article(f"no-{n:03}", f"banjir besar melanda warga kota {n}", title=""))
    hits = service.retriever.retrieve("banjir besar", Filters(places=("Kota Bekasi",)), limit=4)
    assert [hit.article.id for hit in hits] == ["flood", "traffic"]


@pytest.mark.parametrize(("place", "found"), [("Kota Bekasi", ["flood", "traffic"]), ("Banten", ["quake"])])
def test_articles_that_name_the_place_are_found_even_behind_all_that_is_proposed(
    service: Service, monkeypatch: pytest.MonkeyPatch, place: str, found: list[str]
) -> None:
    monkeypatch.setattr(retrieve, "_CANDIDATES", 10)
    for n in range(90):
        put(service.store, make_article(f"no-{n:03}", f"banjir besar melanda warga kota {n}", title=""))
    hits = service.retriever.retrieve("banjir melanda warga kota", Filters(places=(place,)), limit=4)
    assert [hit.article.id for hit in hits] == found


def test_a_passage_that_only_a_later_copy_has_is_found_there(service: Service) -> None:
    words = " ".join(f"kata{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(80))
    early = make_article("early", words, title="", outlet="A", published_at=date(2026, 1, 1))
    later = make_article(
        "later", f"{words} gajah sumatra", title="", outlet="B", published_at=date(2026, 1, 2)
    )
    put(service.store, early)
    put(service.store, later)
    assert service.store.story("early") is not None
    assert service.retriever.retrieve("gajah sumatra", EVERYTHING, limit=1)[0].article.id == "later"
    assert service.retriever.retrieve("kataab kataac", EVERYTHING, limit=1)[0].article.id == "early"


def test_an_earlier_copy_whose_hits_lack_the_best_passage_does_not_take_its_place() -> None:
    def hit(article_id: str, day: int, text: str, score: float) -> Hit:
        article = make_article(article_id, "Kalimat satu. Kalimat tiga.", published_at=date(2026, 1, day))
        start = article.text.index(text)
        passage = Passage(day, article_id, 0, start, start + len(text), text)
        return Hit(passage, article, dense=score, lexical=0, score=score)

    best, other = hit("later", 2, "Kalimat satu.", 0.9), hit("early", 1, "Kalimat tiga.", 0.4)
    assert told_once([best, other], {"later": 1, "early": 1}) == [best]


def test_words_find_the_articles_that_hold_all_of_them_each_once_by_its_best_passage(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    put(service.store, make_article("a", "Banjir datang. Banjir di Serang surut.", outlet="Antara"), budget=4)
    put(service.store, make_article("b", "Pasar dibuka.", title="Banjir di Serang", outlet="Kompas"))
    put(service.store, make_article("c", "Serang membangun pasar."))
    matching = service.retriever.matching

    def found(query: str, filters: Filters = EVERYTHING, limit: int = 9) -> list[str]:
        return [article.id for _, article in matching(query, filters, limit=limit)]

    assert sorted(found("banjir serang")) == ["a", "b"]
    assert [p.text for p, a in matching("banjir surut", Filters(), limit=9)] == ["Banjir di Serang surut."]
    assert found("banjir serang", Filters(outlets=("kompas",))) == ["b"]
    assert sorted(found("banjir jakarta")) == ["a", "b"]
    assert len(found("serang", limit=2)) == 2
    assert found("gempa") == found("") == []
    service.close()

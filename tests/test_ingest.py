"""Ingest: raw articles in, each once, and a bad one stops nothing."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from index.articles import _READERS, to_article
from index.errors import ArticleUnreadable, EmbedderMismatch, WriterBusy
from index.formats.page import Page
from index.ingest import Ingest, Report
from index.records import Article, RawArticle, Refused
from index.store import Store
from tests.corpus import raws_in
from tests.fakes import WordHashEmbedder


class CountingEmbedder(WordHashEmbedder):
    """Remembers how many passages it was given at once."""

    def __init__(self, fingerprint: str = WordHashEmbedder.fingerprint) -> None:
        self.fingerprint = fingerprint
        self.batches: list[int] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(len(texts))
        return super().embed_passages(texts)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_home(tmp_path / "home")
    yield store
    store.close()


def raw(text: str, origin: str = "a.txt") -> RawArticle:
    return RawArticle(text.encode(), "text/plain", origin)


def ingest(store: Store, *raws: RawArticle | Refused, embedder: WordHashEmbedder | None = None) -> Report:
    return Ingest(store, embedder or WordHashEmbedder()).run(raws, lambda _: None)


def texts(store: Store) -> list[str]:
    return sorted(article.text for article in store.articles(offset=0, limit=99))


def test_articles_are_stored_with_their_passages(store: Store) -> None:
    report = ingest(store, raw("Banjir melanda Bekasi.", "a.txt"), raw("Gempa melanda Banten.", "b.txt"))
    assert report == Report(stored=2, passages=2)
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]
    assert len(store.passages([1, 2])) == 2


def test_the_same_article_again_changes_nothing_and_embeds_nothing(store: Store) -> None:
    embedder = CountingEmbedder()
    ingest(store, raw("Banjir melanda Bekasi."), embedder=embedder)
    change = store.last_change()
    report = ingest(store, raw("Banjir melanda Bekasi."), embedder=embedder)
    elsewhere = ingest(store, raw("Banjir melanda Bekasi.", "copy.txt"), embedder=embedder)
    assert report == elsewhere == Report(unchanged=1)
    assert store.last_change() == change
    assert sum(embedder.batches) == 1


def test_a_file_with_a_new_text_takes_the_place_of_its_old_article(store: Store) -> None:
    ingest(store, raw("Banjir melanda Bekasi."))
    assert ingest(store, raw("Banjir sudah surut.")) == Report(stored=1, passages=1)
    assert texts(store) == ["Banjir sudah surut."]


def test_another_collection_of_the_same_name_takes_nothing_away(store: Store) -> None:
    def collection(text: str) -> RawArticle:
        return RawArticle(json.dumps({"text": text}).encode(), "application/jsonl", "today.jsonl")

    ingest(store, collection("Banjir melanda Bekasi."))
    ingest(store, collection("Gempa melanda Banten."))
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\xff")
    (tmp_path / "c.jsonl").write_text('{"text": "Satu kalimat."}\nnot json\n{"text": "Dua kalimat."}\n')
    (tmp_path / "d.txt").write_text("Tiga kalimat.")
    report = ingest(store, *raws_in([tmp_path / name for name in ("a.png", "b.txt", "c.jsonl", "d.txt")]))
    assert texts(store) == ["Dua kalimat.", "Satu kalimat.", "Tiga kalimat."]
    assert [Path(refused.origin).name for refused in report.refused] == ["a.png", "b.txt", "c.jsonl:2"]
    assert all(refused.reason.startswith(refused.origin) for refused in report.refused)
    assert (report.stored, report.seen) == (3, 6)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "Mon, 01 Jan 2026 00:00:00 +99999999999999"])
def test_a_date_beyond_the_calendar_stops_nothing(store: Store, moment: str) -> None:
    lines = [{"text": "Satu kalimat.", "published_at": moment}, {"text": "Dua kalimat."}]
    content = "\n".join(map(json.dumps, lines)).encode()
    ingest(store, RawArticle(content, "application/jsonl", "c.jsonl"))
    assert texts(store) == ["Dua kalimat.", "Satu kalimat."]


def test_files_of_one_name_in_two_folders_are_two_articles(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in ("jan", "feb"):
        (tmp_path / month).mkdir()
        (tmp_path / month / "1.txt").write_text(f"Banjir pada {month}.")
        monkeypatch.chdir(tmp_path / month)
        ingest(store, *raws_in([Path("1.txt")]))
    assert texts(store) == ["Banjir pada feb.", "Banjir pada jan."]
    (tmp_path / "feb" / "1.txt").write_text("Banjir sudah surut.")
    ingest(store, *raws_in([tmp_path / "feb"]))
    assert texts(store) == ["Banjir pada jan.", "Banjir sudah surut."]


def test_a_renamed_file_is_still_the_same_article(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "a.txt", tmp_path / "b.txt"
    old.write_text("Banjir melanda.")
    ingest(store, *raws_in([old]))
    old.rename(new)
    assert ingest(store, *raws_in([new])) == Report(unchanged=1)
    new.write_text("Banjir sudah surut.")
    ingest(store, *raws_in([new]))
    assert texts(store) == ["Banjir sudah surut."]


def test_a_file_name_that_is_not_unicode_is_no_obstacle(store: Store, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    file.write_text("Banjir melanda.")
    assert ingest(store, *raws_in([file])) == Report(stored=1, passages=1)


def test_the_same_article_twice_in_one_run_is_one(store: Store) -> None:
    report = ingest(store, raw("Banjir melanda.", "a.txt"), raw("Banjir melanda.", "b.txt"))
    assert report == Report(stored=1, unchanged=1, passages=1)


def test_of_two_versions_in_one_run_the_later_one_stays(store: Store) -> None:
    lines = [{"url": "https://a.id/1", "text": f"Banjir {state}."} for state in ("melanda", "surut")]
    content = "\n".join(map(json.dumps, lines)).encode()
    ingest(store, RawArticle(content, "application/jsonl", "c.jsonl"))
    assert texts(store) == ["Banjir surut."]


def test_of_two_dates_in_one_run_the_later_one_stays(store: Store) -> None:
    lines = [{"id": "1", "text": "Banjir melanda.", "date": f"2026-01-0{day}"} for day in (1, 2)]
    content = "\n".join(map(json.dumps, lines)).encode()
    ingest(store, RawArticle(content, "application/jsonl", "c.jsonl"))
    assert store.article("1").published_on == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("given_id", "stored_id"),
    [("serang-1", "serang-1"), ("a/b", "c14cddc033f64b9d"), ("..", "5ec1f7e700f37c3d"), (7, "7")],
)
def test_an_id_can_stand_in_a_path(store: Store, given_id: object, stored_id: str) -> None:
    content = json.dumps({"id": given_id, "text": "Banjir melanda."}).encode()
    ingest(store, RawArticle(content, "application/jsonl", "c.jsonl"))
    assert [article.id for article in store.articles(offset=0, limit=9)] == [stored_id]


def test_passages_of_many_articles_are_embedded_together(store: Store) -> None:
    embedder = CountingEmbedder()
    ingest(store, *(raw(f"Berita ke {n}.", f"{n}.txt") for n in range(514)), embedder=embedder)
    assert embedder.batches == [256, 256, 2]


def test_the_next_articles_are_read_while_a_group_is_embedded(store: Store) -> None:
    read = threading.Event()

    class Waiting(WordHashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            assert read.wait(timeout=30)
            return super().embed_passages(texts)

    def raws() -> Iterator[RawArticle]:
        for n in range(260):
            yield raw(f"Berita ke {n}.", f"{n}.txt")
        read.set()

    assert Ingest(store, Waiting()).run(raws(), lambda _: None) == Report(stored=260, passages=260)


def test_progress_is_heard_after_each_article(store: Store) -> None:
    heard: list[int] = []
    raws = [raw(f"Berita ke {n}.", f"{n}.txt") for n in range(3)]
    Ingest(store, WordHashEmbedder()).run(raws, lambda report: heard.append(report.stored))
    assert heard == [0, 0, 0, 3]


def test_vectors_of_two_models_are_not_mixed_until_a_rebuild(store: Store) -> None:
    ingest(store, raw("Banjir melanda Bekasi."), raw("Gempa melanda Banten.", "b.txt"))
    other = CountingEmbedder("another model")
    with pytest.raises(EmbedderMismatch, match="run `tanya rebuild`"):
        ingest(store, raw("Hujan turun.", "c.txt"), embedder=other)
    assert Ingest(store, other).rebuild(lambda _: None) == Report(stored=2, passages=2)
    store.require_embedder("another model")
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]
    assert Ingest(store, other).rebuild(lambda _: None) == Report(unchanged=2)


def test_a_rebuild_with_new_rules_replaces_each_article_under_its_id(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({"text": "Banjir melanda Bekasi. (TS)"}).encode()
    ingest(store, RawArticle(content, "application/jsonl", "c.jsonl"), raw("Gempa melanda.", "b.txt"))
    before = {article.id: article for article in store.articles(offset=0, limit=9)}

    def new_rules(given: RawArticle, fetched_at: datetime) -> Article:
        if given.media_type == "text/plain":
            raise ArticleUnreadable("not by the new rules")
        return replace(to_article(given, fetched_at), id="another", text="Banjir melanda.")

    monkeypatch.setattr("index.ingest.to_article", new_rules)
    Ingest(store, CountingEmbedder("another model")).rebuild(lambda _: None)
    after = {article.id: article for article in store.articles(offset=0, limit=9)}
    assert sorted(after) == sorted(before)
    assert texts(store) == ["Banjir melanda.", "Gempa melanda."]
    assert all(after[i].fetched_at == before[i].fetched_at for i in after)
    assert all(after[i].origin == before[i].origin for i in after)
    store.require_embedder("another model")


def test_a_second_ingest_at_the_same_time_is_refused(store: Store, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path / "home")
    with other.writing(), pytest.raises(WriterBusy):
        ingest(store, raw("Banjir."))
    other.close()
    assert texts(store) == []


def test_others_write_while_an_article_is_read(store: Store, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path / "home")

    def raws() -> Iterator[RawArticle]:
        with other.writing(timeout_s=0):
            ingest(other, raw("Gempa melanda Banten.", "b.txt"))
        yield raw("Banjir melanda Bekasi.")
        ingest(other, raw("Banjir melanda Bekasi.", "c.txt"))

    report = Ingest(store, WordHashEmbedder()).run(raws(), lambda _: None)
    other.close()
    assert report == Report(unchanged=1)
    assert texts(store) == ["Banjir melanda Bekasi.", "Gempa melanda Banten."]


def test_what_others_wrote_while_an_article_was_read_came_before_it(store: Store, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path / "home")
    ingest(store, raw("Banjir melanda Bekasi."))

    def raws() -> Iterator[RawArticle]:
        yield raw("Banjir sudah surut.")
        ingest(other, raw("Banjir meluas."))

    Ingest(store, WordHashEmbedder()).run(raws(), lambda _: None)
    other.close()
    (article,) = store.articles(offset=0, limit=9)
    assert article.text == "Banjir sudah surut."
    assert [each.text for each in store.revisions(article.id)] == ["Banjir meluas.", "Banjir melanda Bekasi."]


def test_a_rebuild_with_another_model_ends_an_ingest_before_models_are_mixed(
    store: Store, tmp_path: Path
) -> None:
    other = Store.in_home(tmp_path / "home")
    ingest(store, raw("Banjir melanda Bekasi."))

    def raws() -> Iterator[RawArticle]:
        yield raw("Gempa melanda Banten.", "b.txt")
        Ingest(other, CountingEmbedder("another model")).rebuild(lambda _: None)

    with pytest.raises(EmbedderMismatch):
        Ingest(store, WordHashEmbedder()).run(raws(), lambda _: None)
    other.close()
    store.require_embedder("another model")
    assert texts(store) == ["Banjir melanda Bekasi."]


def test_an_article_that_changes_and_changes_back_in_one_run_is_as_it_was_last(store: Store) -> None:
    def article(text: str, article_id: str = "") -> RawArticle:
        fields = {"id": article_id, "text": text}
        return RawArticle(json.dumps(fields).encode(), "application/json+file", "a.json")

    ingest(store, article("Banjir melanda.", "a"))
    report = ingest(store, article("Banjir surut.", "a"), article("Banjir melanda.", "a"))
    assert (report.stored, texts(store)) == (2, ["Banjir melanda."])
    ingest(store, article("Banjir surut.", "b"), article("Banjir melanda.", "a"))
    assert texts(store) == ["Banjir melanda."]


def test_progress_counts_each_refusal(store: Store) -> None:
    heard: list[int] = []
    refused = [Refused(f"{n}.png", "unknown format") for n in range(3)]
    report = Ingest(store, WordHashEmbedder()).run(refused, lambda report: heard.append(len(report.refused)))
    assert (heard, report) == ([1, 2, 3, 3], Report(refused=tuple(refused)))


def paragraphs(*words: str) -> str:
    """An article whose every paragraph fills a passage."""
    return "\n".join(" ".join([word] * 170) + "." for word in words)


def embedded(embedder: CountingEmbedder) -> int:
    return sum(embedder.batches)


def test_an_article_that_changed_in_one_paragraph_embeds_only_that(store: Store) -> None:
    def article(*words: str) -> RawArticle:
        fields = {"id": "a", "title": "Judul", "text": paragraphs(*words)}
        return RawArticle(json.dumps(fields).encode(), "application/json", "a.json")

    embedder = CountingEmbedder()
    ingest(store, article("satu", "dua", "tiga"), embedder=embedder)
    assert embedded(embedder) == 3
    report = ingest(store, article("satu", "lain", "tiga"), embedder=embedder)
    assert (report.stored, report.passages, embedded(embedder)) == (1, 3, 4)


def test_a_text_that_is_in_two_articles_is_embedded_once(store: Store) -> None:
    def article(name: str) -> RawArticle:
        fields = {
            "id": name,
            "title": "Judul",
            "text": paragraphs("satu", "dua"),
            "url": f"https://a.id/{name}",
        }
        return RawArticle(json.dumps(fields).encode(), "application/json", name)

    embedder = CountingEmbedder()
    ingest(store, article("a"), article("b"), embedder=embedder)
    ingest(store, article("c"), embedder=embedder)
    assert (len(texts(store)), embedded(embedder)) == (3, 2)


def test_a_rebuild_with_the_same_model_embeds_nothing_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(store, raw(paragraphs("satu", "dua"), "a.txt"), raw(paragraphs("tiga"), "b.txt"))
    before = store.vectors_at(store.last_change())
    monkeypatch.setattr(Store, "holds", lambda *_, **__: False)  # as if the rules had changed
    embedder = CountingEmbedder()
    assert Ingest(store, embedder).rebuild(lambda _: None).stored == 2
    after = store.vectors_at(store.last_change())
    assert embedded(embedder) == 0
    assert before is not None
    assert after is not None
    assert [v.tolist() for v in before.values()] == [v.tolist() for v in after.values()]


def test_another_model_embeds_everything_again(store: Store) -> None:
    ingest(store, raw(paragraphs("satu", "dua")))
    other = CountingEmbedder("another model")
    Ingest(store, other).rebuild(lambda _: None)
    assert embedded(other) == 2


def test_what_a_library_stumbles_over_is_refused_and_the_rest_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: bytes) -> NoReturn:
        raise OverflowError("infinity")

    monkeypatch.setitem(_READERS, "application/pdf", stumble)
    report = ingest(store, RawArticle(b"%PDF", "application/pdf", "a.pdf"), raw("Banjir melanda Bekasi."))
    assert texts(store) == ["Banjir melanda Bekasi."]
    assert report.refused == (
        Refused("a.pdf", "a.pdf: could not be read (OverflowError('infinity')); leave it out"),
    )


def test_an_article_keeps_its_file_while_that_is_there(store: Store, tmp_path: Path) -> None:
    first, copy = tmp_path / "a.txt", tmp_path / "b.txt"
    for file in (first, copy):
        file.write_text("Banjir melanda Bekasi.")
        ingest(store, *raws_in([file]))
    first.write_text("Banjir sudah surut.")
    ingest(store, *raws_in([first]))
    assert texts(store) == ["Banjir sudah surut."]
    first.rename(tmp_path / "c.txt")
    ingest(store, *raws_in([tmp_path / "c.txt"]))
    assert list(store.origins(str(tmp_path)).values()) == [str(tmp_path / "c.txt")]


def test_a_rebuild_keeps_what_a_library_stumbles_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: bytes) -> NoReturn:
        raise OverflowError("infinity")

    monkeypatch.setitem(_READERS, "text/markdown", lambda content: Page(content.decode()))
    ingest(store, RawArticle(b"Banjir melanda Bekasi.", "text/markdown", "a.md"))
    monkeypatch.setitem(_READERS, "text/markdown", stumble)
    assert Ingest(store, WordHashEmbedder()).rebuild(lambda _: None) == Report(unchanged=1)
    assert texts(store) == ["Banjir melanda Bekasi."]

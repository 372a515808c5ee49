"""The store: what is put in comes out, all at once or not at all, with every change logged."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from index import schema
from index.database import open_database
from index.errors import ArticleNotFound, EmbedderMismatch, StoreTooNew, StoreUnavailable, WriterBusy
from index.fetches import LastFetch
from index.records import Filters, Order, RawArticle, Span, Validators
from index.store import Store
from tests.corpus import make_article, put
from tests.fakes import WordHashEmbedder

FINGERPRINT = WordHashEmbedder.fingerprint


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_home(tmp_path)
    yield store
    store.close()


@pytest.mark.parametrize(
    "published_at", [None, date(2026, 2, 6), datetime(2026, 2, 6, 14, 30, tzinfo=UTC)], ids=str
)
def test_an_article_comes_out_as_it_went_in(store: Store, published_at: date | datetime | None) -> None:
    article = make_article("a", "Wali Kota datang. 😀 Résumé.", outlet="Kompas", published_at=published_at)
    put(store, article)
    assert store.article("a") == article


def test_a_passage_is_a_slice_of_its_article(store: Store) -> None:
    put(store, make_article("a", "Satu dua tiga. Empat lima enam."), budget=3)
    found = store.passages([1, 2, 3])
    assert [(i, p.text, p.ordinal) for i, (p, _) in sorted(found.items())] == [
        (1, "Satu dua tiga.", 0),
        (2, "Empat lima enam.", 1),
    ]
    assert all(article.text[p.start : p.end] == p.text for p, article in found.values())


def test_an_article_put_again_takes_its_own_place_and_passage_ids_are_never_used_again(store: Store) -> None:
    put(store, make_article("a", "Lama sekali."))
    put(store, make_article("a", "Baru sekali."))
    assert store.article("a").text == "Baru sekali."
    assert list(store.passages([1, 2])) == [2]


def test_an_article_whose_origin_has_a_new_text_takes_the_place_of_the_old_one(store: Store) -> None:
    put(store, make_article("old", "Lama.", origin="berita.txt"))
    put(store, make_article("new", "Baru.", origin="berita.txt"))
    assert [article.id for article in store.articles(offset=0, limit=9)] == ["new"]


def test_a_deleted_article_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    put(store, make_article("a", "Isi."))
    store.delete("a")
    with pytest.raises(ArticleNotFound, match="no article has the id 'a'"):
        store.article("a")
    with pytest.raises(ArticleNotFound):
        store.delete("a")
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        for table in ("articles", "raws", "passages", "vectors"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


def test_an_article_that_fails_half_way_is_not_there_at_all(store: Store) -> None:
    article = make_article("a", "Satu. Dua.")
    vectors = np.ones((1, 256), dtype=np.float32)  # one vector for two passages
    with pytest.raises(ValueError, match="zip"):
        store.put(
            article,
            RawArticle(b"", "text/plain", "a.txt"),
            [Span(0, 5), Span(6, 10)],
            vectors,
            fingerprint="x",
        )
    assert store.articles(offset=0, limit=9) == []
    assert store.last_change() == 0


def test_articles_are_listed_newest_first_and_undated_ones_last(store: Store) -> None:
    put(store, make_article("undated", "Satu."))
    put(store, make_article("old", "Dua.", published_at=date(2025, 1, 1)))
    put(store, make_article("new", "Tiga.", published_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert [article.id for article in store.articles(offset=0, limit=2)] == ["new", "old"]
    assert [article.id for article in store.articles(offset=2, limit=2)] == ["undated"]


def test_articles_are_listed_by_outlet_and_by_when_they_came(store: Store) -> None:
    for number, (article_id, outlet) in enumerate([("x", "Antara"), ("y", "Kompas"), ("z", "ANTARA")]):
        article = make_article(
            article_id, f"Teks {number}.", outlet=outlet, published_at=date(2026, 2, 9 - number)
        )
        put(store, replace(article, fetched_at=datetime(2026, 11, 1, 12, number, tzinfo=UTC)))
    antara = Filters(outlets=("antara",))
    assert [article.id for article in store.articles(offset=0, limit=9, filters=antara)] == ["x", "z"]
    assert [article.id for article in store.articles(offset=0, limit=2, order=Order.ARRIVED)] == ["z", "y"]
    assert (store.count(), store.count(antara), store.count(Filters(outlets=("Tempo",)))) == (3, 2, 0)
    assert store.coverage().outlets == (("Antara", 2), ("Kompas", 1))


def test_origins_are_found_by_how_they_begin_in_their_very_letters(store: Store) -> None:
    put(store, make_article("a", "Satu.", origin="/berita_1/a.txt"))
    put(store, make_article("b", "Dua.", origin="/berita_1/b.jsonl:2#b"))
    put(store, make_article("c", "Tiga.", origin="/Berita_1/a.txt"))
    put(store, make_article("d", "Empat.", origin="/berita21/a.txt"))
    assert store.origins("/berita_1/") == {"a": "/berita_1/a.txt", "b": "/berita_1/b.jsonl:2#b"}


def test_a_fetch_is_noted_in_the_place_of_an_earlier_one(store: Store) -> None:
    at = datetime(2026, 2, 6, tzinfo=UTC)
    store.fetches.note(LastFetch("https://a.id/1", at, Validators(etag='"1"'), "v1"))
    later = LastFetch("https://a.id/1", at, Validators(last_modified="Mon"))
    store.fetches.note(later)
    assert store.fetches.of("https://a.id/1") == later
    assert store.fetches.of("https://a.id/2") is None


def test_changes_list_what_was_added_and_removed_since(store: Store) -> None:
    put(store, make_article("a", "Satu."))
    put(store, make_article("b", "Dua."))
    store.delete("a")
    changes = store.changes_after(1, fingerprint=FINGERPRINT)
    assert changes is not None
    assert (changes.number, [p.id for p in changes.added], changes.removed) == (3, [2], (1,))
    assert changes.added[0].text == "Judul\nDua."
    expected = WordHashEmbedder().embed_query("Judul\nDua.")
    assert changes.added[0].vector == pytest.approx(expected, abs=1e-3)
    assert store.changes_after(3, fingerprint=FINGERPRINT) is None


def test_vectors_of_another_embedder_are_refused(store: Store) -> None:
    put(store, make_article("a", "Satu."))
    store.require_embedder(FINGERPRINT)
    with pytest.raises(EmbedderMismatch, match=r"made by word-hash-256.*run `tanya rebuild`"):
        store.require_embedder("another")
    with pytest.raises(EmbedderMismatch):
        store.changes_after(0, fingerprint="another")


def test_a_stored_vector_is_of_unit_length(store: Store) -> None:
    put(store, make_article("a", " ".join(f"kata{n}" for n in range(100))), budget=500)
    changes = store.changes_after(0, fingerprint=FINGERPRINT)
    assert changes is not None
    assert float(np.linalg.norm(changes.added[0].vector)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [1, 2, 3]),
        (Filters(outlets=("kompas",)), [1]),
        (Filters(outlets=("ÉLAN post",)), [3]),
        (Filters(outlets=("Kompas", "Antara")), [1, 2]),
        (Filters(languages=("en",)), [2]),
        (Filters(published_from=date(2026, 1, 5)), [1]),
        (Filters(published_to=date(2026, 1, 4)), [2]),
        (Filters(published_from=date(2026, 1, 4), published_to=date(2026, 1, 5)), [1, 2]),
        (Filters(outlets=("Kompas",), languages=("en",)), []),
    ],
    ids=str,
)
def test_filters_select_passages_of_articles(store: Store, filters: Filters, expected: list[int]) -> None:
    late_evening_utc = datetime(2026, 1, 4, 20, tzinfo=UTC)  # 5 January in WIB
    put(store, make_article("a", "Satu.", outlet="Kompas", published_at=late_evening_utc))
    put(store, make_article("b", "Two.", outlet="Antara", language="en", published_at=date(2026, 1, 4)))
    put(store, make_article("c", "Tiga.", outlet="Élan Post"))
    assert store.passage_ids(filters).tolist() == expected


def test_freshness_says_when_the_corpus_changed_and_what_it_holds(store: Store) -> None:
    assert store.freshness().articles == 0
    before = datetime.now(UTC)
    put(store, make_article("a", "Satu.", published_at=date(2026, 2, 6)))
    put(store, make_article("b", "Dua."))
    freshness = store.freshness()
    assert (freshness.articles, freshness.newest_article) == (2, date(2026, 2, 6))
    assert before <= freshness.index_as_of <= datetime.now(UTC)


def test_what_was_stored_since_a_change_is_known_by_its_origin(store: Store) -> None:
    put(store, make_article("a", "Banjir."))
    change = store.last_change()
    put(store, make_article("b", "Gempa. Gempa susulan."))
    put(store, make_article("c", "Hujan."))
    store.delete("c")
    assert store.stored_since(change) == {"b": store.article("b").origin}
    assert store.stored_since(store.last_change()) == {}


def test_a_second_writer_is_told_that_another_writes(store: Store, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path)
    with (
        store.writing(),
        pytest.raises(WriterBusy, match="another process is writing"),
        other.writing(timeout_s=0),
    ):
        pass
    with other.writing(timeout_s=0):
        pass
    other.close()


def test_readers_go_on_while_one_writes(store: Store) -> None:
    put(store, make_article("a", "Satu."))
    seen: list[str] = []
    with store.writing():
        reader = threading.Thread(target=lambda: seen.append(store.article("a").id))
        reader.start()
        reader.join(timeout=5)
    assert seen == ["a"]


def test_the_migrations_make_just_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()


def test_a_database_is_opened_safely(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2
    engine.dispose()


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Store.in_home(tmp_path).close()
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreTooNew, match="later version of Tanya"):
        Store.in_home(tmp_path)


def test_a_file_that_is_no_database_is_refused_with_what_to_check(tmp_path: Path) -> None:
    (tmp_path / "tanya.sqlite").write_text("This is not a database, and long enough to tell. " * 10)
    with pytest.raises(StoreUnavailable, match="check that the folder exists"):
        Store.in_home(tmp_path)


def test_a_database_of_before_finds_its_vectors_by_their_texts(tmp_path: Path) -> None:
    store = Store.in_home(tmp_path)
    put(store, make_article("a", "Satu.", outlet="Antara", published_at=date(2026, 2, 6)))
    put(store, make_article("b", "Dua 😀 lagi.", title=""))
    store.close()
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        kept = connection.execute("SELECT passage_id, text_hash FROM vectors").fetchall()
        connection.execute("DROP INDEX ix_articles_fetched_at")
        connection.execute("DROP INDEX ix_vectors_text_hash")
        connection.execute("ALTER TABLE vectors DROP COLUMN text_hash")
        for later in ("job_items", "jobs", "idempotency_keys", "feedback", "webhooks", "answers", "keys"):
            connection.execute(f"DROP TABLE {later}")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    connection.close()
    store = Store.in_home(tmp_path)
    known = store.known_vectors(
        ["Judul\nAntara, 2026-02-06\nSatu.", "Dua 😀 lagi.", "Tiga."], fingerprint=FINGERPRINT
    )
    assert sorted(known, reverse=True) == ["Judul\nAntara, 2026-02-06\nSatu.", "Dua 😀 lagi."]
    store.close()
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        assert connection.execute("SELECT passage_id, text_hash FROM vectors").fetchall() == kept
    connection.close()

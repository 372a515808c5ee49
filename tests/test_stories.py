"""Stories: copies are found and kept together, editions of a series and strangers are not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArticleNotFound
from index.store import Store
from index.stories import are_copies, bands, groups, likeness, precedence, sketch
from tests.corpus import FETCHED_AT, make_article, make_service, put

WORDS = [f"kata{first}{second}" for first in "abcdefghij" for second in "abcdefghij"]
TEXT = " ".join(WORDS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_home(tmp_path)
    yield store
    store.close()


def changed(*places: int, text: str = TEXT) -> str:
    """The text with other words at some places; each takes three shingles of a hundred away."""
    words = text.split()
    return " ".join(f"lain{word}" if place in places else word for place, word in enumerate(words))


def copies(one: str, other: str, *, outlets: tuple[str | None, str | None] = ("Antara", "Kompas")) -> bool:
    first, second = (
        make_article("a", text, outlet=name) for text, name in zip((one, other), outlets, strict=True)
    )
    return are_copies(sketch(first), sketch(second))


def together(store: Store, article_id: str) -> list[str]:
    return sorted(copy.id for copy in store.copies(article_id))


def test_a_signature_is_the_same_on_every_machine() -> None:
    signature = sketch(make_article("a", "Wali Kota Serang melantik 269 pejabat.")).signature
    assert signature.dtype == np.uint32
    assert signature.shape == (125,)
    assert signature[:4].tolist() == [3326476700, 3604462912, 3552324406, 3228027029]
    assert bands(signature)[0] == 286913975901801377


def test_case_punctuation_and_the_title_make_no_difference() -> None:
    one = make_article("a", "Banjir melanda Bekasi, Jumat.", title="Satu")
    other = make_article("b", "BANJIR melanda: Bekasi (Jumat)", title="Dua")
    assert likeness(sketch(one), sketch(other)) == 1


def test_likeness_is_the_share_of_common_shingles() -> None:
    one, other = (sketch(make_article("a", text)) for text in (TEXT, changed(10, 50, 90)))
    assert likeness(one, other) == pytest.approx(89 / 107, abs=0.1)
    assert likeness(one, sketch(make_article("b", TEXT.replace("kata", "x")))) == 0


def test_outlets_that_edit_a_little_carry_copies() -> None:
    assert copies(TEXT, changed(10, 50))
    assert copies(f"{TEXT} 12 orang", TEXT)
    assert not copies(TEXT, changed(*range(0, 100, 4)))


def test_editions_of_a_series_are_no_copies() -> None:
    may = "Jadwal salat {} Mei 2025: subuh 4.{}, magrib 17.{}. " + TEXT
    assert not copies(may.format(3, 35, 48), may.format(4, 36, 48))
    assert copies(may.format(3, 35, 48), may.format(3, 35, 48))
    assert copies("Jumat (6/2/2026). " + TEXT, "Jumat (06/02). " + TEXT)


def test_within_an_outlet_only_a_repost_with_the_same_figures_is_a_copy() -> None:
    same = "Antara", "antara"
    assert copies(TEXT, TEXT, outlets=same)
    assert copies(TEXT, changed(50), outlets=("Antara", None))
    assert not copies(TEXT, changed(10, 30, 50, 70), outlets=same)
    assert not copies(TEXT, f"{TEXT} 12 orang", outlets=same)


def test_copies_share_a_band() -> None:
    one, other = (sketch(make_article("a", text)) for text in (TEXT, changed(10, 50)))
    assert set(bands(one.signature)) & set(bands(other.signature))
    stranger = sketch(make_article("b", TEXT.replace("kata", "x")))
    assert not set(bands(one.signature)) & set(bands(stranger.signature))


def test_what_hangs_together_is_a_group() -> None:
    texts = TEXT, changed(10, 50), "lain sama sekali", TEXT
    outlets = "A", "B", "C", "D"
    sketches = [sketch(make_article("a", t, outlet=o)) for t, o in zip(texts, outlets, strict=True)]
    assert sorted(groups(sketches)) == [[0, 1, 3], [2]]


def test_the_earliest_published_comes_first_and_undated_ones_last() -> None:
    later = datetime(2026, 11, 2, tzinfo=UTC)
    told = [
        (datetime(2026, 2, 5, 18, tzinfo=UTC), FETCHED_AT, "morning"),  # 01.00 WIB on the sixth
        (datetime(2026, 2, 6, 3, tzinfo=UTC), FETCHED_AT, "noon"),
        (date(2026, 2, 6), FETCHED_AT, "some time"),
        (None, FETCHED_AT, "undated"),
        (None, later, "fetched later"),
    ]
    told.reverse()
    ordered = sorted(told, key=lambda each: precedence(*each))
    assert [each[2] for each in ordered] == ["morning", "noon", "some time", "undated", "fetched later"]


def test_copies_are_members_of_one_story_and_strangers_are_not(store: Store) -> None:
    for outlet, text in (("A", TEXT), ("B", changed(10)), ("C", "Lain sama sekali.")):
        put(store, make_article(outlet, text, outlet=outlet), budget=200)
    assert together(store, "A") == together(store, "B") == ["A", "B"]
    assert together(store, "C") == ["C"]
    story = store.story("B")
    assert story is not None
    assert (story.copies, story.outlets, story.earliest.id) == (2, 2, "A")
    assert store.story("C") is None
    with pytest.raises(ArticleNotFound):
        store.copies("nowhere")


BRIDGED = changed(*range(0, 100, 20)), TEXT, changed(*range(10, 100, 20))
"""Each of the outer ones is a copy of the middle one; they aren't of each other."""


def test_two_stories_become_one_and_are_two_again_when_what_joined_them_goes(store: Store) -> None:
    first, middle, last = (make_article(n, t, outlet=n) for n, t in zip("ABC", BRIDGED, strict=True))
    put(store, first, budget=200)
    put(store, last, budget=200)
    assert together(store, "A") == ["A"]
    put(store, middle, budget=200)
    assert together(store, "A") == together(store, "C") == ["A", "B", "C"]
    store.delete("B")
    assert (together(store, "A"), together(store, "C")) == (["A"], ["C"])


def test_an_article_with_a_new_text_is_of_another_story(store: Store) -> None:
    for outlet in "ABC":
        put(store, make_article(outlet, TEXT, outlet=outlet), budget=200)
    put(store, make_article("A", "Sama sekali lain.", outlet="A"))
    assert together(store, "A") == ["A"]
    assert together(store, "B") == ["B", "C"]
    put(store, make_article("A", TEXT, outlet="A"), budget=200)
    assert together(store, "A") == ["A", "B", "C"]


def test_a_deleted_article_leaves_no_trace_among_the_stories(store: Store, tmp_path: Path) -> None:
    put(store, make_article("a", TEXT), budget=200)
    store.delete("a")
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        for table in ("story_members", "story_bands"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


def test_candidates_are_found_by_an_index(store: Store, tmp_path: Path) -> None:
    put(store, make_article("a", TEXT), budget=200)
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        query = "EXPLAIN QUERY PLAN SELECT member_id FROM story_bands WHERE key IN (1, 2)"
        plan = [row[-1] for row in connection.execute(query)]
    connection.close()
    assert plan == ["SEARCH story_bands USING PRIMARY KEY (key=?)"]


def test_the_articles_of_an_older_home_get_their_stories_with_the_next_add_or_rebuild(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    for outlet in "AB":
        put(service.store, make_article(outlet, TEXT, outlet=outlet), budget=200)
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        connection.execute("DELETE FROM story_members")
        connection.execute("DELETE FROM story_bands")
    connection.close()
    assert together(service.store, "A") == ["A"]
    service.ingest.run([], lambda _: None)
    assert together(service.store, "A") == ["A", "B"]
    service.close()


def test_an_archive_whose_stories_are_told_is_only_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, make_article("a", TEXT))
    put(store, make_article("b", changed(3)))

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("it takes the writer's lock")

    with monkeypatch.context() as patched:
        patched.setattr(store, "writing", fail)
        store.tell_stories()
    with sqlite3.connect(tmp_path / "tanya.sqlite") as connection:
        connection.execute("DELETE FROM story_members WHERE article_id = 'b'")
    connection.close()
    assert set(store.story_ids(["a", "b"])) == {"a"}
    store.tell_stories()
    assert set(store.story_ids(["a", "b"])) == {"a", "b"}

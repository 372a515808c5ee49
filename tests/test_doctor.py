"""The doctor finds what is not as it must be, and names what mends it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from index import schema
from index.database import home_url
from index.doctor import examine
from index.ingest import Ingest
from index.records import Changes, IndexedPassage, RawArticle
from index.status import status
from index.store import Store
from tests.corpus import make_service
from tests.durability_driver import live_views
from tests.fakes import WordHashEmbedder

RAWS = [
    RawArticle(
        b'{"id": "a", "text": "Banjir di Bekasi.", "outlet": "Antara", "date": "2026-02-06"}',
        "application/json",
        "a",
    ),
    RawArticle(b'{"id": "b", "text": "Gempa di Banten.", "outlet": "Antara"}', "application/json", "b"),
    RawArticle(
        b'{"id": "c", "text": "Rain falls on the city today.", "language": "en"}', "application/json", "c"
    ),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A sound home of three articles, with its views saved."""
    service = make_service(tmp_path / "home")
    service.ingest.run(RAWS, lambda _: None)
    service.save_views()
    service.close()
    return tmp_path / "home"


def found(home: Path) -> list[tuple[str, str]]:
    return [
        (finding.what.replace(str(home), "HOME"), finding.fix.replace(str(home), "HOME"))
        for finding in examine(home, home_url(home))
    ]


def harm(home: Path, *statements: str) -> None:
    with sqlite3.connect(home / "tanya.sqlite") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def rebuild(home: Path) -> None:
    store = Store.in_home(home)
    Ingest(store, WordHashEmbedder()).rebuild(lambda _: None)
    store.close()


def test_a_sound_home_has_no_findings(home: Path) -> None:
    assert found(home) == []


def test_an_empty_home_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM passages WHERE article_id = 'a'", "1 articles have no passages: a"),
        ("DELETE FROM vectors WHERE passage_id = 1", "passages of 1 articles have no vector: a"),
    ],
)
def test_what_is_missing_is_made_anew_by_a_rebuild(home: Path, statement: str, what: str) -> None:
    harm(home, "PRAGMA foreign_keys = ON", statement)
    assert (what, "tanya rebuild") in found(home)
    rebuild(home)
    shutil.rmtree(home / "views")
    assert found(home) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            'UPDATE passages SET "end" = 999 WHERE id = 1',
            "1 articles have passages that don't fit their text: a",
        ),
        (
            "UPDATE passages SET ordinal = 1 WHERE id = 2",
            "1 articles have passages that don't fit their text: b",
        ),
        (
            "UPDATE vectors SET vector = zeroblob(512) WHERE passage_id = 3",
            "vectors of 1 articles have another dimension than the rest or not the length 1: c",
        ),
        (
            "UPDATE vectors SET vector = x'003c' WHERE passage_id = 2",
            "vectors of 1 articles have another dimension than the rest or not the length 1: b",
        ),
        (
            "DELETE FROM raws WHERE article_id = 'a'",
            "1 articles lack the form they came in, so that a rebuild leaves them out: a",
        ),
    ],
)
def test_what_is_wrong_with_an_article_is_mended_by_taking_it_in_anew(
    home: Path, statement: str, what: str
) -> None:
    harm(home, statement)
    assert (what, f"tanya export FILE; tanya remove {what[-1]}; tanya add FILE") in found(home)


def test_vectors_of_two_models_are_found(home: Path) -> None:
    harm(
        home,
        "INSERT INTO embedders (id, fingerprint) VALUES (9, 'another')",
        "UPDATE vectors SET embedder_id = 9 WHERE passage_id = 1",
    )
    assert found(home) == [("vectors were made by several models: word-hash-256, another", "tanya rebuild")]
    rebuild(home)
    assert found(home) == []


def test_rows_that_belong_to_nothing_are_found(home: Path) -> None:
    harm(home, "DELETE FROM articles WHERE id = 'a'")
    assert found(home) == [
        (
            f"1 rows of the table {table} belong to nothing that is there",
            "tanya restore FILE, with the last backup",
        )
        for table in ("passages", "raws", "story_members")
    ]


def test_a_damaged_database_is_found(home: Path) -> None:
    content = bytearray((home / "tanya.sqlite").read_bytes())
    content[4096 * 3 : 4096 * 9] = bytes(4096 * 6)
    (home / "tanya.sqlite").write_bytes(content)
    findings = found(home)
    assert findings
    assert {fix for _, fix in findings} == {"tanya restore FILE, with the last backup"}


def test_a_damaged_copy_of_a_view_is_found(home: Path) -> None:
    file = home / "views" / "vectors" / "3" / "vectors.faiss"
    file.write_bytes(file.read_bytes()[:-1])
    ((what, fix),) = found(home)
    assert what.startswith("the saved copy HOME/views/vectors/3 cannot be used")
    assert fix == "rm -r 'HOME/views/vectors/3'; it is made anew when the service starts"


@pytest.mark.parametrize("kind", [0, 1], ids=["vectors", "lexical"])
def test_a_view_that_differs_from_the_store_is_found(home: Path, kind: int) -> None:
    store = Store.in_home(home)
    live = live_views(store, home)[kind]
    vector = WordHashEmbedder().embed_query("lain")
    live.current().apply(Changes(3, (IndexedPassage(9, "lain", vector),), (2,)))
    shutil.rmtree(home / "views" / live.current().name)
    live._saved = 0
    live.save()
    store.close()
    ((what, fix),) = found(home)
    assert "1 passages are missing, 1 are not in the database, 0 are in it twice" in what
    assert fix.startswith("rm -r 'HOME/views/")


def test_another_vector_in_the_view_than_in_the_store_is_found(home: Path) -> None:
    other = schema.vector_bytes(np.eye(256, dtype=np.float32)[0]).hex()
    harm(home, f"UPDATE vectors SET vector = x'{other}' WHERE passage_id = 1")
    ((what, _),) = found(home)
    assert what == "the saved copy HOME/views/vectors/3 differs from the database: 1 vectors are others"


def test_what_a_killed_process_left_is_found(home: Path) -> None:
    (home / "tanya.sqlite.17.unfinished").write_bytes(b"half")
    (home / "views" / "vectors" / "unfinished-x").mkdir()
    assert [fix for _, fix in found(home)] == [
        "rm -r 'HOME/tanya.sqlite.17.unfinished'",
        "rm -r 'HOME/views/vectors/unfinished-x'",
    ]


def test_the_status_counts_what_is_there(home: Path) -> None:
    store = Store.in_home(home)
    now = status(store, home=home, url=home_url(home))
    assert (now.articles, now.passages, now.outlets) == (3, 3, {"Antara": 2})
    assert now.languages["en"] == 1
    assert str(now.oldest_article) == str(now.newest_article) == "2026-02-06"
    assert now.index_as_of == store.freshness().index_as_of
    assert now.embedders == ("word-hash-256",)
    assert now.writer_active is False
    assert now.database_bytes is not None
    assert now.database_bytes > 10_000
    assert now.views_bytes > 1_000
    other = Store.in_home(home)
    with other.writing():
        assert status(store, home=home, url=home_url(home)).writer_active is True
    other.close()
    store.close()

"""The doctor finds what is not as it must be, and names what mends it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from index import schema
from index.database import home_url
from index.doctor import examine
from index.errors import StoreTooNew, StoreUnavailable
from index.exporting import write_json_lines
from index.ingest import Ingest
from index.jobs import Item, Job, Jobs
from index.records import Changes, IndexedPassage, RawArticle, Refused
from index.store import Store
from tests.corpus import make_article, make_service, put
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


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_without_an_archive_is_said_and_left_empty(tmp_path: Path) -> None:
    ((what, fix),) = found(tmp_path)
    assert (what, "set TANYA_HOME" in fix) == ("there is no archive in HOME", True)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_an_earlier_version_wrote_is_not_brought_up_to_date(home: Path) -> None:
    harm(home, "UPDATE alembic_version SET version_num = '0001'")
    before = listing(home)
    ((what, fix),) = found(home)
    assert what == "the database is of an earlier version of Tanya"
    assert fix.startswith("tanya status")
    assert listing(home) == before


def test_an_archive_of_a_later_version_is_no_damage(home: Path) -> None:
    harm(home, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match="install that version"):
        found(home)


def test_a_sound_home_is_left_as_it_is(home: Path) -> None:
    before = listing(home)
    assert found(home) == []
    assert listing(home) == before


def test_what_a_killed_process_wrote_last_is_read_and_stays_in_its_log(home: Path) -> None:
    # Closing the database would merge the log: this process ends without.
    ends = """import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("UPDATE articles SET text = 'Lain.' WHERE id = 'a'")
os._exit(0)"""
    subprocess.run([sys.executable, "-c", ends, home / "tanya.sqlite"], check=True)
    before = listing(home)
    assert (home / "tanya.sqlite-wal").stat().st_size > 0
    assert found(home)[0][0] == "1 articles have a title and text that don't fit their content hash: a"
    after = listing(home)
    for changed in before, after:
        del changed[str(home / "tanya.sqlite-shm")]  # an index of the log, which each reader notes itself in
    assert after == before


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://host/name"])
def test_a_url_that_cannot_be_used_is_no_damage(home: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="the database's URL cannot be used"):
        examine(home, url)


def test_a_file_that_is_no_database_is_found(home: Path) -> None:
    (home / "tanya.sqlite").write_bytes(b"no database" * 1000)
    assert found(home) == [
        ("the database cannot be read: file is not a database", "tanya restore FILE, with the last backup")
    ]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM passages WHERE article_id = 'a'", "1 articles have no passages: a"),
        ("DELETE FROM vectors WHERE passage_id = 1", "passages of 1 articles have no vector: a"),
        (
            'UPDATE passages SET "end" = 999 WHERE id = 1',
            "1 articles have passages that don't fit their text: a",
        ),
        (
            "UPDATE passages SET ordinal = 1 WHERE id = 2",
            "1 articles have passages that don't fit their text: b",
        ),
        (
            "UPDATE passages SET start = 1 WHERE id = 2",
            "1 articles have vectors of other texts than theirs: b",
        ),
        (
            "UPDATE vectors SET text_hash = zeroblob(16) WHERE passage_id = 3",
            "1 articles have vectors of other texts than theirs: c",
        ),
        (
            "UPDATE articles SET text = 'Banjir di Bogor.' WHERE id = 'a'",
            "1 articles have a title and text that don't fit their content hash: a",
        ),
        (
            "UPDATE articles SET content_hash = 'abc' WHERE id = 'b'",
            "1 articles have a title and text that don't fit their content hash: b",
        ),
        ("DELETE FROM story_members WHERE article_id = 'a'", "1 articles are in no story: a"),
        ("DELETE FROM story_members WHERE article_id = 'a'", "25 bands belong to no member of a story"),
        ("INSERT INTO story_bands VALUES (7, 99)", "1 bands belong to no member of a story"),
        (
            "DELETE FROM story_bands WHERE member_id = 2",
            "1 articles are in a story that isn't named by its lowest member, or has a member without "
            "bands: b",
        ),
        (
            "UPDATE story_members SET story_id = 9 WHERE id = 3",
            "1 articles are in a story that isn't named by its lowest member, or has a member without "
            "bands: c",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_made_anew_by_a_rebuild(home: Path, statement: str, what: str) -> None:
    harm(home, "PRAGMA foreign_keys = ON", statement)
    assert (what, "tanya rebuild") in found(home)
    rebuild(home)
    shutil.rmtree(home / "views")
    assert found(home) == []
    with sqlite3.connect(home / "tanya.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM revisions").fetchone() == (0,)
    connection.close()


def test_copies_whose_story_came_apart_are_one_again_after_a_rebuild(tmp_path: Path) -> None:
    store = Store.in_home(tmp_path)
    raws = [
        RawArticle(
            f'{{"id": "{name}", "text": "Banjir di Bekasi merendam jalan.", "outlet": "{name}"}}'.encode(),
            "application/json",
            name,
        )
        for name in "abc"
    ]
    Ingest(store, WordHashEmbedder()).run(raws, lambda _: None)
    assert set(store.story_ids([*"abc"]).values()) == {1}
    harm(tmp_path, "UPDATE story_members SET story_id = 9 WHERE article_id = 'a'")
    assert found(tmp_path) == [
        (
            "3 articles are in a story that isn't named by its lowest member, or has a member without "
            "bands: a b c",
            "tanya rebuild",
        )
    ]
    rebuild(tmp_path)
    assert found(tmp_path) == []
    assert len({*store.story_ids([*"abc"]).values()}) == 1
    assert len(store.story_ids([*"abc"])) == 3
    store.close()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
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
    home: Path, tmp_path: Path, statement: str, what: str
) -> None:
    harm(home, statement)
    name = what[-1]
    fix = f"tanya export FILE.jsonl {name} && tanya remove {name} && tanya add FILE.jsonl"
    assert found(home) == [(what, fix)]
    store = Store.in_home(home)
    write_json_lines([store.article(name)], tmp_path / "file.jsonl")
    store.delete(name)
    content = (tmp_path / "file.jsonl").read_bytes()
    Ingest(store, WordHashEmbedder()).run(
        [RawArticle(content, "application/jsonl", "file.jsonl")], lambda _: None
    )
    assert {article.id: article.origin.partition(":")[0] for article in store.all_articles()} == {
        each: "file.jsonl" if each == name else f"{each}#{each}" for each in "abc"
    }
    store.close()
    shutil.rmtree(home / "views")
    assert found(home) == []


def test_the_command_that_mends_names_every_article(tmp_path: Path) -> None:
    store = Store.in_home(tmp_path)
    for number in range(7):
        put(store, make_article(f"a{number}", f"Banjir ke {number}.", title=""))
    store.close()
    harm(tmp_path, "DELETE FROM raws")
    names = "a0 a1 a2 a3 a4 a5 a6"
    ((what, fix),) = found(tmp_path)
    assert what.endswith("leaves them out: a0 a1 a2 a3 a4 …")
    assert fix == f"tanya export FILE.jsonl {names} && tanya remove {names} && tanya add FILE.jsonl"


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (
            "UPDATE revisions SET text = 'Lain.'",
            "1 revisions have a title and text that don't fit their content hash: a",
        ),
        ("UPDATE revisions SET replaced_by = 'x'", "1 revisions are of articles that are not there: a"),
    ],
)
def test_a_revision_that_is_wrong_is_found(home: Path, statement: str, what: str) -> None:
    store = Store.in_home(home)
    put(store, make_article("a", "Banjir di Bogor."))
    store.close()
    assert found(home) == []
    harm(home, statement)
    assert found(home) == [(what, "tanya restore FILE, with the last backup")]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE jobs SET finished_at = created_at", "the job j has ended, but 2 of its items wait"),
        ("UPDATE jobs SET stored = 1", "the counts of the job j don't add up"),
        ("UPDATE jobs SET total = 4", "the counts of the job j don't add up"),
        ("UPDATE jobs SET refused = 0, stored = 1", "the counts of the job j don't add up"),
    ],
)
def test_a_job_that_does_not_add_up_is_found(home: Path, statement: str, what: str) -> None:
    store = Store.in_home(home)
    items = [Item("1", RAWS[0]), Item("2", RAWS[1]), Item("3", Refused("3", "empty"))]
    Jobs(store.engine).create(Job("j", datetime.now(UTC), 3), items, None)
    store.close()
    assert found(home) == []
    harm(home, statement)
    ((said, fix),) = found(home)
    assert (said, fix.startswith("send what the job held again")) == (what, True)


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
    assert fix == "rm -r HOME/views/vectors/3; it is made anew when the service starts"


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
    assert fix.startswith("rm -r HOME/views/")


def test_another_vector_in_the_view_than_in_the_store_is_found(home: Path) -> None:
    other = schema.vector_bytes(np.eye(256, dtype=np.float32)[0]).hex()
    harm(home, f"UPDATE vectors SET vector = x'{other}' WHERE passage_id = 1")
    ((what, _),) = found(home)
    assert what == "the saved copy HOME/views/vectors/3 differs from the database: 1 vectors are others"


def test_what_a_killed_process_left_is_found(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        ended = process.pid
    (home / f"tanya.sqlite.{ended}.unfinished").write_bytes(b"half")
    (home / f"backup.zip.{os.getpid()}.unfinished").write_bytes(b"is being written by this process")
    (home / "views" / "vectors" / "unfinished-x").mkdir()
    assert [fix for _, fix in found(home)] == [
        f"rm -r HOME/tanya.sqlite.{ended}.unfinished",
        "rm -r HOME/views/vectors/unfinished-x",
    ]
    assert (home / "writer.lock").exists()
    with Store.in_home(home).writing():  # another thread or process, as each store has a lock of its own
        assert [fix for _, fix in found(home)] == [f"rm -r HOME/tanya.sqlite.{ended}.unfinished"]

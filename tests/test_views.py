"""A view follows the store, and a saved copy that can't be trusted is made anew."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import EmbedderMismatch, StoreUnavailable
from index.lexical import LexicalView
from index.records import Changes
from index.store import Store
from index.vectors import VectorView
from index.views import LiveView
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder

FINGERPRINT = WordHashEmbedder.fingerprint

AnyLiveView = LiveView[VectorView] | LiveView[LexicalView]
Opener = Callable[[Store], AnyLiveView]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.in_home(tmp_path / "home")
    put(store, make_article("a", "Banjir di Bekasi. Macet di Serang.", title=""), budget=3)
    put(store, make_article("b", "Gempa di Banten.", title=""))
    yield store
    store.close()


@pytest.fixture(params=["vectors", "lexical"])
def open_view(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    def open_it(store: Store) -> AnyLiveView:
        folder = tmp_path / "views"
        if request.param == "lexical":
            return LiveView(LexicalView(), store=store, folder=folder, fingerprint=FINGERPRINT)
        view = VectorView(256, fingerprint=FINGERPRINT)
        return LiveView(view, store=store, folder=folder, fingerprint=FINGERPRINT)

    return open_it


@pytest.fixture
def copies(open_view: Opener, store: Store, tmp_path: Path) -> Path:
    """The folder of a view's saved copies, with one of change 3 in it."""
    open_view(store).save()
    (folder,) = (tmp_path / "views").iterdir()
    assert [copy.name for copy in folder.iterdir()] == ["3"]
    return folder


def found(live: AnyLiveView, word: str) -> list[int]:
    view = live.current()
    if isinstance(view, LexicalView):
        return list(view.search(word, 9))
    matches = view.search(WordHashEmbedder().embed_query(word), 9)
    return [passage_id for passage_id, cosine in matches.items() if cosine > 0.1]


def test_a_view_sees_what_is_committed_before_each_search(
    open_view: Opener, store: Store, tmp_path: Path
) -> None:
    live = open_view(store)
    assert (found(live, "banjir"), found(live, "gempa")) == ([1], [3])
    other_process = Store.in_home(tmp_path / "home")
    put(other_process, make_article("c", "Banjir lagi.", title=""))
    assert found(live, "banjir") == [4, 1]
    other_process.delete("a")
    assert found(live, "banjir") == [4]
    other_process.close()


def test_a_saved_copy_is_loaded_and_later_changes_applied(
    open_view: Opener, store: Store, copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, make_article("c", "Banjir lagi.", title=""))
    store.delete("b")
    asked_from: list[int] = []
    changes_after = Store.changes_after

    def spy(self: Store, number: int, *, fingerprint: str, limit: int = 2000) -> object:
        asked_from.append(number)
        return changes_after(self, number, fingerprint=fingerprint, limit=limit)

    monkeypatch.setattr(Store, "changes_after", spy)
    live = open_view(store)
    assert (found(live, "banjir"), found(live, "gempa")) == ([4, 1], [])
    assert asked_from == [3, 5]
    live.save()
    assert [copy.name for copy in copies.iterdir()] == ["5"]


def _missing(copy: Path) -> None:
    shutil.rmtree(copy)


def _without_manifest(copy: Path) -> None:
    (copy / "manifest.json").unlink()


def _truncated(copy: Path) -> None:
    largest = max(copy.iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-20])


def _one_bit_flipped(copy: Path) -> None:
    largest = max(copy.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)


def _one_file_lost(copy: Path) -> None:
    next(path for path in sorted(copy.iterdir()) if path.name != "manifest.json").unlink()


def _of_another_model(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["signature"] = "faiss, another model"
    (copy / "manifest.json").write_text(json.dumps(manifest))


def _of_another_database(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["changed_at"] = "2020-01-01T00:00:00+00:00"
    (copy / "manifest.json").write_text(json.dumps(manifest))


def _newer_than_the_database(copy: Path) -> None:
    copy.rename(copy.with_name("99"))


@pytest.mark.parametrize(
    "harm",
    [
        _missing,
        _without_manifest,
        _truncated,
        _one_bit_flipped,
        _one_file_lost,
        _of_another_model,
        _of_another_database,
        _newer_than_the_database,
    ],
)
def test_a_copy_that_cannot_be_trusted_is_made_anew(
    open_view: Opener,
    store: Store,
    copies: Path,
    harm: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    harm(copies / "3")
    live = open_view(store)
    assert (found(live, "banjir"), found(live, "macet"), found(live, "gempa")) == ([1], [2], [3])
    assert len(caplog.records) == (harm is not _missing)
    live.save()
    assert [copy.name for copy in copies.iterdir()] == ["3"]
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        assert found(open_view(store), "gempa") == [3]
    assert not caplog.records


@pytest.mark.usefixtures("copies")
def test_a_view_of_a_store_that_was_set_back_is_made_anew(open_view: Opener, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path / "older")
    for name, text in ("x", "Satu."), ("y", "Dua."), ("z", "Banjir besar."):
        put(other, make_article(name, text, title=""))  # three changes too, but not those
    assert found(open_view(other), "banjir") == [3]
    other.close()


def test_what_a_killed_process_left_unfinished_is_cleared_away(
    open_view: Opener, store: Store, copies: Path
) -> None:
    (copies / "unfinished-abc").mkdir()
    put(store, make_article("c", "Banjir lagi.", title=""))
    open_view(store).save()
    assert [copy.name for copy in copies.iterdir()] == ["4"]


def test_a_change_that_fails_half_way_is_made_up_for_by_the_next_search(
    open_view: Opener, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = open_view(store)
    view = live.current()
    put(store, make_article("c", "Banjir lagi.", title=""))
    apply = view.apply

    def break_half_way(changes: Changes) -> None:
        apply(changes)
        raise MemoryError

    monkeypatch.setattr(view, "apply", break_half_way)
    with pytest.raises(MemoryError):
        live.current()
    monkeypatch.undo()
    assert (found(live, "banjir"), found(live, "gempa")) == ([4, 1], [3])


def test_a_read_that_fails_costs_a_view_nothing(
    open_view: Opener, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = open_view(store)
    view = live.current()
    put(store, make_article("c", "Banjir lagi.", title=""))

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("the disk does not answer")

    monkeypatch.setattr(store, "changes_after", fail)
    with pytest.raises(StoreUnavailable):
        live.current()
    assert len(view) == 3
    monkeypatch.undo()
    assert found(live, "banjir") == [4, 1]


def test_a_view_is_followed_on_after_any_failure(
    open_view: Opener, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("index.views._FOLLOW_EVERY_S", 0.01)
    live = open_view(store)
    view = live.current()
    apply, failed = view.apply, threading.Event()

    def fail_once(changes: Changes) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("of a library")
        apply(changes)

    monkeypatch.setattr(view, "apply", fail_once)
    put(store, make_article("c", "Banjir lagi.", title=""))
    stop = threading.Event()
    following = threading.Thread(target=live.follow, args=[stop])
    following.start()
    try:
        until = time.monotonic() + 10
        while len(view) != 4 and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        stop.set()
        following.join()
    assert (failed.is_set(), len(view)) == (True, 4)
    assert "RuntimeError: of a library" in caplog.text


def test_a_failure_while_words_are_taken_in_leaves_the_index_usable(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveView(LexicalView(), store=store, folder=tmp_path / "views", fingerprint=FINGERPRINT)

    def fail(_: str) -> list[str]:
        raise OSError("no space left")

    monkeypatch.setattr("index.lexical.words", fail)
    with pytest.raises(OSError, match="no space left"):
        live.current()
    monkeypatch.undo()
    assert found(live, "gempa") == [3]


def test_another_embedder_s_vectors_are_never_searched(store: Store, tmp_path: Path) -> None:
    view = VectorView(256, fingerprint="another")
    live = LiveView(view, store=store, folder=tmp_path / "views", fingerprint="another")
    with pytest.raises(EmbedderMismatch):
        live.current()


def test_a_folder_that_cannot_be_written_costs_only_speed(
    open_view: Opener, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "views").write_text("a file where the folder should be")
    live = open_view(store)
    live.save()
    assert found(live, "gempa") == [3]
    assert "is not saved" in caplog.text


def test_many_changes_elsewhere_make_no_search_wait(
    open_view: Opener, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = open_view(store)
    view = live.current()
    apply, go_on = view.apply, threading.Event()

    def slowly(changes: Changes) -> None:
        assert go_on.wait(timeout=30)
        apply(changes)

    monkeypatch.setattr(view, "apply", slowly)
    put(store, make_article("c", "Banjir lagi.", title=""))
    began = time.monotonic()
    assert found(live, "banjir") == [1]
    assert 0.4 < time.monotonic() - began < 5
    go_on.set()
    assert found(live, "banjir") == [4, 1]


def test_a_first_search_waits_for_everything(
    open_view: Opener, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = open_view(store)
    apply = live._view.apply

    def slowly(changes: Changes) -> None:
        time.sleep(1)
        apply(changes)

    monkeypatch.setattr(live._view, "apply", slowly)
    assert found(live, "banjir") == [1]


def test_a_view_that_follows_takes_changes_in_though_nobody_asks(open_view: Opener, store: Store) -> None:
    live = open_view(store)
    view, stop = live.current(), threading.Event()
    follower = threading.Thread(target=live.follow, args=[stop])
    follower.start()
    put(store, make_article("c", "Banjir lagi.", title=""))
    deadline = time.monotonic() + 2
    while len(view) != 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    follower.join()
    assert len(view) == 4


def saved(home: Path) -> list[str]:
    return sorted(str(copy.relative_to(home / "views")) for copy in home.glob("views/*/[0-9]*"))


def test_what_was_taken_in_while_serving_is_saved_at_the_end(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    with service.following():
        put(service.store, make_article("a", "Banjir di Bekasi.", title=""))
        assert saved(tmp_path) == []
    assert saved(tmp_path) == ["lexical/1", "vectors/1"]
    service.close()


def test_what_is_taken_in_while_serving_is_saved_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.build._SAVE_EVERY_S", 0.05)
    service = make_service(tmp_path)
    with service.following():
        put(service.store, make_article("a", "Banjir di Bekasi.", title=""))
        until = time.monotonic() + 10
        while len(saved(tmp_path)) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert saved(tmp_path) == ["lexical/1", "vectors/1"]
    service.close()


def test_a_view_is_not_saved_while_another_process_writes(
    open_view: Opener, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other_process = Store.in_home(tmp_path / "home")
    live = open_view(store)
    with other_process.writing(), caplog.at_level("INFO"):
        live.save()
    assert (list((tmp_path / "views").glob("*/*")), "another process writes" in caplog.text) == ([], True)
    assert [record.levelname for record in caplog.records] == ["INFO"]
    live.save()
    assert [copy.name for copy in (tmp_path / "views").glob("*/*")] == ["3"]
    other_process.close()

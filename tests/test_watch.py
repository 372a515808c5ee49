"""Watching a folder: the archive follows it, half-written files and editors' ways included."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import FolderGone
from index.ingest import Ingest
from index.store import Store
from index.watch import Watch
from tests.fakes import WordHashEmbedder

ROOT = Path(__file__).parents[1]


class Watched:
    """A folder under watch by a thread, and what the watch said."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self.said: list[str] = []

    @contextmanager
    def watching(self, *, settle_s: float = 0.1) -> Iterator[None]:
        """Watch while the block runs, which begins once the first look is over."""
        del self.said[:]
        stop = threading.Event()
        ingest = Ingest(self.store, WordHashEmbedder())
        watch = Watch(self.folder, self.store, ingest, self.said.append, settle_s=settle_s)
        thread = threading.Thread(target=watch.run, args=(stop,))
        thread.start()
        try:
            self.until(lambda: f"watching {self.folder}" in self.said)
            yield
        finally:
            stop.set()
            thread.join(timeout=30)
        assert not thread.is_alive()

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    @property
    def texts(self) -> list[str]:
        return sorted(article.text for article in self.store.articles(offset=0, limit=99))

    @property
    def origins(self) -> set[str]:
        """Where the articles came from, as seen from the folder."""
        beginning = f"{self.folder}/"
        origins = self.store.origins(beginning).values()
        return {origin.removeprefix(beginning).split("#")[0] for origin in origins}

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < deadline, (self.texts, self.said)
            time.sleep(0.02)

    def until_texts(self, *texts: str) -> None:
        self.until(lambda: self.texts == sorted(texts))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    store = Store.in_home(tmp_path / "home")
    (tmp_path / "berita").mkdir()
    yield Watched(tmp_path / "berita", store)
    store.close()


def lines(*texts: str) -> str:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def test_articles_come_change_and_go_as_their_files_do(watched: Watched) -> None:
    file = watched.write("a.txt", "Banjir melanda.")
    with watched.watching():
        assert watched.texts == ["Banjir melanda."]
        watched.write("dalam/b.txt", "Gempa melanda.")
        watched.until_texts("Banjir melanda.", "Gempa melanda.")
        file.write_text("Banjir sudah surut.")
        watched.until_texts("Banjir sudah surut.", "Gempa melanda.")
        file.unlink()
        watched.until_texts("Gempa melanda.")
        shutil.rmtree(watched.folder / "dalam")
        watched.until(lambda: len(watched.said) == 6)
    assert watched.texts == []
    assert watched.said == [
        "added a.txt",
        f"watching {watched.folder}",
        "added dalam/b.txt",
        "updated a.txt",
        "removed a.txt",
        "removed dalam/b.txt",
    ]


def test_the_lines_of_a_file_go_with_it(watched: Watched) -> None:
    file = watched.write("a.jsonl", lines("Satu kalimat.", "Dua kalimat."))
    with watched.watching():
        file.write_text(lines("Dua kalimat.", "Tiga kalimat."))
        watched.until_texts("Satu kalimat.", "Dua kalimat.", "Tiga kalimat.")
        file.unlink()
        watched.until_texts()
        watched.until(lambda: len(watched.said) == 4)
    assert watched.said == [
        "added a.jsonl: 2 articles",
        f"watching {watched.folder}",
        "updated a.jsonl",
        "removed a.jsonl: 3 articles",
    ]


def test_what_another_file_says_too_stays(watched: Watched) -> None:
    watched.write("a.txt", "Banjir melanda.")
    watched.write("monday.jsonl", lines("Satu kalimat.", "Dua kalimat."))
    copy = watched.write("b.txt", "Banjir melanda.")
    later = watched.write("tuesday.jsonl", lines("Dua kalimat.", "Tiga kalimat."))
    with watched.watching():
        copy.unlink()
        later.unlink()
        watched.until_texts("Banjir melanda.", "Satu kalimat.", "Dua kalimat.")


def test_a_renamed_file_or_folder_is_neither_lost_nor_embedded_again(watched: Watched) -> None:
    watched.write("a.txt", "Banjir melanda.")
    watched.write("dalam/b.txt", "Gempa melanda.")
    watched.write("c.jsonl", lines("Satu kalimat."))
    with watched.watching():
        change = watched.store.last_change()
        (watched.folder / "a.txt").rename(watched.folder / "z.txt")
        (watched.folder / "dalam").rename(watched.folder / "luar")
        (watched.folder / "c.jsonl").rename(watched.folder / "luar" / "c.jsonl")
        names = {"z.txt", "luar/b.txt", "luar/c.jsonl:1"}
        watched.until(lambda: watched.origins == names)
        assert watched.store.last_change() == change


def test_what_vanished_while_nobody_watched_is_noticed(watched: Watched) -> None:
    gone = watched.write("a.txt", "Banjir melanda.")
    watched.write("b.txt", "Gempa melanda.")
    with watched.watching():
        pass
    gone.unlink()
    with watched.watching():
        assert watched.texts == ["Gempa melanda."]


def test_articles_from_elsewhere_are_left_alone(watched: Watched, tmp_path: Path) -> None:
    beside = tmp_path / "berita lain"
    beside.mkdir()
    other = Watched(beside, watched.store)
    file = other.write("a.txt", "Gempa melanda.")
    with other.watching():
        pass
    file.unlink()
    watched.write("b.txt", "Banjir melanda.")
    with watched.watching():
        assert watched.texts == ["Banjir melanda.", "Gempa melanda."]


def test_passing_and_hidden_files_are_left_out(watched: Watched) -> None:
    for name in (".a.txt", ".git/b.txt", "c.txt~", "d.txt.swp", "e.txt.part", "~$f.txt", "#g.txt#", "h.tmp"):
        watched.write(name, "Bukan berita.")
    with watched.watching():
        watched.write("i.txt", "Banjir melanda.")
        watched.until(lambda: len(watched.said) == 2)
    assert watched.texts == ["Banjir melanda."]
    assert watched.said == [f"watching {watched.folder}", "added i.txt"]


def test_a_file_is_read_once_it_has_stopped_growing(watched: Watched) -> None:
    with watched.watching(settle_s=0.6):
        with (watched.folder / "a.txt").open("w") as file:
            for word in ("Banjir ", "melanda ", "Kota ", "Bekasi."):
                file.write(word)
                file.flush()
                time.sleep(0.2)
        watched.until(lambda: watched.said[-1] == "added a.txt")
    assert watched.texts == ["Banjir melanda Kota Bekasi."]
    assert watched.said == [f"watching {watched.folder}", "added a.txt"]


def test_a_save_through_another_file_is_one_change(watched: Watched) -> None:
    file = watched.write("a.txt", "Banjir melanda.")
    with watched.watching():
        file.unlink()
        watched.write("a.txt.tmp", "Banjir sudah surut.").rename(file)
        watched.until(lambda: len(watched.said) == 3)
    assert watched.texts == ["Banjir sudah surut."]
    assert watched.said[1:] == [f"watching {watched.folder}", "updated a.txt"]


def test_a_file_that_can_t_be_read_yet_is_tried_again(watched: Watched) -> None:
    with watched.watching():
        file = watched.write("a.jsonl", '{"text": "Banjir mel')
        time.sleep(0.3)  # it has been tried by now
        file.write_text(lines("Banjir melanda."))
        watched.until_texts("Banjir melanda.")
    assert not [line for line in watched.said if line.startswith("refused")]


def test_a_collection_is_never_read_whole(watched: Watched) -> None:
    with (watched.folder / "a.jsonl").open("wb") as file:
        for _ in range(64):
            file.write(b" " * 2**20 + b"\n")
        file.write(lines("Banjir melanda.").encode())
    tracemalloc.start()
    try:
        with watched.watching():
            assert watched.texts == ["Banjir melanda."]
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 32 * 2**20


def test_a_file_that_can_never_be_read_is_refused_once(watched: Watched) -> None:
    watched.write("a.jsonl", "not json\n" + lines("Banjir melanda."))
    watched.write("photo.png", "PNG")
    with watched.watching():
        assert watched.texts == ["Banjir melanda."]
        watched.until(lambda: len(watched.said) == 4)
        time.sleep(0.5)
    refused = sorted(line for line in watched.said if line.startswith("refused"))
    assert [line.split(": ")[0] for line in refused] == [
        "refused a.jsonl:1",
        "refused photo.png",
    ]


def test_a_file_that_can_t_be_read_is_named_once_for_what_it_holds(watched: Watched) -> None:
    def refused() -> list[str]:
        return [line.split(": ")[0] for line in watched.said if line.startswith("refused")]

    photo = watched.write("photo.png", "PNG")
    passing = watched.write("a.txt", "Banjir melanda.")
    with watched.watching():
        assert refused() == ["refused photo.png"]
        photo.write_text("PNG")  # the same again
        passing.unlink()  # so that the others are looked into for what it said
        watched.until(lambda: watched.said[-1] == "removed a.txt")
        watched.write("b.txt", "Gempa melanda.")
        watched.until(lambda: watched.said[-1] == "added b.txt")
        assert refused() == ["refused photo.png"]
        photo.write_text("GNP")
        watched.until(lambda: refused() == ["refused photo.png", "refused photo.png"])


def test_of_many_files_the_first_are_named_and_the_rest_counted(watched: Watched) -> None:
    for number in range(23):
        watched.write(f"{number:02}.txt", f"Berita nomor {number}.")
    with watched.watching():
        pass
    assert watched.said == [
        *(f"added {number:02}.txt" for number in range(20)),
        "… and 3 more",
        f"watching {watched.folder}",
    ]


def test_another_writer_is_waited_for(watched: Watched, tmp_path: Path) -> None:
    other = Store.in_home(tmp_path / "home")
    with watched.watching():
        with other.writing(timeout_s=0):  # an idle watch does not hold the lock
            watched.write("a.txt", "Banjir melanda.")
            watched.until(lambda: "another process is writing" in watched.said[-1])
        watched.until_texts("Banjir melanda.")
    other.close()


def test_a_folder_that_was_emptied_or_is_gone_takes_nothing_away(watched: Watched) -> None:
    file = watched.write("a.txt", "Banjir melanda.")
    with watched.watching():
        pass
    file.unlink()
    watch = Watch(watched.folder, watched.store, Ingest(watched.store, WordHashEmbedder()), print)
    with pytest.raises(FolderGone, match="is empty, but 1 articles came from it"):
        watch.run(threading.Event())
    watched.folder.rmdir()
    with pytest.raises(FolderGone, match="is not there: nothing was removed"):
        watch.run(threading.Event())
    assert watched.texts == ["Banjir melanda."]


_WATCH = """
import sys
from pathlib import Path
from index.store import Store
from qa_service import sources_cli
from qa_service.build import assemble_index
from tests.fakes import WordHashEmbedder

def index(settings, _):
    store = Store.in_home(settings.home)
    return assemble_index(store, WordHashEmbedder(), views_folder=settings.home / "views")

sources_cli.open_index = index
sources_cli.cli(["watch", sys.argv[1]])
"""
"""The command, with an embedder that is there at once."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_watches_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "berita"
    folder.mkdir()
    (folder / "a.txt").write_text("Banjir melanda.")
    environment = {**os.environ, "TANYA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _WATCH, folder],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stderr is not None
        try:
            assert next(line for line in process.stderr if "watching" in line) == f"watching {folder}\n"
            (folder / "b.txt").write_text("Gempa melanda.")
            assert process.stderr.readline() == "added b.txt\n"
        finally:
            process.send_signal(number)
            rest = process.stderr.read()
            process.wait(timeout=30)
    assert (process.returncode, rest) == (0, "stopped\n")
    store = Store.in_home(tmp_path / "home")
    assert len(store.articles(offset=0, limit=9)) == 2
    store.close()


def test_the_command_stops_in_the_middle_of_an_ingest(tmp_path: Path) -> None:
    folder = tmp_path / "berita"
    folder.mkdir()
    (folder / "a.jsonl").write_text(lines(*(f"Berita ke {n} hari ini." for n in range(50_000))))
    environment = {**os.environ, "TANYA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _WATCH, folder],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
    ) as process:
        deadline = time.monotonic() + 60
        store = Store.in_home(tmp_path / "home")
        while store.freshness().articles == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said.splitlines()[-1]) == (0, "stopped")
    assert 0 < store.freshness().articles < 50_000
    with store.writing(timeout_s=0):
        pass
    store.close()

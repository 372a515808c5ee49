"""What is named to be added is found, read as it is asked for, and measured."""

from __future__ import annotations

import gzip
import io
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from index.arrivals import Arrivals, require_there
from index.errors import ArticleUnreadable
from index.ingest import Report
from index.records import RawArticle, Refused
from qa_service.progress import progress_line
from tests.corpus import raws_in


def names(found: object) -> list[str]:
    assert isinstance(found, list)
    return [Path(each.origin).name for each in found]


def test_a_folder_gives_what_can_be_read_and_counts_the_rest(tmp_path: Path) -> None:
    for name in ("a.txt", "b.png", "c.PNG", "in/d.md", ".hidden.txt", "in/e.docx.gz", "Makefile"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")
    arrivals = Arrivals()
    assert names(list(arrivals.named(str(tmp_path)))) == ["a.txt", "d.md", "e.docx.gz"]
    assert arrivals.skipped == Counter({".png": 2, "Makefile": 1})


def test_a_pattern_gives_the_files_that_are_like_it(tmp_path: Path) -> None:
    for name in ("a.txt", "in/b.txt", "in/deep/c.txt", "in/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a")
    arrivals = Arrivals()
    assert sorted(names(list(arrivals.named(f"{tmp_path}/**/*.txt")))) == ["a.txt", "b.txt", "c.txt"]
    assert names(list(arrivals.named(f"{tmp_path}/in/*"))) == ["b.txt"]
    assert arrivals.skipped == Counter({".png": 1})


def test_a_file_whose_name_reads_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("a")
    assert names(list(Arrivals().named(f"{tmp_path}/a[1].txt"))) == ["a[1].txt"]


def test_an_unknown_format_is_refused_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("a")
    (refused,) = raws_in([tmp_path / "a.png"])
    assert isinstance(refused, Refused)
    assert refused.reason == (
        f"{tmp_path}/a.png: unknown format; readable are .txt, .html, .htm, .md, .markdown, .pdf, .docx, "
        ".json, .jsonl, each of them also with .gz"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere.txt", "nowhere.txt: there is no such file or folder; check how it is written"),
        ("nowhere/**/*.txt", "nowhere/**/*.txt: no file is like that; check how it is written"),
    ],
)
def test_what_is_not_there_is_named(name: str, reason: str) -> None:
    with pytest.raises(ArticleUnreadable) as error:
        require_there(name)
    assert str(error.value) == reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_of_a_stream_come_before_it_ends(pack: Callable[[bytes], bytes]) -> None:
    stream = io.BufferedReader(io.BytesIO(pack(b'{"text": "Satu."}\n\nx')))
    assert list(Arrivals().streamed(stream, "stdin")) == [
        RawArticle(b'{"text": "Satu."}', "application/json", "stdin:1"),
        RawArticle(b"x", "application/json", "stdin:3"),
    ]


def test_a_stream_that_breaks_off_is_refused_after_what_came(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Satu."}\n' * 9000)[:-20])
    *lines, last = raws_in([tmp_path / "a.jsonl.gz"])
    assert all(isinstance(line, RawArticle) for line in lines)
    assert isinstance(last, Refused)
    assert last.reason.startswith(f"{tmp_path}/a.jsonl.gz: damaged gzip")


def test_memory_stays_flat_however_many_lines_a_file_has(tmp_path: Path) -> None:
    line = b'{"text": "' + b"a" * 1000 + b'"}\n'
    (tmp_path / "a.jsonl").write_bytes(line * 50_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in raws_in([tmp_path / "a.jsonl"]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (count, peak < 1_000_000) == (50_000, True)


def test_the_share_that_was_read_is_known_once_all_is_measured(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a"}\n' * 20_000)
    (tmp_path / "b.txt").write_bytes(b"a" * 280_000)
    (tmp_path / "c.png").write_bytes(b"a" * 999)
    arrivals = Arrivals()
    assert arrivals.share is None
    arrivals.measure([str(tmp_path)])
    for thread in threading.enumerate():
        if thread.name == "measuring":
            thread.join()
    found = arrivals.named(str(tmp_path))
    for _ in range(10_000):
        next(found)
    assert arrivals.share == pytest.approx(0.25, abs=0.02)
    assert len(list(found)) == 10_001
    assert arrivals.share == 1


def test_progress_says_how_many_how_fast_and_how_long_still() -> None:
    report = Report(stored=1200, unchanged=34, passages=4000, refused=(Refused("a", "b"),))
    assert progress_line(report, 0.25, 50.0) == "1,235 articles, 80 passages/s, 25%, 0:02:30 left"
    assert progress_line(report, None, 50.0) == "1,235 articles, 80 passages/s"

"""What somebody names to be added -> raw articles, as they are found, and how far one has come with them."""

from __future__ import annotations

import glob
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from index.articles import (
    JSON_LINES,
    JSON_LINES_GZIPPED,
    files,
    line_articles,
    media_type_of,
    opened,
    place,
    raw_file,
)
from index.errors import ArticleUnreadable
from index.records import RawArticle, Refused

STANDARD_INPUT = "-"
"""The name that stands for it."""

_GZIP = b"\x1f\x8b"


def require_there(name: str) -> None:
    """ArticleUnreadable where `name` is no file, no folder, and no pattern of one."""
    if not os.path.lexists(name) and not any(_matches(name)):
        what = "no file is like that" if glob.has_magic(name) else "there is no such file or folder"
        raise ArticleUnreadable(f"{name}: {what}; check how it is written")


class Arrivals:
    """Reads files, folders and patterns, one file after the other, and collections line by line.

    A file of an unknown format is refused where it was named itself; where a folder or a pattern holds it, it
    is counted in `skipped` under the end of its name.
    """

    def __init__(self) -> None:
        self.skipped: Counter[str] = Counter()
        self._total_bytes: int | None = None
        self._read_bytes = 0
        self._reading: BinaryIO | None = None

    @property
    def share(self) -> float | None:
        """How much was read of all that `measure` found; None while that isn't known."""
        if not self._total_bytes:
            return None
        position = self._reading.tell() if self._reading else 0
        return min(1.0, (self._read_bytes + position) / self._total_bytes)

    def measure(self, names: Iterable[str]) -> None:
        """Find out in the background how large all of it is, while the first files are read already."""

        def add_up() -> None:
            found = (file for name in names for file in _files(name))
            self._total_bytes = sum(_size(file) for file in found if media_type_of(file))

        threading.Thread(target=add_up, name="measuring", daemon=True).start()

    def named(self, name: str) -> Iterator[RawArticle | Refused]:
        """What the file, the folder or the pattern (`berita/**/*.txt`) holds."""
        for file in _files(name):
            if media_type_of(file) or file == Path(name) or file.is_dir():
                yield from self._read(file)
            else:
                self.skipped[file.suffix.lower() or file.name] += 1

    def streamed(self, stream: BufferedReader[Any], origin: str) -> Iterator[RawArticle | Refused]:
        """The articles of JSON Lines that come in through `stream`, gzipped or not; never read whole."""
        try:
            yield from line_articles(stream, origin, gzipped=stream.peek(2)[:2] == _GZIP)
        except ArticleUnreadable as error:
            yield Refused(origin, str(error))

    def _read(self, file: Path) -> Iterator[RawArticle | Refused]:
        try:
            media_type = media_type_of(file)
            if media_type in (JSON_LINES, JSON_LINES_GZIPPED):
                with opened(file) as self._reading:
                    gzipped = media_type == JSON_LINES_GZIPPED
                    yield from line_articles(self._reading, place(file), gzipped=gzipped)
            else:
                yield raw_file(file)
        except ArticleUnreadable as error:
            yield Refused(str(file), str(error))
        finally:
            self._reading = None
        self._read_bytes += _size(file)


def _files(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.exists() or not glob.has_magic(name):
        yield from files(path)
    else:
        yield from filter(Path.is_file, _matches(name))


def _matches(pattern: str) -> Iterator[Path]:
    # Not Path.glob, which takes no pattern from the root.
    return map(Path, glob.iglob(pattern, recursive=True))  # noqa: PTH207


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it went away meanwhile
        return 0

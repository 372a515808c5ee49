"""A folder that the archive is kept in step with.

What the system says of changes only tells when to look. What is there is then compared with what was there at
the last look: so a renamed folder, or a change while nobody watched, is seen like any other.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import watchfiles

from index.arrivals import Arrivals
from index.articles import files, files_of, media_type_of, place
from index.errors import ArticleNotFound, FolderGone, WriterBusy
from index.ingest import Ingest, Report
from index.records import RawArticle, Refused
from index.store import Store

_PASSING = ("~", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".bak", ".swp", ".swx")
"""How the names of files end that editors and downloads make and take away again."""
_LOOK_MS = 250
_LOOK_ANYWAY_S = 60.0
"""After so long without news we look all the same: some file systems tell of nothing."""
_TRIES = 3
_LINES_AT_ONCE = 20
"""What is said of one look at most; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What tells that a file has changed."""

    modified_ns: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True)
class _Unsettled:
    """A file that is to be looked into once it is `due` (monotonic), for the `tries`-th time."""

    due: float
    tries: int = 1


class _Stopped(Exception):
    """The watch is to end, in the middle of an ingest."""


class Watch:
    """Takes in what is in a folder, then adds, updates and removes articles as its files change.

    An article goes when the file is gone that it came from, unless another file of the folder says the same.
    A line that is gone from a file takes nothing away. The writer's lock is held only while something is
    taken in.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        ingest: Ingest,
        say: Callable[[str], None],
        *,
        settle_s: float = 1.0,
    ) -> None:
        """`say` hears what was done and refused; a file is read once unchanged for `settle_s`."""
        self._folder = folder.resolve()
        self._store = store
        self._ingest = ingest
        self._say = say
        self._settle_s = settle_s
        self._seen: dict[Path, _Seen] = {}
        self._unsettled: dict[Path, _Unsettled] = {}
        self._refused: dict[Path, bytes] = {}  # the SHA-256 of what it held then
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set. Raises FolderGone where the folder is not there (any more)."""
        self._stop = stop
        self._require_folder()
        watched = watchfiles.watch(
            self._folder,
            watch_filter=None,
            rust_timeout=_LOOK_MS,
            debounce=_LOOK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
        )
        next(watched)  # from here on the system tells of changes: none falls between it and the first look
        with suppress(_Stopped):
            self._until_done(self._begin)
            self._say(f"watching {self._folder}")
            looked_at = time.monotonic()
            for changes in watched:
                now = time.monotonic()
                if changes or self._unsettled or now - looked_at >= _LOOK_ANYWAY_S:
                    looked_at = now
                    self._until_done(partial(self._look, now))

    def _begin(self) -> None:
        """Take in what is there, and take out what went while nobody watched."""
        self._seen = self._found()
        if not self._seen and (lost := len(self._origins())):
            raise FolderGone(
                f"{self._folder} is empty, but {lost} articles came from it: if they are to go, remove them "
                "with `tanya remove`; else put the folder back (is its disk there?)"
            )
        self._take_in(self._seen)
        self._take_out(spared=())

    def _look(self, now: float) -> None:
        found = self._found()
        for file in found.keys() | self._seen.keys():
            if found.get(file) != self._seen.get(file):
                self._unsettled[file] = _Unsettled(due=now + self._settle_s)
        self._seen = found
        due = {file: each for file, each in self._unsettled.items() if each.due <= now}
        if not due:
            return
        # New files before old ones go: a renamed one is not taken out and in again.
        self._take_in([file for file in sorted(due) if file in found])
        if any(file not in found for file in due):
            self._take_out(spared=self._unsettled.keys() - due.keys())
        for file, each in due.items():
            if self._unsettled.get(file) == each:
                del self._unsettled[file]

    def _until_done(self, step: Callable[[], None]) -> None:
        """Do the step, however long another process writes: all of it can be done again."""
        told = False
        while True:
            try:
                step()
                return
            except WriterBusy:
                if not told:
                    self._say("another process is writing to the archive: waiting until it ends")
                told = True
            if self._stop.is_set():
                raise _Stopped

    def _take_in(self, paths: Iterable[Path]) -> None:
        """Store what the files say. One that can't be read is tried again, and refused at last."""
        paths = list(paths)
        if not paths:
            return
        by_place = {place(path): path for path in paths} | {str(path): path for path in paths}
        known = self._counted(self._origins().values(), by_place)
        change = self._store.last_change()
        report = self._ingest.run(self._raws(paths), self._check)
        stored = self._counted(self._store.stored_since(change).values(), by_place)
        self._tell(
            f"{'updated' if path in known else 'added'} {self._named(str(path))}{_several(count)}"
            for path, count in sorted(stored.items())
        )
        refused: dict[Path, list[Refused]] = {}
        for each in report.refused:
            # One that is none of them is in a folder that could not be listed before: the next look sees it.
            for path in _places(each.origin, by_place):
                refused.setdefault(path, []).append(each)
        for path in paths:
            if path not in refused:
                self._refused.pop(path, None)
        self._tell(
            f"refused {self._named(each.reason)}"
            for path, reasons in refused.items()
            if self._is_final(path)
            for each in reasons
        )

    def _is_final(self, path: Path) -> bool:
        """Whether a refusal is to be said: the last one of what the file holds. Else it is tried again."""
        tries = self._unsettled[path].tries if path in self._unsettled else 1
        if tries < _TRIES and path.exists() and media_type_of(path):
            due = time.monotonic() + self._settle_s * 2**tries
            self._unsettled[path] = _Unsettled(due=due, tries=tries + 1)
            return False
        self._unsettled.pop(path, None)
        before, self._refused[path] = self._refused.get(path), _digest(path)
        return before != self._refused[path]

    def _take_out(self, *, spared: Collection[Path]) -> None:
        """Remove the articles whose file is gone, unless it is `spared`: it may come back at once."""
        if not self._vanished(spared):
            return
        self._take_in(self._could_say_the_same())
        vanished = self._vanished(spared)
        with self._store.writing():
            for article_id in vanished:
                with suppress(ArticleNotFound):  # another process was faster
                    self._store.delete(article_id)
        gone = Counter(map(_file_of, vanished.values()))
        self._tell(f"removed {self._named(name)}{_several(count)}" for name, count in sorted(gone.items()))

    def _vanished(self, spared: Collection[Path]) -> dict[str, str]:
        """The articles that came from files of the folder that are there no more: their origins by id."""
        self._require_folder()
        present = {place(file) for file in (*self._seen, *spared)}
        return {
            article_id: origin
            for article_id, origin in self._origins().items()
            if not any(name in present or not _is_gone(Path(name)) for name in files_of(origin))
        }

    def _could_say_the_same(self) -> list[Path]:
        """The files that may hold an article known to have come from another: only the last is kept.

        Those from which no article is known to have come, and all that hold several.
        """
        known = {name for origin in self._origins().values() for name in files_of(origin)}
        return [
            file
            for file in sorted(self._seen)
            if file not in self._unsettled
            and media_type_of(file)
            and (place(file) not in known or ".jsonl" in file.suffixes)
        ]

    def _origins(self) -> Mapping[str, str]:
        return self._store.origins(place(self._folder).rstrip("/") + "/")

    def _found(self) -> dict[Path, _Seen]:
        self._require_folder()
        found = {}
        for file in files(self._folder):
            if not file.name.endswith(_PASSING) and not file.name.startswith(("~$", "#")):
                with suppress(FileNotFoundError):  # gone since it was listed
                    status = file.stat()
                    found[file] = _Seen(status.st_mtime_ns, status.st_size, status.st_ino)
        return found

    def _raws(self, paths: Iterable[Path]) -> Iterator[RawArticle | Refused]:
        arrivals = Arrivals()
        for path in paths:
            for raw in arrivals.named(str(path)):
                if isinstance(raw, RawArticle) or path.exists():  # else it is gone, as the next look sees
                    yield raw

    def _counted(self, origins: Iterable[str], by_place: Mapping[str, Path]) -> Counter[Path]:
        """How many articles have come from each of the files."""
        return Counter(path for origin in origins for path in _places(origin, by_place))

    def _named(self, path: str) -> str:
        """The path as seen from the folder, in characters that every terminal takes."""
        return path.removeprefix(f"{self._folder}/").encode(errors="backslashreplace").decode()

    def _tell(self, lines: Iterable[str]) -> None:
        said = list(lines)
        for line in said[:_LINES_AT_ONCE]:
            self._say(line)
        if len(said) > _LINES_AT_ONCE:
            self._say(f"… and {len(said) - _LINES_AT_ONCE:,} more")

    def _check(self, _: Report) -> None:
        """Leave an ingest that is under way. What it has stored stays; the next start does the rest."""
        if self._stop.is_set():
            raise _Stopped

    def _require_folder(self) -> None:
        if not self._folder.is_dir():
            raise FolderGone(f"{self._folder} is not there: nothing was removed; put it back and start again")


def _places(origin: str, by_place: Mapping[str, Path]) -> list[Path]:
    """The file of these that an article of this origin came from, if it is one of them."""
    return [by_place[name] for name in files_of(origin) if name in by_place][:1]


def _file_of(origin: str) -> str:
    """The file that an article came from, as far as its name tells; the file itself is gone."""
    names = files_of(origin)
    return next((name for name in names if media_type_of(Path(name))), names[0])


def _several(articles: int) -> str:
    return f": {articles:,} articles" if articles > 1 else ""


def _digest(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return b""


def _is_gone(path: Path) -> bool:
    """Whether there is surely no such file: not so where only its folder can't be read."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False

"""The life cycle of a view: a search structure that can always be made anew from the store.

A view is saved as a folder named after the last change it includes, with a manifest that says what it
belongs to and the checksum of each file. At start the newest sound copy is loaded, and before each search
the changes since are applied. A copy that is missing, damaged, or from another store, model or version is
never used: the view is made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillBusy
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from index.errors import CorpusError, WriterBusy
from index.new_file import sync
from index.records import Changes
from index.store import Store

_log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"

_PATIENCE_S = 0.5
"""How long a search waits for changes to be taken in; with more of them it answers without the rest."""

_FOLLOW_EVERY_S = 0.5

_GAP_S = 1
"""How long a save waits for the writer, who makes way between two groups of articles."""


class View(Protocol):
    """A search structure over the passages. `signature` is what a saved copy must have been made with."""

    @property
    def name(self) -> str: ...

    @property
    def signature(self) -> str: ...

    def clear(self) -> None:
        """Forget every passage."""

    def apply(self, changes: Changes) -> None:
        """Take in what was added, then leave out what was removed."""

    def save(self, folder: Path) -> None:
        """Write files into an empty folder."""

    def load(self, folder: Path) -> None:
        """Take the state that `save` wrote."""


V = TypeVar("V", bound=View)


class LiveView(Generic[V]):
    """A view kept at the store's newest change, in this process and from any number of threads."""

    def __init__(self, view: V, *, store: Store, folder: Path, fingerprint: str) -> None:
        """`folder` holds the saved copies of all views; `fingerprint` names the embedder in use."""
        self._view = view
        self._store = store
        self._folder = folder / view.name
        self._fingerprint = fingerprint
        self._lock = threading.Lock()
        self._change = self._loaded()
        self._saved = self._change
        # The thread that takes changes in, while searches go on in the others.
        self._taking_in = ThreadPoolExecutor(1, f"{view.name} view")
        self._complete = False

    def current(self) -> V:
        """The view, with every change committed before this call, unless they are many.

        The first call waits for all of them. A later one waits for half a second and leaves the rest to be
        taken in by and by, so that an ingest of thousands of articles elsewhere makes no answer wait.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while self._store.last_change() > self._change:
            catching_up = self._taking_in.submit(self._catch_up)
            try:
                catching_up.result(max(0, deadline - time.monotonic()) if self._complete else None)
            except StillBusy:
                catching_up.cancel()
                break
        else:
            self._complete = True
        return self._view

    def follow(self, stop: threading.Event) -> None:
        """Take changes in as they come until `stop` is set, so that the next search finds them done."""
        while not stop.wait(_FOLLOW_EVERY_S):
            try:
                self.current()
            except CorpusError as error:
                _log.warning("the %s view is behind: %s", self._view.name, error)
            except Exception:  # whatever it was, the next round may go well
                _log.exception("the %s view is behind", self._view.name)

    def save(self) -> None:
        """Keep a copy of the view as it is. Not being able to costs only the next start's speed."""
        try:
            self._taking_in.submit(self._catch_up).result()
            if self._change == self._saved:
                return
            # The writer first: a search would wait for the view meanwhile.
            with self._store.writing(timeout_s=_GAP_S), self._lock:
                self._save()
                self._saved = self._change
        except WriterBusy:
            _log.info("the %s view is saved another time: another process writes", self._view.name)
        except (OSError, CorpusError) as error:
            _log.warning("the %s view is not saved, the next start is slower: %s", self._view.name, error)

    def _catch_up(self) -> None:
        while changes := self._store.changes_after(self._change, fingerprint=self._fingerprint):
            with self._lock:
                try:
                    self._view.apply(changes)
                except BaseException:
                    # Half of the changes may be in: the next call starts from none.
                    self._complete = False
                    self._change = 0
                    self._view.clear()
                    raise
                self._change = changes.number

    # Saved copies

    def _loaded(self) -> int:
        """Load the newest sound copy and drop the others; the last change it includes, 0 for none."""
        loaded = 0
        for copy in saved_copies(self._folder):
            if not loaded and (number := self._load(copy)) is not None:
                loaded = number
            else:
                shutil.rmtree(copy, ignore_errors=True)
        return loaded

    def _load(self, copy: Path) -> int | None:
        number = int(copy.name)
        try:
            load_copy(self._view, copy, store=self._store)
        # Whatever a library says of a damaged file, the answer is the same.
        except Exception as error:
            _log.warning("the %s view at change %d is made anew: %s", self._view.name, number, error)
            self._view.clear()
            return None
        return number

    def _save(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for left_over in self._folder.glob("unfinished-*"):  # by a process that was killed: we hold its lock
            shutil.rmtree(left_over, ignore_errors=True)
        target = self._folder / str(self._change)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="unfinished-") as unfinished:
            copy = Path(unfinished) / target.name
            copy.mkdir()
            self._view.save(copy)
            manifest = _manifest(self._view, copy, self._change, store=self._store)
            (copy / _MANIFEST).write_text(json.dumps(manifest, indent=1))
            for path in copy.iterdir():
                sync(path)
            if not target.exists():
                copy.rename(target)
                sync(self._folder)
        for other in saved_copies(self._folder):
            if int(other.name) < self._change:
                shutil.rmtree(other, ignore_errors=True)


def saved_copies(folder: Path) -> list[Path]:
    """The copies of a view that lie in its folder, sound or not, newest first."""
    if not folder.is_dir():
        return []
    copies = [path for path in folder.iterdir() if path.name.isdecimal()]
    return sorted(copies, key=lambda copy: int(copy.name), reverse=True)


def load_copy(view: View, copy: Path, *, store: Store) -> None:
    """Load a saved copy. Raises ValueError, or what a library raises, where it can't be trusted."""
    manifest = json.loads((copy / _MANIFEST).read_text())
    if manifest != _manifest(view, copy, int(copy.name), store=store):
        raise ValueError("it is not what this store, model and version would have written")
    view.load(copy)


def _manifest(view: View, copy: Path, number: int, *, store: Store) -> dict[str, object]:
    """What must be true of a copy: the very change it ends with, what made it, and its files' SHA-256."""
    return {
        "signature": view.signature,
        "change": number,
        "changed_at": store.change_at(number),
        "files": {path.name: _sha256(path) for path in sorted(copy.iterdir()) if path.name != _MANIFEST},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

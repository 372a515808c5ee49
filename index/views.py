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
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from index.errors import WriterBusy
from index.records import Changes
from index.store import Store

_log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"


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

    def current(self) -> V:
        """The view, with every change committed before this call."""
        if self._store.last_change() != self._change:
            with self._lock:
                self._catch_up()
        return self._view

    def save(self) -> None:
        """Keep a copy of the view as it is. Not being able to costs only the next start's speed."""
        self.current()
        with self._lock:
            if self._change == self._saved:
                return
            try:
                with self._store.writing(timeout_s=0):
                    self._save()
            except (OSError, WriterBusy) as error:
                _log.warning("the %s view is not saved, the next start is slower: %s", self._view.name, error)
            else:
                self._saved = self._change

    def _catch_up(self) -> None:
        try:
            while changes := self._store.changes_after(self._change, fingerprint=self._fingerprint):
                self._view.apply(changes)
                self._change = changes.number
        except BaseException:
            # Half of the changes may be in: the next call starts from none.
            self._change = 0
            self._view.clear()
            raise

    # Saved copies

    def _loaded(self) -> int:
        """Load the newest sound copy and drop the others; the last change it includes, 0 for none."""
        loaded = 0
        for copy in sorted(self._copies(), key=lambda copy: int(copy.name), reverse=True):
            if not loaded and (number := self._load(copy)) is not None:
                loaded = number
            else:
                shutil.rmtree(copy, ignore_errors=True)
        return loaded

    def _copies(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [path for path in self._folder.iterdir() if path.name.isdecimal()]

    def _load(self, copy: Path) -> int | None:
        number = int(copy.name)
        try:
            manifest = json.loads((copy / _MANIFEST).read_text())
            if manifest != self._manifest(copy, number):
                raise ValueError("it is not what this store, model and version would have written")
            self._view.load(copy)
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
            manifest = self._manifest(copy, self._change)
            (copy / _MANIFEST).write_text(json.dumps(manifest, indent=1))
            for path in copy.iterdir():
                _sync(path)
            if not target.exists():
                copy.rename(target)
                _sync(self._folder)
        for other in self._copies():
            if int(other.name) < self._change:
                shutil.rmtree(other, ignore_errors=True)

    def _manifest(self, copy: Path, number: int) -> dict[str, object]:
        """What must be true of a copy: the very change it ends with, what made it, and its files' SHA-256."""
        return {
            "signature": self._view.signature,
            "change": number,
            "changed_at": self._store.change_at(number),
            "files": {path.name: _sha256(path) for path in sorted(copy.iterdir()) if path.name != _MANIFEST},
        }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Make the file or folder's content survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

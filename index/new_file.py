"""Writing files that appear whole, and survive a power cut, or don't appear at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".unfinished"
"""The end of the name of a file that is being written; one that lies there was left by a killed process."""


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A path beside `target`, to write to; what lies there takes the place of `target` at the end.

    Nothing is left where the block fails. Raises OSError.
    """
    unfinished = target.with_name(f"{target.name}.{os.getpid()}{UNFINISHED}")
    try:
        yield unfinished
        sync(unfinished)
        unfinished.replace(target)
        sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make the file or folder's content survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

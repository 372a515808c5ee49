"""What is gzipped -> what was in it, without ever holding more than is allowed."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from index.bounded import Damaged, TooBig, gunzip
from index.errors import ArticleUnreadable

LARGEST_BYTES = 32 * 2**20
"""The most that one article may have: a file, what it unpacks to, or one line of a collection."""
TOO_LARGE = f"larger than {LARGEST_BYTES // 2**20} MB; split it, many articles into JSON Lines (.jsonl)"
_CHUNK_BYTES = 2**20
_LEAST_BYTES = 256
"""What a line counts at least against the most that may come out: an empty one takes its time, too."""


def unpacked(content: bytes) -> bytes:
    """What was gzipped. ArticleUnreadable where it is damaged, or larger than an article may be."""
    try:
        return gunzip(content, LARGEST_BYTES)
    except TooBig as error:
        raise ArticleUnreadable(TOO_LARGE) from error
    except Damaged as error:
        raise _damaged(error) from error


def lines(stream: BinaryIO, *, gzipped: bool, most_bytes: float = math.inf) -> Iterator[bytes]:
    """The lines of a stream that is never read whole, each with its end; of too long a one the first
    LARGEST_BYTES + 1 bytes. Raises, after the lines before it, ArticleUnreadable where the gzip is damaged,
    and TooBig where more than `most_bytes` come out.
    """
    if not gzipped:
        yield from _lines(stream, most_bytes)
        return
    with _gunzipping(stream) as unzipped:
        yield from _lines(unzipped, most_bytes)


def _lines(stream: BinaryIO, most_bytes: float) -> Iterator[bytes]:
    begins, left = True, most_bytes
    while piece := stream.readline(LARGEST_BYTES + 1 if begins else _CHUNK_BYTES):
        left -= max(len(piece), _LEAST_BYTES)
        if left < 0:
            raise TooBig
        if begins:
            yield piece
        begins = piece.endswith(b"\n")


@contextmanager
def _gunzipping(stream: BinaryIO) -> Iterator[BinaryIO]:
    try:
        with gzip.GzipFile(fileobj=stream) as unzipped:
            yield cast(BinaryIO, unzipped)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> ArticleUnreadable:
    return ArticleUnreadable(f"damaged gzip ({error}); compress it again")

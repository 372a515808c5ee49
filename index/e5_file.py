"""The wheel's model file: its layout, read into arrays.

Little endian: a header, the SentencePiece vocabulary, the normaliser's map, and a directory of tensors, some
of them in four-bit blocks. The wheel's own engine, e5.c, reads the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shape:
    """The encoder's sizes, in the order of the file's header."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """SentencePiece unigram pieces with their log probabilities; the position is the token id."""

    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int

    @property
    def special(self) -> tuple[int, int, int, int]:
        return (self.bos, self.eos, self.pad, self.unk)


@dataclass(frozen=True, slots=True)
class E5File:
    """The wheel's file, read. `replacements` maps a character to what the normaliser makes of it."""

    shape: Shape
    vocabulary: Vocabulary
    replacements: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """Reads a little-endian file front to back."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data.data
        self._at = 0

    def values(self, form: str) -> tuple[Any, ...]:
        """The next values, described as in `struct`, without padding."""
        values = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        array = np.frombuffer(self._data, dtype, count, self._at)
        self._at += array.nbytes
        return array


def read_e5_file(data: NDArray[np.uint8]) -> E5File:
    """The whole of a file whose checksum has been verified."""
    cursor = _Cursor(data)
    cursor.values("4sI")  # magic and version: the checksum has vouched for both
    shape = Shape(*cursor.values("7if"))
    cursor.values("i")  # the block size, 32
    vocabulary = _read_vocabulary(cursor)
    replacements = _read_replacements(cursor)
    return E5File(shape, vocabulary, replacements, dict(_read_tensors(cursor, data)))


def _read_vocabulary(cursor: _Cursor) -> Vocabulary:
    count, bos, eos, pad, unk, length = cursor.values("5iQ")
    offsets = cursor.array("u4", count + 1).tolist()
    scores = cursor.array("f4", count).tolist()
    blob = cursor.array("u1", length).tobytes()
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    return Vocabulary(pieces, scores, bos, eos, pad, unk)


def _read_replacements(cursor: _Cursor) -> dict[str, str]:
    replacements = {}
    entries, _ = cursor.values("iI")
    for _ in range(entries):
        code_point, count = cursor.values("IB")
        replacements[chr(code_point)] = "".join(map(chr, cursor.values(f"{count}I")))
    return replacements


def _read_tensors(cursor: _Cursor, data: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (entries,) = cursor.values("i")
    for _ in range(entries):
        (length,) = cursor.values("H")
        name, four_bit, _, offset, size = cursor.values(f"{length}sBIQQ")
        stored = data[offset : offset + size]
        yield name.decode(), _dequantised(stored) if four_bit else stored.view("<f4")


def _dequantised(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Weights of four-bit blocks: 32 to a block of an f16 scale and 16 bytes (ggml calls it Q4_0).

    Byte j holds weight j in its low half and weight j+16 in its high one; weight = (half - 8) * scale.
    """
    blocks = stored.view([("scale", "<f2"), ("halves", "u1", 16)])
    weights = np.empty((len(blocks), 32), np.float32)
    weights[:, :16] = blocks["halves"] & 0x0F
    weights[:, 16:] = blocks["halves"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)

"""Bytes that arrive piece by piece, compressed or not, with an end to how many they may be."""

from __future__ import annotations

import zlib


class TooBig(Exception):
    """More came out than may."""


class Damaged(Exception):
    """It is no gzip, or ends too early."""


class Counted:
    """Takes bytes as they are."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._out = bytearray()

    def feed(self, piece: bytes) -> None:
        """Raises TooBig at the limit."""
        self._out += piece
        if len(self._out) > self._limit:
            raise TooBig

    def content(self) -> bytes:
        return bytes(self._out)


class Inflater:
    """Takes gzipped bytes; what is kept of what comes out exceeds the limit by one byte at most."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._member = zlib.decompressobj(wbits=31)
        self._out = bytearray()

    def feed(self, compressed: bytes) -> None:
        """Raises TooBig at the limit, Damaged where it is no gzip."""
        while compressed:
            if self._member.eof:
                compressed = compressed.lstrip(b"\0")  # what some programs fill the last block with
                if not compressed:
                    return
                self._member = zlib.decompressobj(wbits=31)  # files joined with `cat` are one after another
            try:
                # One byte more than may come out tells that there is more; 0 would mean no limit.
                self._out += self._member.decompress(compressed, self._limit - len(self._out) + 1)
            except zlib.error as error:
                raise Damaged(str(error)) from error
            if len(self._out) > self._limit:
                raise TooBig
            compressed = self._member.unused_data

    def content(self) -> bytes:
        """All that came out. Raises Damaged where the end is missing."""
        if not self._member.eof:
            raise Damaged("its end is missing")
        return bytes(self._out)


def gunzip(compressed: bytes, limit: int) -> bytes:
    """What was compressed. Raises TooBig, Damaged."""
    inflater = Inflater(limit)
    inflater.feed(compressed)
    return inflater.content()

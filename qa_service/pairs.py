"""A question with a passage, as the network that reads takes them, and what it says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Regex, Tokenizer, normalizers

from qa_service.errors import ReaderUnavailable

MAX_TOKENS = 512
"""Positions of the model. A passage is cut where question, header and text together need more."""

_MAX_QUESTION_TOKENS = 128
"""A longer question is cut, so that the passage is always seen."""

_BATCH_SIZE = 16

_WITHOUT_MARKS = normalizers.Replace(Regex("<(?=(?:/?s|pad|unk|mask)>)"), "‹")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage in tokens.

    `offsets`, of shape (tokens, 2), tells where each token begins and ends in the passage's text, in code
    points; -1 for a token that is not of that text: the question's, the header's, the marks between.
    """

    ids: tuple[int, ...]
    offsets: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs padded to one length, each array of shape (pairs, tokens).

    `mask` is 1 where there is a token, `possible` true where an answer may begin or end: in the passage's
    text, and at `<s>`, which stands for "no answer".
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    possible: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Logits:
    """What the network says of a pair: of each token as the first and as the last of the answer, in arrays
    of shape (tokens,) whose first place stands for "no answer"; and of the relevance of the passage."""

    first: NDArray[np.float32]
    last: NDArray[np.float32]
    relevance: float


class Scorer(Protocol):
    """The network on some engine. Safe to share by threads."""

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        """The logits of each pair."""


class PairEncoder:
    """Turns questions and passages into Pairs, with the tokenizer of the embedder's model."""

    def __init__(self, model_folder: Path) -> None:
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._begin, self._end, self.pad = (self._id(mark) for mark in ("<s>", "</s>", "<pad>"))
        # Marks that stand in a text are text: "</s>" in an article must not end it. The vocabulary has them
        # as words too, and normalising makes them of full-width letters: hence the last normalizer.
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.normalizer = normalizers.Sequence([self._tokenizer.normalizer, _WITHOUT_MARKS])

    def encode(self, pairs: Sequence[tuple[str, str, str]]) -> list[Pair]:
        """Pairs of (question, header, text): the header, "" for none, stands before the text."""
        questions = self._tokens([f"query: {question}" for question, _, _ in pairs])
        headers = self._tokens([f"passage: {header}".rstrip() for _, header, _ in pairs])
        texts = self._tokens([text for _, _, text in pairs])
        return [self._pair(*parts) for parts in zip(questions, headers, texts, strict=True)]

    def _id(self, mark: str) -> int:
        id_ = self._tokenizer.token_to_id(mark)
        if id_ is None:
            raise ReaderUnavailable(f"The reader's tokenizer has no {mark}: delete the model folder")
        return id_

    def _tokens(self, texts: Sequence[str]) -> list[Encoding]:
        encoded: list[Encoding] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return encoded

    def _pair(self, question: Encoding, header: Encoding, text: Encoding) -> Pair:
        asked = question.ids[:_MAX_QUESTION_TOKENS]
        before = [self._begin, *asked, self._end, self._end, *header.ids][: MAX_TOKENS // 2]
        inside = text.offsets[: MAX_TOKENS - len(before) - 1]
        offsets = np.full((len(before) + len(inside) + 1, 2), -1, np.int32)
        if inside:
            offsets[len(before) : -1] = inside
        return Pair((*before, *text.ids[: len(inside)], self._end), offsets)


def padded(pairs: Sequence[Pair], *, pad: int) -> Batch:
    """The pairs as one batch."""
    shape = len(pairs), max(len(pair.ids) for pair in pairs)
    batch = Batch(np.full(shape, pad, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.bool_))
    for row, pair in enumerate(pairs):
        length = len(pair.ids)
        batch.ids[row, :length] = pair.ids
        batch.mask[row, :length] = 1
        batch.possible[row, :length] = pair.offsets[:, 0] >= 0
    batch.possible[:, 0] = True
    return batch


Run = Callable[[Batch], tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]
"""The network: logits of the first and of the last token, (pairs, tokens), and of relevance, (pairs,)."""


def scored(pairs: Sequence[Pair], run: Run, *, pad: int) -> list[Logits]:
    """The logits of all pairs in the order given, run in batches of like length."""
    logits: dict[int, Logits] = {}
    by_length = sorted(range(len(pairs)), key=lambda place: len(pairs[place].ids))
    for start in range(0, len(pairs), _BATCH_SIZE):
        places = by_length[start : start + _BATCH_SIZE]
        first, last, relevance = run(padded([pairs[place] for place in places], pad=pad))
        for row, place in enumerate(places):
            length = len(pairs[place].ids)
            logits[place] = Logits(first[row, :length], last[row, :length], float(relevance[row]))
    return [logits[place] for place in range(len(pairs))]

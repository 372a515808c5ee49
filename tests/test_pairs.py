"""Pairs: what the network is given of a question and a passage, with the real model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models

from qa_service.errors import ReaderUnavailable
from qa_service.pairs import MAX_TOKENS, Batch, Pair, PairEncoder, padded, scored

BEGIN, PAD, END, UNKNOWN, MASK = 0, 1, 2, 3, 250001
"""The ids that XLM-R's vocabulary gives its marks."""


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> PairEncoder:
    return PairEncoder(model_folder)


@pytest.fixture(scope="module")
def words(model_folder: Path) -> Callable[[Pair], list[str]]:
    """The tokens of a pair as the vocabulary spells them."""
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    return lambda pair: [tokenizer.id_to_token(id_) or "" for id_ in pair.ids]


def of(encoder: PairEncoder, question: str, header: str, text: str) -> Pair:
    (pair,) = encoder.encode([(question, header, text)])
    return pair


def test_a_pair_stands_between_marks_as_the_model_was_taught(
    encoder: PairEncoder, words: Callable[[Pair], list[str]]
) -> None:
    pair = of(encoder, "Berapa pejabat?", "Pelantikan\n", "Ada 269 pejabat.")
    assert (pair.ids[0], pair.ids[-1], encoder.pad) == (BEGIN, END, PAD)
    shown = " ".join(words(pair))
    assert shown == (
        "<s> ▁que ry : ▁Berapa ▁pejabat ? </s> </s> ▁passage : ▁Pel anti kan ▁Ada ▁26 9 ▁pejabat . </s>"
    )


def test_a_passage_without_header_follows_its_prefix(
    encoder: PairEncoder, words: Callable[[Pair], list[str]]
) -> None:
    shown = " ".join(words(of(encoder, "Siapa?", "", "Budi.")))
    assert shown == "<s> ▁que ry : ▁Siapa ? </s> </s> ▁passage : ▁Budi . </s>"


def test_offsets_give_back_the_words_of_the_text_and_of_nothing_else(encoder: PairEncoder) -> None:
    text = "Wali kota melantik 269 pejabat.\nSemua 😀 pulang, e\u0301tude."
    pair = of(encoder, "Berapa pejabat?", "Judul\nAntara, 2026-02-06", text)
    assert pair.offsets.shape == (len(pair.ids), 2)
    inside = np.flatnonzero(pair.offsets[:, 0] >= 0)
    assert inside.tolist() == list(range(inside[0], len(pair.ids) - 1))
    assert (pair.offsets[: inside[0]] == -1).all()
    assert pair.offsets[-1].tolist() == [-1, -1]
    pieces = [text[begin:end] for begin, end in pair.offsets[inside].tolist()]
    assert "".join(pieces) == text
    assert pieces[:6] == ["Wali", " kota", " melan", "tik", " 26", "9"]
    assert " 😀" in pieces


@pytest.mark.parametrize("mark", ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "＜/s＞", "<<s>s>", "</s></s>"])
def test_a_mark_that_stands_in_a_text_is_text(encoder: PairEncoder, mark: str) -> None:
    text = f"Ada {mark}269{mark} pejabat."
    pair = of(encoder, f"Berapa {mark}?", f"Judul {mark}", text)
    assert pair.ids.count(BEGIN) == 1
    assert pair.ids.count(END) == 3
    assert not {PAD, UNKNOWN, MASK} & set(pair.ids)
    assert "".join(text[begin:end] for begin, end in pair.offsets.tolist() if begin >= 0) == text


def test_a_long_passage_is_cut_at_the_models_last_position(encoder: PairEncoder) -> None:
    text = "pejabat " * 2000
    pair = of(encoder, "Berapa?", "Judul", text)
    assert len(pair.ids) == len(pair.offsets) == MAX_TOKENS == 512
    assert pair.ids[-1] == END
    # 12 tokens stand before the text, "<s> query: Berapa? </s></s> passage: Judul", and a mark after it.
    inside = pair.offsets[12:-1]
    assert (pair.offsets[11, 0], len(inside)) == (-1, 499)
    assert inside[[0, 1, 498]].tolist() == [[0, 7], [7, 15], [3983, 3991]]


def test_a_question_of_a_thousand_characters_leaves_the_passage_in_view(encoder: PairEncoder) -> None:
    text = "Wali kota melantik 269 pejabat."
    pair = of(encoder, "x1?7 " * 200, "Judul", text)
    assert pair.ids.index(END) == 1 + 128
    assert "".join(text[begin:end] for begin, end in pair.offsets.tolist() if begin >= 0) == text


def test_the_longest_question_and_title_still_leave_half_of_the_positions_to_the_passage(
    encoder: PairEncoder,
) -> None:
    pair = of(encoder, "x1?7 " * 200, "Judul " * 1000, "pejabat " * 2000)
    assert len(pair.ids) == 512
    assert (pair.offsets[:, 0] >= 0).sum() == 255


def test_an_empty_text_leaves_no_token_inside(encoder: PairEncoder) -> None:
    pair = of(encoder, "Siapa?", "", "")
    assert (pair.offsets == -1).all()
    assert encoder.encode([]) == []


def test_a_tokenizer_without_the_marks_is_refused(tmp_path: Path) -> None:
    Tokenizer(models.WordLevel({"a": 0, "<s>": 1}, unk_token="a")).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ReaderUnavailable, match="has no </s>: delete the model folder"):
        PairEncoder(tmp_path)


def pair_of(*ids: int, inside: int = 0) -> Pair:
    """A pair whose last `inside` tokens but one are of the text."""
    offsets = np.full((len(ids), 2), -1, np.int32)
    for place in range(inside):
        offsets[len(ids) - 1 - inside + place] = place, place + 1
    return Pair(ids, offsets)


def test_pairs_are_padded_to_the_longest() -> None:
    batch = padded([pair_of(0, 7, 2, inside=1), pair_of(0, 7, 8, 9, 2, inside=2)], pad=1)
    assert batch.ids.tolist() == [[0, 7, 2, 1, 1], [0, 7, 8, 9, 2]]
    assert batch.mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert batch.possible.tolist() == [[True, True, False, False, False], [True, False, True, True, False]]


def test_logits_come_in_the_order_of_the_pairs_each_as_long_as_its_pair() -> None:
    shapes = []

    def run(batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        shapes.append(batch.ids.shape)
        ids = batch.ids.astype(np.float32)
        return ids, -ids, ids.max(1)

    lengths = [5, 3, 40, 4, *range(6, 22)]
    pairs = [pair_of(*range(10 * n, 10 * n + length)) for n, length in enumerate(lengths, start=1)]
    logits = scored(pairs, run, pad=0)
    assert [each.first.tolist() for each in logits] == [list(map(float, pair.ids)) for pair in pairs]
    assert [(-each.last).tolist() for each in logits] == [list(map(float, pair.ids)) for pair in pairs]
    assert [each.relevance for each in logits] == [max(pair.ids) for pair in pairs]
    assert shapes == [(16, 18), (4, 40)]
    assert scored([], run, pad=0) == []

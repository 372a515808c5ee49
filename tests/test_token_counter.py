"""Counting word by word comes to what the tokenizer itself makes of the text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from index.embedder import SentenceEmbedder
from index.token_counter import ModelTokenCounter

_TELLING = "aki 7.,-“”…é\u00a0\u00ad\u0301\u200b¨▁<>ﬁ\n\t黑"


def tokenized(embedder: SentenceEmbedder, text: str) -> int:
    encoding = embedder._model.tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
    return len(encoding)


@pytest.mark.parametrize(
    "text",
    [
        "Wali Kota Bekasi melantik 49 pejabat, Jumat (6/2/2026).",
        "“Kami siap,” katanya – lalu pergi.",
        "dua  spasi",
        " di depan dan di belakang ",
        "spasi\u00a0 lebar dan ¨ bertitik dua",
        "sebuah <mask> dan <s> di tengah",
        "ﬁle é é 黑豹队 ▁▁",
        "",
    ],
)
def test_words_counted_apart_are_the_tokens_of_the_text(embedder: SentenceEmbedder, text: str) -> None:
    assert embedder.count_tokens([text, text]) == [tokenized(embedder, text)] * 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.sampled_from(_TELLING) | st.characters(codec="utf-8"), max_size=40))
def test_so_they_are_in_any_text(embedder: SentenceEmbedder, text: str) -> None:
    assert embedder.count_tokens([text]) == [tokenized(embedder, text)]


def test_a_tokenizer_that_looks_at_the_space_before_a_word_is_asked_for_the_whole_text() -> None:
    tokenizer = Tokenizer(models.BPE({"k": 0, "a": 1, "Ġ": 2, "ka": 3}, [("k", "a")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    count = ModelTokenCounter(PreTrainedTokenizerFast(tokenizer_object=tokenizer))  # type: ignore[no-untyped-call]
    assert count(["ka ka", "ka"]) == [3, 1]

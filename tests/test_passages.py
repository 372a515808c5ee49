"""Passages are runs of whole sentences that fit the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.passages import split, with_header
from index.records import Article
from tests.fakes import WordHashEmbedder

count_words = WordHashEmbedder().count_tokens


def passages(text: str, budget: int) -> list[str]:
    return [text[span.start : span.end] for span in split(text, count_tokens=count_words, budget=budget)]


def test_sentences_are_gathered_until_the_budget_is_full() -> None:
    text = "Satu dua tiga. Empat lima enam. Tujuh delapan sembilan. Sepuluh sebelas duabelas."
    assert passages(text, 6) == [
        "Satu dua tiga. Empat lima enam.",
        "Tujuh delapan sembilan. Sepuluh sebelas duabelas.",
    ]


def test_an_article_does_not_end_in_a_stump() -> None:
    text = " ".join(f"Kata ke {number}." for number in range(11))  # 33 words; greedy would leave 3 over
    assert [count_words([passage])[0] for passage in passages(text, 30)] == [18, 15]


def test_a_sentence_over_the_budget_is_cut_at_spaces() -> None:
    assert passages("satu dua tiga empat lima enam tujuh delapan", 4) == [
        "satu dua tiga empat",
        "lima enam tujuh delapan",
    ]


def test_a_text_without_spaces_is_cut_anywhere() -> None:
    def count(texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    text = "黑豹队的防守丢了多少分"
    assert [text[span.start : span.end] for span in split(text, count_tokens=count, budget=6)] == [
        "黑豹队的防",
        "守丢了多少分",
    ]


@given(st.text(max_size=400), st.integers(min_value=2, max_value=30))
def test_passages_are_in_order_apart_complete_and_within_the_budget(text: str, budget: int) -> None:
    spans = split(text, count_tokens=count_words, budget=budget)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    parts = [text[span.start : span.end] for span in spans]
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(count <= budget for count in count_words(parts))


def test_the_header_names_title_outlet_and_date() -> None:
    article = Article(
        id="a",
        title="Judul",
        text="Isi.",
        language="id",
        content_hash="",
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        origin="a.txt",
        outlet="Kompas",
        published_at=date(2026, 1, 5),
    )
    assert with_header(article, "Isi.") == "Judul\nKompas, 2026-01-05\nIsi."

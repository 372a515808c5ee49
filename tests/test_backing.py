"""The gate: a sentence may shorten and rearrange a quote; what adds, turns or swaps is not backed."""

from __future__ import annotations

import pytest

from index.records import Passage, Span
from qa_service.answers import Citation
from qa_service.backing import adds_nothing, backed
from tests.corpus import make_article
from tests.fakes import WordOverlapReader

QUOTE = (
    "Wali Kota Serang Budi Rustandi melantik 269 pejabat, terdiri dari 68 administrator dan 162 pengawas,"
    " bersama Wali Kota Bekasi Tri Adhianto, Jumat (31/10)."
)


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        "Budi Rustandi melantik 269 pejabat.",
        "Sebanyak 269 pejabat dilantik oleh Wali Kota Serang Budi Rustandi.",
        "Pada Jumat (31/10), 269 pejabat itu dilantik.",
        "Pengawas yang dilantik: 162 pengawas.",
        "Wali Kota Bekasi, Tri Adhianto.",
        "“Budi Rustandi” melantik 269 pejabat - Jumat.",
    ],
)
def test_a_sentence_may_shorten_and_rearrange_the_quote(sentence: str) -> None:
    assert adds_nothing(sentence, QUOTE)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "…",
        "Dan yang di sebagai itu.",
        "Wali kota mengundurkan diri.",
        "Budi Rustandi melantik 269 pejabat dan mengundurkan diri.",
        "Budi Rustandi melantik 296 pejabat.",
        "Budi Rustandi melantik 2690 pejabat.",
        "Budi Rustandi melantik dua ratus pejabat.",
        "Budi Rustandi melantik 68 pengawas.",
        "Terdiri dari 162 administrator.",
        "Joko Widodo melantik 269 pejabat.",
        "Jokowi melantik 269 pejabat.",
        "Wali Kota Bekasi Budi Rustandi melantik 269 pejabat.",
        "Budi Rustandi tidak melantik 269 pejabat.",
        "Budi Rustandi inaugurated 269 officials.",
        "Budi Rustandi melantik 269 pejabat. https://192.0.2.1/baca",
        "<b>269</b> pejabat dilantik.",
        "<script>alert(1)</script>",
        "**269 pejabat** dilantik.",
        "269 pejabat dilantik [2].",
        "269 pejabat\u202e dilantik.",
        "269 pejabat\u200b dilantik.",
        "269 pejabat dilantik 🎉",
    ],
)
def test_what_the_quote_does_not_say_is_not_backed(sentence: str) -> None:
    assert not adds_nothing(sentence, QUOTE)


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("Wali kota tidak melantik 269 pejabat.", "Wali kota melantik 269 pejabat."),
        ("Wali kota akan melantik 269 pejabat.", "Wali kota melantik 269 pejabat."),
        ("Sekitar 269 pejabat dilantik.", "Sebanyak 269 pejabat dilantik."),
        ("Wali kota diduga menerima suap.", "Wali kota menerima suap."),
        ("Wali kota menolak melantik 269 pejabat.", "Wali kota melantik 269 pejabat."),
        ("Wali kota membatalkan pelantikan 269 pejabat.", "Pelantikan 269 pejabat oleh wali kota."),
        ("The mayor may resign.", "The mayor resign."),
        ("The mayor did not sign 12 contracts.", "The mayor did sign 12 contracts."),
    ],
)
def test_what_turns_a_sentence_may_not_be_left_out(quote: str, sentence: str) -> None:
    assert not adds_nothing(sentence, quote)
    assert adds_nothing(quote, quote)


def cited(quote: str, answer: str) -> Citation:
    """All of an article, of which `answer` answers."""
    article, start = make_article("a", quote), quote.index(answer)
    passage = Passage(1, "a", 0, 0, len(quote), quote)
    return Citation(1, quote, 0, len(quote), Span(start, start + len(answer)), article, passage, 0.9)


@pytest.mark.parametrize(
    ("answer", "sentence", "is_backed"),
    [
        ("38", "Wali kota melantik 38 guru.", True),
        ("38", "Wali kota melantik 269 pejabat.", False),  # the reader finds another answer in it
        ("38", "Sebanyak 38 guru.", False),  # nor does all that is true answer
        ("Wali kota melantik 269 pejabat dan 38 guru.", "Wali kota melantik 269 pejabat.", True),
    ],
)
def test_the_reader_must_find_the_answer_of_the_quote_in_the_sentence(
    answer: str, sentence: str, is_backed: bool
) -> None:
    citation = cited("Wali kota melantik 269 pejabat dan 38 guru.", answer)
    question, reader = "wali kota melantik berapa guru", WordOverlapReader()
    assert backed(question, [(sentence, citation)], reader=reader, threshold=0.6) == [is_backed]


def test_each_sentence_is_judged_by_itself_in_its_place() -> None:
    citation = cited("Wali kota melantik 269 pejabat.", "269")
    sentences = ["Bohong.", "Wali kota melantik 269 pejabat.", "", "Melantik 269 pejabat, wali kota."]
    claimed = [(sentence, citation) for sentence in sentences]
    verdicts = backed("wali kota melantik pejabat", claimed, reader=WordOverlapReader(), threshold=0.5)
    assert verdicts == [False, True, False, True]
    assert backed("?", [], reader=WordOverlapReader(), threshold=0.5) == []

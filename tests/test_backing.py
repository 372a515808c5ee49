"""The gate: a sentence may cut a quote short; what adds, turns, swaps or rearranges is not backed."""

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
        "Wali Kota Serang Budi Rustandi melantik 269 pejabat.",
        "Wali Kota Serang, Budi Rustandi, melantik sebanyak 269 pejabat itu.",
        "“Wali Kota Serang Budi Rustandi” melantik 269 pejabat - terdiri dari 68 administrator.",
        "Terdiri dari 68 administrator dan 162 pengawas.",
        "Bersama Wali Kota Bekasi, Tri Adhianto, Jumat (31/10).",
    ],
)
def test_a_sentence_may_cut_the_quote_short(sentence: str) -> None:
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
        "Budi Rustandi melantik 269 pejabat.",  # a head cut off: it might be "the wife of"
        "Wali Kota Serang Budi Rustandi melantik 269.",
        "Wali Kota Serang Budi Rustandi melantik 162 pengawas.",
        "Sebanyak 269 pejabat dilantik oleh Wali Kota Serang Budi Rustandi.",
        "269 pejabat melantik Wali Kota Serang Budi Rustandi.",
        "Wali Kota Serang Budi Rustandi dilantik 269 pejabat.",
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
        ("Wali Kota Serang Budi melantik 269 pejabat.", "269 pejabat melantik Wali Kota Serang Budi."),
        ("Wali Kota Serang Budi melantik 269 pejabat.", "Wali Kota Serang Budi dilantik 269 pejabat."),
        ("Serang menang 3-1 dari Bekasi.", "Bekasi menang dari Serang 3-1."),
        ("Serang menang 3-1 dari Bekasi.", "Bekasi menang 3-1 dari Serang."),
        ("Warga ditangkap polisi di Serang.", "Polisi ditangkap warga di Serang."),
        ("Warga ditangkap polisi di Serang.", "Warga menangkap polisi di Serang."),
        ("Warga pindah dari Serang ke Bekasi.", "Warga pindah ke Serang dari Bekasi."),
        ("Wakil Wali Kota Bekasi Tri melantik pejabat.", "Wali Kota Bekasi Tri melantik pejabat."),
        ("Mantan Wali Kota Bekasi Tri melantik pejabat.", "Wali Kota Bekasi Tri melantik pejabat."),
        ("Tri, mantan Wali Kota Bekasi, melantik pejabat.", "Tri, Wali Kota Bekasi, melantik pejabat."),
        ("Istri Wali Kota Bekasi Tri ditangkap.", "Wali Kota Bekasi Tri ditangkap."),
        ("Kepala Dinas Pendidikan dan Wali Kota mundur.", "Kepala Dinas Pendidikan mundur."),
        ("Budi melantik 269 pejabat.", "Kata Budi 269 pejabat dilantik."),
        ("Budi melantik 269 pejabat.", "Menurut Budi melantik 269 pejabat."),
        ("Harga beras turun dan harga gula naik 10 persen.", "Harga beras naik 10 persen."),
        ("Harga beras turun, harga gula naik 10 persen.", "Harga beras naik 10 persen."),
        ("Di Serang, harga turun, di Bekasi, harga naik.", "Di Serang, harga naik."),
        ("Budi memecat Ani yang melantik 38 guru.", "Budi melantik 38 guru."),
        ("Wali kota melantik 1.500 guru.", "Wali kota melantik 500 guru."),
        ("Wali kota melantik 1.500 guru.", "500 guru."),
        ("Harga naik 1.5 persen.", "Harga naik 1/5 persen."),
        ("Suhu di puncak -5 derajat.", "Suhu di puncak 5 derajat."),
        ("Harga naik 12,5% di Serang.", "Harga naik 12,5 di Serang."),
        ("Serangan terjadi di Bekasi.", "Serang terjadi di Bekasi."),
        ("Wali kota mundur dari partai.", "Wali kota mundur."),
        ("Budi mengaku wali kota, dan melantik guru.", "Budi wali kota."),
        ("Konon, wali kota mundur.", "Wali kota mundur."),
        ("Rumors claimed the mayor resigned.", "The mayor resigned."),
        ("The mayor arrested protesters.", "The mayor was arrested."),
        ("The mayor resigned as chairman.", "The mayor resigned."),
        ("The former mayor of Serang resigned.", "The mayor of Serang resigned."),
        ("The deputy mayor, Budi, resigned.", "The mayor, Budi, resigned."),
    ],
)
def test_the_same_words_that_say_something_else_are_not_backed(quote: str, sentence: str) -> None:
    assert not adds_nothing(sentence, quote)
    assert adds_nothing(quote, quote)


@pytest.mark.parametrize(
    ("quote", "sentence"),
    [
        ("SERANG - Budi melantik 269 pejabat di aula, Jumat.", "Budi melantik 269 pejabat."),
        ("Harga beras turun sedangkan harga gula naik.", "Harga gula naik."),
        ("Hujan turun. Prof. Budi melantik 269 pejabat.", "Prof. Budi melantik 269 pejabat."),
        ("Pada hari Jum’at, Budi melantik 1.500 guru yang lulus.", "Budi melantik 1.500 guru."),
        ("Yesterday, the mayor signed 12 contracts in Serang.", "The mayor signed 12 contracts."),
        ("“Budi melantik 269 pejabat,” kata Ani.", "Budi melantik 269 pejabat."),
    ],
)
def test_a_clause_is_backed_by_itself(quote: str, sentence: str) -> None:
    assert adds_nothing(sentence, quote)


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
        ("All officials attended, except the mayor.", "All officials attended."),
        ("Semua pejabat hadir, kecuali wali kota.", "Semua pejabat hadir."),
        ("Seandainya hujan, sekolah libur.", "Sekolah libur."),
        ("Berita bohong: wali kota mundur.", "Wali kota mundur."),
        ("It is untrue: the mayor resigned.", "The mayor resigned."),
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


TWICE = "Wali kota melantik 38 guru, lalu wali kota melantik 269 pejabat."


@pytest.mark.parametrize(
    ("quote", "answer", "sentence", "is_backed"),
    [
        (TWICE, "38", "Wali kota melantik 38 guru.", True),
        (TWICE, "38", "Lalu wali kota melantik 269 pejabat.", False),  # the reader finds another answer in it
        (
            "Guru yang dilantik: 38 guru.",
            "38",
            "Sebanyak 38 guru.",
            False,
        ),  # nor does all that is true answer
        (TWICE, TWICE, "Wali kota melantik 38 guru.", True),
    ],
)
def test_the_reader_must_find_the_answer_of_the_quote_in_the_sentence(
    quote: str, answer: str, sentence: str, is_backed: bool
) -> None:
    question, reader = "wali kota melantik berapa guru", WordOverlapReader()
    assert backed(question, [(sentence, cited(quote, answer))], reader=reader, threshold=0.5) == [is_backed]


def test_each_sentence_is_judged_by_itself_in_its_place() -> None:
    citation = cited("Wali kota melantik 269 pejabat.", "269")
    sentences = [
        "Bohong.",
        "Wali kota melantik 269 pejabat.",
        "",
        "Wali kota itu melantik sebanyak 269 pejabat.",
    ]
    claimed = [(sentence, citation) for sentence in sentences]
    verdicts = backed("wali kota melantik pejabat", claimed, reader=WordOverlapReader(), threshold=0.5)
    assert verdicts == [False, True, False, True]
    assert backed("?", [], reader=WordOverlapReader(), threshold=0.5) == []

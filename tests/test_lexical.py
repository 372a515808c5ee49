"""Lexical search: BM25 over raw and stemmed words."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from index.lexical import LexicalView
from index.records import Changes, IndexedPassage
from index.words import matching, stems, words

NO_VECTOR = np.zeros(0, dtype=np.float32)


def filled(texts: dict[int, str]) -> LexicalView:
    view = LexicalView()
    view.apply(Changes(1, tuple(IndexedPassage(i, text, NO_VECTOR) for i, text in texts.items()), ()))
    return view


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wali Kota Bekasi melantik 61 pejabat.", ["wali", "kota", "bekasi", "melantik", "61", "pejabat"]),
        ("Siapa yang di mana dan kapan?", []),
        ("Who is the mayor of Serang?", ["mayor", "serang"]),
        ("Ｂｅｋａｓｉ ﬁnal RÉSUMÉ", ["bekasi", "final", "résumé"]),
        ("黑豹队的2026年", ["黑豹", "豹队", "队的", "2026", "年"]),
        ("وصل الوزير", ["وصل", "الوزير"]),
        ("e_ktp / KTP-el", ["ktp", "ktp", "el"]),
        ("😀 … !", []),
    ],
)
def test_words_are_folded_and_stop_words_dropped(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_stems_join_the_forms_of_an_indonesian_word() -> None:
    assert stems(["melantik", "dilantik", "pelantikan"]) == ["lantik"] * 3


def test_a_score_is_bm25_over_words_plus_bm25_over_stems() -> None:
    view = filled({1: "banjir bekasi", 2: "macet bekasi", 3: "banjir banjir serang rusak"})

    def bm25(frequency: int, length: int) -> float:
        idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # 3 passages, 2 have the word
        return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / (8 / 3)))

    found = view.search("banjir", 9)
    assert list(found) == [3, 1]
    assert found[1] == pytest.approx(2 * bm25(1, 2), rel=1e-4)
    assert found[3] == pytest.approx(2 * bm25(2, 4), rel=1e-4)


def test_another_form_of_the_word_is_found_below_the_word_itself() -> None:
    view = filled({1: "wali kota melantik pejabat", 2: "pelantikan pejabat kota", 3: "banjir"})
    assert list(view.search("pelantikan", 9)) == [2, 1]


def test_words_that_match_nothing_find_nothing() -> None:
    view = filled({1: "banjir bekasi"})
    assert view.search("gempa", 9) == {}
    assert view.search("siapa yang di mana?", 9) == {}
    assert view.search("", 9) == {}
    assert LexicalView().search("banjir", 9) == {}


def test_query_syntax_is_only_text() -> None:
    view = filled({1: "banjir bekasi", 2: "macet bekasi"})
    assert list(view.search('banjir" AND -bekasi^9 words:* (', 9)) == [1, 2]


def test_only_allowed_passages_are_found_with_the_same_scores() -> None:
    view = filled({1: "banjir bekasi", 2: "banjir serang", 3: "macet"})
    everywhere = view.search("banjir", 9)
    assert view.search("banjir", 9, allowed=np.array([2, 3, 99])) == {2: everywhere[2]}
    assert view.search("banjir", 9, allowed=np.array([], dtype=np.int64)) == {}


def test_chinese_is_found_without_spaces() -> None:
    assert list(filled({1: "黑豹队的防守丢了多少分", 2: "市长访问学校"}).search("防守", 9)) == [1]


def test_a_removed_passage_is_not_found() -> None:
    view = filled({1: "banjir bekasi", 2: "banjir serang"})
    view.apply(Changes(2, (), (1,)))
    assert list(view.search("banjir", 9)) == [2]
    view.clear()
    assert view.search("banjir", 9) == {}


def test_a_saved_view_finds_the_same_and_goes_its_own_way(tmp_path: Path) -> None:
    view = filled({1: "banjir bekasi", 2: "banjir serang rusak"})
    view.save(tmp_path)
    other = LexicalView()
    other.load(tmp_path)
    assert other.search("banjir", 9) == view.search("banjir", 9)
    other.apply(Changes(2, (IndexedPassage(3, "banjir lagi", NO_VECTOR),), (1,)))
    assert sorted(other.search("banjir", 9)) == [2, 3]
    assert sorted(view.search("banjir", 9)) == [1, 2]


def test_all_words_of_a_query_can_be_asked_for_each_as_it_is_or_by_its_stem() -> None:
    view = filled({1: "Banjir melanda Serang.", 2: "Banjir melanda Bekasi.", 3: "Pelantikan di Serang."})
    assert set(view.holding_all("banjir di serang", 9)) == {1}
    assert set(view.holding_all("melantik", 9)) == {3}
    assert set(view.holding_all("serang", 9, allowed=np.array([3]))) == {3}
    assert view.holding_all("banjir jakarta", 9) == {}
    assert view.holding_all("yang di", 9) == {}


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Wali Kota MELANTIK 61 pejabat, pelantikan.", "pelantikan 61", ["MELANTIK", "61", "pelantikan"]),
        ("Siapa yang datang?", "yang", []),
        ("e-KTP (KTP)", "ktp", ["KTP", "KTP"]),
        ("Ｂｅｋａｓｉ ﬁnal", "bekasi final", ["Ｂｅｋａｓｉ", "ﬁnal"]),
        ("老黑豹队的年", "黑豹队", ["黑豹队"]),
        ("", "a", []),
    ],
)
def test_the_words_of_a_query_are_found_where_they_stand(text: str, query: str, marked: list[str]) -> None:
    assert [text[span.start : span.end] for span in matching(text, query)] == marked

"""The formulas of evaluation, against figures worked out by hand."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from qa_service.formulas import (
    auroc,
    exact_match,
    expected_calibration_error,
    f1,
    holds,
    ndcg,
    recall,
    reciprocal_rank,
    tokens,
)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("The 269 officials, an A-team!", ["269", "officials", "ateam"]),
        ("“Rp1,5 triliun” — ＲＰ", ["rp15", "triliun", "rp"]),
        ("Straße", ["strasse"]),
        ("黑豹队只丢了 308分，", ["黑", "豹", "队", "只", "丢", "了", "308", "分"]),
        ("กท 12", ["ก", "ท", "12"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("ພາ ខ្ម", ["ພ", "າ", "ខ", "្", "ម"]),
        ("the …", []),
    ],
)
def test_words_are_compared_without_case_punctuation_and_english_articles(
    text: str, compared: list[str]
) -> None:
    assert tokens(text) == compared


@pytest.mark.parametrize(
    ("text", "golds", "matches"),
    [
        ("The Budi Rustandi.", ["Budi Rustandi"], 1.0),
        ("31/10", ["Jumat", "31/10"], 1.0),
        ("Wali Kota Budi Rustandi", ["Budi Rustandi"], 0.0),
        ("308 分", ["308分"], 1.0),
        ("", ["269"], 0.0),
        ("269", [], 0.0),
    ],
)
def test_an_exact_match_has_all_words_of_a_gold_answer_and_no_others(
    text: str, golds: list[str], matches: float
) -> None:
    assert exact_match(text, golds) == matches


@pytest.mark.parametrize(
    ("text", "golds", "score"),
    [
        ("Wali Kota Budi Rustandi", ["Budi Rustandi"], 4 / 6),
        ("Wali Kota Budi Rustandi", ["Rustandi", "Kota Budi Rustandi"], 6 / 7),
        ("budi budi", ["Budi"], 2 / 3),
        ("黑豹队", ["黑豹"], 4 / 5),
        ("the", ["…"], 1.0),
        ("", ["269"], 0.0),
        ("269", [], 0.0),
    ],
)
def test_f1_is_of_the_shared_words_with_the_most_alike_gold_answer(
    text: str, golds: list[str], score: float
) -> None:
    assert f1(text, golds) == pytest.approx(score)


@pytest.mark.parametrize(
    ("quote", "golds", "held"),
    [
        ("Ada DUA\n RATUS pejabat.", ["x", "dua ratus"], True),
        ("Sebanyak ２６９ pejabat", ["269"], True),
        ("Ada 250 pejabat.", ["269"], False),
        ("Ada 250 pejabat.", [" "], False),
        ("Pada 2017 dan 2025.", ["17", "5"], False),
        ("Rumahnya di Serangan.", ["rumah", "Serang"], False),
        ("(17) dan Rp5,5.", ["17"], True),
        ("Sebesar Rp1,5 triliun.", ["Rp1,5"], True),
        ("Naik 40%.", ["40%"], True),
        ("Naik 140%.", ["40%"], False),
        ("黑豹队只丢了308分", ["308"], True),
        ("黑豹队只丢了308分", ["丢"], True),
        ("黑豹队只丢了2308分", ["308"], False),
        ("อยู่ที่กรุงเทพฯ", ["กรุงเทพ"], True),
        ("東京タワーへ", ["タワー"], True),
        ("서울에서 열렸다", ["서울"], True),
    ],
)
def test_a_quote_holds_an_answer_whatever_its_case_width_and_spacing(
    quote: str, golds: list[str], held: bool
) -> None:
    assert holds(quote, golds) is held


def test_ranking_counts_from_the_first_article_that_answers() -> None:
    assert [recall([2, 7], at=at) for at in (1, 2, 10)] == [0.0, 1.0, 1.0]
    assert [reciprocal_rank(ranks, at=10) for ranks in ([2, 7], [10], [11], [])] == [0.5, 0.1, 0.0, 0.0]


@pytest.mark.parametrize(
    ("ranks", "relevant", "gain"),
    [
        ([1], 1, 1.0),
        ([2], 1, 1 / log2(3)),
        ([1, 3], 2, (1 + 1 / 2) / (1 + 1 / log2(3))),
        ([1], 2, 1 / (1 + 1 / log2(3))),
        ([11], 1, 0.0),
        ([], 1, 0.0),
    ],
)
def test_ndcg_is_1_where_all_articles_that_answer_come_first(
    ranks: list[int], relevant: int, gain: float
) -> None:
    assert ndcg(ranks, relevant=relevant, at=10) == pytest.approx(gain)


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auroc([True, True, False, False], [0.9, 0.4, 0.5, 0.1]) == 3 / 4
    assert auroc([True, False, False], [0.5, 0.5, 0.1]) == 3 / 4
    assert auroc([[True, False], [False, True]], [[0.9, 0.1], [0.9, 0.1]]).tolist() == [1.0, 0.0]


def test_without_positives_or_negatives_there_is_no_auroc() -> None:
    assert np.isnan(auroc([[True, True], [False, False]], [[0.9, 0.1], [0.9, 0.1]])).all()


def test_calibration_error_is_the_gap_between_what_was_given_and_what_held_bin_by_bin() -> None:
    # 0.95 was given twice and held once, 0.15 was given once and held: (|1 - 1.9| + |1 - 0.15|) / 3.
    right, probabilities = [True, False, True], [0.95, 0.95, 0.15]
    assert expected_calibration_error(right, probabilities) == pytest.approx((0.9 + 0.85) / 3)
    assert expected_calibration_error([[True, False], [False, True]], [1.0, 0.0]).tolist() == [0.0, 1.0]

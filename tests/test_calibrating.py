"""What the reader is calibrated on, and whether the probabilities then hold."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.records import Hit, Passage, Span
from qa_service.ask import READ
from qa_service.build import Service
from qa_service.calibration import Calibration
from qa_service.pairs import Logits, Pair, PairEncoder
from qa_service.questions import GoldAnswer, GoldQuestion
from qa_service.reader import Finding, SpanFinder, logistic
from qa_service.training.calibrating import (
    Judged,
    calibrated,
    found_passages,
    given_contexts,
    lowest_sound_probability,
    of_found,
    of_given,
)
from qa_service.training.negatives import context_id, index_contexts
from tests.corpus import make_article, make_service
from tests.fakes import WordHashEmbedder
from tests.tiny_model import write_tokenizer


@pytest.mark.parametrize(
    ("probabilities", "right", "lowest"),
    [
        ([0.9, 0.8, 0.7], [False, False, False], 1.0),
        ([0.9, 0.8, 0.7], [False, True, True], 1.0),
        ([0.9, 0.7, 0.8], [True, True, True], 0.7),
        ([0.9, 0.7, 0.8], [True, False, True], 0.8),
        ([0.95, *np.linspace(0.9, 0.1, 9)], [False, *[True] * 9], 0.1),
        ([0.95, *np.linspace(0.9, 0.2, 8)], [False, *[True] * 8], 1.0),
        ([0.99, 0.98, *np.linspace(0.9, 0.2, 8)], [True, False, *[True] * 8], 0.2),
        ([0.9, 0.5, 0.5, 0.5], [True, True, False, False], 0.9),
        ([], [], 1.0),
    ],
)
def test_the_lowest_sound_probability_is_the_last_from_which_on_nine_in_ten_are_right(
    probabilities: list[float], right: list[bool], lowest: float
) -> None:
    found = lowest_sound_probability(np.array(probabilities, np.float64), np.array(right, np.bool_))
    assert found == pytest.approx(lowest)


class PointingScorer:
    """A Scorer that takes the same word of every passage for the answer: the first, or, at -1, the last."""

    def __init__(self, place: int) -> None:
        self._place = place

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        return [self._logits(pair) for pair in pairs]

    def _logits(self, pair: Pair) -> Logits:
        ends = np.full(len(pair.ids), -99, np.float32)
        ends[0] = 0
        ends[np.flatnonzero(pair.offsets[:, 0] >= 0)[self._place]] = 1
        return Logits(ends, ends, relevance=0.5)


def pointing(folder: Path, place: int) -> SpanFinder:
    return SpanFinder(PairEncoder(write_tokenizer(folder)), PointingScorer(place))


FILLER = " ".join(["Kota itu ramai sekali setiap hari."] * 35)
ANSWERING = "Wali kota melantik 269 pejabat."


def question(context: str, answer: str, *, id_: str = "1", answerable: bool = True) -> GoldQuestion:
    return GoldQuestion(
        id=id_,
        lang="id",
        question="Berapa pejabat dilantik?",
        answerable=answerable,
        answers=[GoldAnswer(text=answer)],
        context=context,
        title="Pelantikan",
    )


def quote_of(found: Finding) -> str:
    return found.hit.article.text[found.quote.start : found.quote.end]


def test_a_question_is_read_in_every_passage_of_its_own_context(tmp_path: Path) -> None:
    asked = [
        question(f"{FILLER} {ANSWERING}", "269 PEJABAT"),
        question(ANSWERING, "269", id_="2", answerable=False),
    ]
    first, second = given_contexts(pointing(tmp_path, -1), iter(asked), WordHashEmbedder().count_tokens)
    assert [quote_of(each) for each in first.findings] == ["Kota itu ramai sekali setiap hari.", ANSWERING]
    assert (first.answerable, first.right.tolist()) == (True, [False, True])
    assert [(each.margin, each.relevance) for each in first.findings] == [(2.0, 0.5)] * 2
    assert [each.hit.article.id for each in (*first.findings, *second.findings)] == ["1", "1", "2"]
    assert (second.answerable, second.right.tolist()) == (False, [False])


LONG = "Hujan deras turun di seluruh Kota Serang sejak subuh."
SHORT = "Warga mengungsi ke masjid."


@pytest.mark.parametrize(
    ("place", "answer", "right"), [(0, "hujan DERAS", True), (0, "masjid", False), (-1, "masjid", True)]
)
def test_right_is_a_quote_that_holds_the_answer(tmp_path: Path, place: int, answer: str, right: bool) -> None:
    asked = question(f"{LONG} {SHORT}", answer)
    (judged,) = given_contexts(pointing(tmp_path, place), [asked], WordHashEmbedder().count_tokens)
    assert quote_of(judged.findings[0]) == (LONG if place == 0 else SHORT)
    assert judged.right.tolist() == [right]


def flower(n: int) -> GoldQuestion:
    """Only its own context answers a question."""
    asked = question(f"Bunga nomor{n} berwarna merah.", f"nomor{n}", id_=str(n))
    return asked.model_copy(update={"question": f"Apa warna bunga nomor{n}?", "title": f"Bunga {n}"})


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Callable[[int], Service]]:
    """An archive of as many flowers as are asked for."""
    services: list[Service] = []

    def of(flowers: int) -> Service:
        service = make_service(tmp_path / "home")
        services.append(service)
        index_contexts(service, [flower(n) for n in range(flowers)], lambda *_: None)
        return service

    yield of
    for service in services:
        service.close()


def test_questions_are_asked_of_large_and_small_archives_every_third_without_its_own_context(
    archive: Callable[[int], Service], tmp_path: Path
) -> None:
    """Of 30 other contexts a tenth are 3, with which, or alone, a question is asked of the small archive."""
    retriever = archive(31).retriever
    asked = [flower(n) for n in range(7)]
    found = found_passages(pointing(tmp_path, -1), iter(asked), retriever, random.Random(1))
    own = [
        [finding.hit.article.id == context_id(each) for finding in judged.findings]
        for each, judged in zip(asked, found, strict=True)
    ]
    assert [len(each) for each in own] == [3 + 1, READ, 3, READ, 3 + 1, READ, 3 + 1]
    assert [sum(each) for each in own] == [1, 1, 0, 1, 1, 0, 1]
    assert [judged.right.tolist() for judged in found] == own
    for judged in found:
        scores = [finding.hit.score for finding in judged.findings]
        assert scores == sorted(scores, reverse=True)
        assert len({finding.hit.article.id for finding in judged.findings}) == len(scores)


def test_the_small_archives_are_drawn_by_chance_and_the_same_for_a_seed(
    archive: Callable[[int], Service], tmp_path: Path
) -> None:
    finder, retriever = pointing(tmp_path, -1), archive(31).retriever

    def drawn(seed: int) -> list[list[str]]:
        found = found_passages(finder, [flower(0)] * 3, retriever, random.Random(seed))
        return [[finding.hit.article.id for finding in judged.findings] for judged in found]

    (small, large, without), again, other = drawn(1), drawn(1), drawn(2)
    assert again == [small, large, without]
    assert (other[0] != small, other[1] == large, other[2] != without) == (True, True, True)


def test_what_is_found_in_another_language_than_the_question_is_marked(
    archive: Callable[[int], Service], tmp_path: Path
) -> None:
    indonesian = flower(0)
    english = indonesian.model_copy(update={"question": "What is the colour of the flower nomor0?"})
    found = found_passages(
        pointing(tmp_path, -1), [indonesian, english], archive(2).retriever, random.Random(1)
    )
    assert [set(judged.across.tolist()) for judged in found] == [{False}, {True}]


def test_a_question_that_finds_nothing_is_left_out(archive: Callable[[int], Service], tmp_path: Path) -> None:
    """A tenth of four other contexts is none, and the third question has not even its own."""
    asked = [flower(n) for n in range(3)]
    found = found_passages(pointing(tmp_path, -1), asked, archive(5).retriever, random.Random(1))
    assert [len(judged.findings) for judged in found] == [1, 5]


ARTICLE = make_article("a", "Teks.")


def finding(
    *, margin: float = 0.0, relevance: float = 0.0, dense: float = 0.0, lexical: float = 0.0
) -> Finding:
    hit = Hit(Passage(1, "a", 0, 0, 5, "Teks."), ARTICLE, dense=dense, lexical=lexical, score=0.0)
    return Finding(hit, Span(0, 4), Span(0, 5), margin, relevance)


CONTEXTS = itertools.count()


def judged_as(*findings: Finding, right: int | None, answerable: bool = True, across: bool = False) -> Judged:
    """The findings of a question about a context of its own, the one at place `right` of which is right."""
    places = np.arange(len(findings))
    return Judged(
        f"{next(CONTEXTS):06}",
        answerable,
        list(findings),
        across=np.full(len(findings), across),
        right=places == (-1 if right is None else right),
    )


Make = Callable[[int, int], Finding]


def crossed(make: Make) -> list[Judged]:
    """Questions of a finding each with either sign of two features, right in 4, 3, 2 and 1 of 5.

    Their odds are 4, 3/2, 2/3 and 1/4: as the first feature is +1 or -1 they change by sqrt(6) up or down,
    as the second is, by sqrt(8/3).
    """
    rights = {(1, 1): 4, (1, -1): 3, (-1, 1): 2, (-1, -1): 1}
    return [
        judged_as(make(*signs), right=0 if n < of_five else None)
        for signs, of_five in rights.items()
        for n in range(5)
    ]


def read_as(margin: int, relevance: int) -> Finding:
    return finding(margin=margin, relevance=relevance)


def found_as(cosine: int, bm25: int) -> Finding:
    return finding(dense=cosine, lexical=bm25)


def fitted(given: Sequence[Judged], found: Sequence[Judged]) -> Calibration:
    return calibrated(given, found, model="rote-1", embedder="word-hash-256")


def test_the_weights_are_the_log_odds_that_the_findings_show() -> None:
    calibration = fitted(crossed(read_as), crossed(found_as))
    first, second = math.log(6) / 2, math.log(8 / 3) / 2
    assert (calibration.model, calibration.embedder) == ("rote-1", "word-hash-256")
    weights = calibration.margin, calibration.relevance, calibration.bias
    assert weights == pytest.approx((first, second, 0), abs=0.01)
    fused = calibration.fused_cosine, calibration.fused_bm25, calibration.fused_bias
    assert fused == pytest.approx((first, second, 0), abs=0.01)
    assert calibration.fused_reading == pytest.approx(0, abs=0.01)


def test_where_the_search_says_nothing_what_was_read_is_taken_as_it_is() -> None:
    calibration = fitted(crossed(read_as), crossed(read_as))
    fused = calibration.fused_reading, calibration.fused_cosine, calibration.fused_bm25
    assert (*fused, calibration.fused_bias) == pytest.approx((1, 0, 0, 0), abs=0.01)


def test_findings_in_another_language_are_weighed_apart() -> None:
    """Of those 4 of 5 are right, of the others 1 of 5: odds of 4 and 1/4."""
    found = [
        judged_as(finding(), right=0 if n < of_five else None, across=across)
        for across, of_five in ((True, 4), (False, 1))
        for n in range(5)
    ]
    calibration = fitted(crossed(read_as), found)
    assert calibration.fused_across == pytest.approx(math.log(16), abs=0.05)


def of_three(strong: Finding, weak: Finding) -> list[Judged]:
    """A strong finding beside two weak ones is right in 8 of 10 questions; of three weak ones in 3 of 10 the
    first is, so that of all 50 weak ones 3 are."""
    return [
        *(judged_as(weak, strong, weak, right=1 if n < 8 else None) for n in range(10)),
        *(judged_as(weak, weak, weak, right=0 if n < 3 else None) for n in range(10)),
    ]


def test_the_probabilities_hold_of_the_best_finding_of_a_question_not_of_any() -> None:
    given = of_three(finding(margin=1.0), finding(margin=-1.0))
    found = of_three(finding(dense=0.9), finding(dense=0.8))
    calibration = fitted(given, found)
    read = [logistic(calibration.logit(margin, 0.0)) for margin in (1.0, -1.0)]
    assert read == pytest.approx([0.8, 0.3], abs=0.001)
    reading = calibration.logit(0.0, 0.0)
    fused = [
        logistic(calibration.fused(reading, cosine=cosine, bm25=0.0, across=False)) for cosine in (0.9, 0.8)
    ]
    assert fused == pytest.approx([0.8, 0.3], abs=0.001)


def test_what_was_read_is_as_probable_as_where_half_the_contexts_answer() -> None:
    """Of 8 strong findings in contexts that answer 6 are right, of 2 in others none; so of 2 and of 2."""
    strong, weak = finding(margin=1.0), finding(margin=-1.0)
    given = [
        *(judged_as(strong, right=0 if n < 6 else None) for n in range(8)),
        *(judged_as(weak, right=0 if n < 2 else None) for n in range(8)),
        *(judged_as(each, right=None, answerable=False) for each in (strong, strong, weak, weak)),
    ]
    calibration = fitted(given, crossed(found_as))
    read = [logistic(calibration.logit(margin, 0.0)) for margin in (1.0, -1.0)]
    assert read == pytest.approx([0.75 / 2, 0.25 / 2], abs=0.001)


def made_up(count: int = 400) -> list[Judged]:
    """Questions of three findings, seven in ten of them with a right one, whose features are larger only on
    average."""
    chance = random.Random(7)
    made = []
    for _ in range(count):
        right = chance.randrange(3) if chance.random() < 0.7 else None
        findings = [
            finding(
                margin=chance.gauss(2.0 if place == right else 0.0, 2.0),
                relevance=chance.gauss(1.0 if place == right else 0.0, 1.0),
                dense=chance.gauss(0.88 if place == right else 0.85, 0.03),
                lexical=chance.gauss(9.0 if place == right else 7.0, 3.0),
            )
            for place in range(3)
        ]
        made.append(judged_as(*findings, right=right, answerable=right is not None))
    return made


def best_fused(judged: Judged, calibration: Calibration) -> tuple[float, bool]:
    """The highest probability of a finding that was searched for, and whether that one is right."""
    probabilities = [
        logistic(
            calibration.fused(
                calibration.logit(each.margin, each.relevance),
                cosine=each.hit.dense,
                bm25=each.hit.lexical,
                across=bool(across),
            )
        )
        for each, across in zip(judged.findings, judged.across, strict=True)
    ]
    best = int(np.argmax(probabilities))
    return probabilities[best], bool(judged.right[best])


def test_the_best_findings_are_right_as_often_as_their_probabilities_say() -> None:
    found = made_up()
    calibration = fitted(found, found)
    probabilities, rights = zip(*(best_fused(each, calibration) for each in found), strict=True)
    assert 0.5 < np.mean(rights) < 0.7
    assert np.mean(probabilities) == pytest.approx(np.mean(rights), abs=0.001)
    sure = np.array(probabilities) > np.median(probabilities)
    assert np.mean(np.array(rights)[sure]) == pytest.approx(np.mean(np.array(probabilities)[sure]), abs=0.05)
    weights = calibration.margin, calibration.relevance, calibration.fused_cosine, calibration.fused_bm25
    assert min(weights) > 0


def test_the_threshold_is_the_lowest_that_keeps_nine_in_ten_right_of_questions_not_fitted_on() -> None:
    found = made_up()
    calibration = fitted(found, found)
    kept = of_found({"found": found}, calibration)["found"]
    lower = of_found({"found": found}, replace(calibration, threshold=calibration.threshold - 0.02))["found"]
    assert 0.2 < kept["answered"] < lower["answered"] < 1
    assert lower["right_of_answered"] < 0.9 <= kept["right_of_answered"] <= kept["right_of_sure"]
    nothing = of_found({"found": found}, replace(calibration, threshold=1.0))["found"]
    assert (nothing["answered"], nothing["right_of_answered"]) == (0.0, 0.0)


PLAIN = Calibration(
    margin=1.0,
    relevance=2.0,
    bias=-1.0,
    fused_reading=1.0,
    fused_cosine=0.0,
    fused_bm25=0.0,
    fused_across=0.0,
    fused_bias=0.0,
    threshold=0.5,
    model="rote-1",
    embedder="word-hash-256",
)


def test_of_given_contexts_it_is_told_how_often_the_best_finding_is_right_and_how_well_it_tells() -> None:
    """The best logits are 3 and 1 with an answer, of which the first is right, 2 and 0 without."""
    given = [
        judged_as(finding(margin=3.0), finding(margin=2.0, relevance=1.0), right=1),
        judged_as(finding(margin=2.0), finding(relevance=0.5), right=1),
        judged_as(finding(relevance=1.5), right=None, answerable=False),
        judged_as(finding(margin=1.0), finding(margin=-5.0), right=None, answerable=False),
    ]
    assert of_given(given, PLAIN) == {"questions": 4, "right_of_answerable": 0.5, "auroc": 0.75}


def told_by_words_in_one_fold() -> list[Judged]:
    """Seven questions in each of five folds, two of them without a right finding.

    Of the other five, cosine tells the right finding in four and misleads in one. In the first fold alone it
    is BM25 that tells, and cosine says nothing.
    """
    low, high = finding(dense=0.8), finding(dense=0.9)
    elsewhere = [
        *[judged_as(low, high, right=1)] * 4,
        judged_as(low, high, right=0),
        *[judged_as(low, low, right=None)] * 2,
    ]
    worded = finding(dense=0.8, lexical=9.0)
    of_first_fold = [
        *[judged_as(low, worded, right=1)] * 4,
        judged_as(low, worded, right=0),
        *[judged_as(low, low, right=None)] * 2,
    ]
    folds = of_first_fold, *[elsewhere] * 4
    found = [each for of_each_fold in zip(*folds, strict=True) for each in of_each_fold]
    return [replace(each, context=f"{place:06}") for place, each in enumerate(found)]


def test_each_found_question_is_judged_by_weights_that_were_fitted_on_others() -> None:
    """Those of the first fold know nothing of BM25 and take the first finding: 1 in 7 is right, not 4."""
    found = told_by_words_in_one_fold()
    calibration = fitted(crossed(read_as), found)
    on_the_same = [best_fused(each, calibration)[1] for each in found]
    assert sum(on_the_same) == 5 * 4
    figures = of_found({"found": found}, calibration)["found"]
    assert (figures["questions"], figures["possible"]) == (35, 25 / 35)
    assert figures["right"] == pytest.approx((1 + 4 * 4) / 35)


def test_questions_about_one_context_are_judged_by_weights_fitted_on_others() -> None:
    """In one fold of five each, the two about a context would else tell each other's outcome."""
    found = told_by_words_in_one_fold()
    twice = [replace(each, across=~each.across) for each in found]
    both = of_found({"found": found, "again": twice}, fitted(crossed(read_as), found))
    assert both["found"]["right"] == pytest.approx((1 + 4 * 4) / 35)
    assert {name: each["questions"] for name, each in both.items()} == {"found": 35, "again": 35}

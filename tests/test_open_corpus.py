"""Asking openly: the corpus is made of contexts and articles, each once, and every question finds its own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.records import Filters
from qa_service.ask import READ
from qa_service.build import Service
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Mode, Score, evaluate, replier
from qa_service.open_corpus import OpenCorpus, gathered, index_corpus
from qa_service.questions import GoldQuestion
from qa_service.scorecard import scorecard
from tests.corpus import make_service

SERANG = "Wali Kota Serang melantik 269 pejabat. Pelantikan berlangsung di Pasar Kepandean."
BEKASI = "Wali Kota Bekasi merotasi 61 pejabat. Rotasi berlangsung di kantornya."


def asked(question: str, answer: str = "", **fields: object) -> GoldQuestion:
    answers = [{"text": answer}] if answer else []
    return GoldQuestion.model_validate(
        {"id": question, "lang": "id", "question": question, "answerable": bool(answer), "answers": answers}
        | fields
    )


def written(path: Path, *lines: dict[str, object]) -> Path:
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def texts(corpus: OpenCorpus) -> dict[str, str]:
    return {id_: json.loads(raw.content)["text"] for id_, raw in corpus.articles.items()}


def golds(corpus: OpenCorpus) -> list[frozenset[str]]:
    return [question.gold_articles for question in corpus.questions]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path / "home")
    yield service
    service.close()


# Gathering


def test_a_context_goes_in_once_under_an_id_made_from_its_text() -> None:
    corpus = gathered(
        [asked("1?", context=SERANG), asked("2?", context=BEKASI), asked("3?", context=SERANG)], []
    )
    serang, bekasi = texts(corpus)
    assert texts(corpus) == {serang: SERANG, bekasi: BEKASI}
    assert golds(corpus) == [{serang}, {bekasi}, {serang}]
    assert len(serang) == 16


def test_a_context_goes_by_the_article_that_its_question_names() -> None:
    named = asked("1?", "269", context=SERANG, article_id="kompas-1", title="Judul", date="2025-10-31")
    corpus = gathered([named], [])
    assert golds(corpus) == [{"kompas-1"}]
    assert json.loads(corpus.articles["kompas-1"].content) == {
        "id": "kompas-1",
        "text": SERANG,
        "title": "Judul",
        "published_at": "2025-10-31",
        "outlet": None,
    }


def test_two_contexts_of_one_article_both_go_in() -> None:
    parts = [asked("1?", context=SERANG, article="a"), asked("2?", context=BEKASI, article="a")]
    corpus = gathered(parts, [])
    assert set(texts(corpus).values()) == {SERANG, BEKASI}
    assert golds(corpus)[0] == {"a"}
    assert golds(corpus)[1] == set(texts(corpus)) - {"a"}


def test_an_article_of_a_corpus_file_stands_for_the_context_that_names_it(tmp_path: Path) -> None:
    file = written(
        tmp_path / "news.jsonl.gz",
        {"id": "a", "url": "https://example.com/a", "text": f"Panjang. {SERANG}", "date": "2025-10-31"},
        {"id": "b", "text": BEKASI, "source": "Antara"},
    )
    corpus = gathered([asked("1?", "269", context=SERANG, article="a")], [file])
    assert texts(corpus) == {"a": f"Panjang. {SERANG}", "b": BEKASI}
    assert golds(corpus) == [{"a"}]
    assert json.loads(corpus.articles["b"].content)["outlet"] == "Antara"


def test_the_contexts_of_another_question_file_can_be_the_corpus(tmp_path: Path) -> None:
    file = written(
        tmp_path / "train.jsonl",
        {"id": "q1", "question": "?", "context": BEKASI},
        {"id": "q2", "question": "?", "context": "Hujan.", "article_id": "a"},
    )
    corpus = gathered([asked("1?", context=BEKASI)], [file])
    (bekasi,) = corpus.articles.keys() - {"a"}
    assert texts(corpus) == {bekasi: BEKASI, "a": "Hujan."}
    assert golds(corpus) == [{bekasi}]


def test_an_article_that_is_nowhere_is_still_missed(tmp_path: Path) -> None:
    file = written(tmp_path / "news.jsonl", {"id": "a", "text": SERANG})
    assert golds(gathered([asked("1?", "269", article="gone")], [file])) == [{"gone"}]


def test_nothing_to_index_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(EvaluationInvalid, match="give the articles with --corpus FILE"):
        gathered([asked("1?", "269", article="a")], [])


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a"}'])
def test_a_corpus_line_that_holds_no_article_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "news.jsonl").write_text(f'{{"id": "b", "text": "Hujan."}}\n{line}\n')
    with pytest.raises(EvaluationInvalid, match=r"news\.jsonl, line 2: no article in it"):
        gathered([asked("1?", context=SERANG)], [tmp_path / "news.jsonl"])


# Indexing


def indexed(service: Service, corpus: OpenCorpus) -> tuple[list[tuple[int, int]], list[str]]:
    """What was heard of the progress, and what was said."""
    heard: list[tuple[int, int]] = []
    said: list[str] = []
    index_corpus(service, corpus, said.append, lambda seen, total: heard.append((seen, total)))
    return heard, said


def test_articles_are_found_under_the_ids_that_questions_name(service: Service, tmp_path: Path) -> None:
    file = written(
        tmp_path / "news.jsonl", {"id": "seksi/1 a", "url": "https://example.com/a", "text": SERANG}
    )
    corpus = gathered([asked("1?", "269", article="seksi/1 a"), asked("2?", context=BEKASI)], [file])
    heard, said = indexed(service, corpus)
    assert (heard[-1], said) == ((2, 2), [])
    found = service.retriever.retrieve("Wali Kota Serang", Filters(), limit=1)[0].article
    assert corpus.questions[0].gold_articles == {found.id}
    assert service.store.freshness().articles == 2


def test_a_second_run_over_the_same_home_embeds_nothing(service: Service) -> None:
    corpus = gathered([asked("1?", context=SERANG)], [])
    indexed(service, corpus)
    changes = service.store.last_change()
    indexed(service, corpus)
    assert service.store.last_change() == changes


def test_a_home_with_other_articles_is_left_as_it_is(service: Service) -> None:
    indexed(service, gathered([asked("1?", context=SERANG)], []))
    with pytest.raises(EvaluationInvalid, match="1 articles of another corpus: give --home a folder"):
        indexed(service, gathered([asked("2?", context=BEKASI)], []))
    assert service.store.freshness().articles == 1


def test_an_article_that_cannot_be_read_is_told_and_left_out(service: Service, tmp_path: Path) -> None:
    file = written(tmp_path / "news.jsonl", {"id": "a", "text": "***"})
    _, said = indexed(service, gathered([asked("1?", context=SERANG)], [file]))
    assert len(said) == 1
    assert said[0].startswith("1 of 2 articles are left out, the first: a: no text in it")


# All of it


def test_the_whole_pipeline_is_judged(service: Service) -> None:
    questions = [
        asked("Wali Kota Serang melantik berapa pejabat?", "269", context=SERANG),
        asked("Wali Kota Bekasi merotasi berapa pejabat?", "61", context=BEKASI),
        asked("Siapa presiden?"),
        asked("Wali Kota Bekasi melantik berapa pejabat?", context=SERANG),
    ]
    corpus = gathered(questions, [])
    indexed(service, corpus)
    outcomes = evaluate(replier(service, Mode.OPEN), corpus.questions)
    card = scorecard(outcomes, mode=Mode.OPEN, threshold=0.5, file="q.jsonl", model=service.reader.name)
    assert card.model == "word-overlap"
    assert card.left_out == {}
    found = ("exact_match", "f1", "f1_answerable", "recall_at_1", "auroc")
    exact = *found, "right_answer", "right_citation", "right_answer_and_citation"
    assert {name: card.overall[name] for name in exact} == dict.fromkeys(exact, 1.0)
    assert (card.overall["abstention_precision"], card.overall["abstention_recall"]) == (1.0, 1.0)
    assert [row.rank for row in card.questions] == [1, 1, None, None]
    assert (card.questions[-1].answered, card.questions[-1].scores) == (True, {})


def test_articles_that_were_not_read_are_ranked_too(service: Service) -> None:
    shares = [asked(f"{n}?", context=f"Pelantikan {'pejabat ' * n}nomor{n}.") for n in range(1, READ + 9)]
    corpus = gathered(shares, [])
    indexed(service, corpus)
    given = replier(service, Mode.OPEN)(asked("Pelantikan pejabat?"), ())
    assert len(given.articles or ()) == len(corpus.articles) == READ + 8


def test_contexts_are_judged_one_by_one(service: Service) -> None:
    questions = [
        asked("Wali Kota Serang melantik berapa pejabat?", "269", context=SERANG),
        asked("Wali Kota Serang melantik berapa pejabat?", "61", context=BEKASI),
    ]
    outcomes = evaluate(replier(service, Mode.READING), questions)
    assert [outcome.answered for outcome in outcomes] == [True, True]
    assert [outcome.scores[Score.EXACT_MATCH] for outcome in outcomes] == [1.0, 1.0]
    assert service.store.freshness().articles == 0

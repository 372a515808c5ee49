"""Question files: what a line may say, and what is said of a line that may not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from qa_service.errors import EvaluationInvalid
from qa_service.questions import GoldAnswer, GoldQuestion, context_hits, drawn, read_questions
from tests.fakes import WordHashEmbedder

LINE = (
    '{"id": "q1", "lang": "id", "question": "Berapa?", "answerable": true, "title": "T", '
    '"date": "2025-08-12", "context": "Ada 269 pejabat.", "answers": [{"text": "269", "start": 4}], '
    '"article_id": "a1", "evidence": {"text": "Ada 269 pejabat.", "start": 0}, "file": "x.csv"}'
)


def test_a_line_says_what_is_known_of_its_question(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(f"\n{LINE}\n", encoding="utf-8")
    assert read_questions(tmp_path / "q.jsonl") == [
        GoldQuestion(
            id="q1",
            lang="id",
            question="Berapa?",
            answerable=True,
            answers=[GoldAnswer(text="269", start=4)],
            article="a1",
            context="Ada 269 pejabat.",
            title="T",
            date="2025-08-12",
            evidence=GoldAnswer(text="Ada 269 pejabat.", start=0),
        )
    ]


def test_a_gzipped_file_and_one_with_a_byte_order_mark_read_the_same(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(LINE.encode("utf-8-sig"))
    (tmp_path / "q.jsonl.gz").write_bytes(gzip.compress(LINE.encode()))
    assert read_questions(tmp_path / "q.jsonl") == read_questions(tmp_path / "q.jsonl.gz")


def test_a_line_without_id_and_language_goes_by_its_number_and_its_words(tmp_path: Path) -> None:
    bare = '{"question": "How many officials were there?", "answerable": false}'
    (tmp_path / "q.jsonl").write_text(f'\n{bare}\n{{"id": 7, {bare[1:]}')
    assert [(each.id, each.lang) for each in read_questions(tmp_path / "q.jsonl")] == [
        ("2", "en"),
        ("7", "en"),
    ]


def test_null_says_as_little_as_nothing_and_an_answer_may_be_its_text_alone(tmp_path: Path) -> None:
    bare = '"question": "Berapa?", "answerable": true'
    nulls = '"id": null, "lang": null, "title": null, "articles": null, "evidence": null, "context": null'
    (tmp_path / "q.jsonl").write_text(
        f'{{{bare}, {nulls}, "answers": null}}\n'
        f'{{{bare}, "answers": ["269", {{"text": "dua ratus", "start": null}}]}}'
    )
    without, with_answers = read_questions(tmp_path / "q.jsonl")
    assert without == GoldQuestion(id="1", lang="id", question="Berapa?", answerable=True)
    assert with_answers.answers == [GoldAnswer(text="269"), GoldAnswer(text="dua ratus")]


def test_every_way_to_name_a_gold_article_counts() -> None:
    asked = {"question": "?", "answerable": True}
    assert GoldQuestion.model_validate({**asked, "article": "a"}).gold_articles == {"a"}
    assert GoldQuestion.model_validate({**asked, "article_id": "a"}).gold_articles == {"a"}
    assert GoldQuestion.model_validate({**asked, "article": "a", "articles": ["b"]}).gold_articles == {
        "a",
        "b",
    }
    assert GoldQuestion.model_validate({**asked, "article": None}).gold_articles == frozenset()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no questions"),
        (b'{"id": "1"}', "line 1: question Field required"),
        (b"\n{}", "line 2: question Field required"),
        (b'{"question": null, "answerable": true}', "line 1: question Field required"),
        (b"not json", "line 1"),
        (b'{"turns": []}', "line 1: turns List should have at least 1 item"),
        (b'{"turns": [{"answerable": true}]}', "line 1: turns.0.question Field required"),
        (b"\xff", "cannot be read"),
    ],
)
def test_a_file_that_is_no_question_set_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "q.jsonl").write_bytes(content)
    with pytest.raises(EvaluationInvalid, match=problem):
        read_questions(tmp_path / "q.jsonl")


@pytest.mark.parametrize("damage", [slice(0, 20), slice(1, None), slice(0, -12)])
def test_a_damaged_gzip_is_refused(tmp_path: Path, damage: slice) -> None:
    (tmp_path / "q.jsonl.gz").write_bytes(gzip.compress(LINE.encode())[damage])
    with pytest.raises(EvaluationInvalid, match="cannot be read"):
        read_questions(tmp_path / "q.jsonl.gz")


def test_a_gzip_damaged_inside_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(LINE.encode())
    (tmp_path / "q.jsonl.gz").write_bytes(whole[:10] + b"\xff" * 40 + whole[50:])
    with pytest.raises(EvaluationInvalid, match="cannot be read"):
        read_questions(tmp_path / "q.jsonl.gz")


def test_a_limit_draws_the_same_questions_each_time_in_their_order() -> None:
    questions = [GoldQuestion(id=str(n), question="?", answerable=False) for n in range(100)]
    few = [int(each.id) for each in drawn(questions, 10)]
    assert few == [int(each.id) for each in drawn(questions, 10)]
    assert (len(few), sorted(few)) == (10, few)
    assert few != list(range(10))
    assert drawn(questions, 100) == drawn(questions, None) == questions


def test_a_line_with_turns_is_a_conversation(tmp_path: Path) -> None:
    turns = (
        '{"question": "Who?", "answerable": false, "turn": 7}, {"question": "Siapa?", "answerable": false}'
    )
    bare = '{"question": "Kapan?", "answerable": false, "turns": null}'
    named = f'{{"id": "talk", "lang": "ms", "turns": [{turns}]}}'
    (tmp_path / "q.jsonl").write_text(f'{bare}\n{{"turns": [{turns}]}}\n{named}')
    assert [
        (each.id, each.lang, each.question, each.turn) for each in read_questions(tmp_path / "q.jsonl")
    ] == [
        ("1", "id", "Kapan?", 1),
        ("2.1", "en", "Who?", 1),
        ("2.2", "en", "Siapa?", 2),
        ("talk.1", "ms", "Who?", 1),
        ("talk.2", "ms", "Siapa?", 2),
    ]


def test_a_limit_draws_whole_conversations() -> None:
    turns = [
        GoldQuestion(id=f"{n}.{turn}", question="?", answerable=False, turn=turn)
        for n in range(20)
        for turn in (1, 2, 3)
    ]
    few = [each.id for each in drawn(turns, 2)]
    assert few == [f"{few[0][:-2]}.{turn}" for turn in (1, 2, 3)] + [
        f"{few[3][:-2]}.{turn}" for turn in (1, 2, 3)
    ]
    assert drawn(turns, 20) == turns


def test_a_context_becomes_the_passages_that_an_index_would_hold() -> None:
    context = "Ada 269 pejabat. " * 100
    question = GoldQuestion(id="q", lang="id", question="?", answerable=False, context=context, title="Judul")
    hits = context_hits(question, count_tokens=WordHashEmbedder().count_tokens)
    assert len(hits) == 2
    assert {hit.article.title for hit in hits} == {"Judul"}
    assert all(hit.passage.text == context[hit.passage.start : hit.passage.end] for hit in hits)
    assert [hit.passage.id for hit in hits] == [0, 1]


def test_an_empty_context_has_no_passages() -> None:
    question = GoldQuestion(question="?", answerable=False, context="")
    assert context_hits(question, count_tokens=WordHashEmbedder().count_tokens) == []


def test_the_seed_questions_can_be_read() -> None:
    questions = read_questions(Path(__file__).parents[1] / "seeds/questions.jsonl")
    assert (len(questions), sum(each.answerable for each in questions)) == (87, 58)

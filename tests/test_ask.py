"""Asking: what is quoted stands in the article, and what is not there is not answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import ArticleNotFound
from index.records import Filters, RawArticle, Span, Story
from qa_service.answers import Abstention, Answer, Form, Reason, Turn
from qa_service.api import create_api
from qa_service.ask import Ask
from qa_service.build import Service
from qa_service.compose import cite
from qa_service.errors import QuestionInvalid
from qa_service.foreground import Foreground
from qa_service.interpretation import Interpretation
from qa_service.reader import Reading
from tests.corpus import make_article, make_service, put
from tests.fakes import WordOverlapReader

ALONE = Foreground(most_questions=1)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    yield service
    service.close()


@pytest.fixture
def ask(service: Service) -> Ask:
    return service.ask


def test_the_answer_is_the_sentence_with_its_mark_and_citation(service: Service, ask: Ask) -> None:
    text = "Hujan turun. Wali kota melantik 269 pejabat. Semua pulang."
    put(service.store, make_article("a", text, published_at=date(2025, 10, 31)))
    answer = ask("wali kota melantik pejabat?")
    assert isinstance(answer, Answer)
    assert answer.text == "Wali kota melantik 269 pejabat. [1]"
    (citation,) = answer.citations
    assert (citation.start, citation.end) == (13, 44)
    assert citation.quote == text[13:44] == answer.statements[0].text
    assert citation.answer == Span(32, 35)
    assert citation.article.id == "a"
    assert answer.confidence == citation.score == 1.0
    assert answer.freshness.articles == 1
    assert answer.interpretation.query == "wali kota melantik pejabat?"


def test_articles_that_agree_are_cited_each_once_the_best_first(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir besar melanda. Banjir besar melanda lagi."))
    put(service.store, make_article("b", "Banjir besar melanda bekasi."))
    answer = ask("banjir besar melanda bekasi")
    assert isinstance(answer, Answer)
    assert [(s.text, s.citations) for s in answer.statements] == [("Banjir besar melanda bekasi.", (1,))]
    assert answer.form is Form.PLAIN
    answer = ask("banjir besar melanda")
    assert isinstance(answer, Answer)
    assert {citation.article.id for citation in answer.citations} == {"a", "b"}
    assert [citation.n for citation in answer.citations] == [1, 2]
    limited = ask("banjir besar melanda", limit=1)
    assert isinstance(limited, Answer)
    assert len(limited.citations) == 1


def test_a_sentence_that_two_articles_share_is_said_once_with_both_marks(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir besar melanda. Hujan turun semalam di hulu."))
    put(service.store, make_article("b", "Banjir besar melanda. Warga mengungsi ke balai desa."))
    answer = ask("banjir besar melanda")
    assert isinstance(answer, Answer)
    assert answer.text == "Banjir besar melanda. [1] [2]"
    assert len(answer.citations) == 2


def test_differing_figures_stand_side_by_side_the_newest_first(service: Service, ask: Ask) -> None:
    before, after = date(2025, 10, 30), date(2025, 10, 31)
    put(service.store, make_article("a", "Wali kota melantik 250 pejabat.", published_at=before))
    put(service.store, make_article("b", "Wali kota melantik 269 pejabat.", published_at=after))
    answer = ask("wali kota melantik pejabat")
    assert isinstance(answer, Answer)
    assert answer.form is Form.DIFFERING
    assert answer.text == "Wali kota melantik 269 pejabat. [1] Wali kota melantik 250 pejabat. [2]"
    assert [citation.article.id for citation in answer.citations] == ["b", "a"]
    limited = ask("wali kota melantik pejabat", limit=1)
    assert isinstance(limited, Answer)
    assert limited.form is Form.PLAIN
    assert limited.text == "Wali kota melantik 269 pejabat. [1]"


REST = (
    "Hujan turun semalam di hulu.",
    "Warga berkumpul sejak pagi sekali.",
    "Semua pulang naik angkutan umum.",
    "Panitia menyiapkan makan siang sederhana.",
    "Upacara berlangsung singkat saja kemarin.",
    "Tamu datang dari berbagai daerah.",
    "Jalan protokol ditutup sampai sore.",
)
"""What no two of the articles share, so that they are no copies."""


@pytest.mark.parametrize(
    ("limit", "marks", "differing"),
    [
        (1, [(1,)], False),
        (2, [(1,), (2,)], True),
        (3, [(1, 2), (3,)], True),
        (4, [(1, 2), (3, 4)], True),
        (5, [(1, 2, 3), (4, 5)], True),
        (9, [(1, 2, 3, 4, 5), (6, 7)], True),
    ],
)
def test_no_claim_is_cited_twice_before_all_are_once(
    service: Service, ask: Ask, limit: int, marks: list[tuple[int, ...]], differing: bool
) -> None:
    newest, older = date(2025, 10, 31), date(2025, 10, 30)
    told = [(269, newest)] * 5 + [(250, older)] * 2
    for n, (figure, day) in enumerate(told):
        text = f"Wali kota melantik {figure} pejabat. {REST[n]}"
        put(service.store, make_article(str(n), text, outlet=f"Media {n}", published_at=day))
    answer = ask("wali kota melantik pejabat", limit=limit)
    assert isinstance(answer, Answer)
    assert [(s.citations, s.outlets) for s in answer.statements] == list(zip(marks, (5, 2), strict=False))
    assert [s.text for s in answer.statements for _ in s.citations] == [c.quote for c in answer.citations]
    assert (answer.form is Form.DIFFERING) is differing


def test_a_name_that_is_cut_does_not_make_the_figures_before_it_differ(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Pejabat dilantik wali kota sore: 250."))
    put(service.store, make_article("b", "Pejabat dilantik wali kota sore: 269."))
    put(service.store, make_article("c", "Pejabat dilantik wali kota: Budi Rustandi."))
    for limit in (3, 2):
        answer = ask("pejabat dilantik wali kota sore", limit=limit)
        assert isinstance(answer, Answer)
        assert len(answer.statements) == limit
        assert answer.form is Form.PLAIN


def test_outlets_that_agree_make_one_statement_and_are_counted(service: Service, ask: Ask) -> None:
    texts = {
        "Antara": "Wali kota melantik 269 pejabat.",
        "Kompas": "Sebanyak 269 pejabat, wali kota melantik mereka.",
        "Tempo": "Wali kota Serang melantik total 269 orang pejabat.",
    }
    for outlet, text in texts.items():
        put(service.store, make_article(outlet, text, outlet=outlet))
    answer = ask("wali kota melantik pejabat")
    assert isinstance(answer, Answer)
    (statement,) = answer.statements
    assert (statement.citations, statement.outlets, answer.form) == ((1, 2, 3), 3, Form.PLAIN)
    assert answer.text == f"{statement.text} [1] [2] [3]"
    assert statement.text == answer.citations[0].quote
    assert {citation.article.outlet for citation in answer.citations} == set(texts)
    limited = ask("wali kota melantik pejabat", limit=2)
    assert isinstance(limited, Answer)
    assert [(s.citations, s.outlets) for s in limited.statements] == [((1, 2), 3)]


def test_nine_copies_of_a_story_are_shown_once(service: Service, ask: Ask) -> None:
    for n, outlet in enumerate(["Antara", "Kompas", "Tempo"] * 3):
        copy = make_article(
            f"copy-{n}",
            "Wali kota melantik 269 pejabat.",
            title=f"Judul {n}",
            outlet=outlet,
            published_at=date(2026, 2, 9 - n),
        )
        put(service.store, copy)
    answer = ask("wali kota melantik pejabat")
    assert isinstance(answer, Answer)
    assert answer.text == "Wali kota melantik 269 pejabat. [1]"
    (citation,) = answer.citations
    assert citation.article.id == "copy-8"
    assert citation.story == Story(9, 3, service.store.article("copy-8"))
    assert [statement.outlets for statement in answer.statements] == [1]


def test_a_copy_that_passes_the_filter_is_cited_though_the_earliest_does_not(
    service: Service, ask: Ask
) -> None:
    for outlet, day in (("Antara", 6), ("Kompas", 7), ("Tempo", 8)):
        text = "Wali kota melantik 269 pejabat."
        put(service.store, make_article(outlet, text, outlet=outlet, published_at=date(2026, 2, day)))
    answer = ask("wali kota melantik pejabat", filters=Filters(outlets=("Tempo", "Kompas")))
    assert isinstance(answer, Answer)
    (citation,) = answer.citations
    assert citation.article.id == "Kompas"
    assert citation.story is not None
    assert (citation.story.copies, citation.story.earliest.id) == (3, "Antara")


def test_a_figure_and_a_name_neither_agree_nor_differ(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Pejabat dilantik: 269."))
    put(service.store, make_article("b", "Pejabat dilantik: Budi Rustandi."))
    answer = ask("pejabat dilantik")
    assert isinstance(answer, Answer)
    assert [(s.citations, s.outlets) for s in answer.statements] == [((1,), 1), ((2,), 1)]
    assert {s.text for s in answer.statements} == {
        "Pejabat dilantik: 269.",
        "Pejabat dilantik: Budi Rustandi.",
    }
    assert answer.form is Form.PLAIN


@pytest.mark.parametrize(
    ("question", "confidence", "reason", "message"),
    [
        ("banjir di mana saja", 0.25, Reason.UNSURE, "Ada bagian yang mungkin menjawab"),
        ("banjir besar melanda mana saja", 0.4, Reason.UNSURE, "Ada bagian yang mungkin menjawab"),
        ("banjir di mana saja kah", 0.2, Reason.NOT_IN_ARTICLES, "Jawabannya tidak ditemukan"),
    ],
)
def test_from_half_the_threshold_on_an_abstention_says_that_it_is_unsure(
    service: Service, ask: Ask, question: str, confidence: float, reason: Reason, message: str
) -> None:
    put(service.store, make_article("a", "Banjir besar."))
    result = ask(question)
    assert isinstance(result, Abstention)
    assert (result.confidence, result.reason) == (confidence, reason)
    assert result.message.startswith(message)
    assert [citation.quote for citation in result.nearest] == ["Banjir besar."]


def test_all_that_was_read_is_told_the_most_relevant_first(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir surut."))
    put(service.store, make_article("b", "Banjir besar melanda."))
    put(service.store, make_article("c", "Banjir besar surut."))
    answer = ask("banjir besar melanda", limit=1)
    assert isinstance(answer, Answer)
    assert [(r.hit.article.id, r.probability) for r in answer.readings] == [
        ("b", 1),
        ("c", 2 / 3),
        ("a", 1 / 3),
    ]
    assert len(answer.citations) == 1
    abstention = ask("banjir apa yang lalu", limit=1)
    assert isinstance(abstention, Abstention)
    assert [r.probability for r in abstention.readings] == [0.25, 0.25, 0.25]
    assert len(abstention.nearest) == 1


def test_what_the_search_says_is_weighed_before_it_is_decided(service: Service) -> None:
    class Doubting(WordOverlapReader):
        def fuse(self, _question: str, readings: Sequence[Reading]) -> list[Reading]:
            return [replace(reading, probability=reading.probability / 2) for reading in readings]

    put(service.store, make_article("a", "Banjir besar."))
    ask = Ask(service.store, service.retriever, Doubting(), threshold=0.6, foreground=ALONE)
    result = ask("banjir besar")
    assert isinstance(result, Abstention)
    assert (result.confidence, result.reason) == (0.5, Reason.UNSURE)


@pytest.mark.parametrize(
    ("question", "language", "message"),
    [
        ("siapa presiden amerika serikat?", "id", "Jawabannya tidak ditemukan"),
        ("who is the president of america?", "en", "The articles do not answer this"),
    ],
)
def test_what_is_not_in_the_articles_is_not_answered(
    service: Service, ask: Ask, question: str, language: str, message: str
) -> None:
    put(service.store, make_article("a", "Banjir melanda. Macet parah."))
    result = ask(question)
    assert isinstance(result, Abstention)
    assert (result.reason, result.interpretation.language) == (Reason.NOT_IN_ARTICLES, language)
    assert result.message.startswith(message)
    assert [citation.quote for citation in result.nearest] == ["Banjir melanda."]


def test_an_empty_archive_and_filters_that_exclude_all_are_told_apart(service: Service, ask: Ask) -> None:
    empty = ask("Apa itu banjir?")
    assert isinstance(empty, Abstention)
    assert empty.reason is Reason.EMPTY_CORPUS
    put(service.store, make_article("a", "Banjir melanda.", outlet="Kompas"))
    excluded = ask("banjir melanda", filters=Filters(outlets=("Antara",)))
    assert isinstance(excluded, Abstention)
    assert (excluded.reason, excluded.nearest) == (Reason.NO_MATCHING_ARTICLES, ())


def test_why_is_answered_by_the_sentence_how_many_by_its_number(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Jalan ditutup karena 3 pohon tumbang."))
    for question, answer in (
        ("kenapa jalan ditutup karena", "Jalan ditutup karena 3 pohon tumbang."),
        ("berapa pohon tumbang jalan", "3"),
    ):
        result = ask(question)
        assert isinstance(result, Answer)
        (citation,) = result.citations
        assert citation.quote == "Jalan ditutup karena 3 pohon tumbang."
        assert citation.article.text[citation.answer.start : citation.answer.end] == answer


def test_a_follow_up_is_understood_with_the_question_before(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Wali kota melantik pejabat ini di pasar."))
    assert isinstance(ask("Kapan itu?"), Abstention)
    before = "Berapa pejabat yang wali kota melantik?"
    answer = ask("Di mana itu?", history=[Turn(before, "…")])
    assert isinstance(answer, Answer)
    assert answer.interpretation.query == "Di mana pejabat yang wali kota melantik?"
    assert answer.interpretation.follows == before


def test_ways_to_complete_a_follow_up_are_weighed_against_each_other(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Wali kota Serang hadir."))
    history = [Turn("Berapa penduduk Kota Serang?", "…")]
    tried = [
        stage.query
        for stage in ask.stages("Siapa wali kotanya?", history=history)
        if isinstance(stage, Interpretation)
    ]
    answer = ask("Siapa wali kotanya?", history=history)
    assert tried == ["Siapa wali kota penduduk Kota Serang?", "Siapa wali kota Kota Serang?"]
    assert (answer.confidence, answer.interpretation.query) == (0.75, tried[1])


def test_a_completed_question_is_not_answered_with_another_kind_than_it_asks_for(
    service: Service, ask: Ask
) -> None:
    put(service.store, make_article("a", "Hibah mobil diserahkan Pemerintah Jakarta."))
    history = [Turn("Siapa yang hibah mobil?", "…")]
    when = ask("Kapan diserahkan?", history=history)
    assert isinstance(when, Abstention)
    assert when.confidence == 0.0
    assert [citation.quote for citation in when.nearest] == ["Hibah mobil diserahkan Pemerintah Jakarta."]
    assert isinstance(ask("Siapa yang diserahkan?", history=history), Answer)


def test_a_question_that_is_answered_alone_is_not_mixed_with_the_one_before(
    service: Service, ask: Ask
) -> None:
    put(service.store, make_article("a", "Banjir melanda."))
    answer = ask("banjir melanda?", history=[Turn("walikota serang", "…")])
    assert answer.interpretation.query == "banjir melanda?"


def test_an_article_that_was_deleted_or_changed_is_never_cited_from_its_old_text(
    service: Service, ask: Ask
) -> None:
    put(service.store, make_article("a", "Pejabat dilantik 250 orang."))
    assert isinstance(ask("pejabat dilantik"), Answer)
    put(service.store, make_article("a", "Pejabat dilantik 269 orang."))
    changed = ask("pejabat dilantik")
    assert isinstance(changed, Answer)
    assert [citation.quote for citation in changed.citations] == ["Pejabat dilantik 269 orang."]
    service.store.delete("a")
    assert isinstance(ask("pejabat dilantik"), Abstention)
    with pytest.raises(ArticleNotFound):
        service.store.article("a")


@pytest.mark.parametrize(
    ("question", "problem"), [("", "empty"), (" \n", "empty"), ("a" * 1001, "1001 characters")]
)
def test_a_question_must_be_of_1_to_1000_characters(ask: Ask, question: str, problem: str) -> None:
    with pytest.raises(QuestionInvalid, match=problem):
        ask(question)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4),
    question=st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_every_citation_ever_sent_is_verbatim_at_its_offsets(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str
) -> None:
    service = make_service(tmp_path_factory.mktemp("home"))
    raws = [RawArticle(text.encode(), "text/plain", f"{n}.txt") for n, text in enumerate(texts)]
    service.ingest.run(raws, lambda _: None)
    unsure = Ask(
        service.store,
        service.retriever,
        WordOverlapReader(),
        threshold=0,
        foreground=ALONE,
    )
    asks = service.ask, unsure
    for ask in asks:
        client = TestClient(create_api(replace(service, ask=ask)))
        response = client.post("/ask", json={"question": question}).json()
        for citation in [*response["citations"], *(response["abstention"] or {"nearest": []})["nearest"]]:
            text = client.get(f"/articles/{citation['article']['id']}").json()["text"]
            passage, answer = citation["passage"], citation["answer"]
            assert text[citation["start"] : citation["end"]] == citation["quote"] != ""
            assert text[answer["start"] : answer["end"]] == answer["text"] != ""
            assert citation["start"] <= answer["start"] < answer["end"] <= citation["end"]
            assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]
            assert text[passage["start"] : passage["end"]] == passage["text"]
    service.close()


@pytest.mark.parametrize(
    ("answer", "span"),
    [
        (Span(3, 99), Span(3, 99)),
        (Span(2, 2), Span(2, 2)),
        (Span(4, 2), Span(2, 4)),
        (Span(0, 6), Span(0, 5)),
        (Span(0, 3), Span(2, 5)),
        (Span(5, 7), Span(0, 4)),
        (Span(3, 3), Span(0, 6)),
        (Span(-2, 3), Span(-2, 6)),
    ],
)
def test_an_answer_outside_its_span_or_a_span_outside_its_passage_is_no_citation(
    service: Service, answer: Span, span: Span
) -> None:
    put(service.store, make_article("a", "Banjir."))
    (hit,) = service.retriever.retrieve("banjir", Filters(), limit=1)
    sound = Reading(hit, Span(0, 6), Span(0, 7), 0.5, 0.5)
    (cited,) = cite([Reading(hit, answer, span, 1.0, 1.0), sound])
    assert (cited.n, cited.quote, cited.answer) == (1, "Banjir.", Span(0, 6))


def test_a_passage_cites_nothing_of_its_article_outside_it(service: Service) -> None:
    put(service.store, make_article("a", "Banjir melanda Bekasi. Macet parah di Serang."), budget=4)
    (hit,) = service.retriever.retrieve("macet", Filters(), limit=1)
    assert (hit.passage.start, hit.passage.end) == (23, 45)
    assert cite([Reading(hit, Span(0, 6), Span(0, 22), 1.0, 1.0)]) == ()


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (Filters(outlets=("Antara",)), "Tidak ada artikel dari Antara."),
        (Filters(languages=("ms",)), "Tidak ada artikel dalam bahasa yang dipilih."),
        (
            Filters(published_from=date(2026, 3, 1)),
            "Tidak ada artikel yang terbit sejak 1 Maret 2026.",
        ),
        (
            Filters(outlets=("Kompas",), published_from=date(2026, 3, 1)),
            "Tidak ada artikel yang terbit sejak 1 Maret 2026.",
        ),
        (
            Filters(outlets=("Kompas",), published_to=date(2026, 1, 31)),
            "Tidak ada artikel dari Kompas yang terbit sampai 31 Januari 2026.",
        ),
    ],
)
def test_what_excludes_all_articles_is_named_and_no_more(
    service: Service, ask: Ask, filters: Filters, message: str
) -> None:
    put(service.store, make_article("a", "Banjir.", outlet="Kompas", published_at=date(2026, 2, 6)))
    put(service.store, make_article("b", "Hujan.", outlet="Tempo", published_at=date(2026, 1, 6)))
    result = ask("di mana banjir melanda?", filters=filters)
    assert isinstance(result, Abstention)
    assert (result.reason, result.message) == (Reason.NO_MATCHING_ARTICLES, message)


def test_where_some_articles_pass_the_message_says_which_were_searched(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir.", outlet="Kompas", published_at=date(2026, 2, 6)))
    result = ask("siapa presiden amerika serikat?", as_of=date(2026, 2, 7))
    assert isinstance(result, Abstention)
    assert result.message == (
        "Jawabannya tidak ditemukan dalam artikel yang terbit sampai 7 Februari 2026."
        " Berikut bagian yang paling dekat."
    )


def test_a_statement_tells_of_the_day_that_its_quote_names(service: Service, ask: Ask) -> None:
    text = "Wali kota melantik pejabat Jumat (31/10)."
    put(service.store, make_article("a", text, published_at=date(2025, 11, 2)))
    answer = ask("wali kota melantik pejabat")
    assert isinstance(answer, Answer)
    assert [statement.day for statement in answer.statements] == [date(2025, 10, 31)]


@pytest.mark.parametrize("question", ["😀 🔥", "?!", "\u200b\u200b"])
def test_what_asks_nothing_in_words_is_not_answered_nor_a_follow_up(tmp_path: Path, question: str) -> None:
    service = make_service(tmp_path)
    put(service.store, make_article("a", "Halo."))
    put(service.store, make_article("b", "Wali kota melantik 269 pejabat."))
    result = service.ask(question, history=[Turn("Wali kota melantik berapa pejabat?", "269")])
    assert isinstance(result, Abstention)
    assert result.interpretation.follows is None
    service.close()

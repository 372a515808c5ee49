"""What the reader is trained on: passages that answer, passages that don't, and questions as people type."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from index.passages import with_header
from index.records import Span
from qa_service.questions import GoldAnswer, GoldQuestion
from qa_service.training import recipe, variants
from qa_service.training.examples import (
    Example,
    PassageSplitter,
    against,
    answer_spans,
    as_indexed,
    examples,
    header,
    holds_answer,
    names_and_numbers,
    with_another_name,
)
from qa_service.training.kept_lines import whole_lines
from qa_service.training.negatives import index_contexts, mine
from qa_service.training.recipe import (
    RECIPE,
    TRANSLATED,
    DrawnQuestion,
    build_examples,
    draw_epoch,
    is_held_out,
    training_questions,
)
from qa_service.training.variants import (
    Glossary,
    Translations,
    hurried,
    in_other_words,
    read_glossary,
    read_translations,
)
from tests.corpus import make_article, make_service
from tests.fakes import WordHashEmbedder

FILLER = " ".join(["Kota itu ramai sekali setiap hari."] * 35)
ANSWERING = "Wali kota melantik 269 pejabat."
CONTEXT = f"{FILLER} {ANSWERING}"
"""215 words, which are split into passages of 108 and 107, the second of which answers."""

BUSY = " ".join(["Kota itu ramai sekali setiap hari."] * 18)
LAST = " ".join([*["Kota itu ramai sekali setiap hari."] * 17, ANSWERING])


class Chance(random.Random):
    """A chance that always draws the same number from [0, 1): near 0 all happens and the first is chosen,
    near 1 nothing happens and the last is chosen."""

    def __init__(self, drawn: float) -> None:
        super().__init__()
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


LIKELY, UNLIKELY = Chance(0.0), Chance(0.999)


def question(
    *answers: str,
    answerable: bool = True,
    context: str = CONTEXT,
    evidence: str | None = None,
    title: str = "Pelantikan",
    day: str | None = "2025-10-31",
) -> GoldQuestion:
    """A question whose literal answers, or whose evidence, stand in the context."""
    return GoldQuestion(
        id="1",
        lang="id",
        question="Berapa pejabat dilantik?",
        answerable=answerable,
        answers=[GoldAnswer(text=answer, start=context.find(answer)) for answer in answers],
        context=context,
        title=title,
        date=day,
        evidence=GoldAnswer(text=evidence, start=context.index(evidence)) if evidence else None,
    )


def made(asked: GoldQuestion, chance: random.Random) -> list[Example]:
    return list(examples(asked, PassageSplitter(WordHashEmbedder().count_tokens), chance))


def test_literal_answers_move_with_the_passage_they_stand_in() -> None:
    (example,) = made(question("269", "269 pejabat"), UNLIKELY)
    assert example.passage == LAST
    assert example.spans == (Span(614, 617), Span(614, 625))
    assert [LAST[span.start : span.end] for span in example.spans] == ["269", "269 pejabat"]
    assert (example.language, example.question, example.literal) == ("id", "Berapa pejabat dilantik?", True)


def test_now_and_then_another_passage_of_the_context_teaches_what_no_answer_is() -> None:
    answering, silent = made(question("269"), LIKELY)
    assert (answering.passage, silent.passage) == (LAST, BUSY)
    assert (len(answering.spans), silent.spans) == (1, ())


def test_a_question_without_answer_has_a_passage_and_no_span() -> None:
    (example,) = made(question(answerable=False), UNLIKELY)
    assert (example.passage, example.spans) == (LAST, ())


def test_an_answer_that_stands_nowhere_teaches_nothing() -> None:
    assert made(question("tidak ada di sini"), LIKELY) == []


def test_an_answer_in_other_words_is_somewhere_in_its_evidence() -> None:
    (example,) = made(question("269 dilantik", evidence=ANSWERING), UNLIKELY)
    assert (example.spans, example.literal) == ((Span(595, 626),), False)
    assert LAST[595:626] == ANSWERING


def test_evidence_that_shares_too_few_words_with_the_answer_is_none() -> None:
    """Of "dua ratus enam puluh sembilan pejabat" only the last of six words is in the evidence."""
    assert answer_spans(question("dua ratus enam puluh sembilan pejabat.", evidence=ANSWERING)) == []
    assert len(answer_spans(question("ratusan pejabat.", evidence=ANSWERING))) == 1


@pytest.mark.parametrize(
    ("drawn", "title", "expected"),
    [
        (0.0, "Pelantikan", "Pelantikan\nAntara, 2015-01-01\n"),
        (0.0, "", "Antara, 2015-01-01\n"),
        (0.5, "Pelantikan", "Pelantikan\n"),
        (0.999, "Pelantikan", ""),
    ],
)
def test_a_header_is_of_title_and_byline_as_far_as_chance_gives_them(
    drawn: float, title: str, expected: str
) -> None:
    assert header(title, Chance(drawn)) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Pelantikan", "Pelantikan"),
        ("", "Kota itu ramai sekali setiap hari."),
        ("Berapa pejabat dilantik?", "Kota itu ramai sekali setiap hari."),
    ],
)
def test_a_context_without_a_title_has_its_first_sentence_for_one_as_in_the_index(
    title: str, expected: str
) -> None:
    assert as_indexed(question(title=title)).title == expected


SCRAPED = f"""Pelantikan

ADVERTISEMENT
Kota itu punya 269 lampu.
Baca juga: Ada 62 pejabat baru
{ANSWERING}
"""


def test_a_context_is_cleaned_as_in_the_index_and_its_answers_move_along() -> None:
    asked = question("269", context=SCRAPED, title="Pelantikan").model_copy(
        update={"answers": [GoldAnswer(text="269", start=SCRAPED.rindex("269"))]}
    )
    cleaned = as_indexed(asked)
    assert cleaned.context == f"Kota itu punya 269 lampu.\n{ANSWERING}"
    (answer,) = cleaned.answers
    assert (answer.text, answer.start) == ("269", cleaned.context.rindex("269"))


def test_an_answer_in_what_cleaning_removes_has_no_place_any_more() -> None:
    asked = question("62", context=SCRAPED).model_copy(
        update={"answers": [GoldAnswer(text="62 pejabat", start=SCRAPED.index("62 pejabat"))]}
    )
    assert as_indexed(asked).answers == [GoldAnswer(text="62 pejabat", start=-1)]
    assert answer_spans(as_indexed(asked)) == []


def test_the_evidence_moves_along_as_well() -> None:
    asked = question("ratusan orang", context=SCRAPED, evidence=ANSWERING)
    moved = as_indexed(asked).evidence
    assert moved == GoldAnswer(text=ANSWERING, start=len("Kota itu punya 269 lampu.\n"))


def test_the_header_does_not_tell_what_answers() -> None:
    """Both draw their headers alike: a network would learn any difference instead of reading."""
    (answering, silent), near = (
        made(question("269"), LIKELY),
        against(question("269"), title="Pelantikan", passage="Tidak ada.", chance=LIKELY),
    )
    assert near is not None
    assert answering.header == silent.header == near.header == "Pelantikan\nAntara, 2015-01-01\n"


def test_a_whole_header_is_that_of_the_index() -> None:
    article = make_article("a", "", title="Pelantikan", outlet="Antara", published_at=date(2015, 1, 1))
    assert header("Pelantikan", LIKELY).rstrip() == with_header(article, "")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Ada 269 PEJABAT di sana.", True),
        ("Ada 269 orang di sana.", False),
    ],
)
def test_a_passage_that_holds_an_answer_is_no_near_miss(text: str, holds: bool) -> None:
    asked = question("269 pejabat")
    assert holds_answer(text, asked) is holds
    near = against(asked, title="Judul", passage=text, chance=Chance(0.5))
    expected = Example("id", "Berapa pejabat dilantik?", "Judul\n", text, spans=())
    assert near == (None if holds else expected)


def test_a_passage_that_holds_the_evidence_of_an_answer_in_other_words_is_no_near_miss() -> None:
    asked = question("ratusan orang", evidence=ANSWERING)
    assert holds_answer(f"Kabar: {ANSWERING} Selesai.", asked)
    assert holds_answer("Ada ratusan orang di sana.", asked)
    assert not holds_answer("Wali kota melantik pejabat.", asked)


@pytest.mark.parametrize(("passage", "holds"), [("orang ada ratusan", True), ("orang ada di sana", False)])
def test_a_passage_with_most_words_of_an_answer_in_other_words_is_no_near_miss(
    passage: str, holds: bool
) -> None:
    assert holds_answer(passage, question("ratusan orang", evidence=ANSWERING)) is holds


NAMED = Example(
    "id",
    "Berapa pejabat dilantik Budi Rustandi pada 2025?",
    "Judul",
    "Budi Rustandi melantik 269 pejabat pada 2025. Nanang Saefudin hadir.",
    (Span(23, 26),),
)


def test_names_are_runs_of_capitalised_words_beyond_the_first_and_numbers() -> None:
    assert names_and_numbers(NAMED.question) == ["Budi Rustandi", "2025"]
    assert names_and_numbers("Siapa wali kota?") == []
    assert names_and_numbers("Berapa 1.250,5 persen dari 3 juta di Kota Serang-Banten?") == [
        "1.250,5",
        "3",
        "Kota Serang-Banten",
    ]


def test_asked_about_another_name_the_passage_does_not_answer() -> None:
    names = ["2025", "2031", "Nanang Saefudin", "Tri Adhianto"]
    another = with_another_name(NAMED, names, random.Random(1))
    assert another in (
        replace(NAMED, question="Berapa pejabat dilantik Tri Adhianto pada 2025?", spans=()),
        replace(NAMED, question="Berapa pejabat dilantik Budi Rustandi pada 2031?", spans=()),
    )
    seen = {with_another_name(NAMED, names, random.Random(seed)) for seed in range(20)}
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("Berapa pejabat dilantik?", ["Tri Adhianto", "2031"]),
        ("Berapa pejabat dilantik Tri Adhianto?", ["Agus", "2031"]),
        ("Berapa pejabat dilantik Budi Rustandi?", ["nanang saefudin", "2031"]),
        ("Berapa pejabat dilantik Budi Rustandi?", []),
    ],
)
def test_without_a_name_to_exchange_there_is_no_such_example(asked: str, names: list[str]) -> None:
    assert with_another_name(replace(NAMED, question=asked), names, random.Random(1)) is None


def test_haste_strips_shortens_and_slips() -> None:
    asked = "Berapa pejabat yang dilantik di mana?"
    assert hurried(asked, LIKELY) == "brp pjeabat yg dilantik dimana"
    assert hurried(asked, UNLIKELY) == asked


def test_haste_is_the_same_for_a_seed_and_leaves_figures_alone() -> None:
    asked = "Berapa dari 1.250 pejabat dilantik pada 2025?"
    typed = [hurried(asked, random.Random(seed)) for seed in range(200)]
    assert typed == [hurried(asked, random.Random(seed)) for seed in range(200)]
    assert {tuple(re.findall(r"[\d.]+", each)) for each in typed} == {("1.250", "2025")}
    assert asked in typed
    assert len(set(typed)) > 20


GLOSSARY = read_glossary()


@pytest.mark.parametrize(
    ("language", "asked", "foreign"),
    [
        (
            "en",
            "How many officials did Budi Rustandi appoint in May 2025?",
            "berapa pejabat Budi Rustandi mengangkat di mei 2025?",
        ),
        (
            "id",
            "Berapa pejabat yang dilantik Wali Kota Budi Rustandi pada 2025?",
            "how many officials that inaugurated mayor Budi Rustandi in 2025?",
        ),
        ("id", "Kapan hujan turun 1.250,5 mm, di Depok?", "when rain fall 1.250,5 mm, in Depok?"),
        ("id", "Tim mana lawannya?", "team which opponent?"),
        ("id", "Perdana Menterinya siapa?", "prime minister who?"),
        ("en", "What are the rivers of the city?", "apa saja sungai kota?"),
        ("vi", "Trận mưa ở đâu?", "Trận mưa ở đâu?"),
    ],
)
def test_a_question_in_foreign_words_keeps_names_and_numbers(language: str, asked: str, foreign: str) -> None:
    assert GLOSSARY.foreign(asked, language).strip() == foreign


def test_a_passage_in_foreign_words_has_its_answer_where_it_then_stands() -> None:
    answering = Example(
        "id", "Where?", "Wali Kota\n", "Ia lahir di kota Serang.", (Span(9, 23), Span(17, 23))
    )
    foreign = in_other_words(answering, GLOSSARY)
    assert (foreign.header, foreign.passage) == ("mayor\n", "Ia born in city Serang.")
    assert [foreign.passage[span.start : span.end] for span in foreign.spans] == ["in city Serang"]
    silent = in_other_words(replace(answering, spans=()), GLOSSARY)
    assert (silent.passage, silent.spans) == (foreign.passage, ())


def test_of_several_translations_the_first_is_taken() -> None:
    words = Glossary([("hujan", "rain"), ("hujan", "shower"), ("gerimis", "rain")])
    assert (words.foreign("hujan", "id"), words.foreign("rain", "en")) == ("rain", "hujan")


def write_set(data: Path, name: str, questions: list[GoldQuestion]) -> None:
    lines = "".join(json.dumps(each.model_dump()) + "\n" for each in questions)
    (data / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))


def test_held_out_contexts_and_paragraphs_of_xquad_are_not_trained_on(tmp_path: Path) -> None:
    def asked(id_: str, context: str) -> GoldQuestion:
        return question(context=context, answerable=False).model_copy(update={"id": id_})

    contexts = (f"Konteks {n}." for n in itertools.count())
    held_out = next(context for context in contexts if is_held_out(asked("", context)))
    kept, shared = itertools.islice((c for c in contexts if not is_held_out(asked("", c))), 2)
    write_set(
        tmp_path,
        "squad_id-train",
        [
            asked("squad-trans-1", kept),
            asked("squad-trans-2", held_out),
            asked("squad-trans-3", shared),
            asked("squad-trans-4", shared),
            asked("5", kept),
        ],
    )
    write_set(tmp_path, "xquad_en-valid", [asked("3", "the paragraph in English")])
    write_set(tmp_path, "xquad_vi-valid", [asked("9", "another")])
    assert [q.id for q in training_questions(tmp_path, "squad_id")] == ["squad-trans-1", "5"]


def test_about_a_twenty_fifth_of_contexts_is_held_out() -> None:
    held_out = [is_held_out(question(context=f"Konteks {n}.", answerable=False)) for n in range(5000)]
    assert 0.03 < sum(held_out) / 5000 < 0.05


def test_near_misses_are_the_nearest_passages_of_other_contexts_and_are_found_once(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    contexts = ANSWERING, "Bupati melantik 62 pejabat.", "Hujan turun di Depok."
    asked = [
        question(context=context, answerable=False, title=f"Judul {n}").model_copy(update={"id": str(n)})
        for n, context in enumerate(contexts)
    ]
    heard: list[tuple[int, int]] = []
    index_contexts(service, asked, lambda done, of: heard.append((done, of)))
    assert heard[-1] == (3, 3)
    found = mine(service, asked[:1], tmp_path / "found.jsonl", lambda *_: None)
    assert found["0"][0] == ("Judul 1", "Bupati melantik 62 pejabat.")
    assert ANSWERING not in [passage for _, passage in found["0"]]
    service.close()
    again = mine(service, asked[:1], tmp_path / "found.jsonl", lambda done, of: heard.append((done, of)))
    assert (again, heard[-1]) == (found, (1, 1))


def test_near_misses_are_in_the_language_of_the_question(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    contexts = (
        ANSWERING,
        "The mayor has appointed 62 officials, and they will now work for the city.",
        "Bupati melantik 62 pejabat untuk kabupaten itu.",
    )
    asked = [
        question(context=context, answerable=False).model_copy(update={"id": str(n)})
        for n, context in enumerate(contexts)
    ]
    index_contexts(service, asked, lambda *_: None)
    found = mine(service, asked[:1], tmp_path / "found.jsonl", lambda *_: None)
    service.close()
    assert [passage for _, passage in found["0"]] == [contexts[2]]


def question_sets(answerable: int, silent: int) -> dict[str, list[GoldQuestion]]:
    """As many questions with and without an answer in each set of the recipe; their ids tell the set."""
    plain = question("269"), question(answerable=False)
    asked = [plain[0]] * answerable + [plain[1]] * silent
    return {
        name: [each.model_copy(update={"id": f"{name}/{n}"}) for n, each in enumerate(asked)]
        for name in RECIPE
    }


def of_set(drawn: list[DrawnQuestion], name: str) -> list[DrawnQuestion]:
    return [each for each in drawn if each.question.id.partition("/")[0] == name]


def test_an_epoch_is_drawn_alike_each_time_and_another_epoch_otherwise() -> None:
    sets = question_sets(20, 20)
    first = draw_epoch(sets, 0)
    assert draw_epoch(sets, 0) == first
    assert draw_epoch(sets, 1) != first


@pytest.mark.parametrize("name", list(RECIPE))
def test_an_epoch_holds_of_each_set_its_share_no_question_twice(name: str) -> None:
    drawn = of_set(draw_epoch(question_sets(120, 80), 0), name)
    assert len({each.question.id for each in drawn}) == len(drawn) == round(200 * RECIPE[name].drawn)


@pytest.mark.parametrize("name", list(RECIPE))
def test_only_answerable_questions_ask_for_near_misses_and_other_names_in_the_shares_of_their_set(
    name: str,
) -> None:
    """Of some 600, the fewest of a set with such shares, 0.08 is four standard deviations."""
    drawn = of_set(draw_epoch(question_sets(2000, 200), 0), name)
    silent = [each for each in drawn if not each.question.answerable]
    assert silent
    assert not any(each.near_miss or each.other_name for each in silent)
    answering = [each for each in drawn if each.question.answerable]
    near_misses = sum(each.near_miss for each in answering) / len(answering)
    other_names = sum(each.other_name for each in answering) / len(answering)
    assert near_misses == pytest.approx(RECIPE[name].near_misses, abs=0.08)
    assert other_names == pytest.approx(RECIPE[name].other_names, abs=0.08)


BUDI = "Budi Rustandi melantik 269 pejabat."


def about_budi() -> GoldQuestion:
    asked = "Berapa pejabat dilantik Budi Rustandi?"
    return question("269", context=BUDI).model_copy(update={"question": asked})


def built(
    *epoch: DrawnQuestion,
    chance: random.Random,
    found: list[str],
    names: tuple[str, ...] = (),
    translations: Translations = MappingProxyType({}),
) -> list[Example]:
    splitter = PassageSplitter(WordHashEmbedder().count_tokens)
    near = {each.question.id: [("Judul", passage) for passage in found] for each in epoch}
    return build_examples(epoch, near, names, translations, GLOSSARY, splitter, chance)


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of Indonesian questions and a tenth of English ones, of the others' passages a tenth and four
    tenths."""
    monkeypatch.setattr(recipe, "FOREIGN_QUESTIONS", {"id": 0.25, "en": 0.1})
    monkeypatch.setattr(recipe, "FOREIGN_PASSAGES", {"id": 0.1, "en": 0.4})


@pytest.mark.parametrize("near_miss", [False, True])
@pytest.mark.parametrize("other_name", [False, True])
def test_a_near_miss_and_another_name_are_added_where_they_are_drawn(
    near_miss: bool, other_name: bool
) -> None:
    drawn = DrawnQuestion(about_budi(), near_miss=near_miss, other_name=other_name)
    made = built(
        drawn,
        chance=UNLIKELY,
        found=["Budi melantik 269 orang.", "Bupati melantik 62 orang."],
        names=("2031", "Tri Adhianto"),
    )
    own = Example("id", "Berapa pejabat dilantik Budi Rustandi?", "", BUDI, (Span(23, 26),))
    near = replace(own, passage="Bupati melantik 62 orang.", spans=())
    other = replace(own, question="Berapa pejabat dilantik Tri Adhianto?", spans=())
    assert made == [own, *([near] if near_miss else []), *([other] if other_name else [])]


def test_a_near_miss_is_one_of_the_six_nearest_that_hold_no_answer() -> None:
    """Asked in a language that the glossary lacks, so that nothing is put in other words."""
    asked = about_budi().model_copy(update={"lang": "vi"})
    drawn = DrawnQuestion(asked, near_miss=True, other_name=False)
    found = ["Ada 269 orang.", *(f"Berita ke-{n}." for n in range(1, 9))]
    passages = set()
    for seed in range(60):
        own, near = built(drawn, chance=random.Random(seed), found=found)
        assert (own.passage, near.spans) == (BUDI, ())
        passages.add(near.passage)
    assert passages == {f"Berita ke-{n}." for n in range(1, 7)}


def test_without_a_passage_that_holds_no_answer_there_is_no_near_miss() -> None:
    drawn = DrawnQuestion(about_budi(), near_miss=True, other_name=False)
    assert len(built(drawn, chance=UNLIKELY, found=["Ada 269 orang."])) == 1
    assert len(built(drawn, chance=UNLIKELY, found=[])) == 1


@pytest.mark.usefixtures("shares")
@pytest.mark.parametrize(
    ("language", "drawn", "asked"),
    [
        ("id", 0.2, "how many officials inaugurated Budi Rustandi"),
        ("id", 0.5, "Berapa pejabat dilantik Budi Rustandi?"),
        ("vi", 0.2, "Berapa pejabat dilantik Budi Rustandi"),
    ],
)
def test_a_question_is_put_in_other_words_where_chance_and_its_language_have_it_so(
    language: str, drawn: float, asked: str
) -> None:
    """At 0.2 haste takes the question mark as well."""
    of = about_budi().model_copy(update={"lang": language})
    (made,) = built(DrawnQuestion(of, near_miss=False, other_name=False), chance=Chance(drawn), found=[])
    assert (made.question, made.passage, made.spans) == (asked, BUDI, (Span(23, 26),))


@pytest.mark.usefixtures("shares")
@pytest.mark.parametrize(
    ("drawn", "asked", "passage"),
    [
        (0.2, "Who spoke in Depok", "di Depok Ann spoke."),
        (0.5, "Who spoke in Depok?", "In Depok Ann spoke."),
    ],
)
def test_a_passage_is_put_in_other_words_where_its_question_is_not(
    drawn: float, asked: str, passage: str
) -> None:
    """At 0.2 an English question stays as it is: one in ten is put in Indonesian words."""
    of = question("Ann", context="In Depok Ann spoke.").model_copy(
        update={"lang": "en", "question": "Who spoke in Depok?"}
    )
    (made,) = built(DrawnQuestion(of, near_miss=False, other_name=False), chance=Chance(drawn), found=[])
    assert (made.question, made.passage) == (asked, passage)
    assert [made.passage[span.start : span.end].strip() for span in made.spans] == ["Ann"]


@pytest.mark.usefixtures("shares")
def test_what_is_put_in_other_words_does_not_tell_whether_it_answers() -> None:
    for asked in about_budi(), about_budi().model_copy(update={"answerable": False, "answers": []}):
        drawn = [DrawnQuestion(asked, near_miss=False, other_name=False)] * 2000
        made = built(*drawn, chance=random.Random(3), found=[])
        questions = [each.question.casefold().startswith("how many") for each in made]
        passages = [each.passage != BUDI for each in made]
        assert len(made) == 2000
        assert not any(q and p for q, p in zip(questions, passages, strict=True))
        of_all = sum(questions) / 2000, sum(passages) / 2000
        assert of_all == pytest.approx((0.25, 0.75 * 0.1), abs=0.03)


def test_half_of_the_time_a_question_is_asked_in_a_translation_of_its_own_and_near_passages() -> None:
    asked = about_budi()
    languages = {asked.id: ["How many did Budi appoint", "布迪任命了多少人"], "another": ["Who is it"]}
    drawn = [DrawnQuestion(asked, near_miss=True, other_name=True)] * 1000
    made = built(
        *drawn,
        chance=random.Random(3),
        found=["Bupati melantik 62 orang."],
        names=("Tri Adhianto",),
        translations=languages,
    )
    for passage, other_name in ((BUDI, False), ("Bupati melantik 62 orang.", False), (BUDI, True)):
        questions = [
            each.question.casefold()
            for place, each in enumerate(made)
            if (place % 3 == 2) is other_name and each.passage == passage
        ]
        chinese = sum(each.startswith("布迪") for each in questions) / 1000
        english = sum("budi ap" in each for each in questions) / 1000
        expected = (0.0, 0.0) if other_name else (TRANSLATED / 2, TRANSLATED / 2)
        assert (chinese, english) == pytest.approx(expected, abs=0.06)
        assert not any("who is it" in each for each in questions)


def test_the_translations_are_of_some_thousand_questions_in_many_languages() -> None:
    rows = Path(variants.__file__).with_name("translations.tsv").read_text("utf-8").splitlines()
    assert len(set(rows)) == len(rows) > 4000
    known = read_translations()
    assert sum(len(each) for each in known.values()) == len(rows)
    assert all(text.strip() == text != "" for each in known.values() for text in each)
    assert {"en", "ms", "jv", "su", "es", "de", "fr", "pt", "zh", "ja", "ko", "ar", "th", "vi"} == {
        row.split("\t")[1] for row in rows
    }


def test_from_the_same_chance_come_the_same_examples() -> None:
    drawn = [DrawnQuestion(about_budi(), near_miss=True, other_name=True)] * 30
    found, names = ["Bupati melantik 62 orang.", "Hujan turun."], ("Tri Adhianto", "Nanang Saefudin")
    first, again, other = (
        built(*drawn, chance=random.Random(seed), found=found, names=names) for seed in (1, 1, 2)
    )
    assert len(first) == 90
    assert again == first
    assert other != first


@pytest.mark.parametrize(
    ("left", "lines", "kept"),
    [
        ("satu\ndua\n", ["satu", "dua"], "satu\ndua\n"),
        ("satu\ndua\nti", ["satu", "dua"], "satu\ndua\n"),
        ("sa", [], ""),
        ("", [], ""),
    ],
)
def test_a_half_written_line_is_cut_off_in_the_file_too(
    tmp_path: Path, left: str, lines: list[str], kept: str
) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text(left, encoding="utf-8")
    assert whole_lines(file) == lines
    assert file.read_text(encoding="utf-8") == kept


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert whole_lines(tmp_path / "kept.jsonl") == []

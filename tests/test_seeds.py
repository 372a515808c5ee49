"""The five seed pages come out clean, and the questions about them can be answered from what is left."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from index.articles import raw_file, to_article
from index.records import WIB, Article

SEEDS = Path(__file__).parent.parent / "seeds"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
CONVERSATIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
]
TURNS: list[dict[str, Any]] = [turn for talk in CONVERSATIONS for turn in talk["turns"]]
FETCHED_AT = datetime(2026, 2, 7, 9, 0, tzinfo=WIB)


@dataclass(frozen=True)
class Seed:
    name: str
    title: str
    outlet: str | None
    published_at: date
    first_words: str
    last_words: str
    paragraphs: int


EXPECTED = [
    Seed(
        name="000_165514d6dbd989e9",
        title="Wali Kota Bekasi Tri Adhianto menegaskan kembali pentingnya membangun birokrasi yang cepat"
        " tanggap, profesional, dan berorientasi pada pelayanan publik.",
        outlet=None,
        published_at=date(2025, 10, 29),
        first_words="Wali Kota Bekasi Tri Adhianto menegaskan kembali",
        last_words="visi kota pelayanan publik yang profesional dan berkeadilan.",
        paragraphs=13,
    ),
    Seed(
        name="001_e27fc663947a872c",
        title="Perkuat Kinerja dan Pelayanan Publik, Wali Kota Bekasi Rotasi 61 Pejabat dan Kepala Puskesmas",
        outlet="Bintang Save.com",
        published_at=date(2026, 2, 6),
        first_words="Wali Kota Bekasi, Tri Adhianto, melaksanakan pengambilan sumpah",
        last_words="menjawab tantangan pembangunan daerah secara berkelanjutan.",
        paragraphs=9,
    ),
    Seed(
        name="002_dde1f8f75b36eaee",
        title="Wali Kota Bekasi, Tri Adhianto, secara tegas menginstruksikan seluruh jajaran aparatur"
        " Pemerintah Kota (Pemkot) Bekasi untuk meningkatkan kualitas pelayanan publik secara"
        " signifikan pada tahun 2026.",
        outlet="RakyatBekasi.Com",
        published_at=date(2026, 1, 5),
        first_words="Fokus 2026: Peningkatan kecakapan kinerja aparatur",
        last_words="melalui kolom komentar atau kanal pengaduan resmi Pemkot Bekasi.",
        paragraphs=23,
    ),
    Seed(
        name="003_7a408e4522141db6",
        title="Apel Perdana 2026, Wali Kota Bekasi Tegaskan Penguatan Layanan Publik, Keterbukaan Informasi,"
        " dan Transformasi Digital",
        outlet="Bintang Save.com",
        published_at=date(2026, 1, 5),
        first_words="Wali Kota Bekasi, Tri Adhianto, memimpin apel pagi perdana",
        last_words="BUMD, hingga seluruh pemangku kepentingan,” pungkasnya.",
        paragraphs=13,
    ),
    Seed(
        name="004_271dd65c9c5f5ea4",
        title="Wali Kota Serang Budi Rustandi menegaskan agar para ASN (aparat sipil negara) untuk bekerja"
        " keras, cerdas dan penuh tanggung jawab dalam memberikan pelayanan kepada masyarakat.",
        outlet="SuaraBanten.id",
        published_at=date(2025, 10, 31),
        first_words="Wali Kota Serang meminta ASN bekerja keras, cerdas",
        last_words='daripada mengorbankan ribuan masyarakat," tandasnya.',
        paragraphs=12,
    ),
]


def article(name: str) -> Article:
    return to_article(raw_file(SEEDS / f"{name}.txt"), FETCHED_AT)


@pytest.mark.parametrize("seed", EXPECTED, ids=lambda seed: seed.name)
def test_a_seed_page_gives_its_title_outlet_date_and_language(seed: Seed) -> None:
    found = article(seed.name)

    assert (found.title, found.outlet, found.published_at) == (seed.title, seed.outlet, seed.published_at)
    assert found.language == "id"


@pytest.mark.parametrize("seed", EXPECTED, ids=lambda seed: seed.name)
def test_a_seed_page_keeps_its_whole_body(seed: Seed) -> None:
    text = article(seed.name).text

    assert text.startswith(seed.first_words)
    assert text.endswith(seed.last_words)
    assert len(text.split("\n")) == seed.paragraphs


@pytest.mark.parametrize("seed", EXPECTED, ids=lambda seed: seed.name)
def test_no_furniture_is_left_of_a_seed_page(seed: Seed) -> None:
    text = article(seed.name).text
    furniture = (
        r"post image|ADVERTISEMENT|SCROLL|Baca Juga|Kontributor|Poin Utama|\bKomen\b|^Komentar$"
        r"|Eksplorasi konten|Berlangganan|\(TS|Dokpim|^[-\s]|Save\.com —|SuaraBanten\.id -|KOTA BEKASI —|^$"
    )

    assert re.findall(furniture, text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("seed", EXPECTED, ids=lambda seed: seed.name)
def test_what_is_left_of_a_seed_page_stands_on_the_page(seed: Seed) -> None:
    page = raw_file(SEEDS / f"{seed.name}.txt").content.decode()

    assert [line for line in article(seed.name).text.split("\n") if line not in page] == []


def test_there_is_a_seed_for_every_expectation() -> None:
    assert [path.stem for path in sorted(SEEDS.glob("*.txt"))] == [seed.name for seed in EXPECTED]


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q["answerable"]], ids=lambda question: str(question["id"])
)
def test_every_gold_answer_is_verbatim_in_each_of_its_articles(question: dict[str, Any]) -> None:
    answers = [answer["text"] for answer in question["answers"]]

    assert answers != []
    assert question["article"] in question.get("articles", [question["article"]])
    for name in question.get("articles", [question["article"]]):
        text = article(name).text
        assert [answer for answer in answers if answer not in text] == []


def test_an_unanswerable_question_names_no_article_and_says_why() -> None:
    unanswerable = [q for q in QUESTIONS if not q["answerable"]]

    assert [q["id"] for q in unanswerable if q["answers"] or q["article"] or not q["note"]] == []


def test_a_third_of_the_questions_has_no_answer() -> None:
    answerable = Counter(q["answerable"] for q in QUESTIONS)

    assert answerable == {True: 58, False: 29}


def test_half_of_the_questions_are_indonesian_and_a_quarter_english() -> None:
    languages = Counter(q["lang"] for q in QUESTIONS)

    assert languages == {"id": 44, "en": 21, "ms": 5, "es": 5, "jv": 4, "ar": 4, "zh": 4}


def test_every_language_has_questions_with_and_without_an_answer() -> None:
    languages = {q["lang"] for q in QUESTIONS}

    assert {(q["lang"], q["answerable"]) for q in QUESTIONS} == {
        (language, answerable) for language in languages for answerable in (True, False)
    }


def test_question_ids_and_questions_are_unique() -> None:
    assert len({q["id"] for q in QUESTIONS}) == len({q["question"] for q in QUESTIONS}) == len(QUESTIONS)


def test_the_questions_that_the_project_is_measured_by_are_among_them() -> None:
    gold = {q["question"]: [answer["text"] for answer in q["answers"]] for q in QUESTIONS}

    assert gold["Berapa pejabat yang dilantik Wali Kota Serang?"] == ["269"]
    assert gold["How many officials did the mayor of Serang inaugurate?"] == ["269"]
    assert gold["Siapa presiden Amerika Serikat?"] == []


def test_the_conversations_are_of_two_and_three_turns_in_four_languages() -> None:
    assert Counter(len(talk["turns"]) for talk in CONVERSATIONS) == {3: 44, 2: 7}
    assert Counter(talk["lang"] for talk in CONVERSATIONS) == {"id": 39, "en": 8, "ms": 2, "jv": 2}
    assert Counter(turn["answerable"] for turn in TURNS) == {True: 122, False: 24}
    assert [talk["id"] for talk in CONVERSATIONS] == [f"talk-{n:02}" for n in range(1, 52)]


def test_every_answer_of_a_conversation_stands_in_one_of_its_articles_and_each_article_holds_one() -> None:
    texts = {seed.name: article(seed.name).text for seed in EXPECTED}
    for turn in (turn for turn in TURNS if turn["answerable"]):
        answers = [answer["text"] for answer in turn["answers"]]
        named = [texts[name] for name in turn.get("articles", [turn["article"]])]
        assert [answer for answer in answers if not any(answer in text for text in named)] == []
        assert [text for text in named if not any(answer in text for answer in answers)] == []


def test_a_turn_without_an_answer_names_no_article_and_says_why() -> None:
    without = [turn for turn in TURNS if not turn["answerable"]]

    assert [turn for turn in without if turn["answers"] or turn["article"] or not turn["note"]] == []

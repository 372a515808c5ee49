"""The language of articles and of short questions."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import UNDETERMINED, detect

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*.txt")), ids=lambda seed: seed.stem)
def test_the_seed_articles_are_indonesian(seed: Path) -> None:
    assert detect(seed.read_text(encoding="utf-8")) == "id"


def test_every_seed_question_is_in_the_language_it_was_written_in() -> None:
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]

    wrong = [q["question"] for q in questions if detect(q["question"]) != q["lang"]]

    assert wrong == []


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("siapa wali kota bekasi", "id"),
        ("kapan pelantikannya", "id"),
        ("brp pejabat yg dilantik di serang", "id"),
        ("kenapa asn gak boleh duduk duduk aja di kantor", "id"),
        ("di mana?", "id"),
        ("Tri Adhianto", "id"),
        ("Who is Tri Adhianto?", "en"),
        ("where is Kepandean", "en"),
        ("why?", "en"),
        ("Siapakah Datuk Bandar Bekasi?", "ms"),
        ("Mengapa penjawat awam tidak boleh hanya duduk di pejabat?", "ms"),
        ("Sopo wali kota Bekasi?", "jv"),
        ("Ing ngendi pejabat Kota Serang dilantik?", "jv"),
        ("Kapan pelantikan pejabat ing Bekasi dianakake?", "jv"),
        ("Saha wali kota Bekasi?", "su"),
        ("Sabaraha pejabat nu dilantik ku Wali Kota Serang?", "su"),
        ("¿Quién es el alcalde de Bekasi?", "es"),
        ("Wie viele Beamte hat der Bürgermeister ernannt?", "de"),
        ("Thị trưởng Serang là ai?", "vi"),
        ("من هو رئيس بلدية بيكاسي؟", "ar"),
        ("Tri Adhianto 是谁？", "zh"),
        ("セラン市長は誰ですか", "ja"),
        ("세랑 시장은 누구입니까?", "ko"),
        ("ใครคือนายกเทศมนตรี", "th"),
        ("Кто мэр Серанга?", "ru"),
    ],
)
def test_a_short_question_is_told_from_its_neighbours(question: str, language: str) -> None:
    assert detect(question) == language


@pytest.mark.parametrize("text", ["", "   ", "269", "31/10/2025?!", "🎉", "Ποιος είναι;"])
def test_no_letters_or_a_script_we_do_not_know_is_undetermined(text: str) -> None:
    assert detect(text) == UNDETERMINED


@given(st.text())
def test_any_text_has_a_language_or_is_undetermined(text: str) -> None:
    assert detect(text) == UNDETERMINED or len(detect(text)) == 2


def test_threads_get_the_same_answer() -> None:
    questions = ["Siapa wali kota Serang?", "Who is the mayor of Serang?"] * 50

    with ThreadPoolExecutor(8) as pool:
        languages = list(pool.map(detect, questions))

    assert languages == ["id", "en"] * 50

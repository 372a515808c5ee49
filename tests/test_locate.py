"""Where a sentence stands that someone claims to have read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.locate import find
from tests.corpus import make_article, make_service, put

TEXT = (
    "Serang cerah. Wali Kota Serang, Budi Rustandi, melantik 269 pejabat di “Pasar Kepandean”, Jumat.\n"
    "Acara selesai pukul 10."
)
ARTICLE = make_article("a", TEXT)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    yield service
    service.close()


def locate(service: Service, quote: str, **request: object) -> Any:
    client = TestClient(create_api(service))
    response = client.post("/quotes/locate", json={"quote": quote, **request})
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    "sentence",
    [
        "Wali Kota Serang, Budi Rustandi, melantik 269 pejabat di “Pasar Kepandean”, Jumat.",
        'wali kota  serang, budi rustandi, melantik 269 pejabat\ndi "Pasar Kepandean"',
        "WALI KOTA SERANG, BUDI RUSTANDI,",
    ],
)
def test_case_white_space_and_the_style_of_marks_do_not_matter(sentence: str) -> None:
    found = find(sentence, ARTICLE)
    assert found is not None
    assert found.is_verbatim
    assert found.quote == TEXT[found.start : found.end]
    assert found.start == TEXT.index("Wali Kota")


def test_another_word_makes_it_nearly_and_is_named() -> None:
    sentence = "Wali Kota Serang Budi Rustandi melantik 296 pejabat di Pasar Kepandean"
    found = find(sentence, ARTICLE)
    assert found is not None
    assert not found.is_verbatim
    assert found.quote.startswith("Wali Kota Serang, Budi Rustandi, melantik 269 pejabat di “Pasar Kepandean")
    assert ("296", "269") in found.differences(sentence)


@pytest.mark.parametrize("sentence", ["Wali Kota Bekasi meresmikan dua belas puskesmas", "x" * 300, " \n "])
def test_what_an_article_does_not_have_is_not_found_there(sentence: str) -> None:
    assert find(sentence, ARTICLE) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_quote_is_always_what_stands_at_its_offsets(sentence: str, around: str) -> None:
    article = make_article("a", f"{around} {sentence} {around}")
    found = find(sentence, article)
    if found is not None:
        assert found.quote == article.text[found.start : found.end]


def test_the_earliest_article_that_has_it_comes_first(service: Service) -> None:
    put(service.store, make_article("new", TEXT + " Satu.", published_at=date(2025, 11, 2)))
    put(service.store, make_article("old", "Lain. " + TEXT, published_at=date(2025, 10, 31)))
    put(service.store, make_article("other", "Wali Kota Bekasi melantik 12 pejabat."))
    found = locate(service, "Budi Rustandi, melantik 269 pejabat")
    assert found["status"] == "verbatim"
    assert [each["article"]["id"] for each in found["found"]] == ["old", "new"]
    assert {each["quote"] for each in found["found"]} == {"Budi Rustandi, melantik 269 pejabat"}
    assert [each["differences"] for each in found["found"]] == [[], []]


def test_a_sentence_that_is_built_alike_is_left_out_where_another_is_much_nearer(service: Service) -> None:
    put(service.store, make_article("a", "Budi usai melantik 269 pejabat baru di Pemerintah Kota Serang."))
    alike = "Tri saat melantik 250 pejabat struktural di Pemerintah Kota Bekasi."
    put(service.store, make_article("b", alike, published_at=date(2025, 1, 1)))
    found = locate(service, "Budi usai melantik 296 pejabat baru di Pemerintah Kota Serang")["found"]
    assert [each["article"]["id"] for each in found] == ["a"]


def test_all_copies_of_the_story_are_looked_through(service: Service) -> None:
    for day, outlet in ((3, "Tempo"), (1, "Antara"), (2, "Kompas")):
        put(
            service.store,
            make_article(outlet, TEXT, outlet=outlet, published_at=date(2025, 11, day)),
            budget=100,
        )
    found = locate(service, "Budi Rustandi, melantik 269 pejabat")["found"]
    assert [each["article"]["outlet"] for each in found] == ["Antara", "Kompas", "Tempo"]


def test_an_article_that_is_too_long_to_be_looked_through_hides_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.locate._MOST_CHARACTERS", 1000)
    sentence = "Wali Kota Serang melantik 269 pejabat di Alun-alun"
    put(service.store, make_article("long", f"{sentence.replace('269', '200')}. " * 3 + "Hujan turun. " * 80))
    put(service.store, make_article("short", f"{sentence} pada Jumat kemarin."))
    found = locate(service, sentence)["found"]
    assert [each["article"]["id"] for each in found] == ["short"]


def test_nearly_says_which_words_differ_and_not_in_the_archive_says_so(service: Service) -> None:
    put(service.store, ARTICLE)
    nearly = locate(service, "Budi Rustandi, melantik 296 pejabat di “Pasar Kepandean”")
    assert nearly["status"] == "nearly"
    assert nearly["found"][0]["differences"] == [{"claimed": "296", "written": "269"}]
    assert 0.75 <= nearly["found"][0]["similarity"] < 1
    assert locate(service, "Gubernur Banten mengundurkan diri kemarin") == {
        "status": "not_in_archive",
        "found": [],
    }


def test_filters_are_heeded(service: Service) -> None:
    put(service.store, make_article("a", TEXT, outlet="Antara"))
    quote = "Budi Rustandi, melantik 269 pejabat"
    assert locate(service, quote, filters={"outlets": ["Tempo"]})["status"] == "not_in_archive"
    assert locate(service, quote, filters={"outlets": ["antara"]})["status"] == "verbatim"


@pytest.mark.parametrize("quote", ["", "x" * 1001, " " + "x" * 1000, "terlalu", "\ud800 rusak rusak rusak"])
def test_what_is_no_sentence_is_refused(service: Service, quote: str) -> None:
    client = TestClient(create_api(service))
    content = json.dumps({"quote": quote})
    response = client.post("/quotes/locate", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_copies_pass_the_filters_too(service: Service) -> None:
    for day, outlet in ((3, "Tempo"), (1, "Antara")):
        article = make_article(outlet, TEXT, outlet=outlet, published_at=date(2025, 11, day))
        put(service.store, article, budget=100)
    quote = "Budi Rustandi, melantik 269 pejabat"
    of_tempo = locate(service, quote, filters={"outlets": ["tempo"]})["found"]
    assert [each["article"]["outlet"] for each in of_tempo] == ["Tempo"]
    later = locate(service, quote, filters={"published_from": "2025-11-02"})["found"]
    assert [each["article"]["outlet"] for each in later] == ["Tempo"]


def test_where_the_article_says_more_nothing_is_said_to_differ_but_that() -> None:
    text = (
        "Hal itu disampaikan Budi usai melantik 269 pejabat baru di lingkungan Pemerintah Kota (Pemkot) "
        "Serang pada Jumat (31/10) siang di kawasan Pasar Kepandean."
    )
    claimed = (
        "Hal itu disampaikan Budi usai melantik 296 pejabat baru di lingkungan Pemerintah Kota Serang "
        "pada Jumat"
    )
    found = find(claimed, make_article("a", f"Serang. {text} Selesai."))
    assert found is not None
    assert found.quote == text.partition(" (31/10)")[0]
    assert found.differences(claimed) == [("296", "269"), ("", "(Pemkot)")]


def test_a_bracket_that_was_left_out_makes_it_nearly() -> None:
    text = (
        "Wali Kota Serang Budi Rustandi menegaskan agar para ASN (aparat sipil negara) untuk bekerja keras, "
        "cerdas dan penuh tanggung jawab dalam memberikan pelayanan."
    )
    claimed = (
        "Wali Kota Serang Budi Rustandi menegaskan agar para ASN untuk bekerja keras, cerdas dan penuh "
        "tanggung jawab"
    )
    found = find(claimed, make_article("a", text))
    assert found is not None
    assert found.quote == text.partition(" dalam")[0]
    assert found.differences(claimed) == [("", "(aparat sipil negara)")]

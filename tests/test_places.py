"""Places: which a question names, and which articles name them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.places import is_place, names, places_in, spellings
from tests.corpus import make_article


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("Siapa Wali Kota Serang?", ["Kota Serang"]),
        ("kapan pejabat baru pemkot serang dilantik", ["Kota Serang"]),
        ("Berapa pejabat di Serang dan Bekasi?", ["Serang", "Bekasi"]),
        ("Bupati Bekasi atau Wali Kota Bekasi?", ["Kabupaten Bekasi", "Kota Bekasi"]),
        ("brp pejabat yg kena rotasi di bekasi?", ["Bekasi"]),
        ("How many in West Java and Central Jakarta?", ["Jawa Barat", "Jakarta Pusat"]),
        ("Serang Regency", ["Kabupaten Serang"]),
        ("gempa di Kepulauan Mentawai, Sumatra Barat", ["Kepulauan Mentawai", "Sumatera Barat"]),
        ("Siapa gubernur Jabar?", ["Jawa Barat"]),
        ("Siapa gubernur DKI?", ["DKI Jakarta"]),
        ("apbd dki dan dki jakarta", ["DKI Jakarta"]),
        ("banjir di Kasemen dan Cikarang Utara", ["Kasemen", "Cikarang Utara"]),
        ("Jogja atau Solo?", ["DI Yogyakarta", "Surakarta"]),
        ("Wali Kota Depok", ["Depok"]),
        ("Kabupaten Lebak", ["Lebak"]),
        ("¿Quién es el alcalde de Serang?", ["Serang"]),
        ("Bekasi, di Bekasi", ["Bekasi"]),
    ],
)
def test_the_places_that_a_question_names(question: str, places: list[str]) -> None:
    assert list(places_in(question)) == places


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("Siapa yang serang warga Bekasi?", ["Bekasi"]),
        ("Serang siapa?", []),
        ("pukul dengan palu", []),
        ("banjir di palu", ["Palu"]),
        ("Di Palu ada apa?", ["Palu"]),
        ("Berapa ekspor Batu Bara?", []),
        ("Siapa Kapolda Metro Jaya?", []),
        ("Berapa penduduk Kota Metro?", ["Metro"]),
        ("wali kota batu", ["Batu"]),
        ("pejabat Serang Baru dilantik", []),
        ("penyerangan Bekasian", []),
        ("Kapan Persija Jakarta melawan Bali United di Kediri?", ["Kediri"]),
    ],
)
def test_a_name_that_is_also_a_word_needs_to_stand_as_a_name(question: str, places: list[str]) -> None:
    assert list(places_in(question)) == places


@pytest.mark.parametrize(
    ("text", "place", "named"),
    [
        ("Wali kota SERANG melantik pejabat.", "Serang", True),
        ("Pemkot Serang melantik pejabat.", "Kota Serang", True),
        ("Pejabat Serang dilantik.", "Kota Serang", True),
        ("Bupati Serang melantik pejabat.", "Kota Serang", False),
        ("Bupati Serang menemui Wali Kota Serang.", "Kota Serang", True),
        ("Kabupaten Serang banjir.", "Serang", True),
        ("Mereka menyerang, lalu kami serang.", "Serang", False),
        ("walikota serang budi rustandi", "Serang", True),
        ("Banjir di Surabaya.", "Jawa Timur", True),
        ("Banjir di Surabaya.", "East Java", True),
        ("Banjir di Surabaya.", "Jawa Barat", False),
        ("The mayor of Bandung in West Java.", "jabar", True),
        ("Banjir di Kampung Melayu.", "Kampung Melayu", True),
        ("Banjir di Kampung Baru.", "Kampung Melayu", False),
    ],
)
def test_an_article_names_a_place_in_any_spelling(text: str, place: str, named: bool) -> None:
    assert names(make_article("a", text), place) is named


def test_the_title_counts_and_other_scripts_pass() -> None:
    assert names(make_article("a", "Hujan turun.", title="Banjir Bekasi"), "Bekasi")
    assert names(make_article("a", "勿加泗市长", title="", language="zh"), "Bekasi")


def test_the_gazetteer_knows_provinces_regencies_and_cities() -> None:
    for name in ("Papua Barat Daya", "Sabu Raijua", "Lhokseumawe", "palangkaraya", "Jaksel"):
        assert is_place(name)
    assert not is_place("Kompas")


_PIECES = str.split(
    "Serang Bekasi Palu Batu Metro Baru Jawa Barat West Java DKI Jakarta Papua Daya Kepulauan Riau Kep. Solo "
    "Kota Kabupaten kab. Pemkot wali kota bupati City Regency of gubernur provinsi bandar Persija FC United "
    "di ke dari in at , . - ( ) BEKASI melantik pejabat siapa"
)
_OF_PIECES = st.lists(st.sampled_from(_PIECES), max_size=9).map(" ".join)
_TEXTS = st.one_of(st.text(max_size=80), _OF_PIECES, _OF_PIECES.map(str.lower))


@given(_TEXTS)
def test_a_place_found_in_any_text_has_its_usual_name_and_stands_there(text: str) -> None:
    article = make_article("a", text, title="")
    for name in places_in(text):
        assert is_place(name.removeprefix("Kota ").removeprefix("Kabupaten "))
        assert any(way.lower() in text.lower() for way in spellings(name))
        assert names(article, name)


@given(_TEXTS, st.text(st.characters(categories=["L"]), min_size=1, max_size=20))
def test_a_place_that_we_do_not_know_is_named_where_it_stands_alone(text: str, place: str) -> None:
    assert names(make_article("a", f"{text} {place} {text}"), place)


def test_bandar_is_a_part_of_a_name_before_it_is_a_kind() -> None:
    assert places_in("Berapa penduduk Bandar Lampung?") == ("Bandar Lampung",)
    assert places_in("Berapa penduduk Bekası?") == ("Bekasi",)

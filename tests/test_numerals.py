"""Numbers that are spelled out: what they come to, and what only looks like one."""

from __future__ import annotations

import pytest

from qa_service.numerals import in_figures


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("lima orang tewas", "5 orang tewas"),
        ("Tiga orang", "3 orang"),
        ("lima", "5"),
        ("sebanyak sebelas kali", "sebanyak 11 kali"),
        ("tujuh belas anak", "17 anak"),
        ("dua puluh pejabat", "20 pejabat"),
        ("dua puluh lima pejabat", "25 pejabat"),
        ("seratus lima puluh", "150"),
        ("dua ratus enam puluh sembilan pejabat", "269 pejabat"),
        ("lima juta rupiah", "5 juta rupiah"),
        ("twenty-one people", "21 people"),
        ("two hundred and sixty-nine officials", "269 officials"),
        ("one hundred", "100"),
        ("fourteen days", "14 days"),
    ],
)
def test_a_number_in_words_becomes_a_figure(text: str, figures: str) -> None:
    assert in_figures(text) == figures


@pytest.mark.parametrize(
    "text",
    [
        "Kelapa Dua, Tangerang",
        "Tiga Raksa",
        "salah satu pejabat",
        "satu-satunya calon",
        "dua-tiga hari",
        "pejabat kedua",
        "one of them",
        "no one",
        "someone",
        "LIMA ORANG",
        "",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert in_figures(text) == text

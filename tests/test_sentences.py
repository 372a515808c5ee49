"""Sentences are found where they stand, in the languages that are read here."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentences


def split(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Satu kalimat. Dua kalimat!", ["Satu kalimat.", "Dua kalimat!"]),
        ("Judul tanpa titik\nIsi berita.", ["Judul tanpa titik", "Isi berita."]),
        (
            "“Dengar warga. Jangan menunggu,” ujar Tri. Ia pergi.",
            ["“Dengar warga. Jangan menunggu,” ujar Tri.", "Ia pergi."],
        ),
        (
            "Gedung di Jalan Jend. Ahmad Yani, No. 5. Dr. Ir. H. Joko Widodo datang.",
            ["Gedung di Jalan Jend. Ahmad Yani, No. 5.", "Dr. Ir. H. Joko Widodo datang."],
        ),
        (
            "Nilainya Rp1.500.000 pukul 10.30 WIB. Selesai.",
            ["Nilainya Rp1.500.000 pukul 10.30 WIB.", "Selesai."],
        ),
        (
            "Kata Tri kepada RakyatBekasi.Com di Plaza. Lalu usai.",
            ["Kata Tri kepada RakyatBekasi.Com di Plaza.", "Lalu usai."],
        ),
        ("黑豹队赢了。真好！", ["黑豹队赢了。", "真好！"]),
        ("وصل الوزير. ثم غادر.", ["وصل الوزير.", "ثم غادر."]),
        ("Keluarga 👩‍👩‍👧 datang 😀. Lalu pulang.", ["Keluarga 👩‍👩‍👧 datang 😀.", "Lalu pulang."]),
        ("  \n\t\n ", []),
        ("", []),
    ],
)
def test_a_text_falls_into_its_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(st.text(max_size=300))
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert "".join("".join(split(text)).split()) == "".join(text.split())
    assert all(part == part.strip() != "" for part in split(text))

"""The kind of answer that is asked for."""

from __future__ import annotations

import pytest

from qa_service.kinds import is_of_kind


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Berapa harga mobil pemadam?", "Pemerintah Provinsi DKI Jakarta", False),
        ("Berapa pejabat yang dilantik?", "269 pejabat", True),
        ("Berapa lama videonya?", "satu menit", True),
        ("Eselon berapa mereka?", "eselon III dan IV", True),
        ("Peringkat berapa?", "peringkat ketiga", True),
        ("Peringkat ke berapa?", "peringkat keenam", True),
        ("Berapa anaknya?", "keempatnya", True),
        ("How many officials?", "a bank", False),
        ("How old is he?", "two years", True),
        ("How come?", "a bank", True),
        ("Berapa harga mobilnya?", "satu unit", False),
        ("Berapa nilai kontraknya?", "dua miliar rupiah", True),
        ("What did it cost?", "a bank", False),
        ("Berapa lama?", "seminggu", True),
        ("Berapa lama?", "sebulan penuh", True),
        ("Berapa lama?", "seharian", True),
        ("Berapa lama?", "sekalian", False),
        ("Berapa kali?", "sekali", True),
        ("Berapa?", "seorang", True),
        ("Berapa biayanya?", "seribu rupiah", True),
        ("How many times?", "twice a week", True),
        ("How often?", "every day", True),
        ("How long?", "a week", True),
        ("Kapan hibah diserahkan?", "Pemerintah Provinsi DKI Jakarta", False),
        ("Kapan hibah diserahkan?", "Senin pagi", True),
        ("Kapan?", "sepekan lalu", True),
        ("Kapan?", "semalam", True),
        ("Kapan?", "setelah Lebaran", True),
        ("Kapan?", "saat Ramadan", True),
        ("Kapan?", "Idulfitri", True),
        ("Kapan?", "masa kolonial", True),
        ("Kapan?", "sekadar wacana", False),
        ("When?", "during the floods", True),
        ("Tanggal berapa?", "5 Januari", True),
        ("When was it signed?", "last week", True),
        ("Siapa yang berapa kali datang?", "Budi", True),
        ("Hibah", "Budi", True),
    ],
)
def test_a_number_is_asked_for_by_how_many_a_time_by_when(question: str, answer: str, expected: bool) -> None:
    assert is_of_kind(question, answer) is expected

"""Questions made of titles."""

from __future__ import annotations

import pytest

from qa_service.title_questions import question_of
from tests.corpus import make_article


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Wali Kota Serang Lantik 269 Pejabat", "Kapan Wali Kota Serang Lantik 269 Pejabat?"),
        ("Pemkot Bekasi Tangani Banjir.", "Kapan Pemkot Bekasi Tangani Banjir?"),
        ("Banjir Bekasi", None),
        ("Kapan Banjir Bekasi Akan Surut", None),
        ("Wali Kota: Banjir Bekasi Segera Surut", None),
        ("“Banjir Segera Surut”, Kata Wali Kota", None),
        ("Banjir di Bekasi Surut?", None),
        ("a b c d e f g h i j k l m", None),
    ],
)
def test_a_plain_statement_becomes_a_question_of_when(title: str, question: str | None) -> None:
    assert question_of(make_article("a", "…", title=title)) == question


def test_an_english_title_becomes_none() -> None:
    assert (
        question_of(make_article("a", "…", title="Mayor of Serang Appoints Officials", language="en")) is None
    )

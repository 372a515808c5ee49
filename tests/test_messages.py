"""An abstention's sentence: what is missing, and among which articles it was looked for."""

from __future__ import annotations

from datetime import date

import pytest

from index.records import Filters
from qa_service.answers import Reason
from qa_service.messages import message


@pytest.mark.parametrize(
    ("limits", "places", "indonesian", "english"),
    [
        (Filters(), ["Surabaya"], " yang menyebut Surabaya", " that mention Surabaya"),
        (
            Filters(),
            ["Serang", "Bekasi", "Bogor"],
            " yang menyebut Serang, Bekasi dan Bogor",
            " that mention Serang, Bekasi and Bogor",
        ),
        (Filters(outlets=("Kompas", "Antara")), [], " dari Kompas atau Antara", " from Kompas or Antara"),
        (Filters(languages=("ms",)), [], " dalam bahasa yang dipilih", " in the chosen languages"),
        (
            Filters(published_from=date(2026, 2, 1), published_to=date(2026, 2, 7)),
            [],
            " yang terbit 1–7 Februari 2026",
            " that were published 1–7 February 2026",
        ),
        (
            Filters(published_from=date(2026, 1, 30), published_to=date(2026, 2, 7)),
            [],
            " yang terbit 30 Januari – 7 Februari 2026",
            " that were published 30 January – 7 February 2026",
        ),
        (
            Filters(published_from=date(2025, 12, 30), published_to=date(2026, 1, 7)),
            [],
            " yang terbit 30 Desember 2025 – 7 Januari 2026",
            " that were published 30 December 2025 – 7 January 2026",
        ),
        (
            Filters(published_from=date(2026, 2, 6), published_to=date(2026, 2, 6)),
            [],
            " yang terbit pada 6 Februari 2026",
            " that were published on 6 February 2026",
        ),
        (
            Filters(published_from=date(2026, 2, 6)),
            [],
            " yang terbit sejak 6 Februari 2026",
            " that were published since 6 February 2026",
        ),
        (
            Filters(outlets=("Kompas",), published_to=date(2026, 2, 6)),
            ["Serang"],
            " dari Kompas yang menyebut Serang dan terbit sampai 6 Februari 2026",
            " from Kompas that mention Serang and were published until 6 February 2026",
        ),
    ],
)
def test_what_was_searched_is_told_in_the_askers_language(
    limits: Filters, places: list[str], indonesian: str, english: str
) -> None:
    def told(reason: Reason, language: str) -> str:
        return message(reason, language=language, limits=limits, places=places)

    assert told(Reason.NO_MATCHING_ARTICLES, "jv") == f"Tidak ada artikel{indonesian}."
    assert told(Reason.NO_MATCHING_ARTICLES, "de") == f"There are no articles{english}."
    assert told(Reason.NOT_IN_ARTICLES, "id") == (
        f"Jawabannya tidak ditemukan dalam artikel{indonesian}. Berikut bagian yang paling dekat."
    )
    assert told(Reason.NOT_IN_ARTICLES, "en") == (
        f"The articles{english} do not answer this. These passages come nearest."
    )


@pytest.mark.parametrize(
    ("reason", "language", "expected"),
    [
        (Reason.EMPTY_CORPUS, "id", "Arsip masih kosong. Tambahkan artikel dengan `tanya add`, lalu"),
        (Reason.NO_MATCHING_ARTICLES, "id", "Tidak ada artikel yang cocok dengan penyaring."),
        (Reason.NO_MATCHING_ARTICLES, "en", "No article passes the filters."),
        (Reason.NOT_IN_ARTICLES, "id", "Jawabannya tidak ditemukan dalam artikel yang ada. Berikut"),
        (Reason.NOT_IN_ARTICLES, "en", "The articles do not answer this. These passages come nearest."),
        (Reason.UNSURE, "id", "Ada bagian yang mungkin menjawab, tetapi belum cukup pasti."),
        (Reason.UNSURE, "en", "A passage may answer this, but not surely enough."),
    ],
)
def test_without_limits_the_whole_archive_is_meant(reason: Reason, language: str, expected: str) -> None:
    assert message(reason, language=language, limits=Filters(), places=()).startswith(expected)

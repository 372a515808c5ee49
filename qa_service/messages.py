"""The sentences around an answer, in the question's language as far as we speak it."""

from __future__ import annotations

from qa_service.answers import Reason

_INDONESIAN_SPEAKING = frozenset({"id", "ms", "jv", "su"})

_MESSAGES = {
    "id": {
        Reason.EMPTY_CORPUS: "Arsip masih kosong. Tambahkan artikel dengan `tanya add`, lalu tanyakan lagi.",
        Reason.NO_MATCHING_ARTICLES: (
            "Tidak ada artikel yang cocok dengan penyaring. Longgarkan media, bahasa, atau tanggalnya."
        ),
        Reason.NOT_IN_ARTICLES: (
            "Jawabannya tidak ditemukan dalam artikel yang ada. Berikut bagian yang paling dekat."
        ),
        Reason.UNSURE: (
            "Ada bagian yang mungkin menjawab, tetapi belum cukup pasti. Periksa sendiri kutipan berikut."
        ),
    },
    "en": {
        Reason.EMPTY_CORPUS: "The archive is still empty. Add articles with `tanya add`, then ask again.",
        Reason.NO_MATCHING_ARTICLES: "No article passes the filters. Widen the outlets, languages or dates.",
        Reason.NOT_IN_ARTICLES: "The articles do not answer this. These passages come nearest.",
        Reason.UNSURE: "A passage may answer this, but not surely enough. Check these quotes yourself.",
    },
}


def message_language(language: str) -> str:
    """What we speak to those who ask in `language`: Indonesian to its speakers, else English."""
    return "id" if language in _INDONESIAN_SPEAKING else "en"


def message(reason: Reason, *, language: str) -> str:
    """Why there is no answer, in the language we speak to those who ask in `language`."""
    return _MESSAGES[message_language(language)][reason]

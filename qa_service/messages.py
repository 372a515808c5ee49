"""The sentences around an answer, in a language that we speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.records import Filters
from qa_service.answers import Reason
from qa_service.errors import Trouble

_INDONESIAN_SPEAKING = frozenset({"id", "ms", "jv", "su"})


@dataclass(frozen=True, slots=True)
class _Wording:
    """Every sentence in one language; `{limits}` is which articles are meant."""

    reasons: dict[Reason, str]
    excluded: str
    other: str
    each: str
    either: str
    from_outlets: str
    in_languages: str
    naming: str
    published: str
    published_on: str
    since: str
    until: str
    that: str
    months: str
    written: str
    dropped: tuple[str, str]
    troubles: dict[Trouble, str]
    quotes_instead: str


_INDONESIAN = _Wording(
    reasons={
        Reason.EMPTY_CORPUS: "Arsip masih kosong. Tambahkan artikel dengan `tanya add`, lalu tanyakan lagi.",
        Reason.NO_MATCHING_ARTICLES: "Tidak ada artikel{limits}.",
        Reason.NOT_IN_ARTICLES: (
            "Jawabannya tidak ditemukan dalam artikel{limits}. Berikut bagian yang paling dekat."
        ),
        Reason.UNSURE: (
            "Ada bagian yang mungkin menjawab, tetapi belum cukup pasti. Periksa sendiri kutipan berikut."
        ),
    },
    excluded="Tidak ada artikel yang cocok dengan penyaring. Longgarkan media, bahasa, atau tanggalnya.",
    other=" yang ada",
    each=" dan ",
    either=" atau ",
    from_outlets=" dari {}",
    in_languages=" dalam bahasa yang dipilih",
    naming="menyebut {}",
    published="terbit {}",
    published_on="terbit pada {}",
    since="sejak {}",
    until="sampai {}",
    that=" yang ",
    months="Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    written="Ditulis oleh {model} dari kutipan{dropped}.",
    dropped=(
        "; {count} kalimat tanpa dukungan kutipan dihilangkan",
        "; {count} kalimat tanpa dukungan kutipan dihilangkan",
    ),
    troubles={
        Trouble.TIMED_OUT: "Model bahasa tidak menjawab tepat waktu",
        Trouble.UNREACHABLE: "Model bahasa tidak dapat dihubungi",
        Trouble.REFUSED: "Model bahasa tidak bersedia menjawab",
        Trouble.UNUSABLE: "Jawaban model bahasa tidak dapat dipakai",
        Trouble.UNBACKED: "Tidak ada kalimat model bahasa yang didukung kutipan",
        Trouble.CHANGED: "Artikel berubah sementara model bahasa menulis",
    },
    quotes_instead="{trouble}: yang tampil adalah kutipannya sendiri.",
)
_ENGLISH = _Wording(
    reasons={
        Reason.EMPTY_CORPUS: "The archive is still empty. Add articles with `tanya add`, then ask again.",
        Reason.NO_MATCHING_ARTICLES: "There are no articles{limits}.",
        Reason.NOT_IN_ARTICLES: "The articles{limits} do not answer this. These passages come nearest.",
        Reason.UNSURE: "A passage may answer this, but not surely enough. Check these quotes yourself.",
    },
    excluded="No article passes the filters. Widen the outlets, languages or dates.",
    other="",
    each=" and ",
    either=" or ",
    from_outlets=" from {}",
    in_languages=" in the chosen languages",
    naming="mention {}",
    published="were published {}",
    published_on="were published on {}",
    since="since {}",
    until="until {}",
    that=" that ",
    months="January February March April May June July August September October November December",
    written="Written by {model} from the quotes{dropped}.",
    dropped=(
        "; {count} sentence that no quote backs was left out",
        "; {count} sentences that no quote backs were left out",
    ),
    troubles={
        Trouble.TIMED_OUT: "The language model did not answer in time",
        Trouble.UNREACHABLE: "The language model could not be reached",
        Trouble.REFUSED: "The language model did not want to answer",
        Trouble.UNUSABLE: "What the language model answered cannot be used",
        Trouble.UNBACKED: "No quote backs what the language model wrote",
        Trouble.CHANGED: "Articles changed while the language model wrote",
    },
    quotes_instead="{trouble}: the quotes themselves are shown.",
)


def message_language(language: str) -> str:
    """What we speak to those who ask in `language`: Indonesian to its speakers, else English."""
    return "id" if language in _INDONESIAN_SPEAKING else "en"


def message(reason: Reason, *, language: str, limits: Filters, places: Sequence[str]) -> str:
    """Why there is no answer, in the language we speak to those who ask in `language`.

    `limits` is what the articles searched had to be, `places` which they had to name: both are told.
    """
    wording = _INDONESIAN if message_language(language) == "id" else _ENGLISH
    told = _limits(limits, places, wording)
    if reason is Reason.NO_MATCHING_ARTICLES and not told:
        return wording.excluded
    return wording.reasons[reason].format(limits=told or wording.other)


class Written(Protocol):
    """What is told of prose, whether it is a value or on the wire."""

    @property
    def model(self) -> str: ...
    @property
    def dropped(self) -> int: ...
    @property
    def trouble(self) -> Trouble | None: ...


def about_prose(prose: Written, *, language: str) -> str:
    """Who wrote it and how much of it was left out, or why the quotes are shown instead."""
    wording = _INDONESIAN if message_language(language) == "id" else _ENGLISH
    if prose.trouble:
        return wording.quotes_instead.format(trouble=wording.troubles[prose.trouble])
    dropped = wording.dropped[prose.dropped != 1].format(count=prose.dropped) if prose.dropped else ""
    return wording.written.format(model=prose.model, dropped=dropped)


def _limits(limits: Filters, places: Sequence[str], wording: _Wording) -> str:
    """Which articles were searched: " from Kompas that mention Serang and were published …"."""
    whence = wording.from_outlets.format(_joined(limits.outlets, wording.either)) if limits.outlets else ""
    languages = wording.in_languages if limits.languages else ""
    clauses = [wording.naming.format(_joined(places, wording.each))] if places else []
    clauses += filter(None, [_published(limits.published_from, limits.published_to, wording)])
    return whence + languages + (wording.that + wording.each.join(clauses) if clauses else "")


def _published(first: date | None, last: date | None, wording: _Wording) -> str:
    """Were published 1–7 February 2026; "" at any time."""
    if first and last:
        told = wording.published if first < last else wording.published_on
        return told.format(_days(first, last, wording))
    if first:
        return wording.published.format(wording.since.format(_day(first, wording)))
    return wording.published.format(wording.until.format(_day(last, wording))) if last else ""


def _days(first: date, last: date, wording: _Wording) -> str:
    """Both days, saying once what they share: 1–7 February 2026."""
    if first >= last:
        return _day(last, wording)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last, wording)}"
    if first.year == last.year:
        return f"{first.day} {_month(first, wording)} – {_day(last, wording)}"
    return f"{_day(first, wording)} – {_day(last, wording)}"


def _day(day: date, wording: _Wording) -> str:
    return f"{day.day} {_month(day, wording)} {day.year}"


def _month(day: date, wording: _Wording) -> str:
    return wording.months.split()[day.month - 1]


def _joined(names: Sequence[str], last: str) -> str:
    """A, B and C."""
    return last.join(filter(None, (", ".join(names[:-1]), names[-1])))

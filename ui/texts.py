"""What the screens say, in Indonesian and in English."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from index.records import WIB
from ui.archive_texts import ENGLISH_ARCHIVE, INDONESIAN_ARCHIVE, ArchiveTexts
from ui.chat_texts import ENGLISH_CHAT, INDONESIAN_CHAT, ChatTexts


@dataclass(frozen=True, slots=True)
class Texts:
    """Every string of the interface in one language. Braces are filled in by the caller."""

    language: str
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    subtitle: str
    question_label: str
    question_placeholder: str
    ask: str
    stop: str
    retry: str
    clear: str
    try_asking: str
    welcome: str
    searching: str
    stopped: str
    busy: str
    failed: str
    too_long: str
    abstained: str
    unsure: str
    confidence: str
    agreeing: str
    differing: str
    sources: str
    sources_empty: str
    source: str
    nearest: str
    nearest_hint: str
    read_article: str
    new_tab: str
    outlet_unknown: str
    date_unknown: str
    index_as_of: str
    newest_article: str
    articles: tuple[str, str]
    back_to_chat: str
    publisher: str
    to_quote: str
    quote_not_found: str
    article_changed: str
    article_changed_since: str
    quote_still_stands: str
    quote_stands_no_more: str
    outlets: tuple[str, str]
    copies: tuple[str, str]
    first: str
    other_copies: str
    article_missing: str
    article_missing_hint: str
    answer: str
    asked_at: str
    searched_for: str
    link_to_answer: str
    ask_yourself: str
    to_answer: str
    none_changed: str
    some_changed: tuple[str, str]
    now_changed: str
    quote_still_stands_in_it: str
    now_withdrawn: str
    now_instead: str
    answer_missing: str
    answer_missing_hint: str
    quote_of: str
    previous_quote: str
    next_quote: str
    more_from: str
    archive: ArchiveTexts
    key_title: str
    key_hint: str
    key_label: str
    key_enter: str
    key_wrong: str
    key_known: str
    key_forget: str
    chat: ChatTexts

    def long_date(self, day: date) -> str:
        """6 Februari 2026."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"

    def short_date(self, day: date) -> str:
        """6 Feb 2026."""
        return f"{day.day} {self.months_short[day.month - 1]} {day.year}"

    def moment(self, at: datetime) -> str:
        """6 Feb 2026, 14:32 WIB."""
        local = at.astimezone(WIB)
        return f"{self.short_date(local.date())}, {local:%H:%M} WIB"

    def carried_by(self, *, outlets: int, copies: int) -> str:
        """1 outlet, 2 copies."""
        counted = (self.outlets, outlets), (self.copies, copies)
        return ", ".join(forms[count != 1].format(count=count) for forms, count in counted)

    def article_count(self, count: int) -> str:
        """1 article, 5 articles."""
        return self.articles[count != 1].format(count=count)

    def reading_progress(self, *, passages: int, articles: int) -> str:
        """Reading 12 passages of 5 articles …"""
        counted = self.chat.passages[passages != 1].format(count=passages)
        return self.chat.reading.format(passages=counted, articles=self.article_count(articles))

    def language_name(self, code: str) -> str:
        """Indonesian; the code itself where we have no name for it."""
        return self.chat.languages.get(code, code)

    def days(self, start: date | None, end: date | None) -> str:
        """16 Nov 2026 – 22 Nov 2026, one day alone, or since or until one; nothing where both are open."""
        if start and end:
            days = dict.fromkeys((self.short_date(start), self.short_date(end)))
            return " – ".join(days)
        if start:
            return self.chat.since.format(day=self.short_date(start))
        return self.chat.until.format(day=self.short_date(end)) if end else ""

    def changed_since(self, count: int) -> str:
        """How many of the articles quoted have changed or were withdrawn."""
        return self.some_changed[count != 1].format(count=count) if count else self.none_changed


INDONESIAN = Texts(
    language="id",
    months=(
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    subtitle="Jawaban dari berita, setiap kalimatnya kutipan yang bisa Anda periksa.",
    question_label="Pertanyaan Anda",
    question_placeholder="Tulis pertanyaan …",
    ask="Tanya",
    stop="Berhenti",
    retry="Tanya ulang",
    clear="Percakapan baru",
    try_asking="Coba tanyakan",
    welcome=(
        "Tanyakan apa saja yang diberitakan. Jika jawabannya tidak ada di arsip, kami akan mengatakannya."
    ),
    searching="Mencari di arsip berita …",
    stopped="Pencarian dihentikan.",
    busy="Sedang banyak pertanyaan. Coba lagi sebentar.",
    failed="Maaf, ada gangguan pada layanan sehingga pertanyaan ini belum terjawab. Coba lagi sebentar.",
    too_long="Pertanyaan terlalu panjang: {length} karakter. Persingkat menjadi paling banyak {limit}.",
    abstained="Tidak ditemukan di arsip",
    unsure="Belum cukup pasti",
    confidence="Keyakinan {percent}%",
    agreeing="{count} media sepakat",
    differing="Angkanya berbeda antarberita; yang terbaru lebih dulu.",
    sources="Sumber",
    sources_empty="Kutipan yang mendukung jawaban akan tampil di sini.",
    source="Sumber {n}",
    nearest="Kutipan terdekat",
    nearest_hint="Bagian yang paling dekat dengan pertanyaan; periksa sendiri.",
    read_article="Baca artikel utuh",
    new_tab="(tab baru)",
    outlet_unknown="Media tidak disebut",
    date_unknown="tanpa tanggal",
    index_as_of="Indeks per {moment}",
    newest_article="berita terbaru {day}",
    articles=("{count} artikel", "{count} artikel"),
    back_to_chat="Kembali ke Tanya",
    publisher="Buka di situs penerbit",
    to_quote="Lompat ke kutipan",
    quote_not_found="Kutipan yang dituju tidak ada di teks ini; tidak ada yang disorot.",
    article_changed="Artikel ini berubah sejak dikutip; kutipannya tidak disorot.",
    article_changed_since="Artikel ini berubah sejak dikutip. Saat dikutip tertulis:",
    quote_still_stands="Kalimat itu masih ada di teks sekarang dan disorot di bawah.",
    quote_stands_no_more="Kalimat itu tidak ada lagi di teks sekarang.",
    outlets=("{count} media", "{count} media"),
    copies=("{count} salinan", "{count} salinan"),
    first="pertama: {outlet}, {day}",
    other_copies="Salinan lain berita ini",
    article_missing="Artikel tidak ditemukan",
    article_missing_hint="Artikel ini tidak ada di arsip, mungkin karena sudah dihapus.",
    answer="Jawaban",
    asked_at="Ditanyakan {moment}",
    searched_for="Yang dicari: {query}",
    link_to_answer="Tautan ke jawaban ini",
    ask_yourself="Tanyakan sendiri",
    to_answer="Kembali ke jawaban",
    none_changed="Tidak ada yang berubah sejak itu pada berita yang dikutip.",
    some_changed=(
        "Sejak itu {count} berita yang dikutip berubah atau ditarik; lihat catatan pada kutipannya.",
        "Sejak itu {count} berita yang dikutip berubah atau ditarik; lihat catatan pada kutipannya.",
    ),
    now_changed="Artikel ini berubah sejak dikutip.",
    quote_still_stands_in_it="Kalimat itu masih ada di teks sekarang.",
    now_withdrawn="Artikel ini sudah tidak ada di arsip.",
    now_instead="Sekarang tertulis:",
    answer_missing="Jawaban tidak ditemukan",
    answer_missing_hint="Jawaban ini tidak disimpan, atau masa simpannya sudah lewat. Silakan tanyakan lagi.",
    quote_of="Kutipan {n} dari {count}",
    previous_quote="Kutipan sebelumnya",
    next_quote="Kutipan berikutnya",
    more_from="Berita lain dari {outlet}",
    archive=INDONESIAN_ARCHIVE,
    key_title="Kunci akses",
    key_hint="Masukkan kunci yang dibuat pengelola dengan `tanya keys make`. Peramban ini akan mengingatnya.",
    key_label="Kunci",
    key_enter="Simpan",
    key_wrong="Kunci ini tidak berlaku, atau sudah dicabut.",
    key_known="Peramban ini memakai kunci “{name}”.",
    key_forget="Lupakan kunci ini",
    chat=INDONESIAN_CHAT,
)

ENGLISH = Texts(
    language="en",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    subtitle="Answers from the news, every sentence a quote that you can check.",
    question_label="Your question",
    question_placeholder="Type a question …",
    ask="Ask",
    stop="Stop",
    retry="Ask again",
    clear="New conversation",
    try_asking="Try asking",
    welcome="Ask about anything that was reported. Where the archive has no answer, we say so.",
    searching="Searching the archive …",
    stopped="The search was stopped.",
    busy="Many questions at the moment. Please try again shortly.",
    failed="Sorry, something went wrong on our side, so this question has no answer yet. Please try again.",
    too_long="The question is too long: {length} characters. Shorten it to at most {limit}.",
    abstained="Not found in the archive",
    unsure="Not sure enough",
    confidence="Confidence {percent}%",
    agreeing="{count} outlets agree",
    differing="The figures differ between articles; the newest comes first.",
    sources="Sources",
    sources_empty="The quotes that support an answer appear here.",
    source="Source {n}",
    nearest="Nearest passages",
    nearest_hint="The passages closest to the question; check them yourself.",
    read_article="Read the whole article",
    new_tab="(new tab)",
    outlet_unknown="Outlet not named",
    date_unknown="undated",
    index_as_of="Index as of {moment}",
    newest_article="newest article {day}",
    articles=("{count} article", "{count} articles"),
    back_to_chat="Back to Tanya",
    publisher="Open on the publisher's site",
    to_quote="Jump to the quote",
    quote_not_found="The quote that this link points to is not in this text; nothing is highlighted.",
    article_changed="This article has changed since it was quoted; nothing is highlighted.",
    article_changed_since="This article has changed since it was quoted. When it was quoted, it said:",
    quote_still_stands="The quote is still in the current text, highlighted below.",
    quote_stands_no_more="The quote is no longer in the current text.",
    outlets=("{count} outlet", "{count} outlets"),
    copies=("{count} copy", "{count} copies"),
    first="first: {outlet}, {day}",
    other_copies="Other copies of this story",
    article_missing="Article not found",
    article_missing_hint="This article is not in the archive; it may have been deleted.",
    answer="Answer",
    asked_at="Asked {moment}",
    searched_for="Searched for: {query}",
    link_to_answer="Link to this answer",
    ask_yourself="Ask something yourself",
    to_answer="Back to the answer",
    none_changed="Nothing has changed since in the articles quoted.",
    some_changed=(
        "Since then {count} of the articles quoted has changed or was withdrawn; see the note there.",
        "Since then {count} of the articles quoted have changed or were withdrawn; see the notes there.",
    ),
    now_changed="This article has changed since it was quoted.",
    quote_still_stands_in_it="The quote is still in the current text.",
    now_withdrawn="This article is no longer in the archive.",
    now_instead="It now says:",
    answer_missing="Answer not found",
    answer_missing_hint="This answer was not kept, or has expired. Please ask again.",
    quote_of="Quote {n} of {count}",
    previous_quote="Previous quote",
    next_quote="Next quote",
    more_from="More from {outlet}",
    archive=ENGLISH_ARCHIVE,
    key_title="Access key",
    key_hint="Enter a key that an administrator made with `tanya keys make`. This browser will remember it.",
    key_label="Key",
    key_enter="Save",
    key_wrong="This key is not valid, or was revoked.",
    key_known="This browser uses the key “{name}”.",
    key_forget="Forget this key",
    chat=ENGLISH_CHAT,
)

INTERFACES = (INDONESIAN, ENGLISH)

_SPOKEN = {"id": INDONESIAN, "ms": INDONESIAN, "jv": INDONESIAN, "su": INDONESIAN, "en": ENGLISH}


def texts_in(language: str) -> Texts:
    """The texts in a language that we speak."""
    return _SPOKEN[language]


def texts_for(accept_language: str | None) -> Texts:
    """The interface language a browser prefers (its Accept-Language header); Indonesian where none fits."""
    weighted = [_weighted(entry) for entry in (accept_language or "").split(",")]
    known = [
        (weight, _SPOKEN[language]) for weight, language in weighted if weight > 0 and language in _SPOKEN
    ]
    return max(known, key=lambda choice: choice[0])[1] if known else INDONESIAN


def _weighted(entry: str) -> tuple[float, str]:
    tag, _, quality = entry.partition(";q=")
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return weight, tag.strip().split("-")[0].lower()

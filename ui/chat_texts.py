"""What the chat says around its questions and answers, in Indonesian and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatTexts:
    """The chat's strings in one language. Braces are filled in by the caller."""

    languages: Mapping[str, str]
    passages: tuple[str, str]
    reading: str
    conversation: str
    understood: str
    chip_language: str
    other_days_too: str
    chip_outlet: str
    chip_place: str
    chip_follows: str
    chip_alone: str
    chip_query: str
    since: str
    until: str
    remove: str
    change: str
    field_question: str
    field_query: str
    field_language: str
    field_from: str
    field_to: str
    field_outlets: str
    field_places: str
    by_commas: str
    ask_again: str
    certainties: Mapping[str, str]
    quote: str
    to_source: str
    copy_answer: str
    copied: str
    share: str
    link_copied: str
    copy_failed: str
    rate: str
    helpful: str
    unhelpful: str
    reason: str
    choose_reason: str
    reasons: Mapping[str, str]
    comment: str
    send: str
    thanks: str
    feedback_failed: str
    publisher_quote: str
    coverage: str
    coverage_outlets: str
    further_outlets: tuple[str, str]
    without_outlet: str
    suggestions: str
    to_archive: str
    to_plain: str
    pages: str
    menu_language: str
    menu_theme: str
    themes: Mapping[str, str]
    skip: str
    unreachable: str
    reload: str
    own_name: str


INDONESIAN_CHAT = ChatTexts(
    languages={
        "ar": "Arab",
        "de": "Jerman",
        "en": "Inggris",
        "es": "Spanyol",
        "fr": "Prancis",
        "hi": "Hindi",
        "id": "Indonesia",
        "it": "Italia",
        "ja": "Jepang",
        "jv": "Jawa",
        "ko": "Korea",
        "ms": "Melayu",
        "nl": "Belanda",
        "pt": "Portugis",
        "ru": "Rusia",
        "su": "Sunda",
        "ta": "Tamil",
        "th": "Thai",
        "tl": "Tagalog",
        "tr": "Turki",
        "vi": "Vietnam",
        "zh": "Tionghoa",
    },
    passages=("{count} bagian", "{count} bagian"),
    reading="Membaca {passages} dari {articles} …",
    conversation="Percakapan",
    understood="Dipahami sebagai",
    chip_language="Bahasa: {name}",
    other_days_too="hari lain juga dicari",
    chip_outlet="Media: {name}",
    chip_place="Tempat: {name}",
    chip_follows="Dibaca bersama: “{question}”",
    chip_alone="Tanpa pertanyaan sebelumnya",
    chip_query="Dicari: “{query}”",
    since="sejak {day}",
    until="sampai {day}",
    remove="Hapus",
    change="Ubah",
    field_question="Pertanyaan",
    field_query="Yang dicari",
    field_language="Bahasa pertanyaan",
    field_from="Dari tanggal",
    field_to="Sampai tanggal",
    field_outlets="Media",
    field_places="Tempat",
    by_commas="dipisah koma",
    ask_again="Tanyakan dengan perubahan",
    certainties={"sure": "Yakin", "likely": "Cukup yakin", "unsure": "Kurang yakin"},
    quote="Kutipan {n}",
    to_source="Lihat sumbernya",
    copy_answer="Salin jawaban",
    copied="Jawaban dan sumbernya tersalin.",
    share="Salin tautan",
    link_copied="Tautan tersalin.",
    copy_failed="Peramban ini tidak mengizinkan penyalinan.",
    rate="Nilai jawaban ini",
    helpful="Membantu",
    unhelpful="Tidak membantu",
    reason="Apa yang kurang?",
    choose_reason="Pilih alasan",
    reasons={
        "incorrect": "Isinya salah",
        "off_topic": "Menjawab pertanyaan lain",
        "incomplete": "Kurang lengkap",
        "outdated": "Sudah usang",
        "unanswered": "Jawabannya ada di arsip",
        "other": "Lainnya",
    },
    comment="Catatan (boleh kosong)",
    send="Kirim",
    thanks="Terima kasih, penilaian Anda tersimpan.",
    feedback_failed="Penilaian belum tersimpan. Coba lagi sebentar.",
    publisher_quote="Kutipan di situs penerbit",
    coverage="Isi arsip: {articles}",
    coverage_outlets="dari {outlets}",
    further_outlets=("{count} media lain", "{count} media lain"),
    without_outlet="{count} tanpa nama media",
    suggestions="Yang dapat dijawab arsip ini",
    to_archive="Arsip",
    to_plain="Versi sederhana",
    pages="Halaman",
    menu_language="Bahasa",
    menu_theme="Tema",
    themes={"system": "Tema: otomatis", "light": "Terang", "dark": "Gelap"},
    skip="Langsung ke pertanyaan",
    unreachable="Server tidak dapat dihubungi. Percakapan Anda tersimpan di peramban ini.",
    reload="Coba sambungkan lagi",
    own_name="Indonesia",
)

ENGLISH_CHAT = ChatTexts(
    languages={
        "ar": "Arabic",
        "de": "German",
        "en": "English",
        "es": "Spanish",
        "fr": "French",
        "hi": "Hindi",
        "id": "Indonesian",
        "it": "Italian",
        "ja": "Japanese",
        "jv": "Javanese",
        "ko": "Korean",
        "ms": "Malay",
        "nl": "Dutch",
        "pt": "Portuguese",
        "ru": "Russian",
        "su": "Sundanese",
        "ta": "Tamil",
        "th": "Thai",
        "tl": "Tagalog",
        "tr": "Turkish",
        "vi": "Vietnamese",
        "zh": "Chinese",
    },
    passages=("{count} passage", "{count} passages"),
    reading="Reading {passages} of {articles} …",
    conversation="Conversation",
    understood="Understood as",
    chip_language="Language: {name}",
    other_days_too="other days were searched, too",
    chip_outlet="Outlet: {name}",
    chip_place="Place: {name}",
    chip_follows="Read together with: “{question}”",
    chip_alone="Without the earlier question",
    chip_query="Searched: “{query}”",
    since="since {day}",
    until="until {day}",
    remove="Remove",
    change="Change",
    field_question="Question",
    field_query="What is searched for",
    field_language="Language of the question",
    field_from="From",
    field_to="To",
    field_outlets="Outlets",
    field_places="Places",
    by_commas="separated by commas",
    ask_again="Ask with changes",
    certainties={"sure": "Sure", "likely": "Fairly sure", "unsure": "Not sure"},
    quote="Quote {n}",
    to_source="See the source",
    copy_answer="Copy answer",
    copied="Answer and sources copied.",
    share="Copy link",
    link_copied="Link copied.",
    copy_failed="This browser does not allow copying.",
    rate="Rate this answer",
    helpful="Helpful",
    unhelpful="Not helpful",
    reason="What is wrong?",
    choose_reason="Choose a reason",
    reasons={
        "incorrect": "It is wrong",
        "off_topic": "It answers another question",
        "incomplete": "It is incomplete",
        "outdated": "It is out of date",
        "unanswered": "The archive has the answer",
        "other": "Something else",
    },
    comment="Comment (optional)",
    send="Send",
    thanks="Thank you, your rating is saved.",
    feedback_failed="Your rating could not be saved. Please try again.",
    publisher_quote="The quote on the publisher's site",
    coverage="The archive holds {articles}",
    coverage_outlets="from {outlets}",
    further_outlets=("{count} more outlet", "{count} more outlets"),
    without_outlet="{count} without an outlet's name",
    suggestions="What this archive can answer",
    to_archive="Archive",
    to_plain="Plain version",
    pages="Pages",
    menu_language="Language",
    menu_theme="Theme",
    themes={"system": "Theme: automatic", "light": "Light", "dark": "Dark"},
    skip="Skip to the question",
    unreachable="The server cannot be reached. Your conversation is kept in this browser.",
    reload="Try to reconnect",
    own_name="English",
)

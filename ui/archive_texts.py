"""What the archive page says, in Indonesian and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArchiveTexts:
    """Every string of the archive page in one language. Braces are filled in by the caller."""

    heading: str
    covers: str
    period: str
    search_words: str
    search: str
    outlet: str
    all_outlets: str
    newest_first: str
    arrivals: str
    arrived_at: str
    found_for: str
    show_all: str
    nothing_found: str
    empty: str
    paging: str
    previous_page: str
    page_of_pages: str
    next_page: str
    add_heading: str
    add_text: str
    title: str
    publication_day: str
    text: str
    add: str
    add_files: str
    files: str
    files_hint: str
    upload: str
    add_url: str
    url: str
    fetch: str
    added: str
    known: str
    deleted: str
    delete: str
    delete_named: str
    delete_heading: str
    delete_hint: str
    keep_it: str
    job_heading: str
    job_states: Mapping[str, str]
    progress: str
    seen_of: str
    rate: str
    eta: str
    seconds: str
    minutes: str
    decimal: str
    stored: str
    unchanged: str
    refused: str
    place: str
    reason: str
    cancel: str
    cancel_hint: str
    see_arrivals: str
    not_done: str
    not_done_hint: str
    first_found: str

    def field(self, pointer: str) -> str:
        """What the form calls the field that an error points to."""
        names = {
            "title": self.title,
            "outlet": self.outlet,
            "published_at": self.publication_day,
            "text": self.text,
            "url": self.url,
            "files": self.files,
        }
        name = pointer.strip("/")
        return names.get(name, name)

    def speed(self, articles_per_s: float) -> str:
        """12,5 artikel per detik."""
        return self.rate.format(rate=f"{articles_per_s:.1f}".replace(".", self.decimal))

    def left(self, seconds: float) -> str:
        """About 12 seconds left, about 3 minutes left."""
        unit, count = (self.seconds, seconds) if seconds < 90 else (self.minutes, seconds / 60)
        return self.eta.format(duration=unit.format(count=max(1, round(count))))


INDONESIAN_ARCHIVE = ArchiveTexts(
    heading="Arsip berita",
    covers="Isi arsip",
    period="{oldest} sampai {newest}",
    search_words="Cari kata di judul dan isi",
    search="Cari",
    outlet="Media",
    all_outlets="Semua media",
    newest_first="Terbit terakhir",
    arrivals="Masuk terakhir",
    arrived_at="masuk {moment}",
    found_for="Hasil untuk “{query}”",
    show_all="Tampilkan semua",
    nothing_found="Tidak ada artikel yang cocok. Coba kata lain atau semua media.",
    empty="Arsip masih kosong.",
    paging="Halaman",
    previous_page="Sebelumnya",
    page_of_pages="Halaman {n} dari {count}",
    next_page="Berikutnya",
    add_heading="Tambah artikel",
    add_text="Tempel teks",
    title="Judul",
    publication_day="Tanggal terbit",
    text="Teks",
    add="Tambahkan",
    add_files="Unggah berkas",
    files="Berkas",
    files_hint="{readable}, masing-masing boleh juga .gz. Paling banyak {megabytes} MB sekaligus.",
    upload="Unggah",
    add_url="Ambil dari alamat web",
    url="Alamat",
    fetch="Ambil",
    added="Kini ada di arsip dan bisa ditanyakan:",
    known="Sudah ada di arsip, sama persis:",
    deleted="Artikel sudah dihapus dan tidak akan dikutip lagi.",
    delete="Hapus",
    delete_named="Hapus: {title}",
    delete_heading="Hapus artikel ini?",
    delete_hint="Artikel beserta versi lamanya hilang dari arsip dan tidak dikutip lagi.",
    keep_it="Batal",
    job_heading="Menambah artikel",
    job_states={
        "waiting": "Menunggu giliran",
        "running": "Sedang berjalan",
        "done": "Selesai",
        "cancelled": "Dihentikan; yang sudah masuk tetap ada",
    },
    progress="Kemajuan",
    seen_of="{seen} dari {total} artikel",
    rate="{rate} artikel per detik",
    eta="kira-kira {duration} lagi",
    seconds="{count} detik",
    minutes="{count} menit",
    decimal=",",
    stored="Masuk",
    unchanged="Sudah ada",
    refused="Ditolak",
    place="Tempat",
    reason="Alasan",
    cancel="Hentikan",
    cancel_hint="Yang sudah masuk tetap ada.",
    see_arrivals="Lihat yang masuk terakhir",
    not_done="Tidak bisa dilakukan",
    not_done_hint="Kembalilah dengan tombol peramban untuk memperbaikinya.",
    first_found="{articles} pertama",
)

ENGLISH_ARCHIVE = ArchiveTexts(
    heading="News archive",
    covers="What the archive holds",
    period="{oldest} to {newest}",
    search_words="Search words in titles and texts",
    search="Search",
    outlet="Outlet",
    all_outlets="All outlets",
    newest_first="Latest published",
    arrivals="Latest arrivals",
    arrived_at="arrived {moment}",
    found_for="Found for “{query}”",
    show_all="Show all",
    nothing_found="No article matches. Try other words, or all outlets.",
    empty="The archive is still empty.",
    paging="Pages",
    previous_page="Previous",
    page_of_pages="Page {n} of {count}",
    next_page="Next",
    add_heading="Add articles",
    add_text="Paste text",
    title="Title",
    publication_day="Day of publication",
    text="Text",
    add="Add",
    add_files="Upload files",
    files="Files",
    files_hint="{readable}, each of them also with .gz. At most {megabytes} MB at once.",
    upload="Upload",
    add_url="Fetch from a web address",
    url="Address",
    fetch="Fetch",
    added="In the archive now, and answering questions:",
    known="Already in the archive, unchanged:",
    deleted="The article is deleted and will not be cited again.",
    delete="Delete",
    delete_named="Delete: {title}",
    delete_heading="Delete this article?",
    delete_hint="The article and its earlier versions leave the archive and are not cited again.",
    keep_it="Keep it",
    job_heading="Adding articles",
    job_states={
        "waiting": "Waiting for its turn",
        "running": "Running",
        "done": "Done",
        "cancelled": "Stopped; what was added stays",
    },
    progress="Progress",
    seen_of="Articles: {seen} of {total}",
    rate="{rate} articles a second",
    eta="about {duration} left",
    seconds="{count} s",
    minutes="{count} min",
    decimal=".",
    stored="Added",
    unchanged="Known already",
    refused="Refused",
    place="Place",
    reason="Reason",
    cancel="Stop",
    cancel_hint="What was added stays.",
    see_arrivals="See the latest arrivals",
    not_done="This could not be done",
    not_done_hint="Go back with your browser's button to put it right.",
    first_found="the first {articles}",
)

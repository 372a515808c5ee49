"""Page furniture goes, sentences stay; the title, outlet and date are taken from the page."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.cleaning import bylines, clean, one_line
from index.dates import find_date

BEFORE = "Wali Kota Serang melantik 269 pejabat baru."
AFTER = "Pelantikan itu berlangsung di Pasar Kepandean."


@pytest.mark.parametrize(
    "line",
    [
        "post image",
        "ADVERTISEMENT",
        "Advertisement",
        "SCROLL TO RESUME CONTENT",
        "SCROLL TO CONTINUE WITH CONTENT",
        "ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT",
        "Baca Juga:Zona Industri Cikande Hijau Kembali: Satgas Nyatakan 22 Pabrik Bebas Radioaktif",
        "Baca juga: Apakah ASN Boleh Libur?",
        "BACA JUGA",
        "Simak juga Video: Pelantikan Pejabat",
        "Read also: Mayor inaugurates officials",
        "0 Komen",
        "12 Comments",
        "Komentar",
        "Poin Utama:",
        "[Gambas:Video 20detik]",
        "Eksplorasi konten lain dari Rakyat Bekasi",
        "Berlangganan untuk dapatkan pos terbaru lewat email.",
        "Bagikan:",
        "-",
        "***",
        "———",
    ],
)
def test_furniture_is_removed_wherever_it_stands(line: str) -> None:
    assert clean(f"{BEFORE}\n{line}\n{AFTER}").text == f"{BEFORE}\n{AFTER}"


@pytest.mark.parametrize(
    "line",
    [
        "Kontributor : Yandi Sofyan",
        "Editor: Ahmad Budiman",
        "Redaktur : Ahmad Budiman",
        "Reporting by Siti Aminah; Editing by Joko Susilo",
        "Jumat , 31 Oktober 2025, 10:44 WIB",
        "Penulis: Annesa K. Ramadhany,",
        "Reporter: Siti Aminah dan Joko Susilo",
        "Foto: Istimewa",
        "(TS)",
        "(TS/Dokpim)",
        "(Ndoet/Dokpim)",
        "(*)",
        "Facebook",
        "Salin tautan",
        "Tags: Serang, ASN, pelantikan",
        "Copyright © ANTARA 2025",
        "Rabu, 29 Oktober 2025 | 10:44 WIB",
    ],
)
def test_bylines_and_buttons_are_removed_after_the_last_paragraph(line: str) -> None:
    assert clean(f"{BEFORE}\n{AFTER}\n{line}\n0 Komen").text == f"{BEFORE}\n{AFTER}"


def test_bylines_name_who_wrote_but_not_who_edited() -> None:
    page = (
        f"Penulis: Siti Aminah dan Joko Susilo,\n{BEFORE}\nEditor: Ahmad\nReporter : Yandi Sofyan\nOleh: kami"
    )

    assert bylines(page) == ("Siti Aminah", "Joko Susilo", "Yandi Sofyan")


def test_a_byline_in_the_middle_stays_for_it_may_belong_to_a_fact_box() -> None:
    page = f"{BEFORE}\nPenulis: Pramoedya Ananta Toer\n{AFTER}"

    assert clean(page).text == page


def test_bylines_between_headline_and_first_paragraph_are_removed() -> None:
    page = f"Wali Kota Serang Lantik 269 Pejabat\nPenulis: Budi\nJumat, 31 Oktober 2025\n{BEFORE}"

    assert (clean(page).title, clean(page).text) == ("Wali Kota Serang Lantik 269 Pejabat", BEFORE)


@pytest.mark.parametrize("byline", [" (TS)", "(TS/Dokpim)", " (kha)", " (Fitra Iskandar)", " [cob]", "***"])
def test_a_byline_at_the_end_of_the_last_paragraph_is_removed(byline: str) -> None:
    assert clean(f"{BEFORE}\n{AFTER}{byline}").text == f"{BEFORE}\n{AFTER}"


@pytest.mark.parametrize(
    "sentence",
    [
        "Komentar warga beragam, ada yang senang dan ada yang tidak.",
        "Editor majalah itu menolak berkomentar.",
        "Editor: saya tidak pernah menerima uang, katanya kepada hakim.",
        "Iklan rokok dilarang di dekat sekolah.",
        "Ia meminta warga baca juga aturan yang baru.",
        "Baca juga aturan yang baru sebelum mendaftar, katanya.",
        "Warga Bekasi, punya keluhan? Sampaikan aspirasi Anda melalui kolom komentar.",
        "Ia membagikan beras kepada 17 warga.",
        "Laba naik 5 - 8 persen - angka tertinggi tahun ini.",
        "Pegawai itu bekerja di Otoritas Jasa Keuangan (OJK)",
        "Skor akhir 2 - 0.",
        "17",
    ],
)
def test_a_sentence_that_only_looks_like_furniture_stays(sentence: str) -> None:
    assert clean(f"{BEFORE}\n{sentence}\n{AFTER}").text == f"{BEFORE}\n{sentence}\n{AFTER}"
    assert clean(f"{BEFORE}\n{sentence}").text == f"{BEFORE}\n{sentence}"


@pytest.mark.parametrize(
    ("dateline", "outlet"),
    [
        ("KOTA BEKASI — ", None),
        ("JAKARTA - ", None),
        ("LOS ANGELES – ", None),
        ("Kota Bekasi - ", None),
        ("KUALA LUMPUR 7 Nov. – ", None),
        ("Kota Bekasi, Bintang Save.com — ", "Bintang Save.com"),
        ("SuaraBanten.id - ", "SuaraBanten.id"),
        ("JAKARTA, KOMPAS.com - ", "KOMPAS.com"),
        ("BEKASI, KOMPAS.com –", "KOMPAS.com"),
        ("Liputan6.com, Jakarta -", "Liputan6.com"),
        ("TEMPO.CO, Depok – ", "TEMPO.CO"),
        ("REPUBLIKA.CO.ID, JAKARTA --- ", "REPUBLIKA.CO.ID"),
        ("Serang (ANTARA) - ", "ANTARA"),
        ("Bandar Lampung (Lampost.co) — ", "Lampost.co"),
        ("Jakarta, CNN Indonesia -- ", "CNN Indonesia"),
        ("WASHINGTON (Reuters) - ", "Reuters"),
        ("KABUPATEN LEBAK, Kabar Banten - ", "Kabar Banten"),
        ("SERANG, Radar Banten – ", "Radar Banten"),
    ],
)
def test_a_dateline_is_removed_and_names_the_outlet(dateline: str, outlet: str | None) -> None:
    page = clean(f"{dateline}{BEFORE}\n{AFTER}")

    assert (page.text, page.outlet) == (f"{BEFORE}\n{AFTER}", outlet)


def test_a_dateline_after_a_summary_names_the_outlet_too() -> None:
    page = clean(f"-\n{AFTER}\nSuaraBanten.id - {BEFORE}")

    assert (page.text, page.outlet) == (f"{AFTER}\n{BEFORE}", "SuaraBanten.id")


@pytest.mark.parametrize(
    "opening",
    [
        "DPR - Dewan Perwakilan Rakyat - bersidang hari ini.",
        "Tri Adhianto - Wali Kota Bekasi - hadir.",
        "Jakarta Selatan banjir, kata BPBD.",
    ],
)
def test_a_first_sentence_with_a_dash_is_no_dateline(opening: str) -> None:
    assert clean(opening).text == opening


@pytest.mark.parametrize(
    ("sentence", "outlet"),
    [
        ("Ia berkata kepada Jurnalis RakyatBekasi.Com di kantornya.", "RakyatBekasi.Com"),
        ("“Ya,” katanya kepada Kompas.com, Senin.", "Kompas.com"),
        ("Situs Kompas.com memuat berita itu.", None),
    ],
)
def test_without_a_dateline_the_outlet_is_the_one_spoken_to(sentence: str, outlet: str | None) -> None:
    assert clean(sentence).outlet == outlet


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Jumat (6/2/2026)", date(2026, 2, 6)),
        ("Rabu (29/10/2025)", date(2025, 10, 29)),
        ("Selasa (05/01/2026)", date(2026, 1, 5)),
        ("29 Oktober 2025", date(2025, 10, 29)),
        ("6 Feb 2026", date(2026, 2, 6)),
        ("17 Agustus 2025", date(2025, 8, 17)),
        ("October 29, 2025", date(2025, 10, 29)),
        ("2026-02-06", date(2026, 2, 6)),
        ("29.10.2025", date(2025, 10, 29)),
        ("31/02/2026", None),
        ("10/29/2025", None),
        ("Jumat (31/10)", None),
        ("1/2/20256", None),
        ("tahun 2026", None),
    ],
)
def test_dates_are_day_month_year_in_figures_or_words(written: str, day: date | None) -> None:
    assert find_date(written) == day
    assert clean(f"Pelantikan berlangsung pada {written} siang.").published_at == day


def test_an_invalid_date_is_passed_over_for_the_next() -> None:
    assert find_date("Jumat (31/02/2026), Sabtu (28/02/2026)") == date(2026, 2, 28)


def test_the_date_beside_its_weekday_is_the_publication_date() -> None:
    page = clean("Ia lahir pada 18 Oktober 1959.\nHal itu dikatakannya, Jumat (6/2/2026).")

    assert page.published_at == date(2026, 2, 6)


def test_a_date_far_down_the_page_is_not_the_publication_date() -> None:
    page = clean("\n".join([BEFORE] * 5 + ["Gedung itu dibangun pada 1 Mei 1998."]))

    assert page.published_at is None


def test_the_headline_is_the_title_and_leaves_the_text() -> None:
    page = clean(f"post image\n\nWali Kota Serang Lantik 269 Pejabat\n\n{BEFORE}\n{AFTER}")

    assert (page.title, page.text) == ("Wali Kota Serang Lantik 269 Pejabat", f"{BEFORE}\n{AFTER}")


def test_a_headline_directly_before_a_dateline_is_the_title() -> None:
    page = clean(f"Wali Kota Serang Lantik 269 Pejabat\nSERANG, KOMPAS.com - {BEFORE}")

    assert (page.title, page.text) == ("Wali Kota Serang Lantik 269 Pejabat", BEFORE)


def test_without_a_headline_the_first_sentence_is_the_title_and_stays_in_the_text() -> None:
    page = clean(f"SERANG - {BEFORE} {AFTER}")

    assert (page.title, page.text) == (BEFORE, f"{BEFORE} {AFTER}")


def test_a_bullet_is_a_paragraph_but_never_the_title() -> None:
    page = clean(f"Poin Utama:\n- Fokus 2026: pelayanan publik bagi warga.\n-\n{AFTER}\n{BEFORE}")

    assert page.text == f"Fokus 2026: pelayanan publik bagi warga.\n{AFTER}\n{BEFORE}"
    assert page.title == BEFORE


def test_a_title_known_from_elsewhere_wins_and_is_not_repeated() -> None:
    page = clean(
        f"Sepuluh Pejabat Dilantik\n\nJudul Kedua di Bawahnya\n\n{BEFORE}", title="Sepuluh pejabat dilantik"
    )

    assert (page.title, page.text) == ("Sepuluh pejabat dilantik", f"Judul Kedua di Bawahnya\n{BEFORE}")


def test_a_page_that_is_only_a_headline_keeps_it_as_its_text() -> None:
    page = clean("Wali Kota Serang Lantik 269 Pejabat\n\n")

    assert (page.title, page.text) == ("Wali Kota Serang Lantik 269 Pejabat",) * 2


def test_a_known_title_alone_makes_no_article() -> None:
    assert clean("0 Komen", title="Wali Kota Serang Lantik 269 Pejabat").text == ""


def test_a_page_full_of_bylines_is_cleaned_in_time() -> None:
    bylines = "(TS)\nFacebook\n" * 20_000

    assert clean(f"{BEFORE}\n{'JAKARTA - ' * 20_000}{AFTER}\n{bylines}").text.endswith(AFTER)


def test_a_title_without_an_end_is_cut_at_a_word() -> None:
    title = clean("kata " * 100).title

    assert title == ("kata " * 60).strip()


@pytest.mark.parametrize("page", ["", " \n\n", "ADVERTISEMENT\n0 Komen", "(TS)", "\ufeff\x00"])
def test_a_page_without_an_article_is_empty(page: str) -> None:
    assert (clean(page).title, clean(page).text) == ("", "")


def test_the_text_is_normalised_and_holds_no_invisible_characters() -> None:
    page = clean(
        "\ufeff  Cafe\u0301\u00a0 baru\x00\tdi\u200b Serang\xad dibuka.\r\n\r\n \r\nWarga senang.\x0c\n"
    )

    assert page.text == "Café baru di Serang dibuka.\nWarga senang."


def test_joiners_that_shape_words_and_emoji_stay() -> None:
    assert clean("می\u200cخواهم 👩\u200d⚕️ di sini.").text == "می\u200cخواهم 👩\u200d⚕️ di sini."


PIECES = st.sampled_from(
    [
        "JAKARTA - ",
        "JAKARTA, KOMPAS.com - ",
        "Kota Bekasi, Bintang Save.com — ",
        "Serang (ANTARA) - ",
        "- ",
        "•",
        "-",
        "(TS)",
        ".",
        " ",
        "\n",
        "\n\n",
        "Komentar",
        "Baca Juga:",
        "ADVERTISEMENT",
        "Penulis: Budi",
        "Facebook",
        "Judul Berita Hari Ini",
        "Kalimat biasa di sini.",
        "Jumat, 6 Februari 2026",
        "***",
        "Tags: a, b",
        "Cafe\u0301",
        "\u200b",
        "\x00",
        "\r",
    ]
)
PAGES = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(PAGES | st.text())
@example("Judul Berita Hari Ini\nJAKARTA - SERANG - Judul Kedua Hari Ini\nJAKARTA - Kalimat biasa.")
@example("Judul Berita Hari Ini\rJAKARTA, KOMPAS.com - ")
@example("Komentar (TS)\nFacebook\n(TS)")
def test_cleaning_a_clean_text_changes_nothing(page: str) -> None:
    text = clean(page).text

    assert clean(text).text == text


@given(PAGES | st.text())
def test_a_clean_text_has_one_visible_paragraph_a_line(page: str) -> None:
    cleaned = clean(page)

    assert unicodedata.normalize("NFC", cleaned.text) == cleaned.text
    for line in cleaned.text.split("\n") if cleaned.text else []:
        assert line == " ".join(line.split()) != ""
        assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs"}
    assert bool(cleaned.title) == bool(cleaned.text)


@given(PAGES)
def test_every_line_of_a_clean_text_stands_on_the_page(page: str) -> None:
    visible = "\n".join(one_line(line) for line in page.splitlines())

    assert [line for line in clean(page).text.split("\n") if line not in visible] == []

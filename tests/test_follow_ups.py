"""Follow-ups: each is completed by what the conversation is about, and what stands alone is left alone."""

from __future__ import annotations

import pytest

from qa_service.answers import Turn
from qa_service.follow_ups import Way, ways
from qa_service.rewording import names


def turns(*questions: str) -> list[Turn]:
    """A conversation of which no more is known than what was asked."""
    return [Turn(question, "…") for question in questions]


def queries(*questions: str) -> list[str]:
    """The ways to read the last of the questions."""
    *before, last = questions
    return [way.query for way in ways(last, turns(*before))]


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (
            "Berapa pejabat yang dilantik di Bekasi?",
            "Kalau di Serang?",
            "Berapa pejabat yang dilantik di Serang?",
        ),
        (
            "Berapa pejabat yang dilantik di Bekasi?",
            "gimana kalo di serang",
            "Berapa pejabat yang dilantik di serang?",
        ),
        (
            "How many officials did the mayor of Serang see?",
            "And in Bekasi?",
            "How many officials did the mayor of Bekasi see?",
        ),
        ("Siapa Wali Kota Bandung?", "Kalau Bekasi?", "Siapa Wali Kota Bekasi?"),
        (
            "Berapa pejabat yang dilantik Wali Kota Depok?",
            "Kalau Wali Kota Serang?",
            "Berapa pejabat yang dilantik Wali Kota Serang?",
        ),
        ("Apa kata Budi Rustandi soal mutasi?", "Kalau Tri Adhianto?", "Apa kata Tri Adhianto soal mutasi?"),
        (
            "Berapa yang dirotasi pada Februari 2026?",
            "Kalau Oktober 2025?",
            "Berapa yang dirotasi pada Oktober 2025?",
        ),
        ("Berapa pejabat yang dirotasi?", "Kalau tahun 2024?", "Berapa pejabat yang dirotasi tahun 2024?"),
        (
            "Berapa pejabat yang dirotasi kemarin?",
            "terus pekan lalu?",
            "Berapa pejabat yang dirotasi pekan lalu?",
        ),
        *(
            (
                "Berapa pejabat yang dilantik Wali Kota Serang pada 31 Oktober 2025?",
                f"Kalau {named}?",
                f"Berapa pejabat yang dilantik Wali Kota Serang {put}?",
            )
            for named, put in (
                ("Senin lalu", "pada Senin lalu"),
                ("Senin", "pada Senin"),
                ("pekan depan", "pada pekan depan"),
                ("dua hari lalu", "pada dua hari lalu"),
                ("30 Okt", "pada 30 Okt"),
                ("Januari sampai Maret", "pada Januari sampai Maret"),
                ("sejak Januari", "sejak Januari"),
                ("sebelum 2025", "sebelum 2025"),
                ("menurut Kompas", "pada 31 Oktober 2025 menurut Kompas"),
                ("versi Tempo", "pada 31 Oktober 2025 versi Tempo"),
            )
        ),
        ("Berapa inflasi 3 hari terakhir?", "Kalau 7 hari terakhir?", "Berapa inflasi 7 hari terakhir?"),
        ("Apa hasil dari 1 sampai 5 Mei 2025?", "Kalau 2024?", "Apa hasil dari 2024?"),
        ("Apa kabar menurut Kompas di Serang?", "Kalau menurut Tempo?", "Apa kabar menurut Tempo di Serang?"),
        ("Apa kata Budi Rustandi pada Senin?", "Kalau Tri Adhianto?", "Apa kata Tri Adhianto pada Senin?"),
        ("Berapa umur Jan Ethes?", "Kalau tahun lalu?", "Berapa umur Jan Ethes tahun lalu?"),
        ("How many may leave?", "What about last week?", "How many may leave last week?"),
        (
            "Berapa pejabat pengawas di Serang?",
            "Kalau pejabat fungsional?",
            "Berapa pejabat fungsional di Serang?",
        ),
        (
            "Berapa kepala puskesmas yang dilantik?",
            "Terus yang eselon III?",
            "Berapa eselon III yang dilantik?",
        ),
        (
            "Siapa yang memberi hibah dari Komisi Informasi Jawa Barat?",
            "Kalau dari Gubernur?",
            "Siapa yang memberi hibah dari Gubernur?",
        ),
        ("Pejabat di Serang itu eselon berapa?", "Yang di Bekasi?", "Pejabat di Bekasi itu eselon berapa?"),
        (
            "Berapa pejabat yang dilantik di Serang?",
            "Kalau di Bekasi kapan?",
            "kapan pejabat yang dilantik di Bekasi?",
        ),
        ("Kenapa jalan ditutup?", "Jembatannya?", "Kenapa Jembatannya?"),
    ],
)
def test_what_a_follow_up_names_takes_the_place_of_its_like(before: str, question: str, query: str) -> None:
    assert queries(before, question) == [query]
    assert ways(question, turns(before)) == [Way(query, before, query)]


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        ("Berapa pejabat yang dilantik di Serang?", "Kapan itu?", "Kapan pejabat yang dilantik di Serang?"),
        ("Berapa pejabat yang dilantik di Serang?", "Di mana?", "Di mana pejabat yang dilantik di Serang?"),
        ("kapan pejabat baru dilantik", "brp orang", "brp orang pejabat baru dilantik?"),
        (
            "Apa sektor prioritas Bekasi?",
            "Siapa yang bilang begitu?",
            "Siapa yang bilang sektor prioritas Bekasi?",
        ),
        ("Kapan apel perdana?", "Siapa yang memimpin?", "Siapa yang memimpin apel perdana?"),
        ("Siapa wali kota Bekasi?", "Berapa umurnya?", "Berapa umur wali kota Bekasi?"),
        ("How many officials did the mayor see?", "When was that?", "When did the mayor see officials?"),
        ("Which bank signed the agreement?", "Who said that?", "Who said bank signed the agreement?"),
    ],
)
def test_another_question_word_asks_of_the_same(before: str, question: str, query: str) -> None:
    assert queries(before, question)[0] == query
    assert {way.about for way in ways(question, turns(before))} == {before}


def test_what_was_named_before_is_tried_as_well_where_more_is_said_than_a_question_word() -> None:
    assert queries("Berapa penduduk Kota Serang?", "Siapa wali kotanya?") == [
        "Siapa wali kota penduduk Kota Serang?",
        "Siapa wali kota Kota Serang?",
    ]


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        (
            "Siapa Wali Kota Serang?",
            "Berapa pejabat yang dia lantik?",
            "Berapa pejabat yang Wali Kota Serang lantik?",
        ),
        ("siapa wali kota bekasi", "kapan ia dilantik", "kapan wali kota bekasi dilantik?"),
        ("Apa kata Budi Rustandi di Kota Serang?", "Kapan beliau bicara?", "Kapan Budi Rustandi bicara?"),
        ("Who is the mayor of Bekasi?", "How old is he?", "How old is the mayor of Bekasi?"),
        ("Who was the mayor of Bekasi?", "How old was he?", "How old was the mayor of Bekasi?"),
        (
            "Sapa jenenge Wali Kota Serang?",
            "Pira sing dilantik dheweke?",
            "Pira sing dilantik Wali Kota Serang?",
        ),
    ],
)
def test_he_or_she_is_whom_the_question_before_was_about(before: str, question: str, query: str) -> None:
    assert queries(before, question) == [query]


def test_where_a_name_stands_beside_he_the_question_is_tried_alone_too() -> None:
    assert queries("Siapa Wali Kota Serang?", "Kapan dia ke Jakarta?") == [
        "Kapan Wali Kota Serang ke Jakarta?",
        "Kapan dia ke Jakarta?",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "Siapa presiden Amerika Serikat?",
        "Bank mana yang kerja sama dengan Pemkot Bekasi?",
        "Kalau wali kota Serang siapa?",
        "Kenapa pelantikan kepala puskesmas dilakukan serentak?",
        "Pejabat yang dilantik di Serang itu eselon berapa?",
        "What is the best beach near Serang?",
        "anggaran pelantikan pejabat Kota Serang",
        "¿Quién es el alcalde de la ciudad de Serang?",
        "西冷市市长任命了多少名官员？",
    ],
)
def test_a_question_that_says_enough_stands_alone(question: str) -> None:
    assert ways(question, turns("Berapa pejabat yang dilantik di Bekasi?")) == [Way(question, None, question)]


def test_a_question_that_says_little_but_points_nowhere_is_tried_alone_too() -> None:
    before = "Siapa Wali Kota Bekasi?"
    assert queries(before, "Berapa kepala puskesmas?")[-1] == "Berapa kepala puskesmas?"
    assert queries(before, "Peringkat berapa di tingkat nasional?") == [
        "Peringkat berapa di tingkat nasional?",
        "Peringkat berapa di tingkat nasional Wali Kota Bekasi?",
    ]


def test_a_short_question_in_another_language_is_tried_alone_then_together() -> None:
    assert queries("من هو رئيس بلدية سيرانغ؟", "ومتى؟") == ["ومتى؟", "من هو رئيس بلدية سيرانغ؟ ومتى؟"]


def test_what_the_conversation_is_about_outlives_the_questions_that_ask_of_it() -> None:
    said = ["Berapa pejabat yang dilantik di Bekasi?", "Kapan?", "Kalau di Serang?", "Siapa yang melantik?"]
    assert queries(*said)[0] == "Siapa yang melantik pejabat yang dilantik di Serang?"
    said = ["Siapa Wali Kota Serang?", "Siapa yang dia lantik?", "Di mana?"]
    assert queries(*said) == ["Di mana Wali Kota Serang lantik?"]


def test_another_topic_leaves_the_one_before_behind() -> None:
    said = ["Berapa pejabat yang dilantik di Bekasi?", "Siapa Gubernur Banten?", "Di mana dia lahir?"]
    assert queries(*said) == ["Di mana Gubernur Banten lahir?"]


def test_what_was_searched_for_counts_not_what_the_rules_would_have() -> None:
    first = Turn("Berapa pejabat yang dilantik di Bekasi?", "250 [1]")
    undone = Turn("Kalau di Serang?", "…", "Berapa penduduk Serang?")
    assert [way.query for way in ways("Kapan?", [first, undone])] == ["Kapan penduduk Serang?"]
    asked_so = Turn("Kalau di Serang?", "…", "Berapa pejabat yang dilantik di Serang?")
    assert [way.query for way in ways("Kapan?", [first, asked_so])] == [
        "Kapan pejabat yang dilantik di Serang?"
    ]


def test_a_question_without_history_is_asked_as_it_is() -> None:
    assert ways("Kapan itu?", []) == [Way("Kapan itu?", None, "Kapan itu?")]


def test_a_conversation_never_makes_a_question_that_is_too_long_to_send() -> None:
    said = turns("Berapa pejabat? " + "a " * 240)
    assert ways("Kapan?", said)[0].query.startswith("Kapan pejabat")
    assert ways("Kapan?", turns("Berapa pejabat? " + "a " * 250)) == [Way("Kapan?", None, "Kapan?")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Siapa Wali Kota Serang?", ["Wali Kota Serang"]),
        ("Relawan dari Bekasi", ["Bekasi"]),
        ("Budi Rustandi melantik siapa?", ["Budi Rustandi"]),
        ("Pejabat eselon III dan IV pada Februari 2026?", []),
        ("berapa orang?", []),
    ],
)
def test_a_name_is_capitalised_and_no_month_number_or_first_word(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Kalau Bupati Bekasi?", "Siapa Bupati Bekasi?"),
        ("Kalau Gubernur Banten?", "Siapa Gubernur Banten?"),
        ("Kalau di Bekasi?", "Siapa Wali Kota Bekasi?"),
        ("Kalau Bekasi?", "Siapa Wali Kota Bekasi?"),
    ],
)
def test_another_office_is_not_taken_for_another_place(question: str, query: str) -> None:
    assert ways(question, turns("Siapa Wali Kota Serang?"))[0].query == query


@pytest.mark.parametrize("said", ["Makasih", "Terima kasih banyak!", "Halo", "Oke", "Thanks"])
def test_what_asks_nothing_is_not_made_a_question_nor_what_the_next_is_about(said: str) -> None:
    before = "Berapa pejabat yang dilantik Wali Kota Serang?"
    assert ways(said, turns(before)) == [Way(said, None, said)]
    assert queries(before, said, "Kalau di Bekasi?") == ["Berapa pejabat yang dilantik Wali Kota Bekasi?"]
    assert queries(said, "Siapa dia?") == ["Siapa dia?"]


def test_a_new_topic_in_a_few_words_is_not_put_into_the_name_before() -> None:
    read = ways("Harga beras hari ini", turns("Berapa pejabat yang dilantik Wali Kota Serang?"))
    assert "Wali Kota Harga?" not in " ".join(way.query for way in read)
    assert "Harga beras hari ini" in [way.query for way in read]

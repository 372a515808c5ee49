"""Markup made of results: exact, and never anything but text where text was given."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape

from index.records import Article, Coverage, Filters, Freshness, Passage, Span, Story
from qa_service.answers import (
    Abstention,
    Answer,
    Citation,
    Form,
    Prose,
    Reason,
    Sentence,
    Statement,
    Timings,
)
from qa_service.errors import Trouble
from qa_service.interpretation import Interpretation
from ui.exchanges import Exchange, Found, Status
from ui.pages import FROM_CHAT, reading_link
from ui.render import freshness_line, render_conversation, render_header, render_reply
from ui.render_abstention import coverage_words
from ui.render_actions import render_copied
from ui.render_answer import confidence_words
from ui.render_sources import render_citation, render_sources
from ui.texts import ENGLISH, INDONESIAN, Texts, texts_for

TEXT = "Wali Kota melantik 269 pejabat.\nMereka berasal dari 12 dinas.\n\nAcara selesai pukul 10."
ARTICLE = Article(
    id="serang/1",
    title="Wali Kota Serang Lantik 269 Pejabat",
    text=TEXT,
    language="id",
    content_hash="00",
    fetched_at=datetime(2026, 2, 6, 7, 0, tzinfo=UTC),
    origin="seed",
    outlet="SuaraBanten.id",
    published_at=date(2026, 2, 6),
)
FRESHNESS = Freshness(datetime(2026, 2, 6, 7, 32, tzinfo=UTC), 5, date(2026, 2, 6))
HOSTILE = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "[klik](javascript:window.pwned=1) ![x](http://192.0.2.1/x.png)",
    "# Judul **tebal** `kode`",
    "&lt;b&gt; &amp;lt; &#60;i&#62;",
    "$$x^2$$ ${window.pwned=1} {{window.pwned=1}} {0} {n}",
    "\"><svg onload=window.pwned=1> ' onmouseover='window.pwned=1",
)

OURS = {
    *("section", "div", "p", "span", "h2", "h3", "ol", "ul", "li", "blockquote", "q", "strong", "mark"),
    *("a", "time", "details", "summary", "button", "svg", "path"),
    *("form", "label", "select", "option", "input", "textarea"),
}
"""The elements that the markup is made of."""


def citation(
    quote: str = "melantik 269 pejabat", *, n: int = 1, article: Article = ARTICLE, answer: str | None = None
) -> Citation:
    """The quote, of which `answer`, or all of it, answers."""
    start = article.text.index(quote)
    begin = start + quote.index(answer or quote)
    passage = Passage(
        id=n, article_id=article.id, ordinal=0, start=0, end=len(article.text), text=article.text
    )
    span = Span(begin, begin + len(answer or quote))
    return Citation(n, quote, start, start + len(quote), span, article, passage, 0.9)


def answer(*citations: Citation, differing: bool = False) -> Answer:
    """One statement of each citation."""
    return Answer(
        id="a",
        statements=tuple(Statement(cited.quote, (cited.n,), outlets=1, day=None) for cited in citations),
        citations=citations,
        form=Form.DIFFERING if differing else Form.PLAIN,
        confidence=0.9,
        interpretation=Interpretation("id", "q", Filters(), date(2026, 2, 6)),
        freshness=FRESHNESS,
        timings=Timings(1, 1, 2),
        readings=(),
        kept=True,
    )


def abstention(*nearest: Citation, message: str = "Arsip tidak memuat jawabannya.") -> Abstention:
    return Abstention(
        id="b",
        reason=Reason.NOT_IN_ARTICLES,
        message=message,
        nearest=nearest,
        coverage=Coverage(5, date(2025, 10, 31), date(2026, 2, 6), (("Antara", 5),)),
        suggestions=(),
        confidence=0.1,
        interpretation=Interpretation("id", "q", Filters(), date(2026, 2, 6)),
        freshness=FRESHNESS,
        timings=Timings(1, 1, 2),
        readings=(),
        kept=True,
    )


class _Seen(HTMLParser):
    """What a browser would make of markup: its text, and its elements with their attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_an_answer_is_its_statements_with_marks_beside_which_their_quotes_wait() -> None:
    markup = render_reply(Exchange("?", answer(citation())), 3, INDONESIAN)
    assert markup.startswith(
        '<div class="reply answer"><div class="told"><p><span class="statement">'
        '<span lang="id">melantik 269 pejabat</span>&nbsp;'
        '<button type="button" class="mark" popovertarget="quote-3-1" aria-label="Sumber 1">[1]</button>'
        '<span class="quote" id="quote-3-1" popover role="group" aria-label="Kutipan 1" lang="id">'
        '<span class="byline">SuaraBanten.id · 6 Februari 2026</span>'
        '<q lang="id">melantik 269 pejabat</q>'
        '<span class="ways"><a class="to-source" href="#source-3-1">Lihat sumbernya</a>'
    )
    assert '<p class="confidence" lang="id">Yakin · Keyakinan 90%</p></div>' in markup


def test_prose_takes_the_place_of_a_plain_answers_quotes_and_says_who_wrote_it() -> None:
    prose = Prose("tiruan-7b", (Sentence("269 pejabat dilantik.", (1, 2)),), dropped=1)
    told = replace(answer(citation(), citation("12 dinas", n=2)), prose=prose)
    markup = render_reply(Exchange("?", told), 0, ENGLISH)
    assert '<span class="statement"><span lang="id">269 pejabat dilantik.</span>&nbsp;<button' in markup
    assert [mark["popovertarget"] for tag, mark in _Seen(markup).elements if "popovertarget" in mark] == [
        "quote-0-1",
        "quote-0-2",
    ]
    line = "Written by tiruan-7b from the quotes; 1 sentence that no quote backs was left out."
    assert f'<p class="written" lang="en">{line}</p></div>' in markup
    assert render_copied(told, ENGLISH).startswith("<p>269 pejabat dilantik. [1][2]</p><p>[1] ")


def test_where_the_model_gave_nothing_the_quotes_are_shown_and_it_is_said() -> None:
    told = replace(answer(citation()), prose=Prose("m", trouble=Trouble.TIMED_OUT))
    markup = render_reply(Exchange("?", told), 0, INDONESIAN)
    assert '<span lang="id">melantik 269 pejabat</span>' in markup
    assert "Model bahasa tidak menjawab tepat waktu: yang tampil adalah kutipannya sendiri." in markup


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_language_model_writes_and_is_called_is_text(text: str) -> None:
    told = replace(answer(citation()), prose=Prose(text, (Sentence(text, (1,)),)))
    markup = render_reply(Exchange("?", told), 0, INDONESIAN)
    seen = _Seen(str(markup))
    assert text in seen.text
    assert {tag for tag, _ in seen.elements} <= OURS
    assert f"Ditulis oleh {escape(text)} dari kutipan." in markup


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0.39, "Not sure · Confidence 39%"),
        (0.6, "Fairly sure · Confidence 60%"),
        (0.9, "Sure · Confidence 90%"),
    ],
)
def test_confidence_is_told_in_words_with_the_number_behind_it(confidence: float, words: str) -> None:
    assert confidence_words(confidence, ENGLISH) == words


def test_the_words_that_answer_are_bold_in_their_quote() -> None:
    markup = render_reply(Exchange("?", answer(citation(answer="269"))), 0, INDONESIAN)
    assert (
        '<span lang="id">melantik <strong>269</strong> pejabat</span>&nbsp;<button type="button" class="mark"'
        in markup
    )
    markup = render_reply(Exchange("?", answer(citation(answer="269 pejabat"))), 0, INDONESIAN)
    assert (
        '<span lang="id">melantik <strong>269 pejabat</strong></span>&nbsp;<button type="button" class="mark"'
        in markup
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_bold_words_and_those_around_them_are_text_too(text: str) -> None:
    article = replace(ARTICLE, text=f"Awal {text} 269 {text} akhir")
    bold = citation(f"{text} 269 {text}", article=article, answer="269")
    markup = render_reply(Exchange("?", answer(bold)), 0, INDONESIAN)
    assert f'<span lang="id">{escape(text)} <strong>269</strong> {escape(text)}</span>' in markup
    around = citation(f"Awal {text} 269", article=article, answer=text)
    markup = render_reply(Exchange("?", answer(around)), 0, INDONESIAN)
    assert f'<span lang="id">Awal <strong>{escape(text)}</strong> 269</span>' in markup


@pytest.mark.parametrize(("texts", "agree"), [(INDONESIAN, "3 media sepakat"), (ENGLISH, "3 outlets agree")])
def test_outlets_that_agree_are_counted_after_the_marks(texts: Texts, agree: str) -> None:
    cited = [citation(n=n) for n in (1, 2, 3)]
    agreed = replace(answer(*cited), statements=(Statement(cited[0].quote, (1, 2, 3), outlets=3, day=None),))
    markup = render_reply(Exchange("?", agreed), 0, texts)
    assert f'</span> <span class="agreeing" lang="{texts.language}">{agree}</span></span></p>' in markup
    assert [f">[{n}]</button>" in markup for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert "agreeing" not in render_reply(Exchange("?", answer(*cited)), 0, texts)


def test_differing_figures_stand_side_by_side_each_with_its_day_and_outlet() -> None:
    older = replace(ARTICLE, published_at=date(2025, 10, 31))
    undated = replace(ARTICLE, published_at=None, outlet=None)
    shown = answer(
        citation(answer="269"),
        citation("12 dinas", n=2, article=older, answer="12"),
        citation("pukul 10", n=3, article=undated),
        differing=True,
    )
    markup = render_reply(Exchange("?", shown), 0, INDONESIAN)
    assert markup.startswith(
        '<div class="reply answer"><div class="told"><p class="differing" lang="id">'
        'Angkanya berbeda antarberita; yang terbaru lebih dulu.</p><ul class="figures">'
        '<li class="figure"><p class="day" lang="id">6 Februari 2026</p><p class="large" lang="id">269</p>'
        '<p class="by">SuaraBanten.id</p><p><span class="statement">'
        '<span lang="id">melantik <strong>269</strong> pejabat</span>'
    )
    assert '<p class="day" lang="id">31 Oktober 2025</p><p class="large" lang="id">12</p>' in markup
    assert '<p class="day" lang="id">tanpa tanggal</p><p class="by">Media tidak disebut</p>' in markup
    english = render_reply(Exchange("?", shown), 0, ENGLISH)
    assert "The figures differ between articles; the newest comes first." in english
    assert '<p class="day" lang="en">31 October 2025</p>' in english


def test_a_course_of_events_is_a_list_in_which_each_stands_under_its_day() -> None:
    told = answer(citation(), citation("12 dinas", n=2))
    days = (date(2026, 2, 3), None)
    statements = tuple(
        replace(statement, day=day) for statement, day in zip(told.statements, days, strict=True)
    )
    course = replace(told, form=Form.TIMELINE, statements=statements)
    markup = render_reply(Exchange("?", course), 0, ENGLISH)
    assert (
        '<ol class="timeline"><li><p class="day" lang="en"><time datetime="2026-02-03">3 February 2026'
        "</time></p><p>"
    ) in markup
    assert '</li><li><p class="day" lang="en">6 February 2026</p><p>' in markup


def test_copying_gives_the_statements_and_a_footnote_for_each_quote() -> None:
    linked = replace(ARTICLE, url="https://example.org/a?b=1&c=2", title="Judul <b>")
    shown = answer(citation(article=linked), citation("12 dinas", n=2))
    ours = escape(FROM_CHAT + reading_link(shown.citations[1]))
    assert render_copied(shown, ENGLISH) == (
        "<p>melantik 269 pejabat [1]</p><p>12 dinas [2]</p>"
        "<p>[1] SuaraBanten.id, 6 February 2026, “Judul &lt;b&gt;”, "
        '<a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a></p>'
        "<p>[2] SuaraBanten.id, 6 February 2026, “Wali Kota Serang Lantik 269 Pejabat”, "
        f'<a href="{ours}">{ours}</a></p>'
    )


def test_what_is_not_kept_has_no_link_and_is_not_rated() -> None:
    markup = render_reply(Exchange("?", replace(answer(citation()), kept=False)), 0, ENGLISH)
    assert 'class="copy"' in markup
    assert 'class="share"' not in markup
    assert 'class="rating"' not in markup


def test_a_footnote_never_links_to_a_script() -> None:
    trap = answer(citation(article=replace(ARTICLE, url="javascript:alert(1)")))
    assert "javascript" not in render_copied(trap, ENGLISH)


def test_a_source_shows_who_reported_it_and_when_and_marks_the_quote_in_its_passage() -> None:
    assert render_citation(citation(), [], INDONESIAN, turn=3) == (
        '<li class="card" id="source-3-1" tabindex="-1"><p class="byline"><span class="number">1</span>'
        '<span class="outlet">SuaraBanten.id</span> · 6 Februari 2026</p>'
        '<h3 lang="id">Wali Kota Serang Lantik 269 Pejabat</h3>'
        '<blockquote lang="id">Wali Kota <mark>melantik 269 pejabat</mark>.\nMereka berasal dari 12 dinas.'
        '\n\nAcara selesai pukul 10.</blockquote><p class="ways">'
        '<a class="read" href="../articles/serang%2F1/view?start=10&amp;end=30&amp;version=00#quote"'
        ' target="_blank" rel="noopener">Baca artikel utuh<span class="sr"> (tab baru)</span></a> '
        '<a class="more" href="../archive?outlet=SuaraBanten.id" target="_blank" rel="noopener">'
        'Berita lain dari SuaraBanten.id<span class="sr"> (tab baru)</span></a></p></li>'
    )


def test_a_source_whose_web_address_is_known_leads_to_the_quote_on_it() -> None:
    linked = replace(ARTICLE, url="https://example.org/a")
    assert (
        '<a class="publisher" href="https://example.org/a#:~:text=melantik%20269%20pejabat" target="_blank"'
        in render_citation(citation(article=linked), [], INDONESIAN, turn=0)
    )


def test_a_source_without_outlet_or_date_says_so() -> None:
    unnamed = replace(ARTICLE, outlet=None, published_at=None)
    markup = render_citation(citation(article=unnamed), [], ENGLISH, turn=0)
    assert '<span class="outlet">Outlet not named</span> · undated' in markup


def test_a_passage_marks_only_the_part_of_a_quote_that_it_holds() -> None:
    whole = citation()
    passage = replace(whole.passage, start=19, end=len(TEXT), text=TEXT[19:])
    markup = render_citation(replace(whole, passage=passage), [], INDONESIAN, turn=0)
    assert f'<blockquote lang="id"><mark>{TEXT[19:30]}</mark>.\n' in markup


def test_an_abstention_says_what_is_missing_what_there_is_and_what_can_be_answered() -> None:
    asked = replace(abstention(), suggestions=("Siapa <b>wali kota</b>?",))
    markup = render_reply(Exchange("?", asked), 0, ENGLISH)
    assert markup.startswith(
        '<div class="reply abstention"><div class="told" lang="id"><p class="heading">'
        '<span class="icon" aria-hidden="true">?</span>Tidak ditemukan di arsip</p>'
        "<p>Arsip tidak memuat jawabannya.</p>"
        '<p class="coverage">Isi arsip: 5 artikel, 31 Okt 2025 – 6 Feb 2026, dari Antara (5).</p>'
        '<div class="suggestions"><p>Yang dapat dijawab arsip ini</p><ul><li><button type="button"'
        ' class="suggestion" lang="id" data-ask="Siapa &lt;b&gt;wali kota&lt;/b&gt;?">'
    )
    assert 'class="copy"' not in markup
    assert '<option value="unanswered">The archive has the answer</option>' in markup


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (Coverage(1, None, None, ()), "The archive holds 1 article."),
        (
            Coverage(21, date(2026, 2, 6), date(2026, 2, 6), tuple((f"M{n}", 6 - n) for n in range(6))),
            "The archive holds 21 articles, 6 Feb 2026, "
            "from M0 (6), M1 (5), M2 (4), M3 (3), M4 (2), 1 more outlet.",
        ),
        (
            Coverage(5, None, None, (("Antara", 2), ("Tempo", 2))),
            "The archive holds 5 articles, from Antara (2), Tempo (2), 1 without an outlet's name.",
        ),
    ],
)
def test_what_the_archive_covers_is_told_as_far_as_known(coverage: Coverage, words: str) -> None:
    assert coverage_words(coverage, ENGLISH) == words


def test_an_empty_archive_covers_nothing() -> None:
    empty = replace(abstention(), coverage=Coverage(0, None, None, ()))
    assert "coverage" not in render_reply(Exchange("?", empty), 0, ENGLISH)


def test_the_nearest_passages_of_an_abstention_are_announced_as_such() -> None:
    markup = render_sources([Exchange("?", abstention(citation()))], INDONESIAN)
    assert markup.startswith(
        '<section class="sources" lang="id" aria-label="Sumber"><h2>Kutipan terdekat</h2>'
        '<p class="hint">Bagian yang paling dekat dengan pertanyaan; periksa sendiri.</p>'
        '<ol class="cards nearest">'
    )


def test_the_newest_sources_come_first_and_earlier_ones_are_folded_under_their_question() -> None:
    exchanges = [
        Exchange("Satu?", answer(citation())),
        Exchange("Dua?", Status.FAILED),
        Exchange("Tiga?", answer(citation())),
    ]
    markup = render_sources(exchanges, INDONESIAN)
    newest, folded = markup.split("<details>")
    assert 'id="source-2-1"' in newest
    assert folded.startswith(
        '<summary lang="id">Satu?</summary><ol class="cards cited"><li class="card" id="source-0-1"'
    )
    assert "Dua?" not in markup


def test_before_the_first_question_the_screen_says_what_will_stand_where() -> None:
    assert render_conversation([], ENGLISH) == f'<p class="welcome" lang="en">{ENGLISH.welcome}</p>'
    assert render_sources([], ENGLISH) == (
        '<section class="sources" lang="en" aria-label="Sources"><h2>Sources</h2>'
        f'<p class="empty">{ENGLISH.sources_empty}</p></section>'
    )


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.SEARCHING, "Searching the archive …"),
        (Status.STOPPED, "The search was stopped."),
        (Status.FAILED, ENGLISH.failed),
        (Status.TOO_LONG, "The question is too long: 1001 characters. Shorten it to at most 1000."),
    ],
)
def test_where_no_answer_stands_a_plain_sentence_says_why(status: Status, sentence: str) -> None:
    markup = render_reply(Exchange("x" * 1001, status), 0, ENGLISH)
    assert markup == f'<p class="reply status told {status}" lang="en">{sentence}</p>'


@pytest.mark.parametrize(
    ("texts", "line"),
    [(INDONESIAN, "Membaca 12 bagian dari 5 artikel …"), (ENGLISH, "Reading 12 passages of 5 articles …")],
)
def test_what_is_being_read_is_counted(texts: Texts, line: str) -> None:
    markup = render_reply(Exchange("?", Found(passages=12, articles=5)), 0, texts)
    assert markup == f'<p class="reply status told searching reading" lang="{texts.language}">{line}</p>'


def test_freshness_is_told_in_wib() -> None:
    line = freshness_line(FRESHNESS, INDONESIAN, today=date(2026, 2, 6))
    assert line == "Indeks per 14:32 WIB · berita terbaru 6 Feb 2026 · 5 artikel"


def test_an_index_that_is_not_of_today_names_its_day() -> None:
    line = freshness_line(FRESHNESS, ENGLISH, today=date(2026, 2, 7))
    assert line == "Index as of 6 Feb 2026, 14:32 WIB · newest article 6 Feb 2026 · 5 articles"


def test_an_index_without_dates_names_no_newest_article() -> None:
    line = freshness_line(Freshness(FRESHNESS.index_as_of, 1, None), ENGLISH, today=date(2026, 2, 6))
    assert line == "Index as of 14:32 WIB · 1 article"


def test_a_header_without_freshness_leaves_its_place_empty() -> None:
    assert '<p class="freshness"></p>' in render_header(ENGLISH, None, today=date(2026, 2, 6))


@pytest.mark.parametrize("text", HOSTILE)
def test_articles_and_questions_are_shown_as_the_text_they_are(text: str) -> None:
    article = replace(
        ARTICLE, id=text, title=text, text=f"Awal {text} akhir", outlet=text, url=text, language=text
    )
    exchanges = [
        Exchange(text, abstention(citation(text, article=article), message=text)),
        Exchange(text, answer(citation(text, article=article))),
    ]
    conversation = _Seen(str(render_conversation(exchanges, INDONESIAN)))
    sources = _Seen(str(render_sources(exchanges, INDONESIAN)))
    # Twice as question, in the form, as message, as statement, quote and outlet behind its mark, and copied
    # with outlet and title.
    assert conversation.text.count(text) == 2 + 1 + 1 + 3 + 3
    assert sources.text.count(text) == 9
    for tag, attributes in conversation.elements + sources.elements:
        assert tag in OURS
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert (attributes.get("href") or "#").startswith(
            ("#source-", "#", "../articles/", "../archive?outlet=")
        )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "id"),
        ("", "id"),
        ("en-US,en;q=0.9", "en"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("es-ES,es;q=0.9,en;q=0.8", "en"),
        ("ms-MY", "id"),
        ("fr", "id"),
        ("en;q=0.2,id;q=0.7", "id"),
        ("en;q=0,*", "id"),
        ("en;q=lots", "id"),
    ],
)
def test_the_interface_speaks_the_browsers_language_or_indonesian(header: str | None, language: str) -> None:
    assert texts_for(header).language == language


STATIC = Path(__file__).parents[1] / "ui/static"
STYLE = "\n".join(
    (STATIC / f"{part}.css").read_text(encoding="utf-8") for part in ("chat", "conversation", "sources")
)


def luminance(colour: str) -> float:
    """Of a colour like #5f5a52, as WCAG 2.2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [":root", ".dark"])
def test_notes_about_an_answer_are_quiet_but_legible(theme: str) -> None:
    """Contrast of at least 4.5, WCAG's AA, between the quiet colour and the paper it is on."""
    assert re.search(
        r":is\(.differing, .day, .by, .agreeing, .confidence, .written\) {\s+color: var\(--quiet\);", STYLE
    )
    variables = dict(re.findall(r"(--[\w-]+): ([^;]+);", STYLE.partition(f"{theme} {{")[2].partition("}")[0]))
    quiet, paper = sorted((luminance(variables["--quiet"]), luminance(variables["--paper"])))
    assert (paper + 0.05) / (quiet + 0.05) >= 4.5


def test_every_variable_of_the_style_is_given_a_value() -> None:
    used, given = (set(re.findall(pattern, STYLE)) for pattern in (r"var\((--[\w-]+)\)", r"(--[\w-]+):"))
    assert used <= given


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (INDONESIAN, "3 media, 9 salinan<{}> · pertama: Antara &amp; Co, 5 Februari 2026"),
        (ENGLISH, "3 outlets, 9 copies<{}> · first: Antara &amp; Co, 5 February 2026"),
    ],
)
def test_a_card_tells_how_many_carry_the_story_and_who_did_first(texts: Texts, line: str) -> None:
    earliest = replace(ARTICLE, id="antara", outlet="Antara & Co", published_at=date(2026, 2, 5))
    card = str(render_citation(replace(citation(), story=Story(9, 3, earliest)), [], texts, turn=0))
    start, _, end = line.partition("<{}>")
    new_tab = f'<span class="sr"> {texts.new_tab}</span></a>'
    assert (
        f'href="../articles/serang%2F1/view#copies" target="_blank" rel="noopener">{start}{new_tab}{end}</p>'
        in card
    )
    assert "salinan" not in render_citation(citation(), [], INDONESIAN, turn=0)

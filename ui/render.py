"""The screen into markup: pure functions from values to HTML, in which no text is left unescaped.

Every piece of question or article text passes through `Markup.format`, which escapes it. The markup is
shown as HTML only, never through a markdown renderer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from index.records import WIB, Freshness
from qa_service.answers import Abstention, Answer
from qa_service.ask import LONGEST_QUESTION
from ui.chips import render_understood
from ui.exchanges import Exchange, Found, Status
from ui.pages import ARCHIVE_PATH, FROM_CHAT, PLAIN_PATH
from ui.render_abstention import render_abstention
from ui.render_answer import render_answer
from ui.texts import INTERFACES, Texts


def render_header(texts: Texts, freshness: Freshness | None, *, today: date) -> Markup:
    """The name of the page, what it does, how current it is where known, ways and menus, and a line for when
    the server can't be reached."""
    return Markup(
        '<header class="tanya-header" lang="{language}"><a class="skip" href="#tanya-question">{skip}</a>'
        '<h1>Tanya</h1><p class="subtitle">{subtitle}</p><nav aria-label="{pages}"><a href="{archive}">'
        '{to_archive}</a> <a href="{plain}">{to_plain}</a></nav>{menus}<p class="freshness">{freshness}</p>'
        '<div class="unreachable" role="alert" hidden><span>{unreachable}</span> '
        '<button type="button" class="reload">{reload}</button></div></header>'
    ).format(
        language=texts.language,
        skip=texts.chat.skip,
        subtitle=texts.subtitle,
        pages=texts.chat.pages,
        archive=FROM_CHAT + ARCHIVE_PATH,
        to_archive=texts.chat.to_archive,
        plain=FROM_CHAT + PLAIN_PATH,
        to_plain=texts.chat.to_plain,
        menus=_menus(texts),
        freshness=freshness_line(freshness, texts, today=today) if freshness else "",
        unreachable=texts.chat.unreachable,
        reload=texts.chat.reload,
    )


def _menus(texts: Texts) -> Markup:
    """The menus for the language and the theme; which theme is chosen only the browser knows."""
    languages = {each.language: each.chat.own_name for each in INTERFACES}
    return Markup('<div class="menus">{}{}</div>').format(
        _menu("language", texts.chat.menu_language, languages, texts.language),
        _menu("theme", texts.chat.menu_theme, texts.chat.themes, ""),
    )


def _menu(name: str, label: str, options: Mapping[str, str], chosen: str) -> Markup:
    entries = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if value == chosen else "", says
        )
        for value, says in options.items()
    )
    return Markup('<label><span class="sr">{}</span><select data-menu="{}">{}</select></label>').format(
        label, name, entries
    )


def freshness_line(freshness: Freshness, texts: Texts, *, today: date) -> str:
    """How current the index is, as plain text. The day is named where the index is not from `today` (WIB)."""
    as_of = freshness.index_as_of.astimezone(WIB)
    day = "" if as_of.date() == today else f"{texts.short_date(as_of.date())}, "
    parts = [texts.index_as_of.format(moment=f"{day}{as_of:%H:%M} WIB")]
    if freshness.newest_article:
        parts.append(texts.newest_article.format(day=texts.short_date(freshness.newest_article)))
    parts.append(texts.article_count(freshness.articles))
    return " · ".join(parts)


def render_conversation(exchanges: Sequence[Exchange], texts: Texts) -> Markup:
    """Every question asked, how it was understood and what came of it; a welcome before the first.

    Only how the last one was understood can be put right: asking again takes its place.
    """
    if not exchanges:
        return Markup('<p class="welcome" lang="{}">{}</p>').format(texts.language, texts.welcome)
    last = len(exchanges) - 1
    return Markup('<section class="exchanges" lang="{}" aria-label="{}">{}</section>').format(
        texts.language,
        texts.chat.conversation,
        Markup("").join(
            _exchange(exchange, turn, texts, editable=turn == last and not exchange.is_open)
            for turn, exchange in enumerate(exchanges)
        ),
    )


def _exchange(exchange: Exchange, turn: int, texts: Texts, *, editable: bool) -> Markup:
    understood = exchange.understood
    shown = understood or exchange.is_open
    return Markup('<div class="exchange" tabindex="-1"><h2 class="question"{}>{}</h2>{}{}</div>').format(
        Markup(' lang="{}"').format(understood.language) if understood else "",
        exchange.question,
        render_understood(exchange, texts, turn=turn, editable=editable) if shown else "",
        render_reply(exchange, turn, texts),
    )


def render_reply(exchange: Exchange, turn: int, texts: Texts) -> Markup:
    """What came of a question, so far. Its links are unique to its `turn`, its place in the conversation."""
    match exchange.outcome:
        case Answer() as answer:
            return render_answer(answer, turn, texts)
        case Abstention() as abstention:
            return render_abstention(abstention, texts)
        case Found(passages, articles):
            reading = texts.reading_progress(passages=passages, articles=articles)
            return _told("searching reading", reading, texts)
        case status:
            return _told(status.value, _sentence(status, exchange.question, texts), texts)


def _told(kind: str, sentence: str, texts: Texts) -> Markup:
    return Markup('<p class="reply status told {}" lang="{}">{}</p>').format(kind, texts.language, sentence)


def _sentence(status: Status, question: str, texts: Texts) -> str:
    match status:
        case Status.SEARCHING:
            return texts.searching
        case Status.STOPPED:
            return texts.stopped
        case Status.BUSY:
            return texts.busy
        case Status.FAILED:
            return texts.failed
        case Status.TOO_LONG:
            return texts.too_long.format(length=len(question), limit=LONGEST_QUESTION)

"""Results into markup: pure functions from values to HTML, in which no text is left unescaped.

Every piece of question or article text passes through `Markup.format`, which escapes it. The markup is
shown as HTML only, never through a markdown renderer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from markupsafe import Markup

from index.records import WIB, Article, Freshness, Story
from qa_service.answers import Abstention, Answer, Citation, Form, Statement
from qa_service.ask import LONGEST_QUESTION
from qa_service.messages import message_language
from ui.pages import page_of, published, reading_link
from ui.texts import Texts, texts_in


class Status(StrEnum):
    """What stands where an answer will be, or where none came."""

    SEARCHING = "searching"
    STOPPED = "stopped"
    FAILED = "failed"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the conversation and what came of it."""

    question: str
    outcome: Answer | Abstention | Status


def render_header(texts: Texts, freshness: Freshness | None, *, today: date) -> Markup:
    """The name of the page, what it does and, where known, how current it is."""
    return Markup(
        '<header class="tanya-header" lang="{language}"><h1>Tanya</h1><p class="subtitle">{subtitle}</p>'
        '<p class="freshness">{freshness}</p></header>'
    ).format(
        language=texts.language,
        subtitle=texts.subtitle,
        freshness=freshness_line(freshness, texts, today=today) if freshness else "",
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
    """Every question asked and what came of it; a welcome where nothing was asked yet."""
    if not exchanges:
        return Markup('<p class="welcome" lang="{}">{}</p>').format(texts.language, texts.welcome)
    return Markup("").join(
        Markup('<div class="exchange"><p class="question">{}</p>{}</div>').format(
            exchange.question, render_reply(exchange, turn, texts)
        )
        for turn, exchange in enumerate(exchanges)
    )


def render_reply(exchange: Exchange, turn: int, texts: Texts) -> Markup:
    """What came of a question. Its source links are unique to its `turn`, its place in the conversation."""
    if isinstance(exchange.outcome, Answer):
        return _answer(exchange.outcome, turn, texts)
    if isinstance(exchange.outcome, Abstention):
        return _abstention(exchange.outcome)
    return _status(exchange.outcome, exchange.question, texts)


def _status(status: Status, question: str, texts: Texts) -> Markup:
    sentences = {
        Status.SEARCHING: texts.searching,
        Status.STOPPED: texts.stopped,
        Status.FAILED: texts.failed,
        Status.TOO_LONG: texts.too_long.format(length=len(question), limit=LONGEST_QUESTION),
    }
    return Markup('<p class="reply status {}" lang="{}">{}</p>').format(
        status.value, texts.language, sentences[status]
    )


def _answer(answer: Answer, turn: int, texts: Texts) -> Markup:
    cited = {citation.n: citation for citation in answer.citations}
    statements = Markup(" ").join(
        _statement(statement, cited, turn, texts, dated=answer.form is Form.DIFFERING)
        for statement in answer.statements
    )
    differing = Markup('<p class="differing" lang="{}">{}</p>').format(texts.language, texts.differing)
    confidence = texts.confidence.format(percent=round(100 * answer.confidence))
    return Markup('<div class="reply answer">{}<p>{}</p><p class="confidence" lang="{}">{}</p></div>').format(
        differing if answer.form is Form.DIFFERING else "", statements, texts.language, confidence
    )


def _statement(
    statement: Statement, cited: dict[int, Citation], turn: int, texts: Texts, *, dated: bool
) -> Markup:
    """The quote with the words that answer in bold, its marks, and who agrees; its day first if `dated`."""
    marks = Markup("").join(
        Markup('<a class="mark" href="#{anchor}" aria-label="{label}">[{n}]</a>').format(
            anchor=_anchor(turn, n), label=texts.source.format(n=n), n=n
        )
        for n in statement.citations
    )
    quoted = cited[statement.citations[0]]
    article = quoted.article
    day = Markup('<span class="day" lang="{}">{}</span> ').format(texts.language, published(article, texts))
    agreeing = Markup(' <span class="agreeing" lang="{}">{}</span>').format(
        texts.language, texts.agreeing.format(count=statement.outlets)
    )
    return Markup('<span class="statement">{}<span lang="{}">{}</span>&nbsp;{}{}</span>').format(
        day if dated else "",
        article.language,
        _with_answer(quoted),
        marks,
        agreeing if statement.outlets > 1 else "",
    )


def _with_answer(citation: Citation) -> Markup:
    """The quote, with the words that answer in bold unless they are all of it."""
    start, end = citation.answer.start - citation.start, citation.answer.end - citation.start
    before, answer, after = citation.quote[:start], citation.quote[start:end], citation.quote[end:]
    if not before and not after:
        return Markup("{}").format(answer)
    return Markup("{}<strong>{}</strong>{}").format(before, answer, after)


def _abstention(abstention: Abstention) -> Markup:
    """In one language throughout, that of the message: the question's, as far as we speak it."""
    language = message_language(abstention.interpretation.language)
    return Markup(
        '<div class="reply abstention" lang="{}"><p class="heading">'
        '<span class="icon" aria-hidden="true">?</span>{}</p><p>{}</p></div>'
    ).format(language, texts_in(language).abstained, abstention.message)


def render_sources(exchanges: Sequence[Exchange], texts: Texts) -> Markup:
    """The sources panel: the newest result's passages, and those of earlier results folded below."""
    results = [
        (turn, exchange.question, exchange.outcome)
        for turn, exchange in enumerate(exchanges)
        if not isinstance(exchange.outcome, Status)
    ]
    newest = Markup("").join(_newest_sources(turn, result, texts) for turn, _, result in results[-1:])
    earlier = Markup("").join(
        Markup("<details><summary>{}</summary>{}</details>").format(question, _cards(turn, result, texts))
        for turn, question, result in reversed(results[:-1])
    )
    empty = Markup('<h2>{}</h2><p class="empty">{}</p>').format(texts.sources, texts.sources_empty)
    return Markup('<section class="sources" lang="{}" aria-label="{}">{}{}</section>').format(
        texts.language, texts.sources, newest or empty, earlier
    )


def _newest_sources(turn: int, result: Answer | Abstention, texts: Texts) -> Markup:
    if isinstance(result, Answer):
        return Markup("<h2>{}</h2>{}").format(texts.sources, _cards(turn, result, texts))
    if not result.nearest:
        return Markup("<h2>{}</h2>").format(texts.sources)
    return Markup('<h2>{}</h2><p class="hint">{}</p>{}').format(
        texts.nearest, texts.nearest_hint, _cards(turn, result, texts)
    )


def _cards(turn: int, result: Answer | Abstention, texts: Texts) -> Markup:
    kind, citations = (
        ("nearest", result.nearest) if isinstance(result, Abstention) else ("cited", result.citations)
    )
    cards = Markup("").join(render_citation(citation, texts, turn=turn) for citation in citations)
    return Markup('<ol class="cards {}">{}</ol>').format(kind, cards)


def render_citation(citation: Citation, texts: Texts, *, turn: int) -> Markup:
    """A source card: who reported it and when, the passage with its quote marked, the way to the article."""
    article = citation.article
    return Markup(
        '<li class="card" id="{anchor}" tabindex="-1"><p class="byline"><span class="number">{n}</span>'
        '<span class="outlet">{outlet}</span> · {date}</p><h3 lang="{language}">{title}</h3>'
        '<blockquote lang="{language}">{passage}</blockquote>{story}'
        '<a class="read" href="{link}" target="_blank" rel="noopener">{read}'
        '<span class="sr"> {new_tab}</span></a></li>'
    ).format(
        anchor=_anchor(turn, citation.n),
        n=citation.n,
        outlet=article.outlet or texts.outlet_unknown,
        date=published(article, texts),
        language=article.language,
        title=article.title,
        passage=_marked(citation),
        story=_story(citation.story, article, texts) if citation.story else "",
        link=reading_link(citation),
        read=texts.read_article,
        new_tab=texts.new_tab,
    )


def _story(story: Story, cited: Article, texts: Texts) -> Markup:
    """How many carry the story and who did first, with the way to the other copies."""
    first = story.earliest
    return Markup(
        '<p class="story"><a href="{copies}#copies" target="_blank" rel="noopener">{count}'
        '<span class="sr"> {new_tab}</span></a> · {first}</p>'
    ).format(
        copies=page_of(cited),
        count=texts.carried_by(outlets=story.outlets, copies=story.copies),
        new_tab=texts.new_tab,
        first=texts.first.format(outlet=first.outlet or texts.outlet_unknown, day=published(first, texts)),
    )


def _anchor(turn: int, n: int) -> str:
    return f"source-{turn}-{n}"


def _marked(citation: Citation) -> Markup:
    """The passage with the part of the quote that stands in it marked."""
    passage = citation.passage
    start, end = (min(max(at - passage.start, 0), len(passage.text)) for at in (citation.start, citation.end))
    quote = Markup("<mark>{}</mark>").format(passage.text[start:end]) if start < end else Markup("")
    return Markup("{}{}{}").format(passage.text[:start], quote, passage.text[end:])

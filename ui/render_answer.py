"""An answer into markup: its statements in their form, and the quotes behind its marks."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from qa_service.answers import Answer, Citation, Form, Prose, Sentence, Statement
from qa_service.certainty import certainty
from qa_service.messages import about_prose
from ui.pages import FROM_CHAT, published, reading_link
from ui.render_actions import render_actions
from ui.texts import Texts

_SHORT = 40
"""Characters up to which the words that answer are shown large, as a figure."""


def render_answer(answer: Answer, turn: int, texts: Texts) -> Markup:
    """The answer; the links to its sources are unique to its `turn`, its place in the conversation."""
    cited = {citation.n: citation for citation in answer.citations}
    quotes = {Form.PLAIN: _quotes, Form.DIFFERING: _figures, Form.TIMELINE: _timeline}[answer.form]
    shape = _prose if answer.prose and answer.prose.sentences else quotes
    return Markup(
        '<div class="reply answer"><div class="told">{}<p class="confidence" lang="{}">{}</p>{}</div>{}</div>'
    ).format(
        shape(answer, cited, turn, texts),
        texts.language,
        confidence_words(answer.confidence, texts),
        _about(answer.prose, texts) if answer.prose else "",
        render_actions(answer, texts),
    )


def _about(prose: Prose, texts: Texts) -> Markup:
    return Markup('<p class="written" lang="{}">{}</p>').format(
        texts.language, about_prose(prose, language=texts.language)
    )


def _prose(answer: Answer, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    """What a language model wrote, each sentence with the marks of the quotes that back it."""
    written = (
        Markup('<span class="statement"><span lang="{}">{}</span>&nbsp;{}</span>').format(
            cited[each.citations[0]].article.language,
            each.text,
            _marks(each, cited, turn, texts),
        )
        for each in answer.told
    )
    return Markup("<p>{}</p>").format(Markup(" ").join(written))


def confidence_words(confidence: float, texts: Texts) -> str:
    """How sure we are, in words and as the number behind them."""
    words = texts.chat.certainties[certainty(confidence)]
    return f"{words} · {texts.confidence.format(percent=round(100 * confidence))}"


def _quotes(answer: Answer, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    statements = (_statement(statement, cited, turn, texts) for statement in answer.statements)
    return Markup("<p>{}</p>").format(Markup(" ").join(statements))


def _figures(answer: Answer, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    """Figures that differ, side by side: each with its day, who reports it, and its quote."""
    figures = Markup("").join(
        Markup(
            '<li class="figure"><p class="day" lang="{}">{}</p>{}<p class="by">{}</p><p>{}</p></li>'
        ).format(
            texts.language,
            _day(statement, cited, texts),
            _large(cited[statement.citations[0]]),
            cited[statement.citations[0]].article.outlet or texts.outlet_unknown,
            _statement(statement, cited, turn, texts),
        )
        for statement in answer.statements
    )
    return Markup('<p class="differing" lang="{}">{}</p><ul class="figures">{}</ul>').format(
        texts.language, texts.differing, figures
    )


def _large(citation: Citation) -> Markup:
    """The words that answer, where they are few and only part of the quote."""
    answer = citation.quote[citation.answer.start - citation.start : citation.answer.end - citation.start]
    if answer == citation.quote or len(answer) > _SHORT:
        return Markup("")
    return Markup('<p class="large" lang="{}">{}</p>').format(citation.article.language, answer)


def _timeline(answer: Answer, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    """A course of events, each under its day."""
    events = Markup("").join(
        Markup('<li><p class="day" lang="{}">{}</p><p>{}</p></li>').format(
            texts.language, _day(statement, cited, texts), _statement(statement, cited, turn, texts)
        )
        for statement in answer.statements
    )
    return Markup('<ol class="timeline">{}</ol>').format(events)


def _day(statement: Statement, cited: Mapping[int, Citation], texts: Texts) -> Markup | str:
    """The day that is told of, else that of the publication."""
    if statement.day:
        return Markup('<time datetime="{}">{}</time>').format(statement.day, texts.long_date(statement.day))
    return published(cited[statement.citations[0]].article, texts)


def _statement(statement: Statement, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    """The quote with the words that answer in bold, its marks, and who agrees."""
    quoted = cited[statement.citations[0]]
    agreeing = Markup(' <span class="agreeing" lang="{}">{}</span>').format(
        texts.language, texts.agreeing.format(count=statement.outlets)
    )
    return Markup('<span class="statement"><span lang="{}">{}</span>&nbsp;{}{}</span>').format(
        quoted.article.language,
        _with_answer(quoted),
        _marks(statement, cited, turn, texts),
        agreeing if statement.outlets > 1 else "",
    )


def _marks(told: Sentence | Statement, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    return Markup("").join(_mark(cited[n], cited, turn, texts) for n in told.citations)


def _mark(citation: Citation, cited: Mapping[int, Citation], turn: int, texts: Texts) -> Markup:
    """A numbered mark, and its quote beside it, which shows on hover, focus or tap."""
    article = citation.article
    return Markup(
        '<button type="button" class="mark" popovertarget="{quote}" aria-label="{label}">[{n}]</button>'
        '<span class="quote" id="{quote}" popover role="group" aria-label="{name}" lang="{ours}">'
        '<span class="byline">{outlet} · {day}</span>'
        '<q lang="{language}">{words}</q>'
        '<span class="ways"><a class="to-source" href="#{anchor}">{to_source}</a>'
        '<a class="read" href="{link}" target="_blank" rel="noopener">{read}'
        '<span class="sr"> {new_tab}</span></a></span></span>'
    ).format(
        quote=f"quote-{turn}-{citation.n}",
        label=texts.source.format(n=citation.n),
        name=texts.chat.quote.format(n=citation.n),
        n=citation.n,
        ours=texts.language,
        outlet=article.outlet or texts.outlet_unknown,
        day=published(article, texts),
        language=article.language,
        words=citation.quote,
        anchor=anchor(turn, citation.n),
        to_source=texts.chat.to_source,
        link=FROM_CHAT + reading_link(citation, list(cited.values())),
        read=texts.read_article,
        new_tab=texts.new_tab,
    )


def anchor(turn: int, n: int) -> str:
    """The id of a source's card."""
    return f"source-{turn}-{n}"


def _with_answer(citation: Citation) -> Markup:
    """The quote, with the words that answer in bold unless they are all of it."""
    start, end = citation.answer.start - citation.start, citation.answer.end - citation.start
    before, answer, after = citation.quote[:start], citation.quote[start:end], citation.quote[end:]
    if not before and not after:
        return Markup("{}").format(answer)
    return Markup("{}<strong>{}</strong>{}").format(before, answer, after)

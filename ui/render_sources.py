"""The sources panel into markup: each quote in its passage, and the ways to read on."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from index.records import Article, Story
from qa_service.answers import Abstention, Answer, Citation
from ui.exchanges import Exchange
from ui.pages import FROM_CHAT, outlet_link, page_of, published, publisher_link, reading_link
from ui.render_answer import anchor
from ui.texts import Texts


def render_sources(exchanges: Sequence[Exchange], texts: Texts) -> Markup:
    """The newest result's passages, and those of earlier results folded below."""
    results = [
        (turn, exchange.question, exchange.result)
        for turn, exchange in enumerate(exchanges)
        if exchange.result
    ]
    newest = Markup("").join(_newest_sources(turn, result, texts) for turn, _, result in results[-1:])
    earlier = Markup("").join(
        Markup('<details><summary lang="{}">{}</summary>{}</details>').format(
            result.interpretation.language, question, _cards(turn, result, texts)
        )
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
    cards = Markup("").join(render_citation(citation, citations, texts, turn=turn) for citation in citations)
    return Markup('<ol class="cards {}">{}</ol>').format(kind, cards)


def render_citation(citation: Citation, others: Sequence[Citation], texts: Texts, *, turn: int) -> Markup:
    """A source card: who reported it and when, the passage with its quote marked, the ways to read on.

    `others` are the citations shown together with it.
    """
    article = citation.article
    return Markup(
        '<li class="card" id="{anchor}" tabindex="-1"><p class="byline"><span class="number">{n}</span>'
        '<span class="outlet">{outlet}</span> · {date}</p><h3 lang="{language}">{title}</h3>'
        '<blockquote lang="{language}">{passage}</blockquote>{story}<p class="ways">{ways}</p></li>'
    ).format(
        anchor=anchor(turn, citation.n),
        n=citation.n,
        outlet=article.outlet or texts.outlet_unknown,
        date=published(article, texts),
        language=article.language,
        title=article.title,
        passage=_marked(citation),
        story=_story(citation.story, article, texts) if citation.story else "",
        ways=_ways(citation, others, texts),
    )


def _ways(citation: Citation, others: Sequence[Citation], texts: Texts) -> Markup:
    """The links to the article, to the publisher's page, and to what else the outlet wrote."""
    at_publisher, outlet = publisher_link(citation), citation.article.outlet
    links = [
        ("read", FROM_CHAT + reading_link(citation, others), texts.read_article),
        *([("publisher", at_publisher, texts.chat.publisher_quote)] if at_publisher else []),
        *(
            [("more", FROM_CHAT + outlet_link(outlet), texts.more_from.format(outlet=outlet))]
            if outlet
            else []
        ),
    ]
    return Markup(" ").join(
        Markup(
            '<a class="{}" href="{}" target="_blank" rel="noopener">{}<span class="sr"> {}</span></a>'
        ).format(kind, address, says, texts.new_tab)
        for kind, address, says in links
    )


def _story(story: Story, cited: Article, texts: Texts) -> Markup:
    """How many carry the story and who did first, with the way to the other copies."""
    first = story.earliest
    return Markup(
        '<p class="story"><a href="{copies}#copies" target="_blank" rel="noopener">{count}'
        '<span class="sr"> {new_tab}</span></a> · {first}</p>'
    ).format(
        copies=FROM_CHAT + page_of(cited),
        count=texts.carried_by(outlets=story.outlets, copies=story.copies),
        new_tab=texts.new_tab,
        first=texts.first.format(outlet=first.outlet or texts.outlet_unknown, day=published(first, texts)),
    )


def _marked(citation: Citation) -> Markup:
    """The passage with the part of the quote that stands in it marked."""
    passage = citation.passage
    start, end = (min(max(at - passage.start, 0), len(passage.text)) for at in (citation.start, citation.end))
    quote = Markup("<mark>{}</mark>").format(passage.text[start:end]) if start < end else Markup("")
    return Markup("{}{}{}").format(passage.text[:start], quote, passage.text[end:])

"""An abstention into markup: why there is no answer, what the archive covers, and what it can answer."""

from __future__ import annotations

from markupsafe import Markup

from index.languages import detect
from index.records import Coverage
from qa_service.answers import Abstention, Reason
from qa_service.messages import message_language
from ui.render_actions import render_actions
from ui.texts import Texts, texts_in

_NAMED = 5
"""How many outlets are named; the others are only counted."""


def render_abstention(abstention: Abstention, texts: Texts) -> Markup:
    """What it says is in one language throughout: the question's, as far as we speak it."""
    spoken = texts_in(message_language(abstention.interpretation.language))
    return Markup(
        '<div class="reply abstention"><div class="told" lang="{}"><p class="heading">'
        '<span class="icon" aria-hidden="true">?</span>{}</p><p>{}</p>{}{}</div>{}</div>'
    ).format(
        spoken.language,
        spoken.unsure if abstention.reason is Reason.UNSURE else spoken.abstained,
        abstention.message,
        _coverage(abstention.coverage, spoken),
        _suggestions(abstention.suggestions, spoken),
        render_actions(abstention, texts),
    )


def _coverage(coverage: Coverage, texts: Texts) -> Markup:
    if not coverage.articles:
        return Markup("")
    return Markup('<p class="coverage">{}</p>').format(coverage_words(coverage, texts))


def coverage_words(coverage: Coverage, texts: Texts) -> str:
    """The archive holds 6 articles, 31 Oct 2025 – 6 Feb 2026, from Antara (3), Tempo (2), 1 without …"""
    parts = [texts.chat.coverage.format(articles=texts.article_count(coverage.articles))]
    days = texts.days(coverage.oldest_article, coverage.newest_article)
    if days:
        parts.append(days)
    if coverage.outlets:
        named = [f"{outlet} ({count})" for outlet, count in coverage.outlets[:_NAMED]]
        further = len(coverage.outlets) - _NAMED
        if further > 0:
            named.append(texts.chat.further_outlets[further != 1].format(count=further))
        unnamed = coverage.articles - sum(count for _, count in coverage.outlets)
        if unnamed > 0:
            named.append(texts.chat.without_outlet.format(count=unnamed))
        parts.append(texts.chat.coverage_outlets.format(outlets=", ".join(named)))
    return ", ".join(parts) + "."


def _suggestions(suggestions: tuple[str, ...], texts: Texts) -> Markup:
    """Questions that the archive does answer, each a button that asks it."""
    if not suggestions:
        return Markup("")
    buttons = Markup("").join(
        Markup(
            '<li><button type="button" class="suggestion" lang="{}" data-ask="{}">{}</button></li>'
        ).format(detect(question), question, question)
        for question in suggestions
    )
    return Markup('<div class="suggestions"><p>{}</p><ul>{}</ul></div>').format(
        texts.chat.suggestions, buttons
    )

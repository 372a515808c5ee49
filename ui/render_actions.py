"""What can be done with a result, into markup: copying it with its footnotes, its link, rating it."""

from __future__ import annotations

from urllib.parse import quote

from markupsafe import Markup

from qa_service.answers import Abstention, Answer, Citation
from qa_service.feedback import LONGEST_COMMENT, Fault, Verdict
from ui.pages import FROM_CHAT, published, reading_link, web_address
from ui.texts import Texts

_ANSWER_FAULTS = (Fault.INCORRECT, Fault.OFF_TOPIC, Fault.INCOMPLETE, Fault.OUTDATED, Fault.OTHER)
_ABSTENTION_FAULTS = (Fault.UNANSWERED, Fault.OTHER)

_THUMB = Markup(
    '<svg aria-hidden="true" viewBox="0 0 24 24" width="18" height="18"><path d="M7 21H3V10h4m0 11V10l5-8'
    'c1.7 0 2.6 1.3 2.3 3l-.8 4H20a2 2 0 0 1 2 2.4l-1.6 8A2 2 0 0 1 18.4 21z" fill="none"'
    ' stroke="currentColor" stroke-width="2" stroke-linejoin="round"/></svg>'
)


def render_actions(result: Answer | Abstention, texts: Texts) -> Markup:
    """Buttons that copy the answer and, where it is kept, the link to it, and those that rate it."""
    copy = _copy(result, texts) if isinstance(result, Answer) else ""
    others = _share_and_rate(result, texts) if result.kept else ""
    return Markup('<div class="actions" lang="{}">{}{}</div>').format(texts.language, copy, others)


def _copy(answer: Answer, texts: Texts) -> Markup:
    return Markup(
        '<button type="button" class="copy" data-done="{}" data-failed="{}">{}</button>'
        '<div class="copied" hidden>{}</div>'
    ).format(texts.chat.copied, texts.chat.copy_failed, texts.chat.copy_answer, render_copied(answer, texts))


def render_copied(answer: Answer, texts: Texts) -> Markup:
    """What copying gives: what is said with its marks, then a footnote for each."""
    told = Markup("").join(
        Markup("<p>{} {}</p>").format(each.text, "".join(f"[{n}]" for n in each.citations))
        for each in answer.told
    )
    return told + Markup("").join(_footnote(citation, texts) for citation in answer.citations)


def _footnote(citation: Citation, texts: Texts) -> Markup:
    """Outlet, date, title and link; where no web address is known, the one to the quote on our page."""
    article = citation.article
    link = web_address(article.url) or FROM_CHAT + reading_link(citation)
    return Markup('<p>[{}] {}, {}, “{}”, <a href="{}">{}</a></p>').format(
        citation.n,
        article.outlet or texts.outlet_unknown,
        published(article, texts),
        article.title,
        link,
        link,
    )


def _share_and_rate(result: Answer | Abstention, texts: Texts) -> Markup:
    number = quote(result.id, safe="")
    faults = _ANSWER_FAULTS if isinstance(result, Answer) else _ABSTENTION_FAULTS
    return Markup(
        '<button type="button" class="share" data-link="{root}/a/{number}" data-done="{done}"'
        ' data-failed="{failed}">{share}</button>'
        '<span class="rating" role="group" aria-label="{rate}" data-to="{root}/answers/{number}/feedback"'
        ' data-done="{thanks}" data-failed="{not_saved}">{up}{down}</span>{form}'
    ).format(
        root=FROM_CHAT,
        number=number,
        done=texts.chat.link_copied,
        failed=texts.chat.copy_failed,
        share=texts.chat.share,
        rate=texts.chat.rate,
        thanks=texts.chat.thanks,
        not_saved=texts.chat.feedback_failed,
        up=_thumb(Verdict.RIGHT, texts.chat.helpful),
        down=_thumb(Verdict.WRONG, texts.chat.unhelpful),
        form=_reasons(faults, texts),
    )


def _thumb(verdict: Verdict, name: str) -> Markup:
    return Markup(
        '<button type="button" class="thumb {verdict}" data-verdict="{verdict}" aria-pressed="false"'
        ' aria-label="{name}" title="{name}">{thumb}</button>'
    ).format(verdict=verdict.value, name=name, thumb=_THUMB)


def _reasons(faults: tuple[Fault, ...], texts: Texts) -> Markup:
    options = Markup('<option value="">{}</option>').format(texts.chat.choose_reason) + Markup("").join(
        Markup('<option value="{}">{}</option>').format(fault.value, texts.chat.reasons[fault.value])
        for fault in faults
    )
    return Markup(
        '<form class="reasons" data-act="rate" hidden><label>{}<select name="reason">{}</select></label>'
        '<label class="wide">{}<textarea name="comment" rows="2" maxlength="{}"></textarea></label>'
        '<button type="submit">{}</button></form>'
    ).format(texts.chat.reason, options, texts.chat.comment, LONGEST_COMMENT, texts.chat.send)

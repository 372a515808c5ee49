"""The pages on which questions are asked and answers shown without JavaScript."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse

from index.records import WIB, Freshness
from qa_service.answers import Abstention, Answer
from qa_service.ask import LONGEST_QUESTION
from qa_service.ask_schemas import AskResponse, Interpretation
from qa_service.errors import AnswerNotFound, GivenUp, Overloaded
from qa_service.kept_schemas import GivenAnswer
from qa_service.messages import about_prose, message_language
from qa_service.patience import LatePage
from qa_service.problems import RETRY_AFTER_S
from qa_service.root_path import own_path
from qa_service.since import State
from ui.headers import headers
from ui.pages import PLAIN_PATH, page_templates, publisher_link, reading_link
from ui.render import freshness_line
from ui.render_abstention import coverage_words
from ui.render_answer import confidence_words
from ui.texts import Texts, texts_for

logger = logging.getLogger(__name__)


def answer_link(answer_id: str) -> str:
    """The address of the page of an answer that was kept."""
    return f"/a/{quote(answer_id, safe='')}"


def plain_link(question: str) -> str:
    """The address of the page that answers a question."""
    return f"{PLAIN_PATH}?{urlencode({'q': question})}"


def understood_words(understood: Interpretation, question: str, texts: Texts) -> list[str]:
    """What was searched for, where that is not the question as it stands, and what it was limited to.

    That is what the question names, and what was asked for beside it.
    """
    filters, period = understood.filters, understood.period
    days = texts.days(filters.published_from, filters.published_to)
    if period and not days:
        days = texts.chat.other_days_too
    outlets = dict.fromkeys([*understood.outlets, *filters.outlets])
    places = dict.fromkeys([*understood.places, *filters.places])
    said = [
        texts.searched_for.format(query=understood.query) if understood.query != question else "",
        ": ".join(each for each in (period.words if period else "", days) if each),
        *(texts.chat.chip_outlet.format(name=name) for name in outlets),
        *(texts.chat.chip_place.format(name=name) for name in places),
    ]
    return [each for each in said if each]


def plain_pages(
    ask: Callable[[str], Answer | Abstention],
    given: Callable[[str], GivenAnswer],
    examples: Sequence[str],
    *,
    root: str = "",
) -> APIRouter:
    """The page that answers a question, and those of the answers that were kept.

    `given` raises AnswerNotFound; `examples` are questions that are offered; `root` is as for page_templates.
    """
    router = APIRouter(include_in_schema=False)
    page = _pages(root)

    @router.get(PLAIN_PATH)
    def plain(q: str = "", accept_language: Annotated[str | None, Header()] = None) -> HTMLResponse:
        texts, question = texts_for(accept_language), q.strip()
        status, notice, response = _asked(ask, question, texts)
        freshness = _freshness_line(response, texts) if response else ""
        return page(
            "plain.html",
            status,
            texts=texts,
            question=question,
            notice=notice,
            response=response,
            freshness=freshness,
            examples=examples,
        )

    @router.get("/a/{answer_id}")
    def answer(answer_id: str, accept_language: Annotated[str | None, Header()] = None) -> HTMLResponse:
        texts = texts_for(accept_language)
        try:
            response = given(answer_id)
        except AnswerNotFound:
            return page("answer_missing.html", 404, texts=texts)
        cited = response.abstention.nearest if response.abstention else response.citations
        changed = {each.article.id for each in cited if each.now.state is not State.UNCHANGED}
        return page(
            "answer.html",
            200,
            texts=texts,
            response=response,
            asked_at=texts.asked_at.format(moment=texts.moment(response.asked_at)),
            cited=cited,
            changed=len(changed),
        )

    return router


def late_page(*, root: str = "") -> LatePage:
    """What a person sees whose page takes too long: their question, to be asked again."""
    page = _pages(root)

    def shown(request: Request) -> HTMLResponse | None:
        if "text/html" not in request.headers.get("accept", ""):
            return None
        question = request.query_params.get("q", "") if own_path(request.scope) == PLAIN_PATH else ""
        texts = texts_for(request.headers.get("accept-language"))
        return page("plain.html", 503, texts=texts, question=question, notice=texts.busy)

    return shown


class _Page(Protocol):
    def __call__(self, name: str, status: int, **shown: object) -> HTMLResponse: ...


def _pages(root: str) -> _Page:
    """What makes a page of its template's name."""
    pages = page_templates(
        root,
        about_prose=about_prose,
        longest_question=LONGEST_QUESTION,
        answer_link=answer_link,
        coverage_words=coverage_words,
        message_language=message_language,
        plain_link=plain_link,
        reading_link=reading_link,
        publisher_link=publisher_link,
        confidence_words=confidence_words,
        understood_words=understood_words,
    )

    def page(name: str, status: int, **shown: object) -> HTMLResponse:
        told = headers(forms=True) | {"X-Robots-Tag": "noindex, nofollow"}
        if status == 503:
            told["Retry-After"] = str(RETRY_AFTER_S)
        return HTMLResponse(pages.get_template(name).render(**shown), status, told)

    return page


def _asked(
    ask: Callable[[str], Answer | Abstention], question: str, texts: Texts
) -> tuple[int, str, AskResponse | None]:
    """What comes of a question: an HTTP status, what to tell the asker, if anything, and the result."""
    if not question:
        return 200, "", None
    if len(question) > LONGEST_QUESTION:
        return 422, texts.too_long.format(length=len(question), limit=LONGEST_QUESTION), None
    try:
        return 200, "", AskResponse.of(ask(question))
    except (GivenUp, Overloaded):  # of the former late_page has told already
        return 503, texts.busy, None
    except Exception:
        logger.exception("a question on the plain page could not be answered")
        return 503, texts.failed, None


def _freshness_line(response: AskResponse, texts: Texts) -> str:
    known = response.freshness
    freshness = Freshness(known.index_as_of, known.articles, known.newest_article)
    return freshness_line(freshness, texts, today=datetime.now(WIB).date())

"""An answer as plain text, with its sources below: what is left of it where nothing can be clicked."""

from __future__ import annotations

from qa_service.answers import Abstention, Answer, Citation
from qa_service.messages import about_prose


def with_footnotes(result: Answer | Abstention) -> str:
    """What is said with its [1]-style marks and a footnote for each citation; or why there is no answer.

    Where a language model was asked, the last line tells what came of it.
    """
    text, cited = (
        (result.text, result.citations) if isinstance(result, Answer) else (result.message, result.nearest)
    )
    return "\n\n".join([text, *(["\n".join(map(footnote, cited))] if cited else []), *prose_line(result)])


def prose_line(result: Answer | Abstention) -> list[str]:
    """What came of asking a language model, in one line; none where none was asked."""
    if isinstance(result, Abstention) or result.prose is None:
        return []
    return [about_prose(result.prose, language=result.interpretation.language)]


def footnote(citation: Citation) -> str:
    """[1] “quote” (Antara, 2026-02-06, Title, https://…)."""
    article = citation.article
    told = ", ".join(filter(None, (article.byline, article.title, article.url)))
    return f"[{citation.n}] “{citation.quote}” ({told})"

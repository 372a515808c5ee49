"""An answer as plain text, with its sources below: what is left of it where nothing can be clicked."""

from __future__ import annotations

from qa_service.answers import Abstention, Answer, Citation


def with_footnotes(result: Answer | Abstention) -> str:
    """The statements with their [1]-style marks and a footnote for each citation; or why there is none."""
    text, cited = (
        (result.text, result.citations) if isinstance(result, Answer) else (result.message, result.nearest)
    )
    return "\n\n".join([text, *(["\n".join(map(footnote, cited))] if cited else [])])


def footnote(citation: Citation) -> str:
    """[1] “quote” (Antara, 2026-02-06, Title, https://…)."""
    article = citation.article
    told = ", ".join(filter(None, (article.byline, article.title, article.url)))
    return f"[{citation.n}] “{citation.quote}” ({told})"

"""A question that an article should answer, made of its title."""

from __future__ import annotations

import re

from index.records import Article
from qa_service.rewording import ASKING

_LANGUAGES = frozenset({"id", "ms"})
"""Those in which "Kapan" before a headline makes a question; English would need another form of the verb."""

_WORDS = range(4, 13)
_NO_STATEMENT = re.compile(r"[?!:;|\"“”‘()…]|^\W")


def question_of(article: Article) -> str | None:
    """When what the title tells took place: "Kapan Wali Kota Serang Lantik 269 Pejabat?".

    None where the title is no plain statement, or not in a language in which that is a question.
    """
    title = article.title.rstrip(" .")
    if article.language not in _LANGUAGES or len(title.split()) not in _WORDS:
        return None
    if _NO_STATEMENT.search(title) or ASKING.search(title):
        return None
    return f"Kapan {title}?"

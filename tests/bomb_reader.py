"""Reads a file in a process of its own, which is given so much memory; for `test_bombs.py`."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import feedparser  # noqa: F401  # so that the process that others are forked from has it, as the next
import trafilatura  # noqa: F401

from index.articles import parts, to_article
from index.bounded import TooBig
from index.errors import ArticleUnreadable, FetchRefused
from index.feeds import read_listing
from index.languages import detect
from index.passages import embedded_texts, split
from index.records import RawArticle

detect("Wali kota")  # loads what tells languages, as the imports do the rest

MOST_UNPACKED = 640 * 2**20
"""Bytes, as the API takes of one request."""


def read_bomb(folder: Path, media_type: str, memory_bytes: int, processor_s: int) -> None:
    """Read the file `bomb` with so much more memory than there is, and time; `said` has what came of it."""
    content = (folder / "bomb").read_bytes()
    limit = _taken() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, processor_s))
    (folder / "said").write_text("\n".join(_read(RawArticle(content, media_type, "bomb"))))


def _read(raw: RawArticle) -> list[str]:
    said = []
    try:
        if raw.media_type == "feed":
            return [f"listed {len(read_listing(raw).entries)}"]
        for part in parts(raw, most_bytes=MOST_UNPACKED):
            said.append(_article(part))
    except TooBig:
        said.append("refused: too much comes out")
    except (ArticleUnreadable, FetchRefused) as error:
        said.append(f"refused {error}")
    return said


def _article(part: RawArticle) -> str:
    """How long the text of the article is, and all that would be embedded of it."""
    try:
        article = to_article(part, datetime.now(UTC))
    except ArticleUnreadable as error:
        return f"refused {error}"
    spans = split(article.text, count_tokens=_tokens)
    return f"read {len(article.text)} {sum(map(len, embedded_texts(article, spans)))}"


def _tokens(texts: Sequence[str]) -> list[int]:
    return [len(text) // 4 for text in texts]


def _taken() -> int:
    """Bytes of address space that this process has."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmSize:"))
    return 1024 * int(line.split()[1])

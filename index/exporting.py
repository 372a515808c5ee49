"""Articles as JSON Lines, in the form that an ingest reads, and files of lines that appear whole."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

from index.errors import ExportFailed
from index.new_file import new_file
from index.records import Article


def json_line(article: Article) -> str:
    """The article as one line of JSON; known again by its `content_hash`, it comes in just as it went out."""
    fields = {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "language": article.language,
        "authors": list(article.authors) or None,
        "text": article.text,
        "content_hash": article.content_hash,
    }
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def write_json_lines(articles: Iterable[Article], file: Path, *, overwrite: bool = False) -> int:
    """Write a line for each article as `write_lines` does; how many."""
    return write_lines(map(json_line, articles), file, overwrite=overwrite)


def write_lines(lines: Iterable[str], file: Path, *, overwrite: bool = False) -> int:
    """Write the lines into a new file, gzipped where its name ends with .gz; how many.

    The file appears whole or not at all. Raises ExportFailed, also where there is one already, unless it is
    to be overwritten.
    """
    if file.exists() and not overwrite:
        raise ExportFailed(f"{file} exists already: name another file, or give --force")
    count = 0
    try:
        with new_file(file) as unfinished:
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(unfinished, "wt", encoding="utf-8") as out:
                for line in lines:
                    out.write(line + "\n")
                    count += 1
    except OSError as error:
        raise ExportFailed(
            f"{file} cannot be written ({error.strerror}): name a file in a folder with space"
        ) from error
    return count

"""Text -> sentence spans. A sentence never crosses a line, and quoted speech stays in one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from index.records import Span

# Indonesian abbreviations after which sentencex (1.0.32) sees a sentence end that is none: titles,
# degrees, streets, companies, and a lone initial.
_OPEN_END = re.compile(
    r"(?:\b(?:Jend|Jl|Jln|Ir|Dr|Drs|Dra|Prof|Hj|Kol|Letjen|Mayjen|Brigjen|Irjen|Kombes|Sdr|Tn|Ny|Bpk|Yth"
    r"|Kec|Kab|Kel|Gg|Blok|No|Tbk|dkk|St|Mgr|KH|K\.H|S\.[A-Z][A-Za-z]{0,4}|M\.[A-Z][A-Za-z]{0,4}|[A-Z]))\.\s*$"
)

_LONGEST_OPEN_END = 20
"""Characters, white space included."""

# The dot of a web address that begins with a capital, as in "RakyatBekasi.Com", ends nothing.
_IN_A_NAME = re.compile(r"\.(?:com|co|id|net|org|go|tv|info|news|sch|ac)\b", re.IGNORECASE)


def sentences(text: str, *, language: str = "id") -> list[Span]:
    """The sentences of `text`, in order, without the white space around them.

    Every character that is not white space lies in exactly one span.
    """
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        offset = line.start()
        spans.extend(
            Span(offset + start, offset + end) for start, end in _in_line(line.group(), language=language)
        )
    return spans


def _in_line(line: str, *, language: str) -> Iterator[tuple[int, int]]:
    start = 0
    for boundary in get_sentence_boundaries(language, line):
        end = boundary["end_index"]
        # The end alone is looked at: a line may go on after a million of these.
        last = max(start, end - _LONGEST_OPEN_END)
        if end < len(line) and (_OPEN_END.search(line, last, end) or _IN_A_NAME.match(line, end - 1)):
            continue
        yield from _stripped(line, start, end)
        start = end
    yield from _stripped(line, start, len(line))


def _stripped(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and line[start].isspace():
        start += 1
    while start < end and line[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end

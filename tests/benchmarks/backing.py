"""What the gate of a language model's prose lets through, true sentences and others, by the real reader.

    python -m tests.benchmarks.backing

Asks the questions of the seeds, of a home of its own. Of each answer's first quote two sentences are tried
that are true: the quote as it stands, and what is left of it when the clauses around the answer are cut off,
which is often but a fragment. And some that the quote does not say, made of its own words. It prints how many
are backed.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from qa_service.answers import Answer, Citation
from qa_service.backing import backed
from qa_service.build import build
from qa_service.questions import read_questions
from qa_service.settings import Settings
from tests.corpus import raws_in

SEEDS = Path(__file__).parents[2] / "seeds"


def main() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").symlink_to(Settings().home.resolve() / "models")
        service = build(Settings(home=home), print)
        service.ingest.run(raws_in(sorted(SEEDS.glob("*.txt"))), lambda _: None)
        for question in read_questions(SEEDS / "questions.jsonl"):
            answer = service.ask(question.question)
            if isinstance(answer, Answer) and question.answerable:
                query, citation = answer.interpretation.query, answer.citations[0]
                tried = [("the quotes", citation.quote), ("clauses", around_the_answer(citation))]
                tried += distorted(citation.quote)
                verdicts = backed(
                    query,
                    [(sentence, citation) for _, sentence in tried],
                    reader=service.reader,
                    threshold=service.ask.threshold,
                )
                for (kind, _), is_backed in zip(tried, verdicts, strict=True):
                    counts.update({(kind, "tried"): 1, (kind, "backed"): is_backed})
        service.close()
    for kind in dict.fromkeys(kind for kind, _ in counts):
        print(f"{kind:<24}{counts[kind, 'backed']:>4} of {counts[kind, 'tried']}")


def around_the_answer(citation: Citation) -> str:
    """The clauses of the quote in which the answer stands, as a sentence."""
    start, end = citation.answer.start - citation.start, citation.answer.end - citation.start
    clauses = re.finditer(r"[^,;–—]+", citation.quote)
    kept = ",".join(each.group() for each in clauses if each.start() < end and start < each.end())
    sentence = kept.strip(' ,.”“"')
    return f"{sentence[:1].upper()}{sentence[1:]}."


def distorted(quote: str) -> Iterator[tuple[str, str]]:
    """Sentences of the quote's words that say what it does not, by what was done to them."""
    words = quote.split()
    half = len(words) // 2
    yield "halves swapped", " ".join([*words[half:], *words[:half]])
    yield "the middle left out", " ".join([*words[: half // 2], *words[-(half // 2) :]])
    yield "the first word left out", " ".join(words[1:])
    yield "told by somebody", " ".join(["Kata", *words])
    if (figures := re.findall(r"\d+", quote)) and len(set(figures)) > 1:
        others = iter([*figures[1:], figures[0]])
        yield "figures swapped", re.sub(r"\d+", lambda _: next(others), quote)
    turned = re.sub(r"\b(?:men|mem|me)(?=\w{4})", "di", quote)
    if turned != quote:
        yield "the other voice", turned


if __name__ == "__main__":
    main()

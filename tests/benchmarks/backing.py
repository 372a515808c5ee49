"""What the gate of a language model's prose lets through of sentences that are true, by the real reader.

    python -m tests.benchmarks.backing

Asks the questions of the seeds, of a home of its own. Of each answer's first quote two sentences are tried:
the quote as it stands, and what is left of it when the clauses around the answer are cut off, which is often
but a fragment. It prints how many are backed.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path

from qa_service.answers import Answer, Citation
from qa_service.backing import backed
from qa_service.build import build
from qa_service.questions import read_questions
from qa_service.settings import Settings
from tests.corpus import raws_in

SEEDS = Path(__file__).parents[2] / "seeds"


def main() -> None:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "models").symlink_to(Settings().home.resolve() / "models")
        service = build(Settings(home=home), print)
        service.ingest.run(raws_in(sorted(SEEDS.glob("*.txt"))), lambda _: None)
        for question in read_questions(SEEDS / "questions.jsonl"):
            answer = service.ask(question.question)
            if isinstance(answer, Answer) and question.answerable:
                query, citation = answer.interpretation.query, answer.citations[0]
                claimed = [(citation.quote, citation), (around_the_answer(citation), citation)]
                whole, cut = backed(query, claimed, reader=service.reader, threshold=service.ask.threshold)
                counts.update(answers=1, quotes=whole, clauses=cut)
        service.close()
    print(f"{counts['answers']} answers; backed: {counts['quotes']} quotes, {counts['clauses']} clauses")


def around_the_answer(citation: Citation) -> str:
    """The clauses of the quote in which the answer stands, as a sentence."""
    start, end = citation.answer.start - citation.start, citation.answer.end - citation.start
    clauses = re.finditer(r"[^,;–—]+", citation.quote)
    kept = ",".join(each.group() for each in clauses if each.start() < end and start < each.end())
    sentence = kept.strip(' ,.”“"')
    return f"{sentence[:1].upper()}{sentence[1:]}."


if __name__ == "__main__":
    main()

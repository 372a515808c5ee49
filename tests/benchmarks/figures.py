"""All figures of the reader in one go: what `tanya eval` says of each validation file.

    python -m tests.benchmarks.figures ../shared/data

Prints each figure beside what is to be reached, and keeps them as JSON, named by commit. The reader is
the one kept with the project, or that of TANYA_READER; no other setting of the environment counts. The first
run embeds the contexts; --news also the 45,936 articles, for hours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from qa_service.scorecard import Scorecard, commit, read_scorecard

KEPT = Path("build/figures")
SEEDS = Path(__file__).parents[2] / "seeds"
XQUAD = "th", "vi", "zh", "ar", "es", "de"


@dataclass(frozen=True, slots=True)
class Run:
    """A validation file, what is indexed with it where it is asked openly, and what to reach of it.

    `served` are articles to add to a home of its own, which is then asked.
    """

    name: str
    file: str
    corpus: str | None = None
    served: tuple[Path, ...] = ()
    reach: tuple[tuple[str, float], ...] = ()

    def card(self, data: Path) -> Scorecard:
        """What `tanya eval` makes of it."""
        json_file = KEPT / f"{self.name}.json"
        asked = [str(data / self.file), "--json", str(json_file)]
        if self.served:
            self._tanya("add", *map(str, self.served))
        if self.corpus is not None:
            asked += ["--open", "--corpus", str(data / self.corpus), "--home", str(KEPT / self.name)]
        self._tanya("eval", *asked)
        return read_scorecard(json_file)

    def _tanya(self, *arguments: str) -> None:
        home = {"TANYA_HOME": str(KEPT / self.name)} if self.served else {}
        heard = {
            name: value
            for name, value in os.environ.items()
            if name == "TANYA_READER" or not name.startswith("TANYA_")
        }
        tanya = Path(sys.executable).with_name("tanya")
        subprocess.run([tanya, *arguments], check=True, env={**heard, **home})


RUNS = (
    Run(
        "idk_mrc",
        "qa/idk_mrc-valid.jsonl.gz",
        reach=(("exact_match", 0.73), ("f1", 0.79), ("auroc", 0.95), ("ece", 0.08)),
    ),
    Run("facqa", "qa/facqa-valid.jsonl.gz", reach=(("f1_answerable", 0.78),)),
    *(Run(f"xquad_{lang}", f"qa/xquad_{lang}-valid.jsonl.gz") for lang in XQUAD),
    Run(
        "idk_mrc-open",
        "qa/idk_mrc-valid.jsonl.gz",
        "qa/idk_mrc-train.jsonl.gz",
        reach=(("recall_at_1", 0.91),),
    ),
    Run("facqa-open", "qa/facqa-valid.jsonl.gz", "qa/facqa-train.jsonl.gz", reach=(("recall_at_1", 0.82),)),
    Run(
        "seeds",
        str(SEEDS / "questions.jsonl"),
        served=tuple(sorted(SEEDS.glob("*.txt"))),
        reach=(("right_answer_and_citation", 0.85), ("abstention_recall", 0.85)),
    ),
)
NEWS = Run(
    "id_newsqa-open",
    "qa/id_newsqa-valid.jsonl.gz",
    "news/indonesian.jsonl.gz",
    reach=(("recall_at_1", 0.75), ("recall_at_5", 0.93)),
)


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    news: Annotated[bool, typer.Option(help="Also ask of the whole news corpus.")] = False,
) -> None:
    """Run, print, keep."""
    named = commit() or "uncommitted"
    KEPT.mkdir(parents=True, exist_ok=True)
    cards: dict[str, Scorecard] = {}
    rows = Table("tanya eval", "measure", "figure", "to reach")
    for run in (*RUNS, *([NEWS] if news else [])):
        cards[run.name] = run.card(data)
        for measure, reach in run.reach:
            rows.add_row(run.name, measure, f"{cards[run.name].overall[measure]:.3f}", f"{reach:.2f}")
    mean = sum(cards[f"xquad_{lang}"].overall["f1_answerable"] for lang in XQUAD) / len(XQUAD)
    rows.add_row("xquad_*, mean", "f1_answerable", f"{mean:.3f}", "0.55")
    Console().print(rows)
    overall = {name: card.overall for name, card in cards.items()}
    kept = KEPT / f"figures-{named}.json"
    kept.write_text(json.dumps(overall, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)

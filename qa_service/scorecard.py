"""Judged questions -> the measures per language and over all, as JSON and as a table."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Mode, Outcome, Score
from qa_service.measures import MEASURES, Sample, are_literal


class QuestionRow(BaseModel):
    """A question in the JSON: what became of it and, under their names, its scores."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    id: str
    lang: str
    answerable: bool
    answered: bool
    probability: float
    latency_ms: float
    rank: int | None = None
    turn: int = 1
    together: bool = False

    @property
    def scores(self) -> dict[str, float]:
        return self.__pydantic_extra__


class Scorecard(BaseModel):
    """What `tanya eval --json` writes. `left_out` names each measure without a value over all, and why.

    `by_turn` has the measures of the first questions of conversations and of the follow-ups, where there are
    any; of these, `together` were read together with an earlier question.

    `threshold` is the probability from which on a question was answered; `commit` is that of the code, None
    outside git.
    """

    file: str
    mode: Mode
    threshold: float
    model: str
    commit: str | None
    overall: dict[str, int | float]
    by_language: dict[str, dict[str, int | float]]
    by_turn: dict[str, dict[str, int | float]] = {}
    together: int = 0
    left_out: dict[str, str]
    questions: list[QuestionRow]


_FIRST, _FOLLOW_UP = "first", "follow-up"

_ASKED = {
    Mode.READING: "reading: each question was read against its context alone",
    Mode.OPEN: "open: each question was asked of an index of all contexts and the corpus given; whether to "
    "abstain was not judged where its own context has no answer",
    Mode.SERVED: "served: each question was asked of the served corpus",
}


def scorecard(
    outcomes: Sequence[Outcome], *, mode: Mode, threshold: float, file: str, model: str
) -> Scorecard:
    """What the outcomes of a file come to."""
    literal = are_literal([each.question for each in outcomes])
    everything = Sample(outcomes, mode, literal)
    overall = _values(everything)
    of_language: dict[str, list[Outcome]] = {lang: [] for lang in sorted({o.question.lang for o in outcomes})}
    of_turn: dict[str, list[Outcome]] = {_FIRST: [], _FOLLOW_UP: []}
    for each in outcomes:
        of_language[each.question.lang].append(each)
        of_turn[_FIRST if each.question.turn == 1 else _FOLLOW_UP].append(each)
    left_out = {measure.name: need.otherwise for measure in MEASURES if (need := measure.unmet(everything))}
    return Scorecard(
        file=file,
        mode=mode,
        threshold=threshold,
        model=model,
        commit=commit(),
        overall=overall,
        by_language={lang: _values(Sample(some, mode, literal)) for lang, some in of_language.items()},
        by_turn={turn: _values(Sample(some, mode, literal)) for turn, some in of_turn.items()}
        if of_turn[_FOLLOW_UP]
        else {},
        together=sum(each.together for each in outcomes),
        left_out=left_out,
        questions=[_row(each, measured=overall) for each in outcomes],
    )


def require_writable(path: Path) -> None:
    """See to it that the file is there and can be written; raises EvaluationInvalid."""
    with _written(path):
        path.open("a").close()


def write_scorecard(card: Scorecard, path: Path) -> None:
    """Write it as JSON; raises EvaluationInvalid."""
    with _written(path):
        path.write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_scorecard(path: Path) -> Scorecard:
    """What `write_scorecard` wrote; raises EvaluationInvalid."""
    try:
        return Scorecard.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise EvaluationInvalid(
            f"{path} cannot be compared: write it with `tanya eval FILE --json {path}`"
        ) from error


def commit() -> str | None:
    """The commit of this code, with "-dirty" where tracked files differ from it; None outside git.

    None as well where git does not know this file: the repository around it is then somebody else's.
    """
    here = Path(__file__)
    try:
        _git("ls-files", "--error-unmatch", here.name, cwd=here.parent)
        return _git("describe", "--always", "--dirty", "--exclude=*", cwd=here.parent)
    except (OSError, subprocess.CalledProcessError):
        return None


def table(card: Scorecard) -> RenderableType:
    """The measures by language, by turn and over all; below, what was asked and what was left out."""
    groups = {**card.by_language, **card.by_turn, "all": card.overall}
    rows = Table(
        Column(no_wrap=True),
        *(Column(name, justify="right", no_wrap=True) for name in groups),
        box=None,
        padding=(0, 1, 0, 0),  # with eight languages it fits 80 columns
    )
    for measure in MEASURES:
        rows.add_row(measure.label, *(measure.shown(group.get(measure.name)) for group in groups.values()))
    return Group(rows, Text("\n" + "\n".join([_asked(card), *_read_together(card), *_left_out(card)])))


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EvaluationInvalid(
            f"{path} cannot be written: {error.strerror}: name another file with --json"
        ) from error


def _git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=cwd, capture_output=True, text=True, check=True
    ).stdout.strip()


def _values(sample: Sample) -> dict[str, int | float]:
    return {
        measure.name: measure.of(sample.outcomes) for measure in MEASURES if measure.unmet(sample) is None
    }


def _row(outcome: Outcome, *, measured: Collection[str]) -> QuestionRow:
    """The question with its scores, as far as they are measured."""
    question = outcome.question
    scores = {
        score.value: value
        for score, value in outcome.scores.items()
        if score in measured or (score is Score.RIGHT and "ece" in measured)
    }
    return QuestionRow(
        id=question.id,
        lang=question.lang,
        answerable=question.answerable,
        answered=outcome.answered,
        probability=outcome.probability,
        latency_ms=outcome.latency_ms,
        rank=outcome.rank,
        turn=question.turn,
        together=outcome.together,
        **scores,
    )


def _asked(card: Scorecard) -> str:
    return f"{_ASKED[card.mode]}; answered from a probability of {card.threshold:.2f} on"


def _read_together(card: Scorecard) -> list[str]:
    if not card.by_turn:
        return []
    follow_ups = card.by_turn[_FOLLOW_UP]["n"]
    return [f"of {follow_ups} follow-ups, {card.together} were read together with an earlier question"]


def _left_out(card: Scorecard) -> list[str]:
    """A line for each reason, with the measures that it keeps out."""
    labels = {measure.name: measure.label for measure in MEASURES}
    reasons = dict.fromkeys(card.left_out.values())
    return [
        f"– {', '.join(labels[name] for name, why in card.left_out.items() if why == reason)}: {reason}"
        for reason in reasons
    ]

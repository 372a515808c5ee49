"""How the reader learns: what is right of an example, the loss, the pace, and runs that are interrupted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from index.records import Span
from qa_service.cross_encoder import CrossEncoder, untrained
from qa_service.pairs import PairEncoder
from qa_service.training import loop
from qa_service.training.examples import Example
from qa_service.training.loop import Pace, Target, loss, target, train

PASSAGE = "kata1 kata2 kata3 kata4"
"""Words of five letters; in a pair with the question "kata9" under no header they are tokens 6 to 9."""


def example(*spans: Span, passage: str = PASSAGE, literal: bool = True) -> Example:
    return Example("id", "kata9", "", passage, spans, literal)


def target_of(tiny_encoder: PairEncoder, made: Example) -> Target | None:
    (pair,) = tiny_encoder.encode([(made.question, made.header, made.passage)])
    return target(pair, made)


@pytest.mark.parametrize(
    ("made", "first", "last"),
    [
        (example(Span(6, 11)), [7], [7]),
        (example(Span(6, 17)), [7], [8]),
        (example(Span(8, 14)), [7], [8]),
        (example(Span(0, 5), Span(12, 23)), [6, 8], [6, 9]),
        (example(Span(6, 17), literal=False), [7, 8], [7, 8]),
        (example(Span(8, 23), literal=False), [8, 9], [8, 9]),
        (example(), [0], [0]),
        (example(literal=False), [0], [0]),
    ],
)
def test_right_are_the_ends_of_a_literal_answer_or_all_of_its_evidence_or_none(
    tiny_encoder: PairEncoder, made: Example, first: list[int], last: list[int]
) -> None:
    found = target_of(tiny_encoder, made)
    assert found is not None
    assert len(found.pair.ids) == len(found.first) == len(found.last) == 6 + 4 + 1
    assert (np.flatnonzero(found.first).tolist(), np.flatnonzero(found.last).tolist()) == (first, last)
    assert found.answers is bool(made.spans)


def test_an_example_that_lost_its_answer_to_the_cut_is_not_learnt_from(tiny_encoder: PairEncoder) -> None:
    passage = "kata1 " * 600
    assert target_of(tiny_encoder, example(Span(3594, 3599), passage=passage)) is None
    assert target_of(tiny_encoder, example(Span(0, 3599), passage=passage)) is None
    assert target_of(tiny_encoder, example(Span(0, 5), Span(3594, 3599), passage=passage)) is not None


def test_the_real_models_tokens_hold_the_ends_of_an_answer(model_folder: Path) -> None:
    text = "Wali kota melantik 269 pejabat."
    made = example(Span(19, 30), passage=text)
    found = target_of(PairEncoder(model_folder), made)
    assert found is not None
    (begin,), (end,) = found.pair.offsets[found.first].tolist(), found.pair.offsets[found.last].tolist()
    assert (text[slice(*begin)], text[slice(*end)]) == (" 26", " pejabat")


def targets_of(tiny_encoder: PairEncoder, *made: Example) -> list[Target]:
    found = [target_of(tiny_encoder, each) for each in made]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([example(Span(6, 11))], math.log(5) + math.log(2)),
        ([example(Span(6, 17), literal=False)], math.log(5 / 2) + math.log(2)),
        ([example(Span(0, 5), Span(6, 17))], math.log(5 / 2) + math.log(2)),
        ([example()], math.log(5) + math.log(2)),
        ([example(), example(Span(0, 5), passage="kata1")], (math.log(5) + math.log(2)) / 2 + math.log(2)),
    ],
)
def test_a_network_that_knows_nothing_is_as_wrong_as_guessing(
    tiny_model: Path, tiny_encoder: PairEncoder, made: list[Example], expected: float
) -> None:
    """It takes four words and none for equally likely, and every passage for as relevant as not."""
    network = untrained(tiny_model)
    for head in network.span, network.relevance:
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
    missed = loss(network, targets_of(tiny_encoder, *made), pad=tiny_encoder.pad)
    assert missed.item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("done", "share"), [(0.0, 0.0), (0.1, 0.5), (0.2, 1.0), (0.6, 0.5), (1.0, 0.0)])
def test_the_pace_goes_up_and_then_down_to_nothing(done: float, share: float) -> None:
    assert Pace(warm_up=0.2).at(done) == pytest.approx(share)


def material(count: int = 24) -> list[Example]:
    """The answer is the word after "kata5", where that stands; of differing lengths."""
    made = []
    for n in range(count):
        words = [f"kata{10 + (7 * n + k) % 80}" for k in range(4 + n % 5)]
        passage = " ".join(words)
        if n % 2:
            passage = f"{words[0]} kata5 {words[1]} {' '.join(words[2:])}"
            start = len(words[0]) + 7
            made.append(example(Span(start, start + len(words[1])), passage=passage))
        else:
            made.append(example(passage=passage))
    return made


PACE = Pace(tokens=100, learning_rate=2e-3, head_learning_rate=1e-2, warm_up=0.1)


def network_of(tiny_model: Path, *, seed: int) -> CrossEncoder:
    """An untrained network whose heads come from the seed."""
    torch.manual_seed(seed)
    return untrained(tiny_model)


def run(
    network: CrossEncoder,
    tiny_encoder: PairEncoder,
    epochs: Sequence[Sequence[Example]],
    work: Path,
    progress: Callable[[int, int], None] = lambda *_: None,
    *,
    half: bool = False,
) -> None:
    work.mkdir(exist_ok=True)
    train(network, tiny_encoder, epochs, PACE, work=work, seed=7, half=half, progress=progress)


@pytest.mark.parametrize("half", [False, True])
def test_what_is_learnt_is_learnt_and_what_is_frozen_stays(
    tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path, half: bool
) -> None:
    network = network_of(tiny_model, seed=1)
    frozen = {
        name: weights.clone()
        for name, weights in network.state_dict().items()
        if name not in network.trained_parameters()
    }
    targets = targets_of(tiny_encoder, *material())
    before = loss(network, targets, pad=tiny_encoder.pad).item()
    run(network, tiny_encoder, [material()] * 6, tmp_path, half=half)
    assert {weights.dtype for weights in network.state_dict().values()} == {torch.float32}
    assert loss(network, targets, pad=tiny_encoder.pad).item() < 0.75 * before
    assert all(torch.equal(network.state_dict()[name], weights) for name, weights in frozen.items())
    assert not network.training


class Interrupted(Exception):
    """What stops a run in a test."""


def interrupting(at: int, heard: list[int]) -> Callable[[int, int], None]:
    """A progress that notes the steps it hears of, and stops the run after step `at`."""

    def progress(done: int, _: int) -> None:
        heard.append(done)
        if done == at:
            raise Interrupted

    return progress


def test_an_interrupted_run_ends_with_the_very_weights_of_one_that_was_not(
    tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_CHECKPOINT_STEPS", 3)
    epochs = [material(), list(reversed(material())), material()]
    whole = network_of(tiny_model, seed=1)
    steps: list[int] = []
    run(whole, tiny_encoder, epochs, tmp_path / "whole", lambda done, _: steps.append(done))
    assert steps == list(range(1, 13))

    heard: list[int] = []
    for at, seed in (2, 1), (5, 1), (8, 2):
        with pytest.raises(Interrupted):
            run(
                network_of(tiny_model, seed=seed),
                tiny_encoder,
                epochs,
                tmp_path / "broken",
                interrupting(at, heard),
            )
    resumed = network_of(tiny_model, seed=3)
    run(resumed, tiny_encoder, epochs, tmp_path / "broken", lambda done, _: heard.append(done))
    # Without a checkpoint, again without, from the one of step 3, from that of step 6.
    assert heard == [1, 2, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 7, 8, 9, 10, 11, 12]
    for name, weights in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], weights), name


def test_a_finished_run_is_not_run_again(tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path) -> None:
    first, again = network_of(tiny_model, seed=1), network_of(tiny_model, seed=2)
    run(first, tiny_encoder, [material()], tmp_path)
    heard: list[int] = []
    run(again, tiny_encoder, [material()], tmp_path, lambda done, _: heard.append(done))
    assert heard == []
    for name, weights in first.state_dict().items():
        assert torch.equal(again.state_dict()[name], weights), name


def test_a_checkpoint_of_other_examples_is_left_alone(
    tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path
) -> None:
    run(network_of(tiny_model, seed=1), tiny_encoder, [material(24)], tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.glob("checkpoint-*.pt")}
    heard: list[int] = []
    run(
        network_of(tiny_model, seed=1),
        tiny_encoder,
        [material(22)],
        tmp_path,
        lambda done, _: heard.append(done),
    )
    assert heard[0] == 1
    assert len(list(tmp_path.glob("checkpoint-*.pt"))) == 2
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept


def test_no_batch_holds_more_tokens_than_the_pace_allows(
    tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[tuple[int, int]] = []
    answering: list[int] = []

    def noting(network: CrossEncoder, targets: Sequence[Target], *, pad: int) -> torch.Tensor:
        shapes.append((len(targets), max(len(each.pair.ids) for each in targets)))
        answering.append(sum(each.answers for each in targets))
        return loss(network, targets, pad=pad)

    monkeypatch.setattr(loop, "loss", noting)
    run(network_of(tiny_model, seed=1), tiny_encoder, [material()], tmp_path)
    assert max(count * length for count, length in shapes) <= PACE.tokens
    assert (sum(count for count, _ in shapes), sum(answering)) == (24, 12)
    assert len(shapes) == 4

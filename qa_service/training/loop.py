"""How the reader is trained: batches of like length, the loss, the pace, checkpoints."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qa_service.cross_encoder import CrossEncoder, tensors
from qa_service.pairs import Pair, PairEncoder, padded
from qa_service.training.examples import Example
from qa_service.training.kept_lines import whole_lines

_CHECKPOINT_STEPS = 200
_LOG_STEPS = 50
_LENGTHS_SORTED = 64
"""Batches' worth of examples that are sorted by length together, so that little is padding."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast is learnt. `tokens` is the size of a batch with padding; `warm_up` a share of the steps."""

    tokens: int = 2600
    learning_rate: float = 1e-4
    head_learning_rate: float = 5e-4
    warm_up: float = 0.06

    def at(self, done: float) -> float:
        """The share of the learning rate when a share of the steps is done: up, then down to nothing."""
        return min(done / self.warm_up, (1 - done) / (1 - self.warm_up))


@dataclass(frozen=True, slots=True)
class Target:
    """A pair and which of its tokens may rightly begin and end the answer; `<s>` where there is none."""

    pair: Pair
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    answers: bool


def target(pair: Pair, example: Example) -> Target | None:
    """What the network should say of the example; None where the cut passage has lost the answer."""
    begins, ends = pair.offsets[:, 0], pair.offsets[:, 1]
    first, last = np.zeros(len(begins), bool), np.zeros(len(begins), bool)
    for span in example.spans:
        if example.literal:
            first |= (begins <= span.start) & (span.start < ends)
            last |= (begins < span.end) & (span.end <= ends)
        else:
            inside = (begins >= span.start) & (ends <= span.end) & (begins >= 0)
            first |= inside
            last |= inside
    if not example.spans:
        first[0] = last[0] = True
    return Target(pair, first, last, bool(example.spans)) if first.any() and last.any() else None


def loss(network: CrossEncoder, targets: Sequence[Target], *, pad: int) -> Tensor:
    """The mean over the targets: how improbable the right first and last tokens are, and the right relevance.

    Of several right tokens their probabilities are summed (Clark and Gardner, 2018).
    """
    device = network.relevance.weight.device
    batch = padded([each.pair for each in targets], pad=pad)
    logits = network(*(tensor.to(device) for tensor in tensors(batch)))
    first, last, relevance = (each.float() for each in logits)
    missed = [
        scores.logsumexp(1) - scores.masked_fill(~_as_mask(right, scores), -torch.inf).logsumexp(1)
        for scores, right in ((first, [t.first for t in targets]), (last, [t.last for t in targets]))
    ]
    answers = torch.tensor([float(each.answers) for each in targets], device=device)
    relevant = torch.nn.functional.binary_cross_entropy_with_logits(relevance, answers)
    of_spans: Tensor = (missed[0] + missed[1]).mean() / 2
    return of_spans + relevant


def _as_mask(rows: Sequence[NDArray[np.bool_]], like: Tensor) -> Tensor:
    mask = torch.zeros(like.shape, dtype=torch.bool)
    for place, row in enumerate(rows):
        mask[place, : len(row)] = torch.from_numpy(row)
    return mask.to(like.device)


def train(
    network: CrossEncoder,
    encoder: PairEncoder,
    epochs: Sequence[Sequence[Example]],
    pace: Pace,
    *,
    work: Path,
    seed: int,
    half: bool,
    progress: Callable[[int, int], None],
) -> list[dict[str, float]]:
    """Train the network on the epochs in order; goes on from the checkpoint in `work`, if there is one.

    The checkpoint is of these very examples and this pace, or it is left alone. `half` multiplies in
    bfloat16; `progress` hears how many steps of how many are done. Returns the curve: the mean loss of every
    so many steps.
    """
    steps = [step for n, epoch in enumerate(epochs) for step in _batches(epoch, encoder, pace, seed + n)]
    run = hashlib.sha256(repr((asdict(pace), seed, epochs)).encode()).hexdigest()[:12]
    heads = [*network.span.parameters(), *network.relevance.parameters()]
    layers = [p for name, p in network.trained_parameters().items() if name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": pace.learning_rate}, {"params": heads, "lr": pace.head_learning_rate}],
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: pace.at(step / len(steps)))
    checkpoint = work / f"checkpoint-{run}.pt"
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=False)
        network.load_state_dict(kept["network"], strict=False)
        optimizer.load_state_dict(kept["optimizer"])
        schedule.load_state_dict(kept["schedule"])
    network.train()
    recent: list[float] = []
    log = work / f"curve-{run}.jsonl"
    whole_lines(log)
    with log.open("a") as curve:
        for done in range(schedule.last_epoch + 1, len(steps) + 1):
            recent.append(_step(network, optimizer, schedule, steps[done - 1], pad=encoder.pad, half=half))
            progress(done, len(steps))
            if done % _LOG_STEPS == 0:
                curve.write(
                    json.dumps({"step": done, "of": len(steps), "loss": round(sum(recent) / len(recent), 4)})
                    + "\n"
                )
                curve.flush()
                recent.clear()
            if done % _CHECKPOINT_STEPS == 0 or done == len(steps):
                _keep(network, optimizer, schedule, checkpoint)
    network.eval()
    return _curve(log)


def _curve(log: Path) -> list[dict[str, float]]:
    """The lines of the log, each step once, as it came out last."""
    rows = [json.loads(line) for line in whole_lines(log)]
    return list({row["step"]: row for row in rows}.values())


def _keep(
    network: CrossEncoder,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    checkpoint: Path,
) -> None:
    """Written beside and renamed, so that a killed run leaves the one before."""
    beside = checkpoint.with_suffix(".part")
    state = {
        "network": network.trained_parameters(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
    }
    torch.save(state, beside)
    beside.replace(checkpoint)


def _step(
    network: CrossEncoder,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    targets: Sequence[Target],
    *,
    pad: int,
    half: bool,
) -> float:
    device = network.relevance.weight.device.type
    with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
        missed = loss(network, targets, pad=pad)
    torch.autograd.backward(missed)
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    return missed.item()


def _batches(examples: Sequence[Example], encoder: PairEncoder, pace: Pace, seed: int) -> list[list[Target]]:
    """The examples in random order, in batches of like length and at most `pace.tokens`, padding included."""
    chance = random.Random(seed)
    pairs = encoder.encode([(each.question, each.header, each.passage) for each in examples])
    targets = [found for pair, each in zip(pairs, examples, strict=True) if (found := target(pair, each))]
    chance.shuffle(targets)
    mean = sum(len(each.pair.ids) for each in targets) / len(targets)
    at_once = max(1, int(_LENGTHS_SORTED * pace.tokens / mean))
    batches: list[list[Target]] = []
    for start in range(0, len(targets), at_once):
        batches += _by_length(targets[start : start + at_once], pace.tokens)
    chance.shuffle(batches)
    return batches


def _by_length(targets: Sequence[Target], tokens: int) -> list[list[Target]]:
    batches: list[list[Target]] = [[]]
    for each in sorted(targets, key=lambda each: len(each.pair.ids)):
        if (len(batches[-1]) + 1) * len(each.pair.ids) > tokens and batches[-1]:
            batches.append([])
        batches[-1].append(each)
    return batches

"""The network that reads: what is kept of it, what comes back, and where an answer may stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from qa_service.cross_encoder import (
    FROZEN_LAYERS,
    CrossEncoder,
    TorchScorer,
    save,
    tensors,
    trained,
    untrained,
)
from qa_service.errors import ReaderUnavailable
from qa_service.pairs import Pair, PairEncoder, padded
from tests.tiny_model import write_model

ASKED = [
    ("kata1 kata2 ?", "kata3", "kata4 kata5 kata6"),
    ("kata1", "", "kata7"),
    ("kata8 kata9 kata10", "kata11 kata12", "kata13 kata14"),
]


def changed(network: CrossEncoder) -> CrossEncoder:
    """The network with everything that training may change moved a little."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in network.trained_parameters().values():
            parameter.add_(torch.randn_like(parameter) / 10)
    return network


def test_an_untrained_network_is_the_embedders_but_for_its_heads(tiny_model: Path) -> None:
    network = untrained(tiny_model)
    kept = load_file(tiny_model / "model.safetensors")
    for name, weights in network.encoder.state_dict().items():
        assert torch.equal(weights, kept[name]), name
    assert network.span.weight.shape == (2, 32)
    assert network.relevance.weight.shape == (1, 32)


def test_only_the_layers_above_the_frozen_ones_and_the_heads_are_trained_and_kept(
    tiny_model: Path, tmp_path: Path
) -> None:
    assert FROZEN_LAYERS == 3
    file = tmp_path / "weights.safetensors"
    save(untrained(tiny_model), file)
    kept = load_file(file)
    assert {name.split(".layer.")[-1].split(".")[0] for name in kept} == {"3", "span", "relevance"}
    assert {name for name in kept if not name.startswith("encoder.encoder.layer.3.")} == {
        "span.weight",
        "span.bias",
        "relevance.weight",
        "relevance.bias",
    }
    assert len(kept) == 16 + 4
    assert {value.dtype for value in kept.values()} == {torch.float16}
    assert not [name for name in kept if "embeddings" in name]


def test_what_was_kept_comes_back_in_half_precision_on_the_embedders_lower_layers(
    tiny_model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "weights.safetensors"
    network = changed(untrained(tiny_model))
    save(network, file)
    again = trained(tiny_model, file)
    learnt = network.trained_parameters()
    plain = untrained(tiny_model).state_dict()
    for name, weights in again.state_dict().items():
        expected = learnt[name].detach().half().float() if name in learnt else plain[name]
        assert torch.equal(weights, expected), name
    assert not again.training


def test_a_reader_that_was_kept_says_what_it_said_before(
    tiny_model: Path, tiny_encoder: PairEncoder, tmp_path: Path
) -> None:
    pairs = tiny_encoder.encode(ASKED)
    network = changed(untrained(tiny_model))
    save(network, tmp_path / "weights.safetensors")
    again = trained(tiny_model, tmp_path / "weights.safetensors")
    before, after = (TorchScorer(each, pad=tiny_encoder.pad).score(pairs) for each in (network, again))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.first, other.first, atol=0.01)
        np.testing.assert_allclose(one.last, other.last, atol=0.01)
        assert one.relevance == pytest.approx(other.relevance, abs=0.01)


def test_weights_of_other_layers_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    deeper = write_model(tmp_path / "deeper", layers=5)
    save(untrained(deeper), tmp_path / "weights.safetensors")
    with pytest.raises(ReaderUnavailable, match="holds other layers than this version reads with"):
        trained(tiny_model, tmp_path / "weights.safetensors")


def test_only_words_of_the_passage_or_none_can_answer(tiny_model: Path, tiny_encoder: PairEncoder) -> None:
    pairs = tiny_encoder.encode(ASKED)
    batch = padded(pairs, pad=tiny_encoder.pad)
    with torch.inference_mode():
        first, last, relevance = untrained(tiny_model).eval()(*tensors(batch))
    possible = batch.possible
    assert possible.sum() == 3 + (3 + 1 + 2)
    for logits in first, last:
        assert torch.isfinite(logits).numpy().tolist() == possible.tolist()
        assert (logits[~torch.from_numpy(possible)] == -torch.inf).all()
    assert relevance.shape == (3,)


def test_a_pair_is_scored_the_same_alone_and_among_longer_ones(
    tiny_model: Path, tiny_encoder: PairEncoder
) -> None:
    pairs = tiny_encoder.encode(ASKED)
    scorer = TorchScorer(changed(untrained(tiny_model)), pad=tiny_encoder.pad)
    together = scorer.score(pairs)
    for pair, among in zip(pairs, together, strict=True):
        (alone,) = scorer.score([pair])
        assert alone.first.shape == alone.last.shape == (len(pair.ids),)
        np.testing.assert_allclose(alone.first, among.first, atol=1e-5)
        np.testing.assert_allclose(alone.last, among.last, atol=1e-5)
        assert alone.relevance == pytest.approx(among.relevance, abs=1e-5)


def test_the_reader_takes_a_pair_of_all_positions(tiny_model: Path, tiny_encoder: PairEncoder) -> None:
    (pair,) = tiny_encoder.encode([("kata1", "", "kata2 " * 600)])
    assert len(pair.ids) == 512
    (logits,) = TorchScorer(untrained(tiny_model), pad=tiny_encoder.pad).score([pair])
    assert np.isfinite(logits.first[pair.offsets[:, 0] >= 0]).all()


def test_nothing_is_scored_where_nothing_is_asked(tiny_model: Path, tiny_encoder: PairEncoder) -> None:
    nothing: list[Pair] = []
    assert TorchScorer(untrained(tiny_model), pad=tiny_encoder.pad).score(nothing) == []

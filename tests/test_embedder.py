from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from index.embedder import Embedder, SentenceEmbedder
from index.errors import ModelUnavailable
from index.offline_model import FINGERPRINT
from tests.fakes import WordHashEmbedder
from tests.tiny_model import write_tokenizer

ROOT = Path(__file__).parents[1]
APPOINTED = "Wali Kota Serang Budi Rustandi melantik 269 pejabat di Alun-alun Barat pada Jumat (6/2/2026)."
FLOOD = "Banjir merendam ratusan rumah di Kabupaten Demak setelah tanggul Sungai Wulan jebol."
RECIPE = "Rebus santan dengan daun salam, lalu masukkan ayam dan kentang hingga empuk."

OFFLINE_SCRIPT = """
import os, sys
from pathlib import Path

def no_network(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        os.write(2, f"network use: {event} {args}".encode())
        os._exit(3)

sys.addaudithook(no_network)
from index.embedder import SentenceEmbedder
assert "torch" not in sys.modules, "importing the module must not cost the import of torch"
print(SentenceEmbedder(Path(sys.argv[1])).embed_query("halo").shape)
"""


def _copy_of(model_folder: Path, target: Path) -> Path:
    """A folder of links to the model's files, to be altered one by one."""
    copytree(model_folder, target, copy_function=os.symlink)
    return target


def test_passages_become_rows_of_length_one(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed_passages([APPOINTED, "", FLOOD])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_query_becomes_one_vector_of_length_one(embedder: SentenceEmbedder) -> None:
    vector = embedder.embed_query("Berapa pejabat yang dilantik?")
    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_no_passages_make_no_rows(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)


def test_a_passage_has_the_same_vector_alone_and_among_longer_ones(embedder: SentenceEmbedder) -> None:
    alone = embedder.embed_passages([FLOOD])[0]
    among = embedder.embed_passages([f"{APPOINTED} {RECIPE}" * 3, FLOOD, RECIPE])[1]
    assert alone @ among == pytest.approx(1, abs=1e-5)


def test_the_same_text_has_one_vector_as_a_query_and_another_as_a_passage(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_query(FLOOD) @ embedder.embed_passages([FLOOD])[0] < 0.98


@pytest.mark.parametrize(
    "question",
    [
        "Berapa pejabat yang dilantik Wali Kota Serang?",
        "How many officials did the mayor of Serang inaugurate?",
    ],
)
def test_a_question_is_nearest_to_the_passage_that_answers_it(
    question: str, embedder: SentenceEmbedder
) -> None:
    cosines = embedder.embed_passages([APPOINTED, FLOOD, RECIPE]) @ embedder.embed_query(question)
    assert cosines.argmax() == 0
    assert cosines[0] > cosines[1] + 0.05


def test_eight_threads_get_the_vectors_and_counts_of_one(embedder: SentenceEmbedder) -> None:
    texts = [f"{APPOINTED} {FLOOD * (n % 3)} nomor {n}" for n in range(12)]
    passages, counts = embedder.embed_passages(texts), embedder.count_tokens(texts)
    queries = [embedder.embed_query(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        counted = [pool.submit(embedder.count_tokens, texts) for _ in range(8)]
        asked = [pool.submit(embedder.embed_query, text) for text in texts]
        embedded = [pool.submit(embedder.embed_passages, texts) for _ in range(2)]
    assert all(future.result() == counts for future in counted)
    np.testing.assert_allclose([future.result() for future in asked], queries, atol=1e-5)
    for future in embedded:
        np.testing.assert_allclose(future.result(), passages, atol=1e-5)


def test_tokens_are_counted_without_the_models_own_and_without_a_limit(embedder: SentenceEmbedder) -> None:
    assert embedder.count_tokens(["dunia ini", "", "ini " * 2999 + "ini"]) == [2, 0, 3000]
    assert embedder.count_tokens([]) == []


def test_the_last_word_of_the_longest_passage_is_still_seen(embedder: SentenceEmbedder) -> None:
    first = " ".join(["ini"] * (embedder.max_tokens - 1))
    dunia, halaman = f"{first} dunia", f"{first} halaman"
    assert embedder.count_tokens([dunia, halaman]) == [embedder.max_tokens] * 2
    seen = embedder.embed_passages([dunia, halaman])
    assert abs(seen[0] - seen[1]).max() > 1e-4
    unseen = embedder.embed_passages([f"{first} ini ini dunia", f"{first} ini ini halaman"])
    assert abs(unseen[0] - unseen[1]).max() < 1e-6


def test_the_converted_model_goes_by_the_conversions_fingerprint_and_its_vectors_by_the_engines_too(
    embedder: SentenceEmbedder,
) -> None:
    assert embedder.model_name == FINGERPRINT
    assert embedder.fingerprint == f"{FINGERPRINT}/openvino-bf16"


def test_torch_the_reference_makes_almost_the_same_vectors_under_another_fingerprint(
    embedder: SentenceEmbedder, model_folder: Path
) -> None:
    reference = SentenceEmbedder(model_folder, engine="torch")
    assert reference.model_name == reference.fingerprint == FINGERPRINT
    texts = [APPOINTED, FLOOD, f"{RECIPE} {FLOOD}" * 4, ""]
    cosines = np.sum(embedder.embed_passages(texts) * reference.embed_passages(texts), axis=1)
    assert cosines.min() > 0.9998
    assert embedder.embed_query(FLOOD) @ reference.embed_query(FLOOD) > 0.9998


def test_a_model_of_another_kind_runs_on_torch(tmp_path: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    config = RobertaConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    RobertaModel(config).save_pretrained(tmp_path)
    tokenizer = Tokenizer.from_file(str(write_tokenizer(tmp_path) / "tokenizer.json"))
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    marks = {"pad_token": "<pad>", "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(marks))
    roberta = SentenceEmbedder(tmp_path)
    assert roberta.fingerprint == roberta.model_name
    assert roberta.embed_query("kata1 kata2").shape == (32,)


def test_a_model_with_other_settings_has_another_fingerprint(model_folder: Path, tmp_path: Path) -> None:
    folder = _copy_of(model_folder, tmp_path / "mine")
    settings = folder / "config_sentence_transformers.json"
    changed = json.loads(settings.read_text()) | {"prompts": {"query": "tanya: ", "document": "jawab: "}}
    settings.unlink()
    settings.write_text(json.dumps(changed))
    fingerprint = SentenceEmbedder(folder).fingerprint
    assert fingerprint.startswith("mine/")
    assert fingerprint == SentenceEmbedder(folder).fingerprint


def test_a_missing_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"no embedding model in .*none.*`make serve` builds it"):
        SentenceEmbedder(tmp_path / "none")


def test_damaged_weights_are_refused_with_what_to_do(model_folder: Path, tmp_path: Path) -> None:
    folder = _copy_of(model_folder, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"half a file")
    with pytest.raises(ModelUnavailable, match="Delete the folder and build it anew"):
        SentenceEmbedder(folder)


def test_a_folder_loads_without_the_network_without_a_word_and_torch_only_when_used(
    model_folder: Path,
) -> None:
    own = ("HF_", "TRANSFORMERS_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", OFFLINE_SCRIPT, str(model_folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "(384,)\n", "")


def test_the_fake_gives_the_share_of_common_words() -> None:
    fake: Embedder = WordHashEmbedder()
    vectors = fake.embed_passages(["Satu dua tiga empat", "dua, EMPAT!", ""])
    query = fake.embed_query("dua empat")
    assert vectors @ query == pytest.approx([0.5**0.5, 1, 0])
    assert fake.embed_passages([]).shape == (0, 256)
    assert fake.count_tokens(["dua, EMPAT!", ""]) == [2, 0]

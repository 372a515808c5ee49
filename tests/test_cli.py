"""The command line, as a user meets it: real processes for what must start quickly or fail politely."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from index.store import Store
from tests.corpus import make_article, put

pytestmark = pytest.mark.long

TANYA = Path(sys.executable).with_name("tanya")
SEEDS = Path(__file__).parents[1] / "seeds"

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def tanya(tmp_path: Path, model_folder: Path) -> Run:
    """Runs `tanya` in a home of its own, with the model that is there already."""

    def run(*arguments: str | Path, given: str = "", **environment: str) -> CompletedProcess[str]:
        return subprocess.run(
            [TANYA, *arguments],
            input=given,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            env={
                **os.environ,
                "TANYA_HOME": str(tmp_path / "home"),
                "TANYA_MODEL": str(model_folder),
                "COLUMNS": "200",
                **environment,
            },
        )

    return run


def test_an_archive_is_filled_asked_listed_and_emptied(tanya: Run) -> None:
    added = tanya("add", *sorted(SEEDS.glob("*.txt")))
    assert (added.returncode, "5 stored, 0 unchanged, 0 refused" in added.stderr) == (0, True)

    asked = tanya("ask", "Berapa pejabat yang dilantik Wali Kota Serang?", "--json")
    response = json.loads(asked.stdout)
    assert response["status"] == "answered"
    assert "269 pejabat" in response["citations"][0]["quote"]
    shown = tanya("ask", "Berapa pejabat yang dilantik Wali Kota Serang?").stdout
    assert "269 pejabat" in shown
    assert "SuaraBanten.id, 2025-10-31" in shown

    listed = tanya("list").stdout
    assert listed.count("Bintang Save.com") == 2
    serang = response["citations"][0]["article"]["id"]
    assert tanya("remove", serang).stdout == f"removed {serang}\n"
    assert serang not in tanya("list").stdout


def test_what_is_added_comes_from_patterns_folders_and_standard_input(tanya: Run, tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.md").write_text("# Banjir melanda Bekasi\n\nSebanyak 48 kios terendam.")
    (tmp_path / "in" / "b.json").write_text('[{"text": "Gempa melanda Banten."}, 7]')
    (tmp_path / "in" / "c.png").write_bytes(b"a")
    lines = '{"text": "Hujan turun."}\nbukan JSON\n{"text": "Panas terik."}\n'
    added = tanya("add", "in/**/*.md", "in", "-", given=lines)
    assert added.returncode == 0
    assert "4 stored, 1 unchanged, 2 refused" in added.stderr
    assert f"refused {tmp_path}/in/b.json:2: not a JSON object; write one object a line" in added.stderr
    assert "refused stdin:2: not JSON" in added.stderr
    assert "1 files skipped that hold no articles: 1 .png" in added.stderr
    assert "Banjir melanda Bekasi" in tanya("list").stdout


def test_strict_stops_at_the_first_refusal_and_keeps_what_came_before(tanya: Run) -> None:
    lines = '{"id": "1", "text": "Satu."}\nbukan JSON\n{"id": "2", "text": "Dua."}\n'
    added = tanya("add", "--strict", "-", given=lines)
    assert added.returncode == 1
    assert "1 stored, 0 unchanged, 1 refused" in added.stderr
    assert "stopped at the first refusal: what came before it is stored" in added.stderr
    assert [line.split("\t")[0] for line in tanya("list").stdout.splitlines()] == ["1"]


def test_questions_are_evaluated_in_their_contexts_and_openly(tanya: Run, tmp_path: Path) -> None:
    asked = [
        {
            "id": "1",
            "lang": "id",
            "question": "Berapa kios yang hangus?",
            "answerable": True,
            "answers": [{"text": "48", "start": 9}],
            "context": "Sebanyak 48 kios di Pasar Baru hangus pada Minggu malam.",
        },
        {
            "id": "2",
            "lang": "id",
            "question": "Siapa presiden Amerika Serikat?",
            "answerable": False,
            "answers": [],
            "context": "Apel pagi dipimpin Sekretaris Daerah Nanang Saefudin.",
        },
        {
            "id": "3",
            "lang": "id",
            "question": "Siapa yang memimpin apel pagi?",
            "answerable": True,
            "answers": [{"text": "Nanang Saefudin", "start": 37}],
            "context": "Apel pagi dipimpin Sekretaris Daerah Nanang Saefudin.",
        },
    ]
    file = tmp_path / "asked.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in asked), encoding="utf-8")
    read = tanya("eval", file, "--json", tmp_path / "reading.json")
    assert read.returncode == 0, read.stderr
    reading = json.loads((tmp_path / "reading.json").read_text())
    assert (reading["mode"], reading["overall"]["n"], reading["overall"]["auroc"]) == ("reading", 3, 1.0)
    assert "exact match" in read.stdout

    for _ in range(2):
        opened = tanya("eval", file, "--open", "--home", tmp_path / "kept", "--json", tmp_path / "open.json")
        assert opened.returncode == 0, opened.stderr
    assert json.loads((tmp_path / "open.json").read_text())["overall"]["recall_at_1"] == 1.0

    compared = tanya("eval", "--compare", tmp_path / "reading.json", tmp_path / "open.json")
    assert (compared.returncode, "exact match" in compared.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((), "nothing to ask"), (("--home", "kept"), "nothing to ask")],
)
def test_an_evaluation_of_nothing_says_what_to_give(
    tanya: Run, arguments: tuple[str, ...], message: str
) -> None:
    failed = tanya("eval", *arguments)
    assert (failed.returncode, message in failed.stderr) == (1, True)


def test_where_nothing_changed_nothing_is_embedded_and_no_model_loaded(tanya: Run) -> None:
    seed = SEEDS / "004_271dd65c9c5f5ea4.txt"
    assert "loading the model" in tanya("add", seed).stderr
    for again in tanya("rebuild"), tanya("add", seed):
        assert (again.returncode, "0 stored, 1 unchanged, 0 refused" in again.stderr) == (0, True)
        assert "loading the model" not in again.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("remove", "missing"), {}, "no article has the id 'missing'"),
        (("ask", " "), {}, "the question is empty"),
        (("add", "nowhere.txt"), {}, "nowhere.txt: there is no such file or folder"),
        (("add", "nowhere/*.txt"), {}, "nowhere/*.txt: no file is like that"),
        (("list",), {"TANYA_PORT": "many"}, "the setting TANYA_PORT"),
        (("list",), {"TANYA_EXAMPLES": "one, two"}, 'error parsing value for field "examples"'),
        (("list",), {"TANYA_HOME": "/dev/null/home"}, "cannot be the home directory"),
        (("list",), {"TANYA_DATABASE_URL": "nonsense"}, "the database's URL cannot be used"),
        (("list",), {"TANYA_DATABASE_URL": "postgresql://localhost/a"}, "its driver"),
        (("ask", "apa?"), {"TANYA_MODEL": "/nowhere"}, "The embedding model /nowhere cannot be loaded"),
        (("list",), {"TANYA_DATABASE_URL": "sqlite:////nowhere/a.sqlite"}, "check that the folder exists"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(
    tanya: Run, arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    failed = tanya(*arguments, **environment)
    assert failed.returncode == 1
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_file_that_is_refused_is_named_and_fails(tanya: Run, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    refused = tanya("add", tmp_path / "photo.png")
    assert refused.returncode == 1
    assert (
        "photo.png: unknown format; readable are .txt, .html, .htm, .md, .markdown, .pdf, .docx, "
        in refused.stderr
    )


def test_vectors_of_another_model_are_refused_with_the_way_out(tanya: Run, tmp_path: Path) -> None:
    store = Store.in_home(tmp_path / "home")
    put(store, make_article("a", "Banjir melanda."))
    store.close()
    asked = tanya("ask", "apa?")
    assert (asked.returncode, "run `tanya rebuild`" in asked.stderr) == (1, True)
    assert tanya("rebuild").returncode == 0
    assert tanya("ask", "Apa yang melanda?").returncode == 0


def test_help_does_not_load_the_model(tanya: Run) -> None:
    code = "import sys, ui.serve; print(sorted({'torch', 'gradio', 'transformers'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
    assert tanya("--help").returncode == 0

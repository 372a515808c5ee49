"""The archive is looked after from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.store import Store
from tests.corpus import make_article, put

pytestmark = pytest.mark.long

TANYA = Path(sys.executable).with_name("tanya")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    store = Store.in_home(tmp_path / "home")
    put(store, make_article("a", "Banjir di Bekasi.", outlet="Antara"))
    store.close()
    return tmp_path / "home"


def tanya(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TANYA_HOME": str(home)}
    return subprocess.run(
        [TANYA, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home.parent,
        timeout=60,
        check=False,
    )


def test_an_archive_is_backed_up_lost_and_restored(home: Path, tmp_path: Path) -> None:
    made = tanya(home, "backup", tmp_path / "kept.zip")
    assert (made.returncode, "1 articles, 1 passages in" in made.stderr) == (0, True)
    assert tanya(home, "backup", tmp_path / "kept.zip").returncode == 1
    assert tanya(home, "remove", "a").returncode == 0
    restored = tanya(home, "restore", tmp_path / "kept.zip")
    assert (restored.returncode, "what was there is kept in" in restored.stderr) == (0, True)
    assert tanya(home, "list").stdout == "a\t\tAntara\tJudul\n"
    damaged = tanya(home, "restore", home / "tanya.sqlite")
    assert (damaged.returncode, "no backup of Tanya" in damaged.stderr) == (1, True)


def test_the_doctor_s_exit_code_is_for_scripts(home: Path) -> None:
    sound = tanya(home, "doctor", "--json")
    assert (sound.returncode, json.loads(sound.stdout)) == (0, {"sound": True, "findings": []})
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    (home / f"tanya.sqlite.{ended.pid}.unfinished").touch()
    found = tanya(home, "doctor")
    assert (found.returncode, "was left by a process that was killed\n    rm -r" in found.stdout) == (1, True)


def test_the_status_is_shown(home: Path) -> None:
    shown = json.loads(tanya(home, "status", "--json").stdout)
    assert (shown["articles"], shown["outlets"], shown["writer_active"]) == (1, {"Antara": 1}, False)
    assert "articles\t1\npassages\t1\noutlets\t1: Antara 1\n" in tanya(home, "status").stdout


def test_articles_are_exported_to_standard_output_or_a_file(home: Path, tmp_path: Path) -> None:
    line = json.loads(tanya(home, "export").stdout)
    assert (line["id"], line["text"]) == ("a", "Banjir di Bekasi.")
    assert tanya(home, "export", tmp_path / "all.jsonl").returncode == 0
    assert json.loads((tmp_path / "all.jsonl").read_text()) == line


def test_an_export_replaces_no_file_unless_it_is_to(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text("mine")
    refused = tanya(home, "export", file)
    assert (refused.returncode, file.read_text()) == (1, "mine")
    assert f"error: {file} exists already: name another file, or give --force\n" in refused.stderr
    assert tanya(home, "export", "--force", file).returncode == 0
    assert json.loads(file.read_text())["id"] == "a"


def test_only_the_articles_that_are_named_are_exported(home: Path, tmp_path: Path) -> None:
    store = Store.in_home(home)
    for name in "bc":
        put(store, make_article(name, f"Gempa di {name}."))
    store.close()
    file = tmp_path / "some.jsonl"
    assert tanya(home, "export", file, "c", "a").returncode == 0
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["c", "a"]
    unknown = tanya(home, "export", tmp_path / "none.jsonl", "x")
    assert (unknown.returncode, "no article has the id 'x'" in unknown.stderr) == (1, True)
    assert not (tmp_path / "none.jsonl").exists()


def test_the_doctor_makes_nothing_where_there_is_no_archive(tmp_path: Path) -> None:
    found = tanya(tmp_path / "home", "doctor")
    assert (found.returncode, found.stdout.startswith("there is no archive in")) == (1, True)
    assert not (tmp_path / "home").exists()

"""The rooms: imports go ui → qa_service → index and never back, and some libraries stay behind a seam."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "index": {"index"},
    "qa_service": {"qa_service", "index"},
    "ui": {"ui", "qa_service", "index"},
}
IMPORTERS = {
    "faiss": ["index/vectors.py"],
    "rensa": ["index/stories.py"],
    "tantivy": ["index/lexical.py"],
    "sentence_transformers": ["index/embedder.py"],
    "gradio": ["ui/chat.py", "ui/conversation.py"],
}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """The dotted names of all modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""


def room_of(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_no_arrow_points_the_wrong_way(room: str) -> None:
    ours = set(MAY_IMPORT) | {"tests"}
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(room)
        for name in imported(module)
        if room_of(name) in ours - MAY_IMPORT[room]
    ]
    assert wrong == []


@pytest.mark.parametrize("library", IMPORTERS)
def test_a_library_behind_a_seam_is_imported_there_alone(library: str) -> None:
    importers = [
        str(module.relative_to(ROOT))
        for room in MAY_IMPORT
        for module in modules(room)
        if library in {room_of(name) for name in imported(module)}
    ]
    assert importers == IMPORTERS[library]


def test_records_import_nothing_of_ours() -> None:
    assert not {room_of(name) for name in imported(ROOT / "index/records.py")} & set(MAY_IMPORT)

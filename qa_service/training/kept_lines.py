"""Files of lines that an interrupted run left, and that the next one goes on with."""

from __future__ import annotations

from pathlib import Path


def whole_lines(path: Path) -> list[str]:
    """The lines of the file, none where it is missing; one that a killed run left half-written is cut off."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole, _, half = text.rpartition("\n")
    if half:
        beside = path.with_suffix(".part")
        beside.write_text(f"{whole}\n" if whole else "", encoding="utf-8")
        beside.replace(path)
    return [line for line in whole.split("\n") if line]

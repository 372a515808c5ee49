"""The Dockerfile as a list of its instructions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Instruction:
    """Such as RUN, and what stands behind it."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        return self.value.split()

    @property
    def command(self) -> list[str]:
        """What is run, of an instruction in the form of a JSON list; options before it are left out."""
        command: list[str] = json.loads(self.value[self.value.index("[") :])
        return command

    @property
    def variables(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(word.split("=", 1) for word in self.words)


def instructions(file: Path = ROOT / "Dockerfile") -> Iterator[Instruction]:
    """Each instruction, in order, on one line; comments are left out."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, value = line.partition(" ")
            yield Instruction(name, value.strip())


def stages() -> list[list[Instruction]]:
    """The instructions of each stage; the first one is its FROM."""
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction.name == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found

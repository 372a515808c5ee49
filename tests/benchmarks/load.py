"""How the service bears load: latency, throughput and memory, while articles come in and while not.

    python -m tests.benchmarks.load                            # the real models over the seed articles
    python -m tests.benchmarks.load HOME --questions FILE      # over a copy of the archive in HOME
    python -m tests.benchmarks.load --fakes --requests 20000   # instant models: the service by itself

`tanya serve` runs in a process of its own, on loopback and without a limit of rate. It is asked by 1, 4, 16
and 64 clients (closed loop; who is refused comes again when told to), then at rates that are shares of the
best throughput there was (open loop; latency counts from when a question was due). `--requests` questions
by 16 clients show whether memory grows, from the end of the first tenth on. Then all loads again while
articles come in that are made of the seeds' words. Each load runs a quarter longer than is measured.

To reach: p95 with 16 clients is at most 4 × p50 with one × (16 / cores); under overload .9 of the best
throughput is answered; memory grows by 5 % at most; nothing fails, though much may be refused (503). Ends
with 1 where that is not reached. The figures are worth something where nothing else runs.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from qa_service.build import bundled_model
from qa_service.questions import read_questions
from tests.benchmarks.arriving import arriving
from tests.benchmarks.loads import TIMEOUT_S, Clients, Load

SEEDS = Path(__file__).parents[2] / "seeds"
AT_ONCE = 1, 4, 16, 64
RATES = 0.5, 0.8, 1.0, 1.5, 2.0
"""Of the best throughput that so many at once had."""
SLOWER = 4
"""Times p50 with one client × (16 / cores): p95 with 16, at most."""
KEPT = 0.9
"""Of the best throughput, under overload."""
GROWTH = 1.05
CLIENTS = 16
WARM_UP = 40
"""Questions before anything is measured."""
REAL, INSTANT = "ui.serve", "tests.serving_driver"
STOP_S = 30


@dataclass(frozen=True, slots=True)
class Server:
    """The service under load, in a process of its own."""

    url: str
    pid: int

    def memory_mb(self) -> float:
        """What it holds of the machine's memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert match
        return int(match[1]) / 1024


@dataclass(slots=True)
class Report:
    """Rows of the table of loads, and of that of what is to be reached."""

    loads: Table = field(
        default_factory=lambda: Table(
            "articles", "load", "answered/s", "p50 ms", "p95 ms", "p99 ms", "503", "failed", "MB"
        )
    )
    goals: Table = field(default_factory=lambda: Table("measure", "figure", "to reach", ""))
    reached: bool = True

    def load(self, load: Load, *, ingesting: bool, memory_mb: float) -> None:
        self.loads.add_row(
            "come in" if ingesting else "–",
            load.name,
            f"{load.answered_per_s:.1f}",
            *(f"{load.ms(percentile):.0f}" for percentile in (50, 95, 99)),
            f"{load.refused}",
            f"{load.failed}",
            f"{memory_mb:.0f}",
        )

    def goal(self, measure: str, figure: str, to_reach: str, *, reached: bool) -> None:
        self.goals.add_row(measure, figure, to_reach, "✓" if reached else "missed")
        self.reached &= reached


def main(
    home: Annotated[Path | None, typer.Argument(exists=True, file_okay=False)] = None,
    questions: Annotated[Path, typer.Option(exists=True, help="What is asked.")] = SEEDS / "questions.jsonl",
    seconds: Annotated[float, typer.Option(min=1, help="Of each load, measured.")] = 20,
    requests: Annotated[int, typer.Option(min=0, help="To see memory with; 0: don't.")] = 2000,
    fakes: Annotated[bool, typer.Option("--fakes", help="With instant models; HOME made with them.")] = False,
) -> None:
    """Print what each load came to, and what was to be reached."""
    asked = [question.question for question in read_questions(questions)]
    report = Report()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # the service ends with this, whatever ends this
    with TemporaryDirectory() as folder, _serving(_copied(home, Path(folder)), fakes=fakes) as server:
        asyncio.run(_measure(server, asked, seconds, requests, report))
    console = Console()
    console.print(report.loads)
    console.print(report.goals)
    if not report.reached:
        raise typer.Exit(1)


def _copied(home: Path | None, folder: Path) -> Path:
    """A home that may be written to: nothing that is asked or taken in here stays in the one given."""
    if home is not None:
        shutil.copytree(home, folder / "home", ignore=shutil.ignore_patterns("models"))
    return folder / "home"


@contextmanager
def _serving(home: Path, *, fakes: bool) -> Iterator[Server]:
    environment = {**os.environ, "TANYA_HOME": str(home), "TANYA_HOST": "127.0.0.1"}
    environment |= {"TANYA_PUBLIC_URL": "", "TANYA_RATE_LIMIT": ""}
    if not fakes:
        environment["TANYA_MODEL"] = str(bundled_model(Path("data"), print))
    start = f"from {INSTANT if fakes else REAL} import cli; cli()"
    command = [sys.executable, "-c", start, "serve", "--port", "0", *map(str, sorted(SEEDS.glob("*.txt")))]
    log = home.parent / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            match = re.match(r"chat +(http://\S+)/chat/", process.stdout.readline())
            if match is None:
                typer.echo(log.read_text()[-2000:], err=True)
                raise typer.Exit(1)
            yield Server(match[1], process.pid)
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


async def _measure(
    server: Server, asked: Sequence[str], seconds: float, requests: int, report: Report
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=server.url, timeout=TIMEOUT_S, limits=limits) as client:
        clients = Clients(client, asked)
        await clients.ask(WARM_UP, clients=2)
        await _loads(server, clients, seconds, report, ingesting=False)
        if requests:
            await _memory(server, clients, requests, report)
        async with arriving(client, SEEDS) as jobs:
            await _loads(server, clients, seconds, report, ingesting=True)
        typer.echo(f"{jobs.stored:,} articles were taken in meanwhile", err=True)


async def _loads(
    server: Server, clients: Clients, seconds: float, report: Report, *, ingesting: bool
) -> None:
    """Every load in turn, and what is to be reached by them."""

    def told(load: Load) -> Load:
        typer.echo(f"{load.name}: {load.answered_per_s:.1f} answered/s", err=True)
        report.load(load, ingesting=ingesting, memory_mb=server.memory_mb())
        return load

    closed = {number: told(await clients.at_once(number, seconds)) for number in AT_ONCE}
    best = max(load.answered_per_s for load in closed.values())
    opened = [told(await clients.each_second(share * best, seconds)) for share in RATES]
    where = ", articles come in" if ingesting else ""
    most_ms = SLOWER * closed[1].ms(50) * CLIENTS / (os.cpu_count() or 1)
    p95 = closed[CLIENTS].ms(95)
    report.goal(f"p95 with 16 clients{where}", f"{p95:.0f} ms", f"≤ {most_ms:.0f} ms", reached=p95 <= most_ms)
    for load in closed[AT_ONCE[-1]], opened[-1]:
        kept = load.answered_per_s / best
        report.goal(
            f"throughput, {load.name}{where}", f"{kept:.0%} of the best", f"{KEPT:.0%}", reached=kept >= KEPT
        )
    failed = sum(load.failed for load in (*closed.values(), *opened))
    report.goal(f"failed{where}", f"{failed}", "0", reached=failed == 0)


async def _memory(server: Server, clients: Clients, requests: int, report: Report) -> None:
    """So many requests, a tenth at a time; memory is compared from the end of the first tenth on."""
    held, failed = [], 0
    for _ in range(10):
        load = await clients.ask(requests // 10, CLIENTS)
        held.append(server.memory_mb())
        failed += load.failed
        typer.echo(f"{held[-1]:.0f} MB, {load.answered_per_s:.1f} answered each second", err=True)
    grown = held[-1] / held[0]
    figure = f"{held[0]:.0f} → {held[-1]:.0f} MB, × {grown:.3f}"
    report.goal(f"memory over {requests:,} requests", figure, f"× {GROWTH}", reached=grown <= GROWTH)
    report.goal(f"failed of {requests:,} requests", f"{failed}", "0", reached=failed == 0)


if __name__ == "__main__":
    typer.run(main)

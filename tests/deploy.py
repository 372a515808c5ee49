"""Does what the Dockerfile says, without Docker, and starts what comes of it as the image would be.

    python -m tests.deploy

Each stage is a layer of files, in memory, over this machine's root, which stands in for the base image: its
steps run in there, and nothing of them is left. Then the service is started as the image's user, without
capabilities, where only the volume and /tmp can be written. The HEALTHCHECK must pass, an article be taken
in and asked about, SIGTERM end it in time, and a second start have the article. Needs root, Linux, a package
index and 6 GB of memory; takes minutes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from tempfile import mkdtemp

import httpx
import typer

from tests.dockerfile import ROOT, Instruction, stages

STARTUP_S = 180
STOP_S = 10
INSIDE = "TANYA_DEPLOY_TEST"
"""Set to the folder of the layers where this process has mounts of its own, which end with it."""
EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
ARTICLE = ROOT / "seeds" / "004_271dd65c9c5f5ea4.txt"
QUESTION, ANSWER = "Berapa pejabat yang dilantik Wali Kota Serang?", "269"


@dataclass(slots=True)
class Stage:
    """A stage as it is built: its root, and what its instructions set."""

    root: Path
    folder: str = "/"
    user: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    said: dict[str, Instruction] = field(default_factory=dict)

    def inside(self, command: Sequence[str]) -> list[str]:
        """The command, as it is run in the stage's root and folder, by its user and with its variables."""
        limits: list[str] = []
        if self.user:
            group = next(
                line.split(":")[3]
                for line in (self.root / "etc/passwd").read_text().splitlines()
                if line.split(":")[2] == self.user
            )
            limits = ["--reuid", self.user, "--regid", group, "--clear-groups"]
            limits += ["--bounding-set", "-all", "--no-new-privs"]
        variables = [f"{name}={value}" for name, value in self.variables.items()]
        entered = ["chroot", str(self.root), "env", "-i", "-C", self.folder, *variables]
        return [*entered, "setpriv", *limits, *command] if limits else [*entered, *command]

    def run(self, *command: str) -> bool:
        """Whether the command, run inside, ended well."""
        return subprocess.run(self.inside(command), check=False).returncode == 0


def main() -> None:
    """Build, start, look, ask, stop, and start again."""
    if os.geteuid() != 0:
        typer.echo("the layers of files need root: sudo make deploy-test", err=True)
        raise typer.Exit(1)
    if INSIDE not in os.environ:
        folder = mkdtemp()
        alone = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", "tests.deploy"]
        ended = subprocess.run(alone, env={**os.environ, INSIDE: folder}, check=False)
        Path(folder).rmdir()
        raise typer.Exit(ended.returncode)
    folder = os.environ[INSIDE]
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    image = _built(Path(folder))
    _say(f"/opt/tanya has {_megabytes(image.root / 'opt/tanya'):,.0f} MB")
    volume = _locked(image, Path(folder))
    shutil.copy(ARTICLE, volume)
    with _serving(image) as url:
        _must(not image.run("touch", "/opt/tanya/anything"), "only the volume and /tmp are written")
        _must(image.run("python", "-c", f"import {EXPORTER}"), "spans can be exported")
        _must(image.run("tanya", "add", ARTICLE.name), "an article is taken in")
        answer = httpx.post(f"{url}/ask", json={"question": QUESTION}, timeout=60).json()["answer"]
        _must(ANSWER in (answer or ""), "the question is answered")
    with _serving(image) as url:
        _must(httpx.get(f"{url}/articles").json()["total"] == 1, "the article is there after another start")


def _built(folder: Path) -> Stage:
    """The last stage, once all steps were done."""
    named: dict[str, Stage] = {}
    for number, steps in enumerate(stages()):
        stage = _stage(folder / f"stage-{number}")
        for step in steps:
            _do(step, stage, named)
        named[steps[0].words[-1]] = stage
    return stage


def _stage(layers: Path) -> Stage:
    """A new root over this machine's."""
    upper, work, root = layers / "upper", layers / "work", layers / "root"
    for part in upper, work, root:
        part.mkdir(parents=True)
    _mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", str(root))
    for name in "proc", "sys", "dev":
        _mount("--rbind", f"/{name}", str(root / name))
    # Where a container has a file of its own mounted over these, the layer below has another.
    for name in "resolv.conf", "hosts":
        (root / "etc" / name).unlink(missing_ok=True)
        shutil.copy(f"/etc/{name}", root / "etc")
    # The base image's Python is for all, this one perhaps in root's home.
    python = Path(sys.base_prefix)
    for above in python, *python.parents:
        inside = root / above.relative_to("/")
        inside.chmod(inside.stat().st_mode | 0o005)
    path = f"{python}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return Stage(root, variables={"PATH": path})


def _do(step: Instruction, stage: Stage, named: dict[str, Stage]) -> None:
    _say(f"{step.name} {step.value}"[:120])
    match step.name:
        case "ARG" if step.value in os.environ:
            stage.variables[step.value] = os.environ[step.value]
        case "ENV":
            known = stage.variables
            known |= {name: Template(value).safe_substitute(known) for name, value in step.variables.items()}
        case "WORKDIR":
            stage.folder = step.value
            (stage.root / step.value[1:]).mkdir(parents=True, exist_ok=True)
        case "USER":
            stage.user = step.value
        case "COPY":
            _copy(step.words, stage, named)
        case "RUN":
            _must(stage.run("sh", "-c", step.value), "done")
        case _:
            stage.said[step.name] = step


def _copy(words: Sequence[str], stage: Stage, named: dict[str, Stage]) -> None:
    """What COPY does as far as our Dockerfile needs it: files into a folder, or a folder as another."""
    origin = ROOT
    if words[0].startswith("--from="):
        origin, words = named[words[0].removeprefix("--from=")].root, words[1:]
    to = stage.root / (Path(stage.folder) / words[-1]).relative_to("/")
    for word in words[:-1]:
        source = origin / word.removeprefix("/")
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__") if origin == ROOT else None
            shutil.copytree(source, to, symlinks=True, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(source, to)


def _locked(image: Stage, folder: Path) -> Path:
    """Let nothing be written in the image's root but /tmp and its volume; the volume's folder."""
    data = image.said["VOLUME"].value[1:]
    volume, locked = folder / "volume", folder / "locked"
    made = (image.root / data).stat()
    volume.mkdir(mode=made.st_mode & 0o777)
    os.chown(volume, made.st_uid, made.st_gid)
    locked.mkdir()
    _mount("--rbind", str(image.root), str(locked))
    _mount("-o", "remount,bind,ro", str(locked))
    _mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(locked / "tmp"))
    _mount("--bind", str(volume), str(locked / data))
    image.root = locked
    return volume


@contextmanager
def _serving(image: Stage) -> Iterator[str]:
    """The image's command while it runs, from when its health is good; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        image.variables["TANYA_PORT"] = str(free.getsockname()[1])
    command = image.said["ENTRYPOINT"].command + image.said["CMD"].command
    with subprocess.Popen(image.inside(command)) as process:
        try:
            deadline, look = time.monotonic() + STARTUP_S, image.said["HEALTHCHECK"].command
            while subprocess.run(image.inside(look), check=False, stderr=subprocess.DEVNULL).returncode:
                if process.poll() is not None or time.monotonic() > deadline:
                    _must(False, "it starts")
                time.sleep(1)
            _say("its health is good")
            yield f"http://127.0.0.1:{image.variables['TANYA_PORT']}"
            process.terminate()
            began = time.monotonic()
            process.wait(timeout=STOP_S)
            _must(process.returncode == 0, f"SIGTERM ends it, in {time.monotonic() - began:.1f} s")
        finally:
            process.kill()


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _megabytes(folder: Path) -> float:
    return sum(file.lstat().st_size for file in folder.rglob("*")) / 1e6


def _must(right: bool, what: str) -> None:
    if not right:
        _say(f"NOT SO: {what}")
        raise typer.Exit(1)
    _say(what)


def _say(what: str) -> None:
    typer.echo(f"· {what}", err=True)


if __name__ == "__main__":
    typer.run(main)

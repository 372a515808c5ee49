"""The files by which the service is run elsewhere, as far as it shows without running them.

`make deploy-test` does what the Dockerfile says; tests/test_nginx.py runs nginx.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_service.settings import Settings
from tests.dockerfile import ROOT, instructions, stages

UNIT = ROOT / "docs" / "deploy" / "tanya.service"
NGINX = ROOT / "docs" / "deploy" / "nginx.conf"
GRACE_S = 10
"""In which the service ends what it answers."""

_with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed: apt-get install systemd",
)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def otel() -> list[str]:
    """What the extra `otel` needs, pinned."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs: list[str] = project["optional-dependencies"]["otel"]
    return needs


def unit() -> dict[str, list[str]]:
    """The values of each setting of the systemd unit."""
    lines = (line.partition("=") for line in UNIT.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    settings: dict[str, list[str]] = {}
    for name, _, value in lines:
        settings.setdefault(name, []).append(value)
    return settings


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_serves_as_nobody_in_particular_from_a_volume_and_has_its_health_looked_at() -> None:
    _, image = stages()
    last = {each.name: each for each in image}
    assert int(last["USER"].value) >= 10_000
    assert last["VOLUME"].value == last["ENV"].variables["TANYA_HOME"] == "/data"
    assert last["ENTRYPOINT"].command + last["CMD"].command == ["tanya", "serve"]
    command = last["HEALTHCHECK"].command
    assert command[:2] == ["python", "-c"]
    assert "/health/ready" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")


def test_all_that_is_copied_into_the_image_is_there_and_nothing_else_is_sent_to_its_builder() -> None:
    copied = {
        word
        for each in instructions()
        if each.name == "COPY" and "--from" not in each.value
        for word in each.words[:-1]
    }
    assert all((ROOT / name).exists() for name in copied)
    ignored, *lines = (
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
    )
    assert ignored == "*"
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == copied


def test_every_package_of_the_project_is_copied_into_the_image() -> None:
    packages = re.search(r"^packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages
    folders = {name.split(".")[0] for name in re.findall(r'"([\w.]+)"', packages[1])}
    assert folders <= {each.words[0] for each in instructions() if each.name == "COPY"}


def test_the_service_of_compose_writes_nowhere_but_to_its_volume_and_may_nothing(
    compose: dict[str, Any],
) -> None:
    service = compose["services"]["tanya"]
    assert service["read_only"]
    assert service["tmpfs"] == "/tmp"
    assert service["volumes"] == ["archive:/data"]
    assert "archive" in compose["volumes"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert int(service["stop_grace_period"].removesuffix("s")) > GRACE_S
    assert all(re.match(r"(\$\{\w+:-)?127\.0\.0\.1:", port) for port in service["ports"])


def test_compose_passes_on_what_is_set_and_leaves_the_rest_to_the_file_in_the_volume(
    compose: dict[str, Any],
) -> None:
    passed = compose["services"]["tanya"]["environment"]
    assert set(passed.values()) == {None}
    known = {f"TANYA_{name}".upper() for name in Settings.model_fields}
    assert {name for name in passed if name.startswith("TANYA_")} <= known
    assert {"TANYA_PUBLIC_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"} <= set(passed)


def test_the_image_can_export_spans_by_the_versions_that_are_tested() -> None:
    (installed,) = (each.value for each in instructions() if "'.[otel]'" in each.value)
    assert "--constraint requirements-test.lock" in installed
    pinned = (ROOT / "requirements-test.lock").read_text().splitlines()
    assert {name for name in pinned if name.startswith("opentelemetry-")} >= set(otel())


def test_nginx_in_compose_has_our_configuration_and_the_service_at_the_address_it_names(
    compose: dict[str, Any],
) -> None:
    nginx = compose["services"]["nginx"]
    assert nginx["network_mode"] == "service:tanya"
    (volume,) = nginx["volumes"]
    assert (ROOT / volume.split(":")[0]).resolve() == NGINX
    assert f"proxy_pass http://{Settings().host}:{Settings().port};" in NGINX.read_text()


def test_nginx_lets_as_much_pass_as_the_service_takes() -> None:
    most = re.search(r"client_max_body_size (\d+)m;", NGINX.read_text())
    assert most
    assert int(most[1]) == Settings().max_upload_mb


def test_the_unit_waits_for_the_graceful_stop_and_starts_again_what_failed() -> None:
    settings = unit()
    assert int(settings["TimeoutStopSec"][0]) > GRACE_S
    assert settings["Restart"] == ["on-failure"]
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["StateDirectory"] == ["tanya"]
    assert "TANYA_HOME=%S/tanya" in settings["Environment"][0].split()


@_with_systemd
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    # Neither the program nor its user is on this machine.
    here = (
        UNIT.read_text()
        .replace("/opt/tanya/bin/tanya serve", "/bin/true")
        .replace("User=tanya", "User=daemon")
    )
    (tmp_path / UNIT.name).write_text(here)
    command = ["systemd-analyze", "verify", str(tmp_path / UNIT.name)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


@_with_systemd
def test_systemd_finds_the_unit_little_exposed() -> None:
    command = ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", str(UNIT)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-500:]


@pytest.mark.parametrize(
    "file", [ROOT / "Dockerfile", ROOT / "compose.yaml", UNIT], ids=lambda file: file.name
)
def test_no_package_index_is_named(file: Path) -> None:
    hosts = {"berita.example", "127.0.0.1"}
    named = re.findall(r"https?://([\w.-]+)", file.read_text())
    assert not [host for host in named if host not in hosts]


def test_only_what_is_ignored_by_name_is_kept_from_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert any(fnmatch("index/__pycache__", line) for line in ignored if line.startswith("**"))

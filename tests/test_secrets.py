"""Keys, passwords and questions stay out of logs, errors and reports."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.database import open_database
from index.errors import StoreUnavailable
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.keys import Scope
from tests.test_log import logging_to

PASSWORD = "sandi-rahasia"
URL = f"postgresql+psycopg://tanya:{PASSWORD}@db.example/tanya"
TANYA = Path(sys.executable).with_name("tanya")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that anybody logs while the service does, tracebacks included."""
    with logging_to(io.StringIO()) as written:
        root = logging.getLogger()
        root.setLevel(logging.DEBUG)
        root.handlers[0].addFilter(lambda record: record.name != "httpx2")  # the test's client
        yield written


def test_no_key_is_logged_wherever_it_is_sent(service: Service, log: io.StringIO) -> None:
    app = create_api(service)
    _, secret = app.state.keys.make("app", Scope.READ)
    client = TestClient(app, raise_server_exceptions=False)
    for headers in (
        {"authorization": f"Bearer {secret}"},
        {"x-api-key": secret},
        {"cookie": f"tanya_key={secret}"},
    ):
        assert client.get("/articles", headers=headers).status_code == 200
        assert client.post("/articles", json={"text": "a"}, headers=headers).status_code == 403
    assert client.get(f"/articles/{secret}").status_code == 404
    assert client.get("/search", params={"q": "a", "key": secret}).status_code == 422
    assert client.get("/articles", headers={"authorization": f"Bearer {secret}x"}).status_code == 401
    assert secret.rpartition("_")[2] not in log.getvalue()
    assert '"key": "' in log.getvalue()  # the part of it that may be shown is


def test_what_fails_is_logged_without_the_question(
    service: Service, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.schema.answers.name", "no_such_table")
    TestClient(create_api(service)).post("/ask", json={"question": "wali kota melantik berapa rahasia?"})
    service.answers.close()
    assert "answers are not kept yet" in log.getvalue()
    assert "rahasia" not in log.getvalue()


@pytest.mark.parametrize("url", [URL, f"sqlite://tanya:{PASSWORD}@host/x", f"no url {PASSWORD}"])
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        open_database(url)
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize("command", ["status", "doctor", "list", "keys list", "backup out.zip"])
def test_no_command_says_the_password_of_the_database(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [TANYA, *command.split()],
        env={**os.environ, "TANYA_HOME": str(tmp_path), "TANYA_DATABASE_URL": URL},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert PASSWORD not in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["DATABASE_URI", "LLM_KEYS"])
def test_a_setting_that_is_misspelt_is_refused_without_its_value(name: str, tmp_path: Path) -> None:
    (tmp_path / "tanya.toml").write_text(f'{name.lower()} = "{PASSWORD}"\n')
    ran = subprocess.run(
        [TANYA, "status"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 1
    assert f"{name.lower()} is no setting" in ran.stderr
    assert PASSWORD not in ran.stdout + ran.stderr

"""Settings: flags before environment before file, and nothing unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from qa_service.settings import Settings


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_serve_on_loopback_from_data() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 8000, Path("data"))


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tanya.toml").write_text('port = 9000\nhome = "/srv/tanya"\n')
    monkeypatch.setenv("TANYA_PORT", "9001")
    assert (Settings().port, Settings().home) == (9001, Path("/srv/tanya"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("ANSWER_THRESHOLD", "1.5"),
        ("PUBLIC_URL", "berita.example/tanya"),
        ("PUBLIC_URL", "https://berita.example/tanya?q=1"),
        ("PUBLIC_URL", "https://berita.example//evil.example"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TANYA_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_the_public_address_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANYA_PUBLIC_URL", "https://berita.example/tanya/")
    assert Settings().public_url == "https://berita.example/tanya"
    monkeypatch.setenv("TANYA_PUBLIC_URL", "")
    assert Settings().public_url == ""


def test_an_unknown_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tanya.toml").write_text("prot = 9000\n")
    with pytest.raises(ValidationError, match="prot"):
        Settings()

"""Settings: flags before environment before file, and nothing unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from pydantic import ValidationError

from qa_service.console import stated_errors
from qa_service.settings import Settings, misspelt


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
        ("RATE_LIMIT", "lots"),
        ("RATE_LIMIT", "0/minute"),
        ("TRUSTED_PROXIES", "127.0.0.1,proxy"),
        ("PUBLIC_URL", "berita.example/tanya"),
        ("PUBLIC_URL", "https://berita.example/tanya?q=1"),
        ("PUBLIC_URL", "https://berita.example//evil.example"),
        ("PUBLIC_URL", "https://berita.example/articles"),
        ("PUBLIC_URL", "https://berita.example/chat/tanya/"),
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


def test_no_language_model_is_asked_unless_one_is_set() -> None:
    assert (Settings().llm_url, Settings().llm_timeout_s) == ("", 20)


def test_a_language_model_is_set_in_the_file_and_its_key_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tanya.toml").write_text('llm_url = "http://127.0.0.1:11434/v1"\nllm_model = "qwen3"\n')
    monkeypatch.setenv("TANYA_LLM_KEY", "sk-rahasia\n")
    settings = Settings()
    assert (settings.llm_url, settings.llm_model) == ("http://127.0.0.1:11434/v1", "qwen3")
    assert settings.llm_key.get_secret_value() == "sk-rahasia"
    assert "rahasia" not in repr(settings) + str(settings.model_dump())


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"LLM_URL": "http://127.0.0.1:11434/v1"}, "llm_model"),
        ({"LLM_URL": "ftp://127.0.0.1", "LLM_MODEL": "m"}, "llm_url"),
        ({"LLM_KEY": "sk-rahasia dua"}, "llm_key"),
        ({"LLM_KEY": "sk-rahasia\u00e9"}, "llm_key"),
        ({"LLM_TIMEOUT_S": "0"}, "llm_timeout_s"),
    ],
)
def test_what_no_language_model_can_be_asked_with_is_refused_without_naming_the_key(
    given: dict[str, str], names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"TANYA_{name}", value)
    with pytest.raises(ValidationError, match=names) as refused:
        Settings()
    assert "rahasia" not in str(refused.value)


def test_a_misspelt_variable_is_named_with_the_one_that_is_meant() -> None:
    variables = ["HOME", "TANYA_HOME", "TANYA_RATE_LIMT", "TANYA_FOO_BAR"]
    assert misspelt(variables) == [
        "TANYA_FOO_BAR is no setting",
        "TANYA_RATE_LIMT is no setting: TANYA_RATE_LIMIT is meant?",
    ]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ('rate_limt = "5/minute"', "error: tanya.toml: rate_limt is no setting: rate_limit is meant?"),
        ("port = ", "error: tanya.toml: Invalid value (at end of document)"),
        ("port = 70000", "error: the setting TANYA_PORT: Input should be less than or equal to 65535"),
    ],
)
def test_a_fault_of_the_file_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, said: str
) -> None:
    (tmp_path / "tanya.toml").write_text(file)
    with pytest.raises(typer.Exit), stated_errors():
        Settings()
    assert capsys.readouterr().err == f"{said}\n"

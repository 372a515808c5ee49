"""All settings, read once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from limits import parse
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.embedder import Engine
from qa_service.root_path import OURS, root_of

_ORIGIN = re.compile(r"\*|https?://[^/?#@\s*]+")


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise ValueError(f"{text!r} is no origin: write it as https://example.org, without a path, or *")
    return text


def _apart(url: str) -> str:
    if OURS.fullmatch(root_of(url)):
        raise ValueError("paths of the service itself begin so: serve it below another, such as /tanya")
    return url


def _rate(text: str | None) -> str | None:
    if text:
        try:
            is_one = parse(text).amount > 0
        except ValueError:
            is_one = False
        if not is_one:
            raise ValueError(f"{text!r} is no rate: write 120/minute, or nothing for no limit")
    return text


def _proxies(text: str) -> str:
    for each in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(each, strict=False)
        except ValueError:
            if each != "*":
                raise ValueError(
                    f"{each!r} is neither an address nor a network, such as 10.0.0.0/8"
                ) from None
    return text


def _parted(value: object) -> object:
    """The parts of a list as a variable of the environment has it."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


Origin = Annotated[str, AfterValidator(_origin)]


class Settings(BaseSettings):
    """From flags, else environment variables (`TANYA_…`), else `tanya.toml` in the working directory."""

    model_config = SettingsConfigDict(
        env_prefix="TANYA_",
        toml_file="tanya.toml",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # it may be a key
    )

    home: Path = Path("data")
    """Where the database, the model and the index views lie."""

    database_url: str | None = None
    """SQLAlchemy URL of the database; None for a SQLite file in the home directory."""

    model: str | None = None
    """A sentence-transformers folder or name on the hub; None for the bundled multilingual-e5-small."""

    engine: Engine = "openvino"
    """What the embedding model runs on: openvino, or torch, the reference, half as fast."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000

    public_url: Annotated[
        str,
        Field(pattern=r"^(https?://[^\s/?#]+(/[\w.~-]+)*/?)?$"),
        AfterValidator(lambda url: url.rstrip("/")),
        AfterValidator(_apart),
    ] = ""
    """Where people reach it, if through a proxy: https://berita.example/tanya; "" for host and port."""

    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = "127.0.0.1,::1"
    """Addresses or networks, with commas between, that are believed when they say whom a request is from."""

    max_upload_mb: Annotated[int, Field(ge=1)] = 64
    """How large the body of a request that brings articles may be."""

    max_questions: Annotated[int, Field(ge=1)] = 24
    """How many questions are in hand at once; who asks one more is told to come again."""

    request_timeout_s: Annotated[float, Field(gt=0)] = 60
    """How long a request may take until its answer begins; its body as long, or more where much comes."""

    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_parted)] = ()
    """Origins whose pages may read over the API, `*` for all; separated by spaces in the environment."""

    newest_within_hours: Annotated[float, Field(gt=0)] | None = None
    """How often an article must arrive at least: else the service calls itself degraded. None: whenever."""

    reading_needs_key: bool = False
    """Whether nothing is shown or answered without a key."""

    rate_limit: Annotated[str | None, AfterValidator(_rate)] = "120/minute"
    """Requests that compute something, of each key or, without one, each other machine; "" for no limit."""

    fetch_private: bool = False
    """Whether pages may be fetched from addresses that are not of the open internet: an intranet's, say."""

    reader: Path | None = None
    """The folder of a reader that `qa_service.train_reader` made; None for the one kept with the project."""

    answer_threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """The probability of being right from which on an answer is given; None for the reader's own.

    Below, the service abstains.
    """

    llm_url: Annotated[str, Field(pattern=r"^(?:https?://\S+)?$")] = ""
    """Where a language model answers, by OpenAI's API: the address that ends with /v1. "" for none."""

    llm_model: str = ""
    """What the model is called there."""

    llm_key: SecretStr = SecretStr("")
    """The key that it takes; "" for none."""

    llm_timeout_s: Annotated[float, Field(gt=0, le=600)] = 20
    """How long a question waits for the model in all."""

    keep_answers_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    """How long answers are kept, with question and feedback; 0 keeps none, and drops those there are."""

    examples: tuple[str, ...] = (
        "Berapa pejabat yang dilantik Wali Kota Serang?",
        "Kapan Wali Kota Bekasi melantik kepala puskesmas?",
        "Peringkat berapa Kota Bekasi di tingkat nasional dalam jumlah inovasi?",
        "What are the priority sectors of the Bekasi government in 2026?",
    )
    """Questions offered in the chat; the default ones are about the seed articles."""

    @field_validator("llm_model")
    @classmethod
    def _named(cls, model: str, others: ValidationInfo) -> str:
        if others.data.get("llm_url") and not model:
            raise ValueError("name the model that is to be asked at TANYA_LLM_URL")
        return model

    @field_validator("llm_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr) -> SecretStr:
        said = key.get_secret_value().strip()
        if not all("!" <= character <= "~" for character in said):
            raise ValueError("a key has no spaces and only ASCII: copy it anew")
        return SecretStr(said)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml, file_secret_settings


def misspelt(variables: Iterable[str] = os.environ) -> list[str]:
    """A sentence for each variable of the environment that looks like a setting and is none."""
    prefix = str(Settings.model_config["env_prefix"])
    known = [prefix + name.upper() for name in Settings.model_fields]
    return [
        no_setting(name, known) for name in sorted(variables) if name.startswith(prefix) and name not in known
    ]


def no_setting(name: str, known: Iterable[str] = Settings.model_fields) -> str:
    """That there is none of this name, and which one is nearly called so."""
    nearest = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"{name} is no setting" + (f": {nearest[0]} is meant?" if nearest else "")

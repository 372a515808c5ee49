"""What all commands share: how they speak to the terminal, and how they end when something is wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from tomllib import TOMLDecodeError

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from index.errors import CorpusError
from qa_service.errors import ServiceError
from qa_service.log import is_read_by_programs
from qa_service.settings import Settings, misspelt, no_setting

out = Console()
err = Console(stderr=True)

_log = logging.getLogger(__name__)


@contextmanager
def stated_errors() -> Iterator[None]:
    """End with exit code 1 and the error's message, which names the remedy, instead of a traceback."""
    try:
        yield
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0])
            wrong = f"the setting TANYA_{name.upper()}: {each['msg'].removeprefix('Value error, ')}"
            if each["type"] == "extra_forbidden":
                wrong = f"tanya.toml: {no_setting(name)}"
            err.print(f"error: {wrong}", style="red", markup=False)
        raise typer.Exit(1) from error
    except TOMLDecodeError as error:
        err.print(f"error: tanya.toml: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
    except (CorpusError, ServiceError, SettingsError) as error:
        err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def read_settings() -> Settings:
    """The settings; what looks like one and is none is said."""
    for sentence in misspelt():
        say(sentence)
    return Settings()


def settings_of_home() -> Settings:
    """The settings, said where the data lies: the default is a folder of the working directory."""
    settings = read_settings()
    say(f"data in {settings.home.resolve()}")
    return settings


def say(step: str) -> None:
    """Show a step of the start: by the log, where programs read that."""
    if is_read_by_programs():
        _log.info(step)
    else:
        err.print(f"· {step}", style="dim", markup=False, highlight=False, soft_wrap=True)

"""The log: lines of JSON, each with the id of the request that it is of."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""The id of the present request, which its threads inherit."""

ABOUT = "about"
"""By this name a record's `extra` holds what its line of JSON says besides."""

_OURS = "tanya", "index", "qa_service", "ui"

_TELL_ADDRESSES = "httpx", "httpcore"
"""What logs whatever it is sent to, and with it the token of a webhook's path or a model's."""


def write_log(to: TextIO) -> None:
    """Log there from now on, and nowhere else: what our own code says, and others' warnings.

    On a terminal they are lines for a person, without those of requests. It must come before the package
    `mcp` is used, which else sets up a log of its own.
    """
    lines = logging.StreamHandler(to)
    read_by_a_person = to.isatty()
    lines.setFormatter(
        logging.Formatter("%(levelname)s %(name)s: %(message)s") if read_by_a_person else _Json()
    )
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.WARNING)
    for name in _TELL_ADDRESSES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.WARNING if read_by_a_person else logging.INFO)


def is_read_by_programs() -> bool:
    """Whether lines of JSON are written now."""
    return any(isinstance(handler.formatter, _Json) for handler in logging.getLogger().handlers)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "request": REQUEST.get(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, ABOUT, {}))

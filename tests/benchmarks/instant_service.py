"""`tanya serve` as it is, but for its models: these make things up at once (tests/fakes.py)."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import ui.serve
from qa_service.build import Service
from qa_service.settings import Settings
from tests.corpus import make_service


def cli() -> None:
    """The `tanya` command; only `serve` is different."""
    with patch("ui.serve.build", _instant):
        ui.serve.cli()


def _instant(settings: Settings, _: Callable[[str], None]) -> Service:
    return make_service(
        settings.home, keep_days=settings.keep_answers_days, most_questions=settings.max_questions
    )

"""`tanya serve` with fakes in place of the models: a process that is started, burdened and ended.

python -c "from tests.serving_driver import cli; cli(loading_s=3)" serve --port 0
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import ui.serve
from index.records import Hit
from qa_service.build import Service
from qa_service.llm import Llm
from qa_service.reader import Reading
from qa_service.settings import Settings
from tests.corpus import make_service
from tests.fakes import WordHashEmbedder, WordOverlapReader


class SlowReader(WordOverlapReader):
    def __init__(self, slow_s: float) -> None:
        self._slow_s = slow_s

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        if "lambat" in question:
            time.sleep(self._slow_s)
        return super().read(question, hits)


class SlowEmbedder(WordHashEmbedder):
    def __init__(self, passage_s: float) -> None:
        self._passage_s = passage_s

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self._passage_s * len(texts))
        return super().embed_passages(texts)


def cli(*, loading_s: float = 0, passage_s: float = 0, slow_s: float = 0) -> None:
    """The `tanya` command; only `serve` is different: it loads so long, embeds each passage so long, and
    reads so long for a question with "lambat" in it. All else is done at once.
    """

    def build(settings: Settings, say: Callable[[str], None]) -> Service:
        say("loading the model")
        time.sleep(loading_s)
        llm = Llm(settings.llm_url, settings.llm_model, "", timeout_s=settings.llm_timeout_s)
        return make_service(
            settings.home,
            embedder=SlowEmbedder(passage_s),
            reader=SlowReader(slow_s),
            keep_days=settings.keep_answers_days,
            most_questions=settings.max_questions,
            allow_private=settings.fetch_private,
            llm=llm if settings.llm_url else None,
        )

    with patch("ui.serve.build", build):
        ui.serve.cli()

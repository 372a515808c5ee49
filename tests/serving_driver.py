"""`tanya serve` with fakes in place of the models: a process that tests start, burden and end.

LOADING_S is how long it loads. A question with "lambat" in it is read for two seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

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

READ_S = 2.0
EMBEDDED_S = 0.02


class SlowReader(WordOverlapReader):
    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        if "lambat" in question:
            time.sleep(READ_S)
        return super().read(question, hits)


class SlowEmbedder(WordHashEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(EMBEDDED_S * len(texts))
        return super().embed_passages(texts)


def build(settings: Settings, progress: Callable[[str], None]) -> Service:
    """What `tanya serve` builds, without models."""
    progress("loading the model")
    time.sleep(float(os.environ.get("LOADING_S", "0")))
    llm = Llm(settings.llm_url, settings.llm_model, "", timeout_s=settings.llm_timeout_s)
    return make_service(
        settings.home,
        embedder=SlowEmbedder(),
        reader=SlowReader(),
        llm=llm if settings.llm_url else None,
    )


if __name__ == "__main__":
    vars(ui.serve)["build"] = build
    ui.serve.cli()

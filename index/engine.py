"""OpenVINO, which runs these models twice as fast as torch does on the same cores, or faster."""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openvino
    from torch import nn

PRECISION = "bf16"
"""What is multiplied in. A processor without bfloat16 multiplies in float32 for it, to a cosine of .9999."""


def load_openvino() -> Any:
    """OpenVINO, kept from the network: it reports its use through a package that is put out of its reach.

    From an empty module nothing can be imported; OpenVINO and NNCF take that as the package missing.
    """
    sys.modules["openvino_telemetry"] = ModuleType("openvino_telemetry")
    import openvino

    return openvino


def converted(network: nn.Module, *, width: int) -> openvino.Model:
    """As OpenVINO's, exact, a network that takes word embeddings (texts, tokens, width) and their mask."""
    import torch

    example = torch.zeros(2, 8, width), torch.ones(2, 8, dtype=torch.long)
    logger = logging.getLogger("transformers")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # Tracing says what it can't follow, which is the same for all inputs, and what it looks at.
            warnings.simplefilter("ignore")
            return load_openvino().convert_model(network.eval(), example_input=example)
    finally:
        logger.setLevel(level)


def compiled(network: openvino.Model | Path, *, precision: str = PRECISION) -> openvino.CompiledModel:
    """The network, or that of a file, ready to run on the CPU. Raises RuntimeError.

    `precision` is said outright: the default depends on the processor, and with it every result.
    """
    hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    return load_openvino().Core().compile_model(network, "CPU", hints)

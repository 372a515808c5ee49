"""What a client would rather have, by its header Accept (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def prefers(accept: str, media_type: str, *, to: str) -> bool:
    """Whether the type is asked for by its name, and no less than the other one, however that is meant."""
    weights = _weights(accept)
    kind = to.partition("/")[0]
    other = next((weights[name] for name in (to, f"{kind}/*", "*/*") if name in weights), 0.0)
    return 0 < weights.get(media_type, 0) >= other


def _weights(accept: str) -> dict[str, float]:
    """Each range of types that is named, with how much it is wanted: 0 for not at all, up to 1."""
    weights = {}
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        weights[name] = _weight(parameters)
    return weights


def _weight(parameters: Sequence[str]) -> float:
    given = next((each.partition("=")[2] for each in parameters if each.startswith("q=")), "1")
    try:
        return float(given)
    except ValueError:  # no number: it is named all the same
        return 1.0
